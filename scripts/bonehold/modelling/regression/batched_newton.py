"""Many logistic regressions at once: the refits of a bootstrap.

All B models take their Newton steps together, so that the work is a few large matrix products instead of B
small loops; models that are done leave the batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from bonehold.modelling.regression.standardisation import standardisation
from bonehold.modelling.regression.terms import Floats

STEP_TOLERANCE = 1e-8
"""Converged: no coefficient of the standardised columns moves by more."""
DEVIANCE_TOLERANCE = 1e-8
"""Separated: the deviance falls by less than this share of itself ..."""
LOG_ODDS_STEP = 0.1
"""... while some patient's log-odds still moves by more than this: towards infinity."""
MOST_STEPS = 60
MOST_HALVINGS = 20
_RANK_TOLERANCE = 1e-10

STOPPING_RULE = (
    f"Newton with step halving on standardised columns; converged: largest step < {STEP_TOLERANCE:g}; "
    f"separated: deviance falls by < {DEVIANCE_TOLERANCE:g} (relative) while "
    f"a log-odds moves by > {LOG_ODDS_STEP:g}"
)


class Status(StrEnum):
    """How a fit ended.

    `separated`: some coefficients grow without bound; the values are where the iteration stopped.
    `singular`: a column is constant or aliased in the sample, or only one outcome occurs; nothing was fitted.
    `not converged`: the steps ended before they were small enough (Firth's fit only).
    """

    CONVERGED = "converged"
    SEPARATED = "separated"
    SINGULAR = "singular"
    NOT_CONVERGED = "not converged"


@dataclass(frozen=True)
class BatchedFits:
    """Many fits.

    Attributes:
        coefficients: on the scale of the given columns, shape (B, p); NaN where singular.
        statuses: how each fit ended, a value of `Status`, shape (B,).
    """

    coefficients: Floats
    statuses: NDArray[np.str_]

    def having(self, status: Status) -> NDArray[np.bool_]:
        """Which fits ended so, shape (B,)."""
        return np.asarray(self.statuses == status.value)


class Predictors(Protocol):
    """Standardised columns of B models on the same n patients: what Newton's method sees of them."""

    def log_odds(self, beta: Floats, which: NDArray[np.intp]) -> Floats:
        """X b of the chosen models, shape (chosen, n)."""
        ...

    def gradient(self, residuals: Floats, which: NDArray[np.intp]) -> Floats:
        """X' r of the chosen models, shape (chosen, p)."""
        ...

    def information(self, weights: Floats, which: NDArray[np.intp]) -> Floats:
        """X' W X of the chosen models, shape (chosen, p, p)."""
        ...


@dataclass(frozen=True)
class SharedPredictors:
    """The same columns in every model; only the patients' weights differ.

    Attributes:
        X: shape (n, p).
        products: products of each pair of columns, shape (n, p (p + 1) / 2): X'WX is then one matrix product.
    """

    X: Floats
    products: Floats

    def log_odds(self, beta: Floats, which: NDArray[np.intp]) -> Floats:
        """X b."""
        return beta @ self.X.T

    def gradient(self, residuals: Floats, which: NDArray[np.intp]) -> Floats:
        """X' r."""
        return residuals @ self.X

    def information(self, weights: Floats, which: NDArray[np.intp]) -> Floats:
        """X' W X."""
        p = self.X.shape[1]
        rows, columns = np.triu_indices(p)
        packed = weights @ self.products
        full = np.empty((len(weights), p, p))
        full[:, rows, columns] = packed
        full[:, columns, rows] = packed
        return full

    def quadratic(self, matrices: Floats) -> Floats:
        """Each patient's x'Mx for symmetric matrices M of shape (B, p, p): shape (B, n)."""
        rows, columns = np.triu_indices(self.X.shape[1])
        twice = np.where(rows == columns, 1.0, 2.0)
        return (matrices[:, rows, columns] * twice) @ self.products.T


def shared_predictors(X: Floats) -> SharedPredictors:
    """Columns shared by all models, with the products of each pair."""
    rows, columns = np.triu_indices(X.shape[1])
    return SharedPredictors(X, X[:, rows] * X[:, columns])


@dataclass(frozen=True)
class OwnPredictor:
    """An intercept and one predictor that each model has for itself, shape (B, n): recalibration."""

    x: Floats

    def log_odds(self, beta: Floats, which: NDArray[np.intp]) -> Floats:
        """X b."""
        return beta[:, :1] + beta[:, 1:] * self.x[which]

    def gradient(self, residuals: Floats, which: NDArray[np.intp]) -> Floats:
        """X' r."""
        return np.stack([residuals.sum(axis=1), (residuals * self.x[which]).sum(axis=1)], axis=1)

    def information(self, weights: Floats, which: NDArray[np.intp]) -> Floats:
        """X' W X."""
        x = self.x[which]
        total, first, second = weights.sum(axis=1), (weights * x).sum(axis=1), (weights * x * x).sum(axis=1)
        return np.stack([np.stack([total, first], axis=1), np.stack([first, second], axis=1)], axis=1)


