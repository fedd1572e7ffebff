"""Readings of grades and angles: what `readings.csv` must be beyond what each of its cells must be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bonehold.cohort.angles import ANGLES
from bonehold.cohort.checked_table import CheckedTable, Row, check_table, repeated, values_of
from bonehold.cohort.csv_tables import CsvTable
from bonehold.cohort.goutallier import DISCS, GRADES
from bonehold.cohort.schemas import TableSchema, nearest
from bonehold.problems import Problem


def check_readings(file: CsvTable, schema: TableSchema, patients: TableSchema) -> CheckedTable:
    """Check readings.csv: every value must be one of its measure, and no reading may contradict another.

    Args:
        file: the table as read.
        schema: the schema of its rows.
        patients: the schema of patients.csv, which bounds the angles.
    """
    measures: dict[str, Mapping[str, Any]] = {
        "goutallier": {"type": "integer", "enum": GRADES},
        **{angle: patients.properties[angle] for angle in ANGLES},
    }
    table = check_table(file, schema)
    table = table.without(
        [
            *repeated(table, schema.unique),
            *_one_side_and_both(table),
            *values_of(table, "measure", "value", measures),
            *_grades_without_disc(table),
        ]
    )
    return replace(table, notes=(*table.notes, *_unknown_measures(table, measures)))


def _one_side_and_both(table: CheckedTable) -> list[Problem]:
    """A fault for each of a reader's readings of one place that stand for both sides and for one."""
    places: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in table.rows:
        place = ("patient_id", "reader", "session", "measure", "level")
        places[tuple(row.values.get(column) for column in place)].append(row)
    faults = []
    for rows in places.values():
        blank = [row for row in rows if not row.values.get("side")]
        if 0 < len(blank) < len(rows):
            numbers = ", ".join(str(row.number) for row in rows)
            problem = f"rows {numbers} hold one reader's reading of both sides and of a single side"
            remedy = "keep one for both sides, or one for each"
            faults += [
                Problem(table.name, problem, remedy, row.patient_id, row.number, "side") for row in rows
            ]
    return faults


def _grades_without_disc(table: CheckedTable) -> list[Problem]:
    expected = f"a Goutallier grade belongs to a disc: {', '.join(DISCS)}"
    return [
        Problem(table.name, "is empty", expected, row.patient_id, row.number, "level")
        for row in table.rows
        if row.values["measure"] == "goutallier" and not row.values.get("level")
    ]


def _unknown_measures(table: CheckedTable, known: Mapping[str, Any]) -> list[Problem]:
    """A note for each measure that nothing here is made of, at the first row that has it."""
    first: dict[str, int] = {}
    for row in table.rows:
        first.setdefault(row.values["measure"], row.number)
    notes = []
    for measure, number in first.items():
        if measure not in known:
            meant = nearest(measure, known)
            hint = f"did you mean '{meant}'?" if meant else f"the measures are {', '.join(known)}"
            problem = "unknown measure, its readings are not used"
            notes.append(Problem(table.name, problem, hint, row=number, column="measure", value=measure))
    return notes
