"""Predictors of a model and their coding as columns of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonehold.modelling.inputs.levels import level_text, natural_order, number
from bonehold.problems import InputError, Problem

Floats = NDArray[np.float64]
INTERCEPT = "(Intercept)"
FEW_VALUES = 10
"""A number with at most so many distinct values is shown by just these (the 0/1 of a yes/no column)."""


@dataclass(frozen=True)
class Term:
    """A predictor as it stands in a model.

    Attributes:
        column: its column.
        kind: `continuous` or `factor`.
        label: words for a reader.
        unit: unit, empty for none.
        reference: reference level of a factor, else empty.
        levels: the other levels of a factor in natural order, else empty.
        minimum: smallest value in the development data, None for a factor.
        maximum: largest value, None for a factor.
        mean: mean value, None for a factor.
        values: the distinct values where there are at most ten, else empty; empty for a factor.
    """

    column: str
    kind: str
    label: str
    unit: str = ""
    reference: str = ""
    levels: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    values: tuple[float, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its coefficients: `age`, or `goutallier=1` and so on."""
        if self.kind == "continuous":
            return (self.column,)
        return tuple(f"{self.column}={level}" for level in self.levels)


def continuous_term(column: str, cells: Sequence[str], label: str, unit: str) -> Term:
    """Describe a continuous predictor by the development data, cells that are all numbers; without any, no range."""
    values = np.array([float(cell) for cell in cells])
    if not len(values):
        return Term(column, "continuous", label, unit)
    distinct = np.unique(values)
    return Term(
        column,
        "continuous",
        label,
        unit,
        minimum=float(values.min()),
        maximum=float(values.max()),
        mean=float(values.mean()),
        values=tuple(distinct.tolist()) if len(distinct) <= FEW_VALUES else (),
    )


def factor_term(column: str, cells: Sequence[str], reference: str, label: str, unit: str) -> Term:
    """Describe a factor by the levels that occur in the development data, the reference apart."""
    others = natural_order(level_text(cell) for cell in cells if level_text(cell) != reference)
    return Term(column, "factor", label, unit, reference=reference, levels=others)


def coded(term: Term, cells: Sequence[Any]) -> Floats:
    """Code cells as the columns of one term: the number itself, or one 0/1 column per non-reference level.

    Args:
        term: the predictor.
        cells: n cells, text or numbers.

    Returns:
        Array of shape (n, number of coefficients of the term).

    Raises:
        InputError: a cell is empty, no number, or a level that the model has not seen.
    """
    texts = [level_text(cell) for cell in cells]
    if term.kind == "continuous":
        numbers = [number(text) for text in texts]
        _refuse(term, [text for text, value in zip(texts, numbers, strict=True) if value is None], "a number")
        return np.array(numbers, dtype=float).reshape(-1, 1)
    known = {term.reference, *term.levels}
    expected = f"one of {', '.join(natural_order(known))}"
    _refuse(term, [text for text in texts if text not in known], expected)
    return np.array([[text == level for level in term.levels] for text in texts], dtype=float).reshape(
        len(texts), len(term.levels)
    )


def _refuse(term: Term, cells: Sequence[str], expected: str) -> None:
    if cells:
        raise InputError(
            Problem(
                "predictors",
                "the model cannot use this value",
                f"expected {expected}",
                column=term.column,
                value=text or "(empty)",
            )
            for text in natural_order(cells)
        )


def design_matrix(terms: Sequence[Term], columns: Mapping[str, Sequence[Any]]) -> Floats:
    """Build the matrix of a model: a column of ones, then the columns of each term (treatment coding).

    Args:
        terms: predictors in the order of the model, at least one.
        columns: column -> n cells (a pandas data frame will do).

    Returns:
        Array of shape (n, 1 + number of coefficients).

    Raises:
        InputError: a predictor is absent, or a value cannot be coded.
    """
    absent = [term.column for term in terms if term.column not in columns]
    if absent:
        raise InputError(
            Problem("predictors", "the model needs this predictor", "give a value", column=column)
            for column in absent
        )
    blocks = [coded(term, list(columns[term.column])) for term in terms]
    return np.hstack([np.ones((len(blocks[0]), 1)), *blocks])


def coefficient_names(terms: Sequence[Term]) -> tuple[str, ...]:
    """Names of all coefficients in the order of the design matrix."""
    return (INTERCEPT, *(name for term in terms for name in term.names))


def term_positions(terms: Sequence[Term]) -> dict[str, slice]:
    """Where the coefficients of each term stand among all coefficients: column -> slice."""
    positions = {}
    start = 1
    for term in terms:
        positions[term.column] = slice(start, start + len(term.names))
        start += len(term.names)
    return positions
