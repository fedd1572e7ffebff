"""The patients of an analysis with their gaps filled several times, and the file that keeps the filled cells."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from bonehold.files import text_of_cell
from bonehold.modelling.inputs.analysis_table import AnalysisTable

IMPUTED_COLUMNS = ("set", "row", "column", "value")


@dataclass(frozen=True)
class ImputedCell:
    """One filled cell (a row of `imputed.csv`).

    Attributes:
        set: number of the completed set, from 1.
        row: line of the patient in the table, as a spreadsheet shows it.
        column: the column.
        value: text of the cell.
    """

    set: int
    row: int
    column: str
    value: str


@dataclass(frozen=True)
class CompletedTables:
    """The patients of an analysis, as observed and completed.

    Attributes:
        observed: with gaps.
        sets: the completed tables, none where nothing was imputed; they differ in the imputed cells only.
        imputed: columns that hold an imputed cell.
    """

    observed: AnalysisTable
    sets: tuple[AnalysisTable, ...] = ()
    imputed: frozenset[str] = frozenset()

    def of(self, columns: Collection[str]) -> tuple[AnalysisTable, ...]:
        """The tables that a model of these columns is fitted to: all sets, or the observed one where no cell of
        these columns was imputed.

        Args:
            columns: columns of the model.
        """
        return self.sets if self.imputed.intersection(columns) else (self.observed,)


def completed_tables(patients: AnalysisTable, cells: Iterable[ImputedCell]) -> CompletedTables:
    """Put the imputed cells into the table.

    Args:
        patients: rows of the analysis, with gaps.
        cells: what the gaps were filled with, of all sets; cells of other rows are left aside.
    """
    known = frozenset(patients.cells.index)
    by_set: dict[int, dict[str, dict[int, str]]] = {}
    for cell in cells:
        if cell.row in known:
            by_set.setdefault(cell.set, {}).setdefault(cell.column, {})[cell.row] = cell.value
    sets = tuple(_filled(patients, by_set[number]) for number in sorted(by_set))
    return CompletedTables(patients, sets, frozenset(column for one in by_set.values() for column in one))


def read_imputed(path: Path) -> tuple[ImputedCell, ...]:
    """Read `imputed.csv`."""
    with path.open(encoding="utf-8", newline="") as handle:
        return tuple(
            ImputedCell(
                int(row["set"]), int(row["row"]), text_of_cell(row["column"]), text_of_cell(row["value"])
            )
            for row in csv.DictReader(handle)
        )


def _filled(patients: AnalysisTable, values: dict[str, dict[int, str]]) -> AnalysisTable:
    cells = patients.cells.copy()
    for column, by_row in values.items():
        cells.loc[list(by_row), column] = list(by_row.values())
    return replace(patients, cells=cells)
