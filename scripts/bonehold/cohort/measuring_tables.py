"""The tables that steer measuring: values measured in a PACS, and decisions that overrule automatic ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from bonehold.cohort.checked_table import (
    CheckedTable,
    Row,
    check_table,
    known_patients,
    repeated,
    values_of,
)
from bonehold.cohort.csv_tables import CsvTable
from bonehold.cohort.overrides import ONE_EACH, unfit
from bonehold.cohort.patients import sound_ids
from bonehold.cohort.regions import canonical
from bonehold.cohort.schemas import SCHEMAS, TableSchema, load_table_schema
from bonehold.cohort.table_files import read_table_files
from bonehold.problems import InputError, Problem


@dataclass(frozen=True)
class MeasuringTables:
    """The tables that measuring needs: everyone whose id stands once, PACS values, overrides."""

    patient_ids: frozenset[str]
    measurements: CheckedTable
    overrides: CheckedTable


def read_measuring_tables(cohort: Path, schemas: Path = SCHEMAS) -> MeasuringTables:
    """Read what measuring needs: it does not depend on any clinical value, so none is looked at.

    Args:
        cohort: the cohort folder.
        schemas: folder of the table schemas.

    Raises:
        InputError: a file cannot be read as a table at all; every such file at once.
    """
    rules = {name: load_table_schema(name, schemas) for name in ("patients", "measurements", "overrides")}
    files = read_table_files(cohort, rules)
    ids = sound_ids(row.cells["patient_id"] for row in files["patients"].rows)
    measurements, overrides = files.get("measurements"), files.get("overrides")
    return MeasuringTables(
        ids,
        known_patients(check_measurements(measurements, rules["measurements"]), measurements, ids),
        known_patients(check_overrides(overrides, rules["overrides"]), overrides, ids),
    )


def read_ratings(cohort: Path, schemas: Path = SCHEMAS) -> CheckedTable:
    """The sound rows of ratings.csv, without a look at any clinical value.

    Args:
        cohort: the cohort folder.
        schemas: folder of the table schemas.

    Raises:
        InputError: a file cannot be read as a table at all.
    """
    rules = {name: load_table_schema(name, schemas) for name in ("patients", "ratings")}
    files = read_table_files(cohort, rules)
    if "ratings" not in files:
        return CheckedTable(rules["ratings"].name)
    table = check_table(files["ratings"], rules["ratings"])
    ids = sound_ids(row.cells["patient_id"] for row in files["patients"].rows)
    return known_patients(table.without(repeated(table, rules["ratings"].unique)), files["ratings"], ids)


def check_measurements(file: CsvTable | None, schema: TableSchema) -> CheckedTable:
    """Check measurements.csv in its long or wide form; region names come out in their one spelling.

    Raises:
        InputError: two columns of the wide form hold the same measure.
    """
    if file is None:
        return CheckedTable(schema.name)
    table = check_table(_with_canonical_columns(file), schema)
    if "roi" not in file.columns:
        return table.without(repeated(table, schema.unique))
    table = table.without(_long_form_faults(table))
    spelt = [Row(row.number, {**row.values, "roi": canonical(row.values["roi"])}) for row in table.rows]
    table = replace(table, rows=tuple(spelt))
    measures = {row.values["roi"]: schema.of(row.values["roi"]) for row in table.rows}
    table = table.without(values_of(table, "roi", "mean", measures))
    return table.without(repeated(table, schema.unique))


def check_overrides(file: CsvTable | None, schema: TableSchema) -> CheckedTable:
    """Check overrides.csv: every value must fit its item, and a patient has one level and series at most."""
    if file is None:
        return CheckedTable(schema.name)
    table = check_table(file, schema)
    one_each = tuple(row for row in table.rows if row.values["item"] in ONE_EACH)
    others = tuple(row for row in table.rows if row.values["item"] not in ONE_EACH)
    return table.without(
        [
            *_unfit_values(table),
            *repeated(replace(table, rows=one_each), ("patient_id", "item")),
            *repeated(replace(table, rows=others), schema.unique),
        ]
    )


def _with_canonical_columns(file: CsvTable) -> CsvTable:
    """The table with regions and ready-made measures in their one spelling as names of columns."""
    spelling = {column: canonical(column) or column for column in file.columns}
    times = Counter(spelling.values())
    if len(times) < len(spelling):
        raise InputError(
            Problem(file.name, f"{times[name]} columns hold the same measure", "keep one", row=1, column=name)
            for name in times
            if times[name] > 1
        )
    rows = tuple(
        replace(row, cells={spelling[column]: cell for column, cell in row.cells.items()})
        for row in file.rows
    )
    return replace(file, columns=tuple(spelling.values()), rows=rows)


def _long_form_faults(table: CheckedTable) -> list[Problem]:
    expected = "expected a name such as L3_body_superior, L1_pedicle_left, L3_csf, or b_hu, st_hu, pbq"
    unknown = [
        Problem(table.name, "is not the name of a region", expected, row.patient_id, row.number, "roi")
        for row in table.rows
        if not canonical(row.values["roi"] or "")
    ]
    remedy = "give the mean or delete the row"
    empty = [
        Problem(table.name, "is empty", remedy, row.patient_id, row.number, "mean")
        for row in table.rows
        if row.values.get("mean") is None
    ]
    return [*unknown, *empty]


def _unfit_values(table: CheckedTable) -> list[Problem]:
    faults = []
    for row in table.rows:
        item = row.values["item"]
        expected = unfit(item, row.values.get("value") or "")
        if expected:
            problem = f"does not fit the item '{item}'"
            faults.append(
                Problem(table.name, problem, f"expected {expected}", row.patient_id, row.number, "value")
            )
    return faults
