"""The cohort: who is analysed with which values, who is not and why, and what is wrong with the input."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from bonehold.cohort.acquisition_summary import acquisition_summary
from bonehold.cohort.analysis_rows import AnalysisRow, analysis_row, clinical_columns, patients
from bonehold.cohort.angles import landmark_discrepancies, pelvic_discrepancy
from bonehold.cohort.cohort_file import CohortFile
from bonehold.cohort.cohort_tables import CohortTables
from bonehold.cohort.dictionary import COMPUTED, CohortRules, Column, clinical_column, dictionary
from bonehold.cohort.eligibility import INVALID_INPUT, Exclusion, failed_criteria, lacks_follow_up_only
from bonehold.cohort.field_strengths import REMEDY, mixed_fields
from bonehold.cohort.flow import FlowRow, flow_rows
from bonehold.cohort.landmark_angles import AngleReadings, read_landmark_angles
from bonehold.cohort.ratings import Rating, in_effect, judged_ratings, lapsed_ratings
from bonehold.cohort.readers import COMBINED
from bonehold.cohort.schemas import TableSchema
from bonehold.cohort.variants import Variants, variants
from bonehold.problems import InputError, Problem

EXCLUSION_COLUMNS = ("patient_id", "criterion", "first", "detail")
IN_MAIN_ANALYSIS = "in_main_analysis"
"""Column of time_to_loosening.csv: 1 for the patients of cohort.csv, 0 for those who lack the follow-up for it."""


@dataclass(frozen=True)
class Measurements:
    """What merging wrote: combined rows, rows by reader, and acquisition rows by patient, as text, angles by landmarks,
    statuses.
    """

    combined: Mapping[str, Mapping[str, str]]
    readers: Mapping[str, Mapping[str, Mapping[str, str]]]
    acquisition: Mapping[str, Mapping[str, str]]
    landmarks: Mapping[str, AngleReadings]
    statuses: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Cohort:
    """The cohort table with its dictionary, the rows for the time to loosening, the same under other definitions, how
    the images were made, the exclusions, the problems of the input, the flow and the ratings.
    """

    columns: Mapping[str, Column]
    rows: tuple[Mapping[str, Any], ...]
    time_to_loosening: tuple[Mapping[str, Any], ...]
    variants: Variants
    dictionary: Mapping[str, Any]
    acquisition_summary: tuple[Mapping[str, Any], ...]
    exclusions: tuple[Exclusion, ...]
    problems: tuple[Problem, ...]
    flow: tuple[FlowRow, ...]
    ratings: tuple[Rating, ...]


def read_measurements(
    readers: Path, acquisition: Path, spinopelvic: Path, statuses: Mapping[str, Any]
) -> Measurements:
    """Read `readers.csv`, `acquisition.csv` and `spinopelvic.csv` back.

    Args:
        readers: path of readers.csv.
        acquisition: path of acquisition.csv.
        spinopelvic: path of spinopelvic.csv.
        statuses: the parsed document of the statuses.
    """
    read = _text_rows(readers)
    by_reader: dict[str, dict[str, Mapping[str, str]]] = {}
    for row in read:
        by_reader.setdefault(row["patient_id"], {})[row["reader"]] = row
    return Measurements(
        {row["patient_id"]: row for row in read if row["reader"] == COMBINED},
        by_reader,
        {row["patient_id"]: row for row in _text_rows(acquisition)},
        read_landmark_angles(spinopelvic),
        statuses["patients"],
    )


def build_cohort(
    tables: CohortTables,
    cohort: CohortFile,
    measurements: Measurements,
    rules: CohortRules,
    patients_schema: TableSchema,
) -> Cohort:
    """Decide on every patient and assemble the rows of those analysed.

    Args:
        tables: the validated tables.
        cohort: what the cohort folder says about itself.
        measurements: what merging wrote.
        rules: every definition.
        patients_schema: labels, units and types of the clinical columns.

    Raises:
        InputError: rows are faulty and the configuration says to stop at them; every fault at once.
    """
    if tables.faults and rules.on_bad_row == "stop":
        raise InputError(tables.faults)
    measured = {patient_id: one.get("measured", "") for patient_id, one in measurements.statuses.items()}
    ratings = judged_ratings(tables.ratings, measured)
    known = patients(
        tables,
        measurements.combined,
        measurements.acquisition,
        measurements.landmarks,
        measurements.statuses,
        in_effect(ratings),
    )
    everyone = [analysis_row(patient, rules, cohort.data_cut) for patient in known]
    failed = {row.candidate.patient_id: failed_criteria(row.candidate, rules.eligibility) for row in everyone}
    included = [row for row in everyone if not failed[row.candidate.patient_id]]
    invalid = [Exclusion(one.patient_id, INVALID_INPUT, True, one.detail) for one in tables.invalid]
    exclusions = sorted(
        [*invalid, *(exclusion for each in failed.values() for exclusion in each)],
        key=lambda one: one.patient_id,
    )
    schemas = {**patients_schema.properties, **tables.patients.extras}
    clinical = clinical_columns(tables.patients, included)
    columns = {name: clinical_column(name, schemas[name]) for name in clinical} | dict(COMPUTED)
    fields = mixed_fields(row.values.get("mr_field_t") for row in included)
    analysed = [row.candidate.patient_id for row in included]
    return Cohort(
        columns=columns,
        rows=tuple(row.values for row in included),
        time_to_loosening=tuple(_time_to_loosening(everyone, failed)),
        variants=variants(
            known, columns, rules, cohort.data_cut, measurements.readers, tables.reading_sessions.rows
        ),
        dictionary=dictionary(columns, len(included), cohort, rules, fields),
        acquisition_summary=tuple(acquisition_summary(measurements.acquisition, analysed)),
        exclusions=tuple(exclusions),
        problems=(
            *tables.faults,
            *tables.notes,
            *lapsed_ratings(ratings),
            *(problem for row in everyone for problem in (*_disputed(row), *_contradicting_angles(row))),
            *(Problem(**one) for status in measurements.statuses.values() for one in status["problems"]),
            *([Problem("acquisition.csv", fields.sentence, REMEDY)] if fields else []),
        ),
        flow=flow_rows(
            exclusions, [(bool(row.values.get("ads")), bool(row.values["loosening"])) for row in included]
        ),
        ratings=ratings,
    )


def parquet_bytes(columns: Mapping[str, Column], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The cohort table as Parquet, columns typed as the dictionary says."""
    types = {"number": pyarrow.float64(), "integer": pyarrow.int64(), "string": pyarrow.string()}
    schema = pyarrow.schema([(name, types[column.type]) for name, column in columns.items()])
    listed = [{name: _typed(row.get(name), column.type) for name, column in columns.items()} for row in rows]
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(listed, schema=schema), buffer)
    return buffer.getvalue()


