"""Do 95 % intervals hold the truth in 95 of 100 cohorts?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from bonehold.modelling.performance.discrimination import auc, delong
from bonehold.modelling.regression.logistic import LogisticFit, NotConverged, fit_logistic
from bonehold.modelling.regression.model import linear_predictors
from bonehold.modelling.regression.pooling import PooledFit, pool
from bonehold.modelling.regression.separation import separating_coefficients
from bonehold.modelling.regression.terms import Floats
from simulated_world import NAMES, N, Patients, draw, true_auc, truth

FRESH = 20_000
"""New patients in whom a fitted model's true performance is measured."""


def fitted(patients: Patients) -> LogisticFit | None:
    """The model of a cohort; None where its outcomes are separated."""
    if separating_coefficients(patients.X, patients.y):
        return None
    try:
        return fit_logistic(patients.X, patients.y)
    except NotConverged:
        return None


def held(low: Floats, high: Floats) -> dict[str, float]:
    """Which coefficients' limits hold the truth; NaN for limits that could not be had."""
    inside = (low <= truth()[1:]) & (truth()[1:] <= high)
    known = ~np.isnan(low + high)
    return {name: float(one) if k else np.nan for name, one, k in zip(NAMES, inside, known, strict=True)}


def wald_limits(fit: PooledFit) -> tuple[Floats, Floats]:
    """The limits that the tables print, without the intercept's."""
    half = fit.quantiles * fit.std_errors
    return (fit.coefficients - half)[1:], (fit.coefficients + half)[1:]


def wald(_: int, random: np.random.Generator) -> Mapping[str, float]:
    """Wald intervals of the coefficients."""
    patients = draw(N, random)
    fit = fitted(patients)
    if fit is None:
        return dict.fromkeys(NAMES, np.nan)
    return held(*wald_limits(pool([fit], N - patients.X.shape[1])))


def delong_intervals(_: int, random: np.random.Generator) -> Mapping[str, float]:
    """DeLong's interval of the AUC of a given score, and of a model in the data it was fitted to."""
    patients, fresh = draw(N, random), draw(FRESH, random)
    score = delong(patients.log_odds, patients.y)
    seen = {"score": float(score.ci_low <= true_auc() <= score.ci_high), "model": np.nan}
    fit = fitted(patients)
    if fit is not None:
        own, new = (linear_predictors(one.X, fit.coefficients[None])[0] for one in (patients, fresh))
        area = delong(own, patients.y)
        seen["model"] = float(area.ci_low <= auc(new, fresh.y) <= area.ci_high)
    return seen