def fit_samples(X: Floats, y: Floats, weights: Floats) -> BatchedFits:
    """Fit one logistic model to many weighted samples of the same patients.

    Args:
        X: design matrix, shape (n, p), first column ones, no other column constant.
        y: outcome, 0 or 1, shape (n,).
        weights: how often each patient stands in each sample, shape (B, n).
    """
    standard = standardisation(X)
    fits = maximise(shared_predictors(standard.standardised(X)), y, weights, X.shape[1])
    return BatchedFits(fits.coefficients @ standard.to_raw.T, fits.statuses)


def maximise(predictors: Predictors, y: Floats, weights: Floats, p: int) -> BatchedFits:
    """Maximise B logistic likelihoods by Newton's method with step halving.

    Every fit starts from the null model; a step that raises the deviance is halved until it does not (Hosmer,
    Lemeshow, Sturdivant, Applied Logistic Regression, 2013, section 1.2, for the equations).

    Args:
        predictors: standardised columns, an intercept among them.
        y: outcome, shape (n,).
        weights: shape (B, n).
        p: number of coefficients.
    """
    beta = np.full((len(weights), p), np.nan)
    statuses = np.full(len(weights), Status.SINGULAR.value, dtype="<U9")
    active = np.flatnonzero(fittable(predictors, y, weights))
    share = (weights[active] @ y) / weights[active].sum(axis=1)
    beta[active] = 0.0
    beta[active, 0] = np.log(share / (1 - share))
    statuses[active] = Status.SEPARATED.value  # of whatever has not converged at the end
    log_odds = predictors.log_odds(beta[active], active)
    deviance = deviances(log_odds, y, weights[active])
    for _ in range(MOST_STEPS):
        if not len(active):
            break
        w = weights[active]
        mu = expit(log_odds)
        information = predictors.information(w * mu * (1 - mu), active)
        # A breath of ridge in the step (not in the likelihood) keeps a nearly singular system solvable.
        information += 1e-12 * np.eye(p)
        gradient = predictors.gradient(w * (y - mu), active)
        step = np.asarray(np.linalg.solve(information, gradient[..., None])[..., 0], dtype=np.float64)
        step, moved, lower = _halved(predictors, y, w, active, beta[active], step, log_odds, deviance)
        beta[active] += step
        converged = np.abs(step).max(axis=1) < STEP_TOLERANCE
        still = deviance - lower < DEVIANCE_TOLERANCE * (np.abs(lower) + 0.1)
        escaping = still & (np.abs(moved - log_odds).max(axis=1) > LOG_ODDS_STEP)
        statuses[active[converged]] = Status.CONVERGED.value
        going_on = ~(converged | escaping)
        active, log_odds, deviance = active[going_on], moved[going_on], lower[going_on]
    return BatchedFits(beta, statuses)


def _halved(
    predictors: Predictors,
    y: Floats,
    weights: Floats,
    active: NDArray[np.intp],
    beta: Floats,
    step: Floats,
    log_odds: Floats,
    deviance: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Shorten each step until the deviance does not rise: steps, log-odds and deviances after them."""
    step = step.copy()
    moved = predictors.log_odds(beta + step, active)
    lower = deviances(moved, y, weights)
    for _ in range(MOST_HALVINGS):
        worse = np.flatnonzero(~(lower <= deviance * (1 + 1e-12) + 1e-12))
        if not len(worse):
            break
        step[worse] /= 2
        moved[worse] = predictors.log_odds(beta[worse] + step[worse], active[worse])
        lower[worse] = deviances(moved[worse], y, weights[worse])
    return step, moved, lower


def deviances(log_odds: Floats, y: Floats, weights: Floats) -> Floats:
    """-2 log likelihood of each model, shape (B,); arguments of shapes (B, n), (n,), (B, n)."""
    return np.asarray(2 * (weights * (np.logaddexp(0, log_odds) - y * log_odds)).sum(axis=1))


def fittable(predictors: Predictors, y: Floats, weights: Floats) -> NDArray[np.bool_]:
    """Whether both outcomes occur in a sample and its columns are linearly independent."""
    events, total = weights @ y, weights.sum(axis=1)
    eigenvalues = np.linalg.eigvalsh(predictors.information(weights, np.arange(len(weights))))
    independent = eigenvalues[:, 0] > _RANK_TOLERANCE * eigenvalues[:, -1]
    return np.asarray((events > 0) & (events < total) & independent)
