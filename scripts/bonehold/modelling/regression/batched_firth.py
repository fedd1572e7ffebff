"""Many of Firth's penalised logistic regressions at once: finite estimates even where resamples separate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from bonehold.modelling.regression.batched_newton import (
    MOST_HALVINGS,
    BatchedFits,
    SharedPredictors,
    Status,
    deviances,
    fittable,
    shared_predictors,
)
from bonehold.modelling.regression.standardisation import standardisation
from bonehold.modelling.regression.terms import Floats

MOST_STEPS = 400
STEP_TOLERANCE = 1e-6
"""Converged: no coefficient of the standardised columns moves by more; rounding hides the gain of smaller steps."""
LONGEST_STEP = 5.0
"""No coefficient of the standardised columns moves by more in one step."""

STOPPING_RULE = (
    f"Firth's penalised likelihood; steps by Fisher scoring with halving on standardised columns; converged: "
    f"largest step < {STEP_TOLERANCE:g}"
)


def fit_firth_samples(X: Floats, y: Floats, weights: Floats) -> BatchedFits:
    """Fit one logistic model to many weighted samples of the same patients by Firth's method.

    The likelihood is penalised by half the log determinant of the information, so that the score becomes
    X'(w (y - mu) + h (1/2 - mu)) with h the diagonal of the weighted hat matrix (Firth, Biometrika 1993;80:27-38;
    Heinze and Schemper, Statistics in Medicine 2002;21:2409-2419). The estimates are finite under separation; those of
    a sample with weights are those of its copied rows.

    Args:
        X: design matrix, shape (n, p), first column ones, no other column constant.
        y: outcome, 0 or 1, shape (n,).
        weights: how often each patient stands in each sample, shape (B, n).
    """
    standard = standardisation(X)
    fits = climb(shared_predictors(standard.standardised(X)), y, weights)
    return BatchedFits(fits.coefficients @ standard.to_raw.T, fits.statuses)


@dataclass(frozen=True)
class PenalisedFits:
    """Firth's fits on standardised columns.

    Attributes:
        coefficients: shape (B, p); NaN where singular.
        statuses: how each fit ended, a value of `Status`, shape (B,).
        penalised: -2 log penalised likelihood, shape (B,); NaN where singular.
    """

    coefficients: Floats
    statuses: NDArray[np.str_]
    penalised: Floats


def climb(
    predictors: SharedPredictors, y: Floats, weights: Floats, held: NDArray[np.bool_] | None = None
) -> PenalisedFits:
    """Maximise B penalised likelihoods from the null model by Fisher scoring with step halving.

    Args:
        predictors: standardised columns, an intercept among them.
        y: outcome, shape (n,).
        weights: shape (B, n).
        held: coefficients held at 0, shape (p,); the penalty stays that of all columns, so that the two maxima give
            the penalised likelihood-ratio test.
    """
    p = predictors.X.shape[1]
    free = np.arange(p) if held is None else np.flatnonzero(~held)
    block = np.ix_(free, free)
    beta, ended = np.full((len(weights), p), np.nan), np.full(len(weights), np.nan)
    statuses = np.full(len(weights), Status.SINGULAR.value, dtype="<U13")
    active = np.flatnonzero(fittable(predictors, y, weights))
    beta[active] = 0.0
    statuses[active] = Status.NOT_CONVERGED.value
    penalised, information = _penalised(predictors, y, weights[active], beta[active], active)
    for _ in range(MOST_STEPS):
        if not len(active):
            break
        w = weights[active]
        mu = expit(predictors.log_odds(beta[active], active))
        inverse: Floats = np.asarray(np.linalg.inv(information), dtype=np.float64)
        hat = w * mu * (1 - mu) * predictors.quadratic(inverse)
        score = predictors.gradient(w * (y - mu) + hat * (0.5 - mu), active)
        step = np.zeros_like(score)
        within = information[:, block[0], block[1]]
        step[:, free] = np.linalg.solve(within, score[:, free, None])[..., 0]
        longest = np.abs(step).max(axis=1, keepdims=True)
        step *= LONGEST_STEP / np.maximum(longest, LONGEST_STEP)
        lower, moved_information = _penalised(predictors, y, w, beta[active] + step, active)
        for _ in range(MOST_HALVINGS):
            worse = np.flatnonzero(~(lower <= penalised + 1e-12 * (np.abs(penalised) + 1)))
            if not len(worse):
                break
            step[worse] /= 2
            lower[worse], moved_information[worse] = _penalised(
                predictors, y, w[worse], beta[active[worse]] + step[worse], active[worse]
            )
        beta[active] += step
        ended[active] = lower
        converged = np.abs(step).max(axis=1) < STEP_TOLERANCE
        statuses[active[converged]] = Status.CONVERGED.value
        going_on = ~converged
        active, penalised, information = active[going_on], lower[going_on], moved_information[going_on]
    return PenalisedFits(beta, statuses, ended)


def _penalised(
    predictors: SharedPredictors, y: Floats, weights: Floats, beta: Floats, which: NDArray[np.intp]
) -> tuple[Floats, Floats]:
    """Deviance less the log determinant of the information, and the information."""
    log_odds = predictors.log_odds(beta, which)
    mu = expit(log_odds)
    information = predictors.information(weights * mu * (1 - mu), which)
    sign, log_determinant = np.linalg.slogdet(information)
    penalty = np.where(sign > 0, log_determinant, -np.inf)  # beyond floating point: as bad as can be
    return deviances(log_odds, y, weights) - penalty, information
