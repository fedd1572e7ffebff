"""Likelihoods of models on the same completed sets, and the likelihood-ratio test between nested ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bonehold.modelling.regression.batched_newton import Status, fit_samples
from bonehold.modelling.regression.model import linear_predictors
from bonehold.modelling.regression.pooling import OverallTest, pooled_likelihood_ratio
from bonehold.modelling.regression.terms import Floats


@dataclass(frozen=True)
class MaximisedLikelihood:
    """One model fitted to each completed set (one set without imputed values).

    Attributes:
        X: design matrix of each set, shape (n, p) each.
        y: outcome, shape (n,).
        coefficients: maximum-likelihood estimates of each set, shape (sets, p); where the predictors separate the
            outcomes they are where the iteration stopped, and the likelihood is its limit for all it matters.
        separated: whether they do so in some set.
    """

    X: tuple[Floats, ...]
    y: Floats
    coefficients: Floats
    separated: bool

    @property
    def pooled(self) -> Floats:
        """Mean of the estimates over the sets, shape (p,)."""
        return np.asarray(self.coefficients.mean(axis=0))

    @property
    def log_likelihood(self) -> float:
        """At the estimates of each set, the mean over the sets."""
        pairs = zip(self.X, self.coefficients, strict=True)
        return float(np.mean([log_likelihood(X, self.y, b) for X, b in pairs]))

    @property
    def log_likelihood_at_pooled(self) -> float:
        """At the pooled estimates, the mean over the sets."""
        return float(np.mean([log_likelihood(X, self.y, self.pooled) for X in self.X]))

    @property
    def aic(self) -> float:
        """Akaike's criterion 2p - 2 log L, the mean over the sets."""
        return 2.0 * int(self.coefficients.shape[1]) - 2 * self.log_likelihood


def maximise_likelihood(sets: Sequence[Floats], y: Floats) -> MaximisedLikelihood | None:
    """Fit one logistic model to each completed set.

    Args:
        sets: design matrices, shape (n, p) each, no column but the first constant.
        y: outcome, shape (n,).

    Returns:
        None where the columns are aliased or only one outcome occurs.
    """
    once = np.ones((1, len(y)))
    fits = [fit_samples(X, y, once) for X in sets]
    if any(fit.having(Status.SINGULAR).any() for fit in fits):
        return None
    separated = any(fit.having(Status.SEPARATED).any() for fit in fits)
    coefficients = np.concatenate([fit.coefficients for fit in fits])
    return MaximisedLikelihood(tuple(sets), y, coefficients, separated)


def log_likelihood(X: Floats, y: Floats, coefficients: Floats) -> float:
    """Logarithm of the likelihood of a logistic model.

    Args:
        X: design matrix, shape (n, p).
        y: outcome, shape (n,).
        coefficients: log-odds, shape (p,).
    """
    log_odds = linear_predictors(X, coefficients[None])[0]
    return float((y * log_odds - np.logaddexp(0, log_odds)).sum())


def likelihood_ratio(larger: MaximisedLikelihood, smaller: MaximisedLikelihood) -> OverallTest:
    """Test a model against one that is nested in it; over several sets by D3.

    Args:
        larger: fitted model.
        smaller: fitted to the same patients; its columns span a part of the larger one's.
    """
    k = larger.coefficients.shape[1] - smaller.coefficients.shape[1]
    at_own = 2 * (larger.log_likelihood - smaller.log_likelihood)
    at_pooled = 2 * (larger.log_likelihood_at_pooled - smaller.log_likelihood_at_pooled)
    # Never below zero but for rounding.
    return pooled_likelihood_ratio(len(larger.X), max(0.0, at_own), at_pooled, k)
