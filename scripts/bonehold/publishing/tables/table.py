"""A table as a reader sees it: text in rows and columns, a title and notes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

Row = Mapping[str, str]
"""A row of a CSV file of results."""
Labels = Mapping[str, str]
"""Column of the cohort -> words for a reader."""
MARKS = ("†", "‡", "§", "‖", "¶", "#", "††", "‡‡", "§§", "‖‖", "¶¶")
"""Signs that tie a cell to a note, in the order in which journals use them."""


@dataclass(frozen=True)
class Table:
    """A table to print: title, column heads, rows of text, and notes below it. A row that starts with a space is
    a level of the predictor above it.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def with_warnings(table: Table, warnings: Mapping[str, str]) -> Table:
    """The table with a further note for each warning that concerns it.

    Args:
        table: any table.
        warnings: label of a predictor -> sentence; it goes below tables with a row of that predictor.
    """
    notes = [
        f"{sentence}."
        for label, sentence in warnings.items()
        if any(row[0].startswith(label) for row in table.rows)
    ]
    return replace(table, notes=(*table.notes, *notes))


def footnote_marks(reasons: Iterable[str]) -> dict[str, str]:
    """A sign for each distinct reason, in order of appearance; none for the empty one.

    Args:
        reasons: for example the test behind each P of a column.

    >>> footnote_marks(["t test", "", "chi-square", "t test"])
    {'t test': '†', 'chi-square': '‡'}
    """
    distinct = [reason for reason in dict.fromkeys(reasons) if reason]
    return dict(zip(distinct, MARKS, strict=False))


def footnotes(marks: Mapping[str, str]) -> tuple[str, ...]:
    """The notes that the signs stand for."""
    return tuple(f"{mark} {reason}." for reason, mark in marks.items())


def name_of(row: Row, labels: Labels) -> str:
    """Words for the coefficient of a row: the predictor, and for a factor its level and reference."""
    label = labels.get(row["term"], row["term"])
    return f"{label}: {row['level']} against {row['reference']}" if row["level"] else label
