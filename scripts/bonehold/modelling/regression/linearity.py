"""Whether the log-odds rise with a continuous predictor along a straight line: a spline against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.specification import Specification
from bonehold.modelling.missing.completed_tables import CompletedTables
from bonehold.modelling.regression.development import completed_cases
from bonehold.modelling.regression.logistic import Z_95, NotConverged, fit_logistic
from bonehold.modelling.regression.model import Model
from bonehold.modelling.regression.nested_fits import (
    MaximisedLikelihood,
    likelihood_ratio,
    maximise_likelihood,
)
from bonehold.modelling.regression.observations import Observations
from bonehold.modelling.regression.pooling import OverallTest, PooledFit, pool
from bonehold.modelling.regression.restricted_spline import harrell_knots, spline_columns
from bonehold.modelling.regression.terms import Floats, Term, term_positions

LINEARITY_COLUMNS = (
    *(
        "term",
        "model",
        "adjusted_for",
        "n",
        "events",
        "knots",
        "df",
        "statistic",
        "denominator_df",
        "p_value",
    ),
    *(
        "test",
        "aic_linear",
        "aic_spline",
        "sets",
        "knot_1",
        "knot_2",
        "knot_3",
        "knot_4",
        "label",
        "unit",
        "note",
    ),
)
CURVE_COLUMNS = (
    *("term", "value", "linear", "linear_ci_low", "linear_ci_high", "spline", "spline_ci_low"),
    *("spline_ci_high", "ci_method"),
)
VALUE_COLUMNS = ("term", "value", "event")
FINAL, MULTIVARIABLE = "final", "multivariable"
GRID = 101
SHOWN_BEYOND = 10
"""So many patients at each end lie outside the drawn range (from 200 patients on; else 5 %)."""
CI_METHOD = "Wald, normal"
FEW_VALUES = "fewer than three distinct knots: too few distinct values to test"
SEPARATED = "the predictors separate the outcomes: the statistic is the limit of the likelihoods, no curve"
NOT_FITTED = "the spline cannot be fitted: its columns are aliased"


@dataclass(frozen=True)
class Curve:
    """The log-odds over a predictor, the other terms at their means, shapes (grid,); bands pointwise 95 %.

    Attributes:
        values: of the predictor.
        linear: straight line, its lower and its upper limit, shape (3, grid).
        spline: restricted cubic spline, likewise.
    """

    values: Floats
    linear: Floats
    spline: Floats


@dataclass(frozen=True)
class Linearity:
    """One continuous predictor.

    Attributes:
        term: the predictor.
        model: `final`, or `multivariable` where it is only in that one.
        others: columns of the other terms of that model.
        observations: the patients in each completed set.
        knots: of the spline, none where it cannot be had.
        test: spline against straight line; None where it cannot be had.
        aic_linear: Akaike's criterion of the model.
        aic_spline: with the spline in place of the line.
        curve: None where it cannot be had.
        note: why not.
    """

    term: Term
    model: str
    others: tuple[str, ...]
    observations: tuple[Observations, ...]
    knots: tuple[float, ...] = ()
    test: OverallTest | None = None
    aic_linear: float | None = None
    aic_spline: float | None = None
    curve: Curve | None = None
    note: str = ""


def linearity_of_predictors(
    model: Model, specification: Specification, patients: CompletedTables, dictionary: Dictionary
) -> tuple[Linearity, ...]:
    """Test every continuous predictor that entered the multivariable model.

    A predictor of the final model is adjusted for the final model's other terms, one that is in the multivariable model
    only for that one's.

    Args:
        model: the final model.
        specification: its candidates.
        patients: those of the analysis.
        dictionary: labels and units.
    """
    final = tuple(term.column for term in model.terms)
    results = []
    for name, columns in ((FINAL, final), (MULTIVARIABLE, model.selection.multivariable)):
        candidates = [specification.candidate(column) for column in columns]
        sets = completed_cases(specification, candidates, patients, dictionary)
        results += [
            linearity(column, name, sets)
            for column, candidate in zip(columns, candidates, strict=True)
            if candidate.reference is None and (name == FINAL or column not in final)
        ]
    return tuple(results)


def linearity(column: str, model: str, sets: tuple[Observations, ...]) -> Linearity:
    """Compare a restricted cubic spline of one predictor with a straight line by a likelihood-ratio test.

    Args:
        column: a continuous predictor of the model.
        model: name of the model.
        sets: its patients, one entry per completed set; over several sets the test is D3.
    """
    first = sets[0]
    term = next(term for term in first.terms if term.column == column)
    others = tuple(other.column for other in first.terms if other.column != column)
    place = term_positions(first.terms)[column].start
    x = np.array([one.X[:, place] for one in sets])
    knots = harrell_knots(x.ravel(), first.n)
    if not knots:
        return Linearity(term, model, others, sets, note=FEW_VALUES)
    added = [spline_columns(values, knots) for values in x]
    straight = maximise_likelihood([one.X for one in sets], first.y)
    curved = maximise_likelihood(
        [np.hstack([one.X, columns]) for one, columns in zip(sets, added, strict=True)], first.y
    )
    if straight is None or curved is None:
        return Linearity(term, model, others, sets, knots, note=NOT_FITTED)
    curve = _curve(straight, curved, place, knots)
    return Linearity(
        *(term, model, others, sets, knots),
        test=likelihood_ratio(curved, straight),
        aic_linear=straight.aic,
        aic_spline=curved.aic,
        curve=curve,
        note="" if curve is not None else SEPARATED,
    )


def linearity_row(result: Linearity) -> Mapping[str, Any]:
    """The row of `linearity.csv`."""
    first = result.observations[0]
    test = result.test
    return {
        "term": result.term.column,
        "label": result.term.label,
        "unit": result.term.unit,
        "model": result.model,
        "adjusted_for": " + ".join(result.others),
        "n": first.n,
        "events": first.events,
        "sets": len(result.observations),
        "knots": len(result.knots) or None,
        **{f"knot_{place}": knot for place, knot in enumerate(result.knots, start=1)},
        **({} if test is None else {"test": test.name, "statistic": test.statistic, "p_value": test.p_value}),
        **({} if test is None else {"df": test.df, "denominator_df": test.denominator_df}),
        "aic_linear": result.aic_linear,
        "aic_spline": result.aic_spline,
        "note": result.note,
    }


def curve_rows(result: Linearity) -> Iterator[Mapping[str, Any]]:
    """Rows of `linearity_curves.csv`: log-odds over the predictor."""
    if result.curve is None:
        return
    for values in zip(result.curve.values, *result.curve.linear, *result.curve.spline, strict=True):
        yield dict(zip(CURVE_COLUMNS, (result.term.column, *values, CI_METHOD), strict=True))


def value_rows(result: Linearity) -> Iterator[Mapping[str, Any]]:
    """Rows of `linearity_values.csv`: the predictor's values (of the first completed set), sorted."""
    first = result.observations[0]
    x = first.X[:, term_positions(first.terms)[result.term.column].start]
    for value, event in sorted(zip(x.tolist(), first.y.tolist(), strict=True)):
        yield {"term": result.term.column, "value": value, "event": int(event)}


