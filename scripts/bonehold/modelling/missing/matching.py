"""Predictive mean matching: a missing number is copied from a patient with a like prediction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bonehold.modelling.regression.terms import Floats

DONORS = 5
RIDGE = 1e-5
"""Share of diag(X'X) added to it, so that aliased predictors do not stop the regression."""


def matched_donors(X: Floats, y: Floats, X_missing: Floats, random: np.random.Generator) -> NDArray[np.intp]:
    """Choose a donor for each missing value by predictive mean matching of type 1.

    A linear regression of the observed values gives estimated coefficients and, from their normal posterior with
    a residual SD drawn by chi-square, drawn ones. The prediction of a missing value by the drawn coefficients is
    matched to the predictions of the observed ones by the estimated; one of the five nearest is taken at random
    (Rubin, J Bus Econ Stat 1986;4:87-94; van Buuren, Flexible Imputation of Missing Data, 2018, algorithms 3.1, 3.3).

    Args:
        X: predictors of the observed values, without a constant, shape (n, p).
        y: observed values, shape (n,).
        X_missing: predictors of the missing values, shape (k, p).
        random: source of random numbers.

    Returns:
        For each missing value the position of its donor among the observed ones, shape (k,).
    """
    varying = np.ptp(X, axis=0) > 0
    observed, missing = _with_constant(X[:, varying]), _with_constant(X_missing[:, varying])
    # A far origin of y would cost digits.
    centred = y - y.mean()
    gram = observed.T @ observed
    inverse = np.linalg.inv(gram + np.diag(RIDGE * np.diag(gram)))
    inverse = (inverse + inverse.T) / 2
    estimated = inverse @ (observed.T @ centred)
    residuals = centred - observed @ estimated
    df = max(len(y) - observed.shape[1], 1)
    sigma = np.sqrt(residuals @ residuals / random.chisquare(df))
    drawn = estimated + sigma * (np.linalg.cholesky(inverse) @ random.standard_normal(len(estimated)))
    return nearest(observed @ estimated, missing @ drawn, random)


def nearest(observed: Floats, wanted: Floats, random: np.random.Generator) -> NDArray[np.intp]:
    """Choose at random one of the five nearest (of fewer, of all).

    Args:
        observed: predictions to choose from, shape (n,).
        wanted: predictions to come near to, shape (k,).
        random: source of random numbers; among equally near ones chance decides.

    Returns:
        Positions in `observed`, shape (k,).
    """
    n, donors = len(observed), min(DONORS, len(observed))
    shuffled = random.permutation(n)
    order = shuffled[np.argsort(observed[shuffled], kind="stable")]
    ordered = observed[order]
    # The nearest of a sorted row lie within so many places on both sides.
    places = np.searchsorted(ordered, wanted)[:, None] + np.arange(-donors, donors)
    distance = np.where(
        (places >= 0) & (places < n), np.abs(ordered[np.clip(places, 0, n - 1)] - wanted[:, None]), np.inf
    )
    near = np.take_along_axis(places, np.argsort(distance, axis=1, kind="stable")[:, :donors], axis=1)
    chosen = random.integers(0, donors, size=len(wanted))
    return np.asarray(order[near[np.arange(len(wanted)), chosen]])


def _with_constant(X: Floats) -> Floats:
    return np.column_stack([np.ones(len(X)), X])
