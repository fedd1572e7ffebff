"""Tables in the order and with the numbers of a paper and its supplement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bonehold.publishing.tables.table import Table


@dataclass(frozen=True)
class AnalysisTables:
    """What is printed of one analysis.

    Attributes:
        analysis: its name.
        lines: sentences above the tables: who was analysed, or why there is no model.
        main: tables of the paper.
        supplement: further tables.
    """

    analysis: str
    lines: tuple[str, ...]
    main: tuple[Table, ...]
    supplement: tuple[Table, ...]


@dataclass(frozen=True)
class NumberedTable:
    """A table and its number: `Table 2`, `Table S5`."""

    number: str
    table: Table


@dataclass(frozen=True)
class Chapter:
    """A heading, sentences, and tables."""

    title: str
    lines: tuple[str, ...]
    tables: tuple[NumberedTable, ...]


def chapters(analyses: Sequence[AnalysisTables]) -> tuple[Chapter, ...]:
    """Number the tables: the main ones of the first analysis are the paper's, all others the supplement's.

    Tables without rows are left out.

    Args:
        analyses: in the order of the configuration.
    """
    made: list[Chapter] = []
    supplementary = 0
    for place, analysis in enumerate(analyses):
        parts = [(f"Analysis: {analysis.analysis}", analysis.lines, analysis.main, place > 0)]
        parts.append((f"Analysis: {analysis.analysis}, supplementary tables", (), analysis.supplement, True))
        for title, lines, tables, in_supplement in parts:
            numbered = []
            for number, table in enumerate((one for one in tables if one.rows), start=1):
                supplementary += in_supplement
                name = f"Table S{supplementary}" if in_supplement else f"Table {number}"
                numbered.append(NumberedTable(name, table))
            if numbered or lines:
                made.append(Chapter(title, lines, tuple(numbered)))
    return tuple(made)