def _curve(
    straight: MaximisedLikelihood, curved: MaximisedLikelihood, place: int, knots: tuple[float, ...]
) -> Curve | None:
    """Both lines over the middle of the predictor's range; None where an estimate is not finite."""
    if straight.separated or curved.separated:
        return None
    line, spline = _pooled(straight.X, straight.y), _pooled(curved.X, curved.y)
    if line is None or spline is None:
        return None
    x = np.concatenate([X[:, place] for X in straight.X])
    beyond = SHOWN_BEYOND / max(len(straight.y), 20 * SHOWN_BEYOND)
    low, high = np.quantile(x, [beyond, 1 - beyond]).tolist()
    values = np.linspace(low, high, GRID)
    at = np.tile(np.mean([X.mean(axis=0) for X in straight.X], axis=0), (GRID, 1))
    at[:, place] = values
    return Curve(values, _band(line, at), _band(spline, np.hstack([at, spline_columns(values, knots)])))


def _pooled(sets: Sequence[Floats], y: Floats) -> PooledFit | None:
    n, p = sets[0].shape
    try:
        return pool([fit_logistic(X, y) for X in sets], n - p)
    except NotConverged:
        return None


def _band(fit: PooledFit, at: Floats) -> Floats:
    centre = at @ fit.coefficients
    half = Z_95 * np.sqrt(np.einsum("gi,ij,gj->g", at, fit.covariance, at))
    return np.array([centre, centre - half, centre + half])
