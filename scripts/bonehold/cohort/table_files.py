"""The tables of a cohort folder as files: read all, or say of each why it cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bonehold.cohort.checked_table import missing_columns
from bonehold.cohort.csv_tables import CsvTable, read_csv_table
from bonehold.cohort.schemas import TableSchema
from bonehold.problems import InputError, Problem


def read_table_files(cohort: Path, rules: Mapping[str, TableSchema]) -> dict[str, CsvTable]:
    """Read the tables of a cohort folder as they are; patients.csv must be there, others may be absent.

    Args:
        cohort: the cohort folder.
        rules: table (`visits`) -> its schema.

    Raises:
        InputError: a file cannot be read as a table, or lacks a column it cannot do without; all at once.
    """
    tables: dict[str, CsvTable] = {}
    problems: list[Problem] = []
    if not cohort.is_dir():
        remedy = "set `cohort:` in config.yaml, or run `make sample`"
        raise InputError([Problem("cohort", "the folder is missing", remedy)])
    for name, schema in rules.items():
        path = cohort / f"{name}.csv"
        if name != "patients" and not path.exists():
            continue
        try:
            tables[name] = read_csv_table(path)
            problems += missing_columns(tables[name], schema)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return tables
