"""Whatever was read twice: readings of each measure, and the pairs of them by two readers or in two sessions."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bonehold.cohort.agreement_measures import MEASURES, READER_MEASURES, REGION_MEASURES
from bonehold.cohort.angles import ANGLES
from bonehold.cohort.checked_table import Row
from bonehold.cohort.goutallier import SIDES, GoutallierRules, GradeReading, patient_grade
from bonehold.cohort.outcome import LooseningReading, is_positive
from bonehold.cohort.readers import COMBINED, FIRST_SESSION, independent
from bonehold.cohort.regions import level_of
from bonehold.cohort.roi_readings import NOT_USED

TextRow = Mapping[str, str]
Kind = Literal["inter", "intra"]


@dataclass(frozen=True)
class Reading:
    """One value that one reader gave in one session.

    Attributes:
        measure: a name of `agreement_measures.MEASURES`.
        patient_id: the patient.
        place: what of the patient was read: a region, a disc and side, a visit; empty for the whole patient.
        reader: the reader's code.
        session: 1, 2, ...
        value: the value or grade.
    """

    measure: str
    patient_id: str
    place: str
    reader: str
    session: int
    value: float


@dataclass(frozen=True)
class Pairs:
    """The cases of a measure that two readers (`inter`) or one reader in two sessions (`intra`) read.

    Attributes:
        cases: (patient, place) of each case, sorted.
        first, second: the values, in the order of the cases.
    """

    kind: Kind
    measure: str
    reader_1: str
    reader_2: str
    session_1: int
    session_2: int
    cases: tuple[tuple[str, str], ...]
    first: tuple[float, ...]
    second: tuple[float, ...]


def paired(readings: Iterable[Reading]) -> tuple[Pairs, ...]:
    """Every pair of readers (first sessions) and every pair of sessions of one reader, measure by measure.

    Readers who never read a case in common are a pair without cases. Reserved names are decisions, not readers, and
    are left out.
    """
    values: dict[str, dict[tuple[str, int], dict[tuple[str, str], float]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for one in readings:
        values[one.measure][one.reader, one.session][one.patient_id, one.place] = one.value
    pairs = [
        _pair(kind, measure, first, second, values[measure])
        for measure in MEASURES
        for kind, first, second in _rater_pairs(values[measure])
    ]
    return tuple(sorted(pairs, key=lambda pair: pair.kind))


def reader_readings(rows: Iterable[TextRow]) -> Iterator[Reading]:
    """Measures of each reader, from the rows of readers.csv and repeat_readers.csv."""
    for row in rows:
        for measure in READER_MEASURES:
            if row["reader"] != COMBINED and row[measure]:
                yield Reading(
                    measure, row["patient_id"], "", row["reader"], _session(row), float(row[measure])
                )


def region_readings(rows: Iterable[TextRow]) -> Iterator[Reading]:
    """Means of regions by their kind, from the rows of measurements.csv and repeat_measurements.csv."""
    for row in rows:
        kind = row["roi"].split("_")[1] if level_of(row["roi"]) else ""
        if kind in REGION_MEASURES and row["mean"] and NOT_USED.isdisjoint(row["flags"].split(";")):
            yield Reading(
                kind, row["patient_id"], row["roi"], row["reader"], _session(row), float(row["mean"])
            )


def angle_readings(rows: Iterable[Row]) -> Iterator[Reading]:
    """Angles of readings.csv."""
    for row in rows:
        if row.values["measure"] in ANGLES:
            yield _of_row(row, row.values["measure"], "", row.values["value"])


def grade_readings(rows: Iterable[Row], rules: GoutallierRules) -> Iterator[Reading]:
    """Goutallier grades of readings.csv: of each disc and side, and each reader's grade of the patient.

    A grade for both sides counts once where nobody graded the sides of that disc apart, else for each side. The
    patient's grade is by the configured disc; grades are as read, none merged.
    """
    grades = [row for row in rows if row.values["measure"] == "goutallier"]
    apart = {(row.patient_id, row.values["level"]) for row in grades if row.values.get("side")}
    by_reader: dict[tuple[str, str, int], list[Row]] = defaultdict(list)
    for row in grades:
        by_reader[row.patient_id, row.values["reader"], _row_session(row)].append(row)
        disc, side = row.values["level"], row.values.get("side") or ""
        sides = (side,) if side or (row.patient_id, disc) not in apart else SIDES
        for one in sides:
            yield _of_row(row, "goutallier", f"{disc} {one}".strip(), row.values["value"])
    for own in by_reader.values():
        read = [
            GradeReading(
                row.values["reader"],
                row.values["level"],
                row.values.get("side") or "",
                int(row.values["value"]),
            )
            for row in own
        ]
        grade = patient_grade(read, rules)
        if grade is not None:
            yield _of_row(own[0], "goutallier_patient", "", grade)


def loosening_readings(rows: Iterable[Row], lucency_mm: float) -> Iterator[Reading]:
    """Whether each reader saw loosening at each visit, from visits.csv; images nobody could assess are no reading."""
    for row in rows:
        values = row.values
        seen = LooseningReading(
            values["months"],
            values["modality"],
            values["reader"],
            values.get("lucency_mm"),
            None if values.get("double_halo") is None else bool(values["double_halo"]),
            None if values.get("loosening") is None else bool(values["loosening"]),
        )
        positive = is_positive(seen, lucency_mm)
        if positive is not None:
            yield _of_row(row, "loosening", f"{values['months']:g} months {values['modality']}", positive)


def _of_row(row: Row, measure: str, place: str, value: float) -> Reading:
    return Reading(measure, row.patient_id, place, row.values["reader"], _row_session(row), float(value))


def _row_session(row: Row) -> int:
    return row.values.get("session") or FIRST_SESSION


def _session(row: TextRow) -> int:
    return int(row.get("session") or FIRST_SESSION)


def _rater_pairs(
    raters: Iterable[tuple[str, int]],
) -> Iterator[tuple[Kind, tuple[str, int], tuple[str, int]]]:
    sessions: dict[str, list[int]] = defaultdict(list)
    for reader, session in sorted(raters):
        sessions[reader].append(session)
    people = independent(sessions)
    first = [reader for reader in people if FIRST_SESSION in sessions[reader]]
    for one, other in itertools.combinations(first, 2):
        yield "inter", (one, FIRST_SESSION), (other, FIRST_SESSION)
    for reader in people:
        for earlier, later in itertools.combinations(sessions[reader], 2):
            yield "intra", (reader, earlier), (reader, later)


def _pair(
    kind: Kind,
    measure: str,
    first: tuple[str, int],
    second: tuple[str, int],
    values: Mapping[tuple[str, int], Mapping[tuple[str, str], float]],
) -> Pairs:
    one, other = values[first], values[second]
    cases = tuple(sorted(one.keys() & other.keys()))
    return Pairs(
        kind,
        measure,
        first[0],
        second[0],
        first[1],
        second[1],
        cases,
        tuple(one[case] for case in cases),
        tuple(other[case] for case in cases),
    )
