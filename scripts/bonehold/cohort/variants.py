"""What each patient would be under other definitions (outcome rules, discs, readers), for sensitivity analyses.

Every value comes from the functions that make the cohort table, called with one rule changed; a definition that
changes who is eligible therefore has patients of its own.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bonehold.cohort.analysis_rows import AnalysisRow, Patient, analysis_row
from bonehold.cohort.checked_table import Row
from bonehold.cohort.dictionary import CohortRules
from bonehold.cohort.eligibility import failed_criteria
from bonehold.cohort.goutallier import DISCS
from bonehold.cohort.readers import COMBINED, FIRST_SESSION, independent

OUTCOME_RULES = ("last", "ever", "horizon")
DISC_RULES = ("max", *DISCS)
READER_MEASURES = ("hu_ratio", "pbq", "b_hu", "st_hu")
"""Measures that every reader has by himself."""
OUTCOME_COLUMNS = (*(f"loosening_{rule}" for rule in OUTCOME_RULES), "loosening_ct")
DISC_COLUMNS = tuple(f"goutallier_{disc}" for disc in DISC_RULES)
SESSION_COLUMNS = ("trajectory_planned", "blinded")
_WORD_ON_LOOSENING = ("lucency_mm", "double_halo", "loosening")


@dataclass(frozen=True)
class Variants:
    """`variants.csv`: its columns in order, and one row per patient whom any definition keeps."""

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]


def variants(
    patients: Sequence[Patient],
    columns: Iterable[str],
    rules: CohortRules,
    data_cut: datetime.date | None,
    readers: Mapping[str, Mapping[str, Mapping[str, str]]],
    sessions: Sequence[Row],
) -> Variants:
    """Apply every other definition to every patient.

    An outcome is empty where that definition leaves the patient out. `loosening` and the columns that come with it are
    those of the configured rule, and `loosening` is empty for whom that one leaves out.

    Args:
        patients: everything known of each patient, sorted by id.
        columns: those of the cohort table.
        rules: the configured definitions.
        data_cut: day on which the follow-up was frozen, if known.
        readers: patient -> reader -> row of `readers.csv`, as text.
        sessions: rows of `reading_sessions.csv`.
    """
    names = independent({name for each in readers.values() for name in each} - {COMBINED})
    measured = tuple(f"{measure}_{name}" for name in names for measure in READER_MEASURES)
    further = (*OUTCOME_COLUMNS, *DISC_COLUMNS, *measured, *SESSION_COLUMNS)
    rows = []
    for patient in patients:
        outcomes = _outcomes(patient, rules, data_cut)
        if all(outcome is None for outcome in outcomes.values()):
            continue
        own = readers.get(patient.row.patient_id, {})
        rows.append(
            {
                **analysis_row(patient, rules, data_cut).values,
                **outcomes,
                **_grades(patient, rules, data_cut),
                **_measures(own, names),
                **_session_facts(patient.row.patient_id, independent(set(own) - {COMBINED}), sessions),
            }
        )
    kept = (column for column in columns if column not in further)
    return Variants((*kept, *further), tuple(rows))


def _outcomes(
    patient: Patient, rules: CohortRules, data_cut: datetime.date | None
) -> Mapping[str, bool | None]:
    """Outcome by the configured rule, by each rule, and by CT alone; None where that leaves the patient out."""
    by_rule = {
        f"loosening_{rule}": replace(rules, outcome=replace(rules.outcome, rule=rule))
        for rule in OUTCOME_RULES
    }
    rows = {name: analysis_row(patient, changed, data_cut) for name, changed in by_rule.items()}
    seen_on_ct = replace(patient, visits=tuple(_on_ct(patient.visits)))
    rows |= {
        "loosening": analysis_row(patient, rules, data_cut),
        "loosening_ct": analysis_row(seen_on_ct, rules, data_cut),
    }
    return {name: _outcome_if_eligible(row, rules) for name, row in rows.items()}


def _outcome_if_eligible(row: AnalysisRow, rules: CohortRules) -> bool | None:
    return None if failed_criteria(row.candidate, rules.eligibility) else row.outcome.loosening


def _on_ct(visits: Iterable[Row]) -> Iterator[Row]:
    """Readings of CT; of a radiograph only what its row says of a revision, which is no reading of an image."""
    for visit in visits:
        if visit.values["modality"] == "CT":
            yield visit
        else:
            silent = {**visit.values, **dict.fromkeys(_WORD_ON_LOOSENING)}
            yield replace(visit, values=silent)


def _grades(patient: Patient, rules: CohortRules, data_cut: datetime.date | None) -> Mapping[str, int | None]:
    """The grade by each disc and by the highest of all."""
    changed = {disc: replace(rules, goutallier=replace(rules.goutallier, disc=disc)) for disc in DISC_RULES}
    return {
        f"goutallier_{disc}": analysis_row(patient, one, data_cut).values["goutallier"]
        for disc, one in changed.items()
    }


def _measures(own: Mapping[str, Mapping[str, str]], names: Sequence[str]) -> Mapping[str, float | None]:
    """The measures of each reader by himself; None where he has none."""
    return {
        f"{measure}_{name}": float(text) if (text := own.get(name, {}).get(measure, "")) else None
        for name in names
        for measure in READER_MEASURES
    }


def _session_facts(
    patient_id: str, names: Sequence[str], sessions: Iterable[Row]
) -> Mapping[str, int | None]:
    """Whether all who drew a patient's regions planned the trajectories, and were blinded; None where nobody says."""
    told: dict[str, Mapping[str, Any]] = {}
    # rows for all patients first, so that a patient's own row wins over them
    for row in sorted(sessions, key=lambda row: row.patient_id != ""):
        if (
            row.patient_id in ("", patient_id)
            and (row.values.get("session") or FIRST_SESSION) == FIRST_SESSION
        ):
            reader = row.values["reader"]
            stated = {key: value for key, value in row.values.items() if value is not None}
            told[reader] = {**told.get(reader, {}), **stated}
    sources = [told.get(name, {}).get("trajectory_source") for name in names]
    blinded = [told.get(name, {}).get("blinded_to_outcome") for name in names]
    return {
        "trajectory_planned": _all([None if one is None else one == "planned" for one in sources]),
        "blinded": _all([None if one is None else bool(one) for one in blinded]),
    }


def _all(stated: Sequence[bool | None]) -> int | None:
    """1 when it holds for every reader, 0 when for one it does not, None when nobody says so."""
    if any(one is False for one in stated):
        return 0
    return None if not stated or None in stated else 1
