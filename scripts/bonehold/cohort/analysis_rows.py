"""One patient's tables and measurements as what decides on eligibility and as a row of the cohort table."""

from __future__ import annotations

import calendar
import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bonehold.cohort.angles import ANGLES, patient_angles
from bonehold.cohort.bone_measures import BELOW_GUARD
from bonehold.cohort.checked_table import CheckedTable, Row
from bonehold.cohort.cohort_tables import CohortTables
from bonehold.cohort.dictionary import CohortRules
from bonehold.cohort.dxa import bone_status, lowest_t_score
from bonehold.cohort.eligibility import FLAGS, Candidate
from bonehold.cohort.goutallier import GradeReading, merged_grade, patient_grade
from bonehold.cohort.landmark_angles import AngleReadings
from bonehold.cohort.outcome import LooseningReading, Outcome, Visit, patient_outcome, resolve_visits
from bonehold.cohort.readers import FIRST_SESSION

NOT_CLINICAL = frozenset(
    {"dicom", "annotations", "has_ct", "has_mri", "surgery_date", "ct_series", "mr_series", *FLAGS}
)
"""Columns of patients.csv that never enter the cohort table: paths, dates, and what served eligibility."""


@dataclass(frozen=True)
class Patient:
    """Everything known of one patient.

    Attributes:
        row: the row of patients.csv.
        visits, readings: the rows of the tables of those names.
        combined: the patient's row `combined` of readers.csv, as text.
        acquisition: the patient's row of acquisition.csv, as text.
        landmarks: angles that readers measured by landmarks.
        status: status, reasons, images and PACS values of the patient.
        excluded: whether an override leaves the patient out.
        rating: the rating of the present measurement, if it has one.
    """

    row: Row
    visits: tuple[Row, ...] = ()
    readings: tuple[Row, ...] = ()
    combined: Mapping[str, str] = field(default_factory=dict)
    acquisition: Mapping[str, str] = field(default_factory=dict)
    landmarks: AngleReadings = field(default_factory=dict)
    status: Mapping[str, Any] = field(default_factory=dict)
    excluded: bool = False
    rating: str = ""


@dataclass(frozen=True)
class AnalysisRow:
    """A patient's outcome, what decides on eligibility, the values of the cohort table, and angles by landmarks."""

    candidate: Candidate
    outcome: Outcome
    visits: tuple[Visit, ...]
    values: Mapping[str, Any]
    landmarks: AngleReadings


def patients(
    tables: CohortTables,
    combined: Mapping[str, Mapping[str, str]],
    acquisition: Mapping[str, Mapping[str, str]],
    landmarks: Mapping[str, AngleReadings],
    statuses: Mapping[str, Mapping[str, Any]],
    ratings: Mapping[str, str],
) -> tuple[Patient, ...]:
    """Gather what belongs to each sound patient, sorted by id."""
    visits, readings = _by_patient(tables.visits), _by_patient(tables.readings)
    excluded = {row.patient_id for row in tables.overrides.rows if row.values["item"] == "exclude"}
    gathered = (
        Patient(
            row=row,
            visits=visits.get(row.patient_id, ()),
            readings=readings.get(row.patient_id, ()),
            combined=combined.get(row.patient_id, {}),
            acquisition=acquisition.get(row.patient_id, {}),
            landmarks=landmarks.get(row.patient_id, {}),
            status=statuses.get(row.patient_id, {}),
            excluded=row.patient_id in excluded,
            rating=ratings.get(row.patient_id, ""),
        )
        for row in tables.patients.rows
    )
    return tuple(sorted(gathered, key=lambda patient: patient.row.patient_id))


