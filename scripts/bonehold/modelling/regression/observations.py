"""The patients that a model is fitted to: those with a value in each of its own columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.levels import number
from bonehold.modelling.inputs.specification import Candidate
from bonehold.modelling.regression.terms import Floats, Term, continuous_term, design_matrix, factor_term


@dataclass(frozen=True)
class Observations:
    """Complete cases of a set of predictors.

    Attributes:
        terms: the predictors as they occur in these rows, in the order given.
        X: design matrix, shape (n, 1 + coefficients).
        y: outcome, 0. or 1., shape (n,).
        rows: line number of each row in the table, shape (n,).
        left_out: rows of the table left out because a value is missing.
    """

    terms: tuple[Term, ...]
    X: Floats
    y: Floats
    rows: tuple[int, ...]
    left_out: int

    @property
    def n(self) -> int:
        """Number of patients."""
        return len(self.y)

    @property
    def events(self) -> int:
        """Number of patients with the event."""
        return int(self.y.sum())


def complete_cases(
    table: AnalysisTable, outcome: str, candidates: Sequence[Candidate], dictionary: Dictionary
) -> Observations:
    """Take the rows without a missing value in the outcome or any of the predictors.

    Args:
        table: rows of the analysis; the cells were checked (`bonehold.modelling.inputs.checks`).
        outcome: the 0/1 column.
        candidates: predictors of the model.
        dictionary: labels and units.
    """
    used = [outcome, *(candidate.column for candidate in candidates)]
    complete = table.cells.loc[(table.cells[used] != "").all(axis="columns")]
    terms = tuple(_term(candidate, list(complete[candidate.column]), dictionary) for candidate in candidates)
    return Observations(
        terms=terms,
        X=design_matrix(terms, complete),
        y=np.array([number(cell) for cell in complete[outcome]], dtype=float),
        rows=tuple(complete.index),
        left_out=len(table.cells) - len(complete),
    )


def _term(candidate: Candidate, cells: Sequence[str], dictionary: Dictionary) -> Term:
    label, unit = dictionary.label(candidate.column), dictionary.unit(candidate.column)
    if candidate.reference is None:
        return continuous_term(candidate.column, cells, label, unit)
    return factor_term(candidate.column, cells, candidate.reference, label, unit)
