"""Many fits of one model with the overall test of each of its terms: the selection of predictors in every resample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit

from bonehold.modelling.regression.batched_firth import climb
from bonehold.modelling.regression.batched_newton import Status, fit_samples, shared_predictors
from bonehold.modelling.regression.logistic import MAXIMUM_LIKELIHOOD
from bonehold.modelling.regression.standardisation import standardisation
from bonehold.modelling.regression.terms import Floats


@dataclass(frozen=True)
class TermTests:
    """Whether each sample could be fitted, and P of each term in it.

    Attributes:
        singular: samples that could not be fitted, shape (B,).
        p_values: column -> P of its overall test, shape (B,); NaN where singular.
    """

    singular: NDArray[np.bool_]
    p_values: Mapping[str, Floats]


def term_tests(
    X: Floats, positions: Mapping[str, slice], y: Floats, weights: Floats, method: str
) -> TermTests:
    """Fit one model to many samples and test its terms as `bonehold.modelling.regression.development` does.

    Wald's test of all coefficients of a term; where the sample separates, or Firth's method is asked for, the penalised
    likelihood-ratio test of Firth's fit.

    Args:
        X: design matrix, shape (n, p), first column ones.
        positions: column -> its coefficients.
        y: outcome, shape (n,).
        weights: how often each patient stands in each sample, shape (B, n).
        method: `maximum likelihood` or `Firth`.
    """
    Z = standardisation(X).standardised(X)
    p_values = {column: np.full(len(weights), np.nan) for column in positions}
    if method == MAXIMUM_LIKELIHOOD:
        fits = fit_samples(Z, y, weights)
        singular, penalised = fits.having(Status.SINGULAR), fits.having(Status.SEPARATED)
        plain = np.flatnonzero(~(singular | penalised))
        for column, p_value in _wald(Z, positions, weights[plain], fits.coefficients[plain]).items():
            p_values[column][plain] = p_value
        rest = np.flatnonzero(penalised)
    else:
        rest, singular = np.arange(len(weights)), np.zeros(len(weights), dtype=bool)
    if len(rest):
        failed, tested = _penalised_ratio(Z, positions, y, weights[rest])
        singular[rest] = failed
        for column, p_value in tested.items():
            p_values[column][rest] = p_value
    return TermTests(singular, p_values)


def _wald(
    Z: Floats, positions: Mapping[str, slice], weights: Floats, coefficients: Floats
) -> Mapping[str, Floats]:
    """P of b' V^-1 b for the coefficients of each term."""
    predictors = shared_predictors(Z)
    everyone = np.arange(len(weights))
    mu = expit(predictors.log_odds(coefficients, everyone))
    covariance = np.linalg.inv(predictors.information(weights * mu * (1 - mu), everyone))
    tested = {}
    for column, places in positions.items():
        b = coefficients[:, places]
        solved = np.linalg.solve(covariance[:, places, places], b[..., None])[..., 0]
        tested[column] = np.asarray(stats.chi2.sf((b * solved).sum(axis=1), b.shape[1]))
    return tested


def _penalised_ratio(
    Z: Floats, positions: Mapping[str, slice], y: Floats, weights: Floats
) -> tuple[NDArray[np.bool_], Mapping[str, Floats]]:
    """P of Firth's penalised likelihood ratio for each term (Heinze and Schemper, Stat Med 2002;21:2409-2419)."""
    predictors = shared_predictors(Z)
    full = climb(predictors, y, weights)
    tested = {}
    for column, places in positions.items():
        held = np.zeros(Z.shape[1], dtype=bool)
        held[places] = True
        ratio = climb(predictors, y, weights, held).penalised - full.penalised
        tested[column] = np.asarray(stats.chi2.sf(np.maximum(ratio, 0), int(held.sum())))
    return np.asarray(full.statuses == Status.SINGULAR.value), tested