def _time_to_loosening(
    everyone: Iterable[AnalysisRow], failed: Mapping[str, Collection[Exclusion]]
) -> Iterator[Mapping[str, Any]]:
    """Rows of all who were seen after surgery and fail no criterion but, at most, that of follow-up.

    Asking for a year of follow-up would make the first year immortal: whoever is due later, was lost early or loosened
    before that visit tells about the time to loosening all the same.
    """
    for row in everyone:
        reasons = failed[row.candidate.patient_id]
        if row.outcome.time_months is not None and lacks_follow_up_only(reasons):
            yield {**row.values, IN_MAIN_ANALYSIS: not reasons}


def _typed(value: Any, kind: str) -> Any:
    if value is None or value == "":
        return None
    return {"number": float, "integer": int, "string": str}[kind](value)


def _text_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _disputed(row: AnalysisRow) -> list[Problem]:
    return [
        Problem(
            "visits.csv",
            f"the readers of the {visit.modality} at {visit.months:g} months disagree: it does not count",
            "add a row of the reader 'consensus'",
            row.candidate.patient_id,
        )
        for visit in row.visits
        if visit.disputed
    ]


def _contradicting_angles(row: AnalysisRow) -> list[Problem]:
    """PI that misses PT + SS, and landmarks that miss what the tables say."""
    patient_id = row.candidate.patient_id
    problems = [
        Problem(
            "spinopelvic.mrk.json",
            f"{angle.upper()} by landmarks differs from the tables by {miss:.1f} degrees; the tables' is kept",
            "check the landmarks and the angle",
            patient_id,
        )
        for angle, miss in landmark_discrepancies(row.values, row.landmarks).items()
    ]
    discrepancy = pelvic_discrepancy(row.values)
    if discrepancy is not None:
        problem = f"PI differs from PT + SS by {discrepancy:.1f} degrees; kept as given"
        source, remedy = "patients.csv, readings.csv", "check the three angles"
        problems.append(Problem(source, problem, remedy, patient_id))
    return problems
