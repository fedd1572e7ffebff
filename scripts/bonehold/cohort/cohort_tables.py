"""All tables of a cohort folder, validated together: sound rows, quarantined patients, every problem."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bonehold.cohort.checked_table import CheckedTable, check_table, known_patients, repeated
from bonehold.cohort.csv_tables import IDENTIFIER, CsvTable
from bonehold.cohort.dictionary import COMPUTED
from bonehold.cohort.extra_columns import extra_columns
from bonehold.cohort.measuring_tables import check_measurements, check_overrides
from bonehold.cohort.patients import inside, sound_ids
from bonehold.cohort.readings import check_readings
from bonehold.cohort.schemas import SCHEMAS, TableSchema, load_table_schema
from bonehold.cohort.table_files import read_table_files
from bonehold.files import is_folder
from bonehold.problems import Problem

OPTIONAL = ("visits", "readings", "reading_sessions", "measurements", "overrides", "ratings")
MISSED = {"visits": "no outcome is known", "readings": "no Goutallier grade is known"}
"""What is lost without a table that a cohort seldom does without."""


@dataclass(frozen=True)
class InvalidPatient:
    """A patient whose row cannot be used.

    Where the id is malformed a stand-in is given, `(row 17)`, which no id can be equal to.
    """

    patient_id: str
    detail: str


@dataclass(frozen=True)
class CohortTables:
    """The validated tables of a cohort; an absent optional table is empty."""

    patients: CheckedTable
    invalid: tuple[InvalidPatient, ...]
    visits: CheckedTable
    readings: CheckedTable
    reading_sessions: CheckedTable
    measurements: CheckedTable
    overrides: CheckedTable
    ratings: CheckedTable

    @property
    def all(self) -> tuple[CheckedTable, ...]:
        """Every table, in the order in which they are reported."""
        return (
            self.patients,
            self.visits,
            self.readings,
            self.reading_sessions,
            self.measurements,
            self.overrides,
            self.ratings,
        )

    @property
    def faults(self) -> tuple[Problem, ...]:
        """What is wrong with the rows left out."""
        return tuple(itertools.chain.from_iterable(table.faults for table in self.all))

    @property
    def notes(self) -> tuple[Problem, ...]:
        """What is worth telling although no row is left out for it."""
        return tuple(itertools.chain.from_iterable(table.notes for table in self.all))


def read_cohort_tables(cohort: Path, schemas: Path = SCHEMAS) -> CohortTables:
    """Read and validate every table of a cohort folder.

    Args:
        cohort: the cohort folder.
        schemas: folder of the table schemas.

    Raises:
        InputError: a file cannot be read as a table at all; every such file at once.
    """
    rules = {name: load_table_schema(name, schemas) for name in ("patients", *OPTIONAL)}
    files = read_table_files(cohort, rules)
    patients, invalid = _patients(cohort, files["patients"], rules["patients"])
    patients = replace(patients, notes=(*patients.notes, *_missed_tables(files)))
    ids = frozenset(row.cells.get("patient_id", "") for row in files["patients"].rows)
    further = {
        name: known_patients(_checked(name, files.get(name), rules), files.get(name), ids)
        for name in OPTIONAL
    }
    return CohortTables(patients=patients, invalid=invalid, **further)


def _patients(
    cohort: Path, file: CsvTable, schema: TableSchema
) -> tuple[CheckedTable, tuple[InvalidPatient, ...]]:
    extras, notes = extra_columns(file, schema.properties, COMPUTED)
    columns = tuple(column for column in file.columns if column in schema.properties or column in extras)
    kept = CsvTable(file.name, columns, file.rows, file.decimal_comma)
    table = check_table(kept, schema, extras)
    ids = {row.number: row.cells["patient_id"] for row in file.rows}
    table = table.without(_repeated_ids(file)).without(_outside(cohort, file))
    further = (*table.notes, *notes, *_missing_folders(cohort, table))
    table = CheckedTable(table.name, columns, table.rows, table.faults, further, extras)
    return table, _invalid(table, ids)


def _repeated_ids(file: CsvTable) -> list[Problem]:
    ids = [row.cells["patient_id"] for row in file.rows]
    sound = sound_ids(ids)
    return [
        Problem(
            file.name,
            "the id stands in several rows (upper and lower case count as the same)",
            "give every patient one row and an id of its own",
            row.cells["patient_id"],
            row.number,
        )
        for row in file.rows
        if IDENTIFIER.fullmatch(row.cells["patient_id"]) and row.cells["patient_id"] not in sound
    ]


def _invalid(table: CheckedTable, ids: Mapping[int, str]) -> tuple[InvalidPatient, ...]:
    """One entry per quarantined patient, with the columns at fault but none of their values."""
    details: dict[str, list[str]] = defaultdict(list)
    for fault in table.faults:
        if fault.row is None:
            continue
        given = ids[fault.row]
        patient_id = given if IDENTIFIER.fullmatch(given) else f"(row {fault.row})"
        where = f"row {fault.row}" + (f", {fault.column}" if fault.column else "")
        details[patient_id].append(f"{where}: {fault.problem}")
    return tuple(InvalidPatient(patient_id, "; ".join(details[patient_id])) for patient_id in sorted(details))


def _outside(cohort: Path, file: CsvTable) -> list[Problem]:
    problem, remedy = "leads out of the cohort folder", "name a folder inside it"
    return [
        Problem(file.name, problem, remedy, _shown(row.cells["patient_id"]), row.number, column)
        for row in file.rows
        for column in ("dicom", "annotations")
        if row.cells.get(column) and inside(cohort, row.cells[column]) is None
    ]


def _shown(patient_id: str) -> str:
    """An id that may be printed: a malformed one may be a name."""
    return patient_id if IDENTIFIER.fullmatch(patient_id) else ""


def _missed_tables(files: Mapping[str, CsvTable]) -> list[Problem]:
    return [
        Problem(f"{name}.csv", f"is missing, so {loss}", "put it into the cohort folder")
        for name, loss in MISSED.items()
        if name not in files
    ]


def _missing_folders(cohort: Path, table: CheckedTable) -> list[Problem]:
    problem, remedy = "the folder is missing, nothing is measured from it", "put it there or empty the cell"
    return [
        Problem(table.name, problem, remedy, row.patient_id, row.number, column)
        for row in table.rows
        for column in ("dicom", "annotations")
        if row.values.get(column) and not is_folder(inside(cohort, row.values[column]))
    ]


def _checked(name: str, file: CsvTable | None, schemas: Mapping[str, TableSchema]) -> CheckedTable:
    schema = schemas[name]
    if name == "measurements":
        return check_measurements(file, schema)
    if name == "overrides":
        return check_overrides(file, schema)
    if file is None:
        return CheckedTable(schema.name)
    if name == "readings":
        return check_readings(file, schema, schemas["patients"])
    table = check_table(file, schema)
    return table.without(repeated(table, schema.unique))
