"""Whether the grades of a factor rise by equal steps: what the factor explains beyond its grade as one number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bonehold.modelling.regression.logistic import LogisticFit, fit_logistic
from bonehold.modelling.regression.model import linear_predictors
from bonehold.modelling.regression.observations import Observations
from bonehold.modelling.regression.pooling import OverallTest, pooled_likelihood_ratio
from bonehold.modelling.regression.terms import Floats


def departure_from_linear(
    as_factor: Sequence[Observations], as_number: Sequence[Observations]
) -> OverallTest | None:
    """Test the grade as one number against the grade as a factor, by the likelihood ratio.

    One number is the factor with equal steps between grades, so the models are nested; with g grades the test has
    g - 2 degrees of freedom (trend and departure: Breslow and Day, Statistical Methods in Cancer Research I, 1980,
    section 6.10). Over several completed sets it is D3 (`bonehold.modelling.regression.pooling`).

    Args:
        as_factor: patients and predictors of the model with the factor, one entry per completed set.
        as_number: the same patients in the same order, the factor as a number.

    Returns:
        The test; None where two grades occur, between which every model is linear.

    Raises:
        NotConverged: one of the models has no finite estimates.
    """
    k = as_factor[0].X.shape[1] - as_number[0].X.shape[1]
    if k == 0:
        return None
    wide, narrow = _fits(as_factor), _fits(as_number)
    own = [
        _statistic(one, fit, other, simple)
        for one, fit, other, simple in zip(as_factor, wide, as_number, narrow, strict=True)
    ]
    middle_wide, middle_narrow = _mean(wide), _mean(narrow)
    pooled = [
        2 * (_log_likelihood(one, middle_wide) - _log_likelihood(other, middle_narrow))
        for one, other in zip(as_factor, as_number, strict=True)
    ]
    return pooled_likelihood_ratio(len(own), float(np.mean(own)), float(np.mean(pooled)), k)


def _fits(sets: Sequence[Observations]) -> list[LogisticFit]:
    return [fit_logistic(one.X, one.y) for one in sets]


def _mean(fits: Sequence[LogisticFit]) -> Floats:
    return np.asarray(np.mean([fit.coefficients for fit in fits], axis=0))


def _statistic(wide: Observations, fit: LogisticFit, narrow: Observations, simple: LogisticFit) -> float:
    return 2 * (_log_likelihood(wide, fit.coefficients) - _log_likelihood(narrow, simple.coefficients))


def _log_likelihood(observations: Observations, coefficients: Floats) -> float:
    log_odds = linear_predictors(observations.X, coefficients[None])[0]
    return float((observations.y * log_odds - np.logaddexp(0, log_odds)).sum())
