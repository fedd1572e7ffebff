"""The tables that steer measuring: values measured in a PACS, and decisions that overrule automatic ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bonehold.cohort.checked_table import CheckedTable, Row, check_table, known_patients, repeated
from bonehold.cohort.csv_tables import IDENTIFIER, CsvTable
from bonehold.cohort.patients import sound_ids
from bonehold.cohort.regions import DERIVED, canonical
from bonehold.cohort.schemas import SCHEMAS, TableSchema, load_table_schema
from bonehold.cohort.table_files import read_table_files
from bonehold.problems import Problem


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


def check_measurements(file: CsvTable | None, schema: TableSchema) -> CheckedTable:
    """Check measurements.csv in its long or wide form; region names come out in their one spelling."""
    if file is None:
        return CheckedTable(schema.name)
    regions = {
        column: {"type": "number"}
        for column in file.columns
        if canonical(column) and canonical(column) not in DERIVED
    }
    table = check_table(file, schema, regions)
    if "roi" not in file.columns:
        return table.without(repeated(table, schema.unique))
    faults = []
    for row in table.rows:
        if not canonical(row.values["roi"] or ""):
            expected = (
                "expected a name such as L3_body_superior, L1_pedicle_left, L3_csf, or b_hu, st_hu, pbq"
            )
            faults.append(
                Problem(
                    table.name, "is not the name of a region", expected, row.patient_id, row.number, "roi"
                )
            )
        if row.values.get("mean") is None:
            faults.append(
                Problem(
                    table.name,
                    "is empty",
                    "give the mean or delete the row",
                    row.patient_id,
                    row.number,
                    "mean",
                )
            )
    sound = table.without(faults)
    spelt = [Row(row.number, {**row.values, "roi": canonical(row.values["roi"])}) for row in sound.rows]
    sound = CheckedTable(sound.name, sound.columns, tuple(spelt), sound.faults, sound.notes, sound.extras)
    return sound.without(repeated(sound, schema.unique))


def check_overrides(file: CsvTable | None, schema: TableSchema) -> CheckedTable:
    """Check overrides.csv: every value must fit its item, and a patient has one level at most."""
    if file is None:
        return CheckedTable(schema.name)
    table = check_table(file, schema)
    table = table.without(repeated(table, schema.unique))
    return table.without(_override_faults(table))


def _override_faults(table: CheckedTable) -> list[Problem]:
    faults = []
    for row in table.rows:
        item, value = row.values["item"], row.values.get("value") or ""
        expected = {
            "level": None if value in ("L1", "L2", "L3", "L4", "L5") else "a vertebra, L1 to L5",
            "ct_series": None if value.isdecimal() else "a SeriesNumber",
            "mr_series": None if value.isdecimal() else "a SeriesNumber",
            "roi": None if override_reading(value) else "a reader and a region, as `R1 L3_csf`",
            "exclude": None,
        }[item]
        if expected:
            problem = f"does not fit the item '{item}'"
            faults.append(
                Problem(table.name, problem, f"expected {expected}", row.patient_id, row.number, "value")
            )
    levels = [row for row in table.rows if row.values["item"] == "level"]
    one = CheckedTable(table.name, table.columns, tuple(levels))
    return faults + repeated(one, ("patient_id", "item"))


def override_reading(value: str) -> tuple[str, str] | None:
    """Reader and region of an override of item `roi`, as `R1 L3_csf` or `R1:L3_csf`, or None.

    >>> override_reading("R1: l3 csf"), override_reading("L3_csf")
    (('R1', 'L3_csf'), None)
    """
    reader, colon, region = value.partition(":") if ":" in value else value.partition(" ")
    roi = canonical(region)
    return (reader.strip(), roi) if colon and roi and IDENTIFIER.fullmatch(reader.strip()) else None