def analysis_row(patient: Patient, rules: CohortRules, data_cut: datetime.date | None) -> AnalysisRow:
    """Apply every definition to one patient.

    Args:
        patient: everything known of the patient.
        rules: the definitions.
        data_cut: day on which the follow-up was frozen, if known.
    """
    given = patient.row.values
    ads = bool(given.get("ads"))
    visits = resolve_visits((_loosening_reading(row) for row in patient.visits), rules.outcome.lucency_mm)
    outcome = patient_outcome(visits, ads, rules.outcome)
    t_score, site = lowest_t_score(given)
    grade = patient_grade(_grades(patient.readings), rules.goutallier)
    ratio, pbq = _number(patient.combined.get("hu_ratio")), _number(patient.combined.get("pbq"))
    candidate = Candidate(
        patient_id=patient.row.patient_id,
        age=given.get("age"),
        ct=_has_preoperative(patient, "CT", "has_ct", "ct_days_to_surgery"),
        mri=_has_preoperative(patient, "MR", "has_mri", "mr_days_to_surgery"),
        t_score=t_score,
        outcome=outcome,
        required_months=rules.outcome.required_months(ads),
        months_at_data_cut=_months_between(given.get("surgery_date"), data_cut),
        flags=frozenset(flag for flag in FLAGS if given.get(flag)),
        excluded=patient.excluded,
        rating=patient.rating,
        hu_ratio=ratio,
        ratio_undefined=BELOW_GUARD in patient.combined.get("flags", "").split(";"),
        pbq=pbq,
        reasons=patient.status.get("reasons", {}),
    )
    values = {
        **{column: value for column, value in given.items() if column not in NOT_CLINICAL},
        **patient_angles(given, _angle_readings(patient.readings), patient.landmarks),
        "dxa_t": t_score,
        "dxa_site": site,
        "bone_status": bone_status(t_score, rules.osteoporosis_at),
        "level_used": patient.combined.get("level_used", ""),
        "csf_level": patient.combined.get("csf_level", ""),
        "b_hu": _number(patient.combined.get("b_hu")),
        "st_hu": _number(patient.combined.get("st_hu")),
        "hu_ratio": ratio,
        "pbq": pbq,
        "goutallier": merged_grade(grade, rules.goutallier.collapse),
        **_outcome_values(outcome),
        "status": patient.status.get("status", ""),
        **{column: _number(value) for column, value in patient.acquisition.items() if column in _ACQUISITION},
    }
    return AnalysisRow(candidate, outcome, visits, values, patient.landmarks)


_ACQUISITION = frozenset({"ct_kvp", "ct_slice_mm", "mr_field_t", "mr_tr", "mr_te"})


def clinical_columns(table: CheckedTable, rows: Collection[AnalysisRow]) -> tuple[str, ...]:
    """The clinical columns of the cohort table: the id, those of patients.csv, and angles that only readers gave."""
    given = tuple(column for column in table.columns if column not in {"patient_id", *NOT_CLINICAL})
    read = (column for column in ANGLES if column not in given)
    return (
        "patient_id",
        *given,
        *(column for column in read if any(row.values[column] is not None for row in rows)),
    )


def _by_patient(table: CheckedTable) -> dict[str, tuple[Row, ...]]:
    collected: dict[str, list[Row]] = defaultdict(list)
    for row in table.rows:
        collected[row.patient_id].append(row)
    return {patient_id: tuple(rows) for patient_id, rows in collected.items()}


def _has_preoperative(patient: Patient, modality: str, has: str, days: str) -> bool:
    """Images are dated by themselves; the table's word and a PACS value count unless the table dates them late."""
    given = patient.row.values
    late = (given.get(days) or 0) > 0
    stated = modality in patient.status.get("pacs", ()) or bool(given.get(has))
    return modality in patient.status.get("images", ()) or (stated and not late)


def _loosening_reading(row: Row) -> LooseningReading:
    values = row.values
    return LooseningReading(
        months=values["months"],
        modality=values["modality"],
        reader=values["reader"],
        lucency_mm=values.get("lucency_mm"),
        double_halo=_truth(values.get("double_halo")),
        loosening=_truth(values.get("loosening")),
        revision=_truth(values.get("revision")),
    )


def _grades(rows: Iterable[Row]) -> list[GradeReading]:
    return [
        GradeReading(
            row.values["reader"], row.values["level"], row.values.get("side") or "", int(row.values["value"])
        )
        for row in rows
        if row.values["measure"] == "goutallier" and row.values.get("session", FIRST_SESSION) == FIRST_SESSION
    ]


def _angle_readings(rows: Iterable[Row]) -> dict[str, dict[str, float]]:
    collected: dict[str, dict[str, float]] = defaultdict(dict)
    for row in rows:
        if row.values["measure"] in ANGLES and row.values.get("session", FIRST_SESSION) == FIRST_SESSION:
            collected[row.values["measure"]][row.values["reader"]] = row.values["value"]
    return collected


def _outcome_values(outcome: Outcome) -> dict[str, Any]:
    return {
        "loosening": outcome.loosening,
        "follow_up_months": outcome.follow_up_months,
        "time_months": outcome.time_months,
        "event": outcome.event,
        "last_clean_months": outcome.last_clean_months,
        "first_loose_months": outcome.first_loose_months,
        "outcome_modality": outcome.modality,
    }


def _months_between(surgery: str | None, data_cut: datetime.date | None) -> int | None:
    """Whole calendar months, as visits are planned: from 30 June to 30 June are 12, from 31 August to 28 February 6."""
    if not surgery or data_cut is None:
        return None
    start = datetime.date.fromisoformat(surgery)
    months = 12 * (data_cut.year - start.year) + data_cut.month - start.month
    last_day = calendar.monthrange(data_cut.year, data_cut.month)[1]
    return months - (data_cut.day < min(start.day, last_day))


def _truth(value: int | None) -> bool | None:
    return None if value is None else bool(value)


def _number(text: str | None) -> float | None:
    return float(text) if text else None
