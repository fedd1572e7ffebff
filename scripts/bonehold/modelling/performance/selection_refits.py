"""The whole development repeated in every resample: screen, multivariable and final model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.checks import unusable
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.levels import number
from bonehold.modelling.inputs.specification import Specification
from bonehold.modelling.performance.measures import Sample
from bonehold.modelling.performance.optimism import FITS, Resamples, Tally
from bonehold.modelling.regression.batched_newton import Status
from bonehold.modelling.regression.batched_terms import term_tests
from bonehold.modelling.regression.logistic import MAXIMUM_LIKELIHOOD
from bonehold.modelling.regression.model import linear_predictors
from bonehold.modelling.regression.observations import complete_cases
from bonehold.modelling.regression.selection import enter, stay
from bonehold.modelling.regression.terms import Floats, term_positions

SELECTION_COLUMNS = ("column", "entered", "final", "resamples", "entered_share", "final_share", "in_model")

Columns = tuple[str, ...]


@dataclass(frozen=True)
class Choices:
    """Which columns each resample chose, in the order of the resamples that could be fitted.

    Attributes:
        entered: columns of the multivariable model.
        final: columns of the final model, none where only the intercept was left.
    """

    entered: tuple[Columns, ...] = ()
    final: tuple[Columns, ...] = ()

    def __add__(self, other: Choices) -> Choices:
        return Choices(self.entered + other.entered, self.final + other.final)


@dataclass(frozen=True)
class _Design:
    """A model of some columns on all patients of known outcome; rows with a gap hold zeros and do not count."""

    X: Floats
    positions: Mapping[str, slice]
    complete: NDArray[np.bool_]


class _Patients:
    """The patients of known outcome in one completed set, and the models that resamples ask for."""

    def __init__(self, specification: Specification, table: AnalysisTable, dictionary: Dictionary) -> None:
        self._specification, self._dictionary = specification, dictionary
        self._table = known_outcome(table, specification.outcome)
        self.y = np.array([number(cell) for cell in self._table.column(specification.outcome)], dtype=float)
        self._designs: dict[Columns, _Design] = {}

    def design(self, columns: Columns) -> _Design:
        """The model of these columns."""
        if columns not in self._designs:
            candidates = [self._specification.candidate(column) for column in columns]
            found = complete_cases(self._table, self._specification.outcome, candidates, self._dictionary)
            complete = np.isin(np.asarray(self._table.cells.index), found.rows)
            X = np.zeros((len(self.y), found.X.shape[1]))
            X[complete] = found.X
            self._designs[columns] = _Design(X, term_positions(found.terms), complete)
        return self._designs[columns]


def known_outcome(table: AnalysisTable, outcome: str) -> AnalysisTable:
    """The rows of a table whose outcome is known: those who are resampled when selection is repeated."""
    return AnalysisTable(table.name, table.cells.loc[table.cells[outcome] != ""])


def selecting_resamples(
    specification: Specification,
    observed: AnalysisTable,
    table: AnalysisTable,
    dictionary: Dictionary,
    weights: Floats,
    method: str,
) -> tuple[Resamples, Choices]:
    """Repeat everything from the univariable screen on in each resample.

    Exclusive groups, columns named a priori, P < .05 and the single pass are those of the development. The tests are
    those inside the one completed set. A column that cannot be fitted alone in a resample (a level is missing) does not
    enter by its P. Where nothing is left the model is the intercept.

    Args:
        specification: candidates and rules.
        observed: the patients with their gaps, which say what can be a candidate.
        table: the same in one completed set, or the observed ones where nothing was imputed.
        dictionary: labels and units.
        weights: how often each patient of known outcome stands in each resample, shape (B, n).
        method: how final models are fitted, as the model.

    Returns:
        The refits that could be had, ordered as their resamples, and what each chose.
    """
    cohort = _Patients(specification, table, dictionary)
    entered = _entered(specification, observed, cohort, weights, method)
    final: list[Columns | None] = [() for _ in weights]
    for columns, rows in _grouped(entered):
        if not columns:
            continue
        design = cohort.design(columns)
        tests = _tests(design, cohort.y, weights[rows], method)
        for place, row in enumerate(rows):
            p_values = {column: float(p[place]) for column, p in tests.p_values.items()}
            final[row] = None if tests.singular[place] else stay(p_values)
    return _refitted(cohort, entered, final, weights, method)


def frequency_rows(
    specification: Specification, choices: Choices, in_model: Sequence[str]
) -> Iterator[Mapping[str, Any]]:
    """Rows of `selection_frequency.csv`: how often each candidate entered and stayed.

    Args:
        specification: the candidates.
        choices: of all resamples that could be fitted.
        in_model: columns of the model itself.
    """
    total = len(choices.final)
    for candidate in specification.candidates:
        column = candidate.column
        entered = sum(column in columns for columns in choices.entered)
        final = sum(column in columns for columns in choices.final)
        yield {
            "column": column,
            "entered": entered,
            "final": final,
            "resamples": total,
            "entered_share": entered / total if total else None,
            "final_share": final / total if total else None,
            "in_model": int(column in in_model),
        }


def _entered(
    specification: Specification,
    observed: AnalysisTable,
    cohort: _Patients,
    weights: Floats,
    method: str,
) -> list[Columns]:
    """Columns of the multivariable model in each resample."""
    p_values: dict[str, Floats] = {}
    for candidate in specification.candidates:
        if unusable(candidate, specification.outcome, observed):
            continue
        design = cohort.design((candidate.column,))
        p_values |= _tests(design, cohort.y, weights, method).p_values
    return [
        enter(
            specification,
            {column: float(p[row]) for column, p in p_values.items() if not np.isnan(p[row])},
        ).entered
        for row in range(len(weights))
    ]


def _tests(design: _Design, y: Floats, weights: Floats, method: str) -> Any:
    rows = design.complete
    return term_tests(design.X[rows], design.positions, y[rows], weights[:, rows], method)


def _refitted(
    cohort: _Patients,
    entered: Sequence[Columns],
    final: Sequence[Columns | None],
    weights: Floats,
    method: str,
) -> tuple[Resamples, Choices]:
    n = len(cohort.y)
    log_odds, counted = np.zeros((len(weights), n)), np.zeros((len(weights), n))
    used, separated = np.zeros(len(weights), dtype=bool), 0
    intercept_only = not_converged = 0
    for columns, rows in _grouped(final):
        if columns is None:
            continue
        if not columns:
            share = (weights[rows] @ cohort.y) / weights[rows].sum(axis=1)
            both = (share > 0) & (share < 1)
            kept = rows[both]
            log_odds[kept] = logit(share[both])[:, None]
            counted[kept], used[kept] = 1.0, True
            intercept_only += len(kept)
            continue
        design = cohort.design(columns)
        complete = design.complete
        fits = FITS[method](design.X[complete], cohort.y[complete], weights[np.ix_(rows, complete)])
        fitted = ~fits.having(Status.SINGULAR)
        kept = rows[fitted]
        log_odds[np.ix_(kept, complete)] = linear_predictors(design.X[complete], fits.coefficients[fitted])
        counted[np.ix_(kept, complete)], used[kept] = 1.0, True
        separated += int(fits.having(Status.SEPARATED).sum())
        not_converged += int(fits.having(Status.NOT_CONVERGED).sum())
    tally = Tally(len(weights), int((~used).sum()), separated, not_converged, intercept_only)
    places = np.flatnonzero(used).tolist()
    in_sample = Sample(log_odds[used], cohort.y, (weights * counted)[used], own=method == MAXIMUM_LIKELIHOOD)
    resamples = Resamples(in_sample, Sample(log_odds[used], cohort.y, counted[used]), tally)
    return resamples, Choices(
        tuple(entered[place] for place in places), tuple(final[place] or () for place in places)
    )


def _grouped(columns: Sequence[Any]) -> Iterator[tuple[Any, NDArray[np.intp]]]:
    """Resamples that chose the same columns, in order of first occurrence."""
    groups: dict[Any, list[int]] = {}
    for row, chosen in enumerate(columns):
        groups.setdefault(chosen, []).append(row)
    for chosen, rows in groups.items():
        yield chosen, np.array(rows)
