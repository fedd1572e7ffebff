"""The table that an analysis starts from: one row per patient, every cell still text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from bonehold.modelling.inputs.levels import number
from bonehold.modelling.inputs.where import WhereError, parse
from bonehold.problems import InputError, Problem

NO_VALUE = frozenset({"", "na", "n/a", "#n/a", "nan", "null"})
"""What programs write for a missing value, in any case; R writes `NA`."""

INCLUDED = "included"
"""Column of 0 and 1 that keeps patients out of every analysis."""

_DECIMAL_COMMA = re.compile(r"([+-]?\d+),(\d+)")


@dataclass(frozen=True)
class AnalysisTable:
    """Rows of text cells.

    Attributes:
        name: file name, for messages.
        cells: one column per column of the file, all text, `""` where missing; the index is the line
            number as a spreadsheet shows it (the header is 1).
    """

    name: str
    cells: pd.DataFrame

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(self.cells.columns)

    def column(self, name: str) -> tuple[str, ...]:
        """Cells of one column, in row order."""
        return tuple(self.cells[name])


def read_analysis_table(path: Path) -> AnalysisTable:
    """Read `cohort.csv` or a group's own finished table.

    The separator is `;` where the header has more of them than commas; then `3,5` is three and a half.

    Args:
        path: CSV file, UTF-8 with or without byte order mark.

    Raises:
        InputError: the file cannot be read, has no header, is separated by tabs, or a column stands twice.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError:
        raise _unreadable(path, "cannot be read", "it must be a plain file that you may read") from None
    except UnicodeDecodeError:
        raise _unreadable(path, "is not UTF-8", "save it as CSV UTF-8") from None
    header = text.split("\n", 1)[0]
    separator = ";" if header.count(";") > header.count(",") else ","
    if header.count("\t") > header.count(separator):
        raise _unreadable(path, "is separated by tabs", "save it with commas")
    try:
        lines = pd.read_csv(
            path,
            sep=separator,
            header=None,
            dtype=str,
            keep_default_na=False,
            skip_blank_lines=False,
            encoding="utf-8-sig",
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        cause = " ".join(str(error).split())
        raise _unreadable(
            path, f"is not a table ({cause})", "save it as CSV UTF-8 with one header row"
        ) from None
    lines = lines.fillna("").map(str.strip)
    columns = list(lines.iloc[0])
    twice = sorted({column for column in columns if column and columns.count(column) > 1})
    if twice:
        raise InputError(
            Problem(path.name, "the column stands twice", "keep one", row=1, column=column)
            for column in twice
        )
    cells = lines.iloc[1:].set_axis(columns, axis="columns").set_axis(range(2, len(lines) + 1), axis="index")
    cells = cells.loc[(cells != "").any(axis="columns"), [column for column in columns if column]]
    if separator == ";":
        cells = cells.map(
            lambda cell: _DECIMAL_COMMA.sub(r"\1.\2", cell) if _DECIMAL_COMMA.fullmatch(cell) else cell
        )
    return AnalysisTable(path.name, cells.map(lambda cell: "" if cell.casefold() in NO_VALUE else cell))


def refused_cells(
    table: AnalysisTable, column: str, refused: Callable[[str], bool], problem: str, remedy: str
) -> tuple[Problem, ...]:
    """One problem for all cells of a column that cannot be used: it names the first and says how many there are.

    Args:
        table: the rows.
        column: the column.
        refused: whether a cell cannot be used.
        problem: what is wrong with it.
        remedy: what to do.
    """
    wrong = [(row, cell) for row, cell in table.cells[column].items() if refused(cell)]
    if not wrong:
        return ()
    row, cell = wrong[0]
    count = "1 such cell" if len(wrong) == 1 else f"the first of {len(wrong)} such cells"
    return (Problem(table.name, f"{problem} ({count})", remedy, row=row, column=column, value=cell),)


def patients_of(table: AnalysisTable, where: str | None) -> AnalysisTable:
    """Select the rows of an analysis.

    Those count for which the condition holds and, if there is such a column, `included` is 1.

    Args:
        table: all rows.
        where: condition in the language of `bonehold.modelling.inputs.where`; None selects everybody.

    Raises:
        InputError: `included` is not 0 or 1, or the condition cannot be read, looks at a column that the table
            lacks or at cells that say `NA`, or selects nobody.
    """
    cells = table.cells
    if INCLUDED in cells.columns:
        unclear = refused_cells(
            table,
            INCLUDED,
            lambda cell: number(cell) not in (0, 1),
            "neither 0 nor 1",
            "1 = included, 0 = not",
        )
        if unclear:
            raise InputError(unclear)
        cells = cells.loc[[number(cell) == 1 for cell in cells[INCLUDED]]]
    if where is not None:
        try:
            condition = parse(where)
        except WhereError as error:
            raise InputError([Problem("analyses", str(error), "correct the condition")]) from None
        absent = sorted(condition.columns() - set(cells.columns))
        if absent:
            raise InputError(
                Problem(
                    f"where {where!r}", f"{table.name} has no column {column!r}", "name a column of the table"
                )
                for column in absent
            )
        used = cells[sorted(condition.columns())].to_dict("records")
        cells = cells.loc[[condition.holds(row) for row in used]]
    if cells.empty:
        chosen = f"where {where!r}" if where is not None else table.name
        raise InputError(
            [Problem(chosen, "selects nobody", "an analysis needs patients with and without the event")]
        )
    return replace(table, cells=cells)


def _unreadable(path: Path, problem: str, remedy: str) -> InputError:
    return InputError([Problem(path.name, problem, remedy)])
