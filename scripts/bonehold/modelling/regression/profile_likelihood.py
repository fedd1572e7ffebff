"""Confidence limits and tests from the likelihood itself instead of its curvature at the estimates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.linalg import null_space

from bonehold.modelling.regression.fitting import likelihood_of
from bonehold.modelling.regression.likelihood import Likelihood, Place, constrained_maximum
from bonehold.modelling.regression.logistic import FIRTH, Z_95, LogisticFit, NotConverged
from bonehold.modelling.regression.pooling import OverallTest, pooled_likelihood_ratio
from bonehold.modelling.regression.standardisation import Standardisation, standardisation
from bonehold.modelling.regression.terms import Floats

ROOT_TOLERANCE = 1e-8
"""The limit is found: the signed root of the likelihood ratio is this near to 1.96."""
MOST_TRIALS = 80
PENALISED_RATIO = "penalised likelihood ratio"


@dataclass(frozen=True)
class FittedLikelihood:
    """The log-likelihood of one fit around its maximum, for standardised columns.

    Attributes:
        likelihood: the log-likelihood, penalised where Firth's fit is meant.
        standard: how the columns were standardised.
        top: its maximum.
        method: of the fit.
    """

    likelihood: Likelihood
    standard: Standardisation
    top: Place
    method: str

    def held(self, positions: slice) -> Floats:
        """What the coefficients at some positions are of those of the standardised columns: unit rows, shape (k, p)."""
        rows = self.standard.to_raw[positions]
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))

    def without(self, positions: slice) -> Place:
        """The maximum where some coefficients are zero.

        Firth's penalty stays that of the whole model, as in R's logistftest (Heinze and Schemper, Stat Med
        2002;21:2409-2419): that of the smaller model has other units, and the difference could be negative.
        """
        free = null_space(self.held(positions))
        return constrained_maximum(self.likelihood, free @ (free.T @ self.top.beta), free)

    def raw(self, place: Place) -> Floats:
        """Coefficients on the scale of the given columns, shape (p,)."""
        return np.asarray(self.standard.to_raw @ place.beta)

    def value(self, coefficients: Floats) -> float:
        """The log-likelihood at coefficients on the scale of the given columns."""
        return self.likelihood.at(_standardised(self.standard, coefficients)).value


def fitted_likelihood(X: Floats, y: Floats, fit: LogisticFit) -> FittedLikelihood:
    """The log-likelihood around the maximum that was found.

    Args:
        X: design matrix, shape (n, p), first column ones.
        y: outcome, 0 or 1, shape (n,).
        fit: the fit of these data.

    Raises:
        NotConverged: the maximum is not where the fit says.
    """
    standard = standardisation(X)
    likelihood = likelihood_of(standard.standardised(X), y, fit.method)
    start = _standardised(standard, fit.coefficients)
    return FittedLikelihood(
        likelihood, standard, constrained_maximum(likelihood, start, np.eye(len(start))), fit.method
    )


def profile_limits(fitted: FittedLikelihood) -> Floats:
    """95 % limits of every coefficient: where twice the fall of the profile log-likelihood is chi-square's 95 % point.

    The profile of a coefficient is the log-likelihood maximised over all others (Venzon and Moolgavkar, Appl
    Stat 1988;37:87-94). Its signed root is nearly a straight line, so that Newton's method on it, kept inside a
    bracket, needs a few steps. Where a penalised profile jumps from one ridge to another the limit is at the jump.
    The intercept is that of the given columns.

    Returns:
        Shape (p, 2); NaN where a limit could not be reached.
    """
    p = len(fitted.top.beta)
    return np.array([[_limit(fitted, place, side) for side in (-1, 1)] for place in range(p)])


def likelihood_ratio(fitted: FittedLikelihood, positions: slice) -> OverallTest:
    """Test that the coefficients at some positions are all zero, by the (penalised) likelihood ratio.

    Raises:
        NotConverged: the smaller model has no maximum.
    """
    statistic = max(0.0, 2 * (fitted.top.value - fitted.without(positions).value))
    k = positions.stop - positions.start
    name = PENALISED_RATIO if fitted.method == FIRTH else "likelihood ratio"
    return OverallTest(name, statistic, k, None, float(stats.chi2.sf(statistic, k)))


def likelihood_ratio_over_sets(sets: Sequence[FittedLikelihood], positions: slice) -> OverallTest:
    """The likelihood-ratio test over completed sets, D3 (`bonehold.modelling.regression.pooling`).

    Args:
        sets: maximum-likelihood fits, one per set.
        positions: which coefficients are zero in the smaller model.

    Raises:
        NotConverged: the smaller model has no maximum in a set.
    """
    if len(sets) == 1:
        return likelihood_ratio(sets[0], positions)
    smaller = [one.without(positions) for one in sets]
    at_own = 2 * float(
        np.mean([one.top.value - place.value for one, place in zip(sets, smaller, strict=True)])
    )
    whole_pooled = np.mean([one.raw(one.top) for one in sets], axis=0)
    smaller_pooled = np.mean([one.raw(place) for one, place in zip(sets, smaller, strict=True)], axis=0)
    at_pooled = 2 * float(np.mean([one.value(whole_pooled) - one.value(smaller_pooled) for one in sets]))
    return pooled_likelihood_ratio(len(sets), at_own, at_pooled, positions.stop - positions.start)


def _standardised(standard: Standardisation, coefficients: Floats) -> Floats:
    return np.asarray(np.linalg.solve(standard.to_raw, coefficients), dtype=np.float64)


def _limit(fitted: FittedLikelihood, place: int, side: int) -> float:
    """One limit, on the scale of the given columns; NaN where it is not found."""
    (unit,) = fitted.held(slice(place, place + 1))
    free = null_space(unit[None])
    length = float(np.linalg.norm(fitted.standard.to_raw[place]))
    # Along this line the other coefficients follow, as far as the curvature at the top tells.
    towards = np.linalg.solve(fitted.top.information, unit)
    towards = towards / float(unit @ towards)
    std_error = math.sqrt(float(unit @ np.linalg.solve(fitted.top.information, unit)))
    near, far = 0.0, math.inf
    at, here = Z_95 * std_error, fitted.top
    for _ in range(MOST_TRIALS):
        start = here.beta + (side * at - float(unit @ (here.beta - fitted.top.beta))) * towards
        try:
            here = constrained_maximum(fitted.likelihood, start, free)
        except NotConverged:
            return math.nan
        root = math.sqrt(max(0.0, 2 * (fitted.top.value - here.value)))
        if abs(root - Z_95) < ROOT_TOLERANCE or far - near < ROOT_TOLERANCE * far < math.inf:
            return length * (float(unit @ fitted.top.beta) + side * at)
        near, far = (at, far) if root < Z_95 else (near, at)
        slope = -side * float(here.score @ unit) / root if root > 0 else 0.0
        guess = at - (root - Z_95) / slope if slope > 0 else math.inf
        # A step beyond twice the distance is not trusted; one out of the bracket is replaced by its middle.
        at = min(guess, 2 * at) if math.isinf(far) else guess if near < guess < far else (near + far) / 2
        if not near < at:
            at = 2 * near
    return math.nan
