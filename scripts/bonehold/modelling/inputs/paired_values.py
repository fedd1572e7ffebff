"""Two columns side by side, for every patient that has both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.candidates import candidate_of
from bonehold.modelling.inputs.levels import level_text, number
from bonehold.modelling.inputs.specification import Specification
from bonehold.modelling.regression.terms import Floats
from bonehold.problems import Problem

Pair = tuple[str, str]


@dataclass(frozen=True)
class PairedNumbers:
    """Two measures of the patients with a value in both and a known outcome.

    Attributes:
        x: shape (n,).
        y: shape (n,).
        event: which patients have the event, shape (n,).
    """

    x: Floats
    y: Floats
    event: NDArray[np.bool_]


@dataclass(frozen=True)
class GroupedNumbers:
    """A measure of the patients, by the level of a factor.

    Attributes:
        levels: level of each patient, length n.
        values: the measure, shape (n,).
        event: which patients have the event, shape (n,).
    """

    levels: tuple[str, ...]
    values: Floats
    event: NDArray[np.bool_]


def is_factor(column: str, specification: Specification, table: AnalysisTable) -> bool:
    """Whether a column holds levels: it is listed as a factor, or as nothing and some cell is no number.

    Args:
        column: a column of the table.
        specification: names the factors among the candidates.
        table: rows of the analysis.
    """
    return candidate_of(column, specification, table).reference is not None


def unpaired(what: str, pair: Pair, specification: Specification, table: AnalysisTable) -> Problem | None:
    """Why a pair of columns cannot be related to each other; None where it can.

    Args:
        what: key of the configuration that names the pair.
        pair: the two columns.
        specification: names the factors.
        table: rows of the analysis.
    """
    named = " and ".join(pair)
    for column in pair:
        if column not in table.columns:
            return Problem(what, f"{named}: {table.name} has no column {column!r}", "the pair is left out")
    factors = [column for column in pair if is_factor(column, specification, table)]
    if len(factors) == 2:
        return Problem(what, f"{named}: both are factors", "name a measure; the pair is left out")
    for column in pair:
        cells = table.column(column)
        if column not in factors and any(cell and number(cell) is None for cell in cells):
            remedy = "correct it, or list the column as categorical; the pair is left out"
            return Problem(what, f"{named}: a cell of {column} is not a number", remedy)
    return None


def paired_numbers(table: AnalysisTable, outcome: str, pair: Pair) -> PairedNumbers:
    """Two measures of the patients with both; the cells are numbers (`unpaired`)."""
    x, y, event = _complete(table, (*pair, outcome))
    return PairedNumbers(_numbers(x), _numbers(y), _numbers(event) == 1)


def grouped_numbers(table: AnalysisTable, outcome: str, factor: str, measure: str) -> GroupedNumbers:
    """A measure by level of a factor, of the patients with both."""
    levels, values, event = _complete(table, (factor, measure, outcome))
    return GroupedNumbers(
        tuple(level_text(level) for level in levels), _numbers(values), _numbers(event) == 1
    )


def _complete(table: AnalysisTable, columns: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    known = (table.cells[list(columns)] != "").all(axis="columns")
    return tuple(tuple(table.cells.loc[known, column]) for column in columns)


def _numbers(cells: Sequence[str]) -> Floats:
    return np.array([number(cell) for cell in cells], dtype=float)
