"""One table, cell by cell against its schema: typed rows that are sound, and a problem for every fault."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bonehold.cohort.csv_tables import IDENTIFIER, CsvRow, CsvTable
from bonehold.cohort.readers import reader_name
from bonehold.cohort.schemas import CellFault, CellReader, TableSchema, expectation, nearest
from bonehold.problems import Problem


@dataclass(frozen=True)
class Row:
    """A row with typed cells (None where empty) and its line number in the file."""

    number: int
    values: Mapping[str, Any]

    @property
    def patient_id(self) -> str:
        """The patient the row belongs to, empty where none is given."""
        return self.values.get("patient_id") or ""


@dataclass(frozen=True)
class CheckedTable:
    """A validated table.

    Attributes:
        name: file name.
        columns: columns of the file, in order.
        rows: the sound rows.
        faults: what is wrong with the rows left out, one problem per offending cell or row.
        notes: what is worth telling although no row is left out for it.
    """

    name: str
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    faults: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
    extras: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def without(self, faults: Iterable[Problem]) -> CheckedTable:
        """The table less the rows that further faults name."""
        further = tuple(faults)
        bad = {fault.row for fault in further}
        rows = tuple(row for row in self.rows if row.number not in bad)
        ordered = sorted(self.faults + further, key=lambda fault: fault.row or 0)
        return replace(self, rows=rows, faults=tuple(ordered))


def check_table(
    table: CsvTable, schema: TableSchema, extras: Mapping[str, Mapping[str, Any]] | None = None
) -> CheckedTable:
    """Check every cell of every row and type it.

    Args:
        table: the table as read; it has the schema's required columns.
        schema: the schema of its rows.
        extras: schemas of columns beyond the schema's (further predictors); columns in neither are kept as text.

    Returns:
        the sound rows and everything that is wrong with the others.
    """
    extras = extras or {}
    readers = {
        column: CellReader(extras.get(column) or schema.of(column), decimal_comma=table.decimal_comma)
        for column in table.columns
    }
    rows: list[Row] = []
    faults: list[Problem] = []
    for row in table.rows:
        values = {column: readers[column].read(row.cells[column]) for column in table.columns}
        found = list(_row_faults(table.name, schema, row, values))
        faults += found
        if not found:
            rows.append(Row(row.number, _with_reader_name(values)))
    notes = tuple(_misspelt(table, schema))
    return CheckedTable(table.name, table.columns, tuple(rows), tuple(faults), notes, extras)


def values_of(
    table: CheckedTable, measure: str, column: str, schemas: Mapping[str, Mapping[str, Any]]
) -> list[Problem]:
    """A fault for each value that is none of the measure named in its row.

    Args:
        table: a table in which one column names the measure and another holds its value, a number.
        measure: the column of names.
        column: the column of values.
        schemas: name -> schema of its values; values of other names are not judged.
    """
    readers = {name: CellReader(schema, decimal_comma=False) for name, schema in schemas.items()}
    faults = []
    for row in table.rows:
        name, value = row.values[measure], row.values[column]
        fault = readers[name].read(f"{value:.15g}") if name in readers and value is not None else None
        if isinstance(fault, CellFault):
            problem = f"{name} {fault.problem}"
            faults.append(
                Problem(table.name, problem, fault.remedy, row.patient_id, row.number, column, fault.value)
            )
    return faults


def repeated(table: CheckedTable, key: tuple[str, ...]) -> list[Problem]:
    """A fault for each of several rows with the same key: none of them can be preferred to the others."""
    rows: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for row in table.rows:
        rows[tuple(row.values.get(column) for column in key)].append(row.number)
    patients = {row.number: row.patient_id for row in table.rows}
    return [
        Problem(
            table.name,
            f"rows {', '.join(map(str, numbers))} have the same {', '.join(key)}",
            "keep one of them",
            patients[number],
            number,
        )
        for numbers in rows.values()
        if len(numbers) > 1
        for number in numbers
    ]


def known_patients(table: CheckedTable, file: CsvTable | None, ids: frozenset[str]) -> CheckedTable:
    """The table less the rows of patients who are not in patients.csv."""
    problem, remedy = "the patient is not in patients.csv", "correct the id or add the patient"
    return table.without(
        Problem(table.name, problem, remedy, given, row.number, "patient_id")
        for row in (file.rows if file else ())
        if IDENTIFIER.fullmatch(given := row.cells.get("patient_id", "")) and given not in ids
    )


def missing_columns(table: CsvTable, schema: TableSchema) -> list[Problem]:
    """A problem for each column without which the table cannot be used."""
    return [
        Problem(
            table.name,
            "the column is missing",
            f"add it: {expectation(schema.properties[column])}",
            column=column,
        )
        for column in schema.required
        if column not in table.columns
    ]


def _row_faults(name: str, schema: TableSchema, row: CsvRow, values: Mapping[str, Any]) -> Iterable[Problem]:
    given = values.get("patient_id")
    patient_id = given if isinstance(given, str) else ""
    if row.fault:
        yield replace(row.fault, patient_id=patient_id)
        return
    for column, value in values.items():
        if isinstance(value, CellFault):
            remedy = value.remedy if column in schema.required else f"{value.remedy}, or an empty cell"
            yield Problem(name, value.problem, remedy, patient_id, row.number, column, value.value)
    for column in schema.required:
        if values[column] is None:
            expected = expectation(schema.properties[column])
            yield Problem(name, "is empty", f"expected {expected}", patient_id, row.number, column)


def _with_reader_name(values: Mapping[str, Any]) -> Mapping[str, Any]:
    reader = values.get("reader")
    return {**values, "reader": reader_name(reader)} if isinstance(reader, str) else values


def _misspelt(table: CsvTable, schema: TableSchema) -> Iterable[Problem]:
    absent = [column for column in schema.properties if column not in table.columns]
    for column in table.columns:
        meant = "" if schema.of(column) else nearest(column, absent)
        if meant:
            yield Problem(table.name, "is no column known here", f"did you mean '{meant}'?", column=column)
