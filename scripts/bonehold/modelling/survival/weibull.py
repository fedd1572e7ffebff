"""A Weibull model of a time that is known to lie between two visits only (lifelines)."""

from __future__ import annotations

import contextlib
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from lifelines import LogLogisticAFTFitter, LogNormalAFTFitter, WeibullAFTFitter
from lifelines.exceptions import ConvergenceError

from bonehold.modelling.regression.standardisation import standardisation
from bonehold.modelling.regression.terms import Floats
from bonehold.modelling.survival.estimates import Estimates

_CHANGES = (1e-14, 1e-12, 1e-10)
"""Relative changes of the log-likelihood at which the search stops, the next where rounding keeps it from the one
before; the last is lifelines' own.
"""
_START = 1e-25
"""In place of 0, of which a log-normal time has no logarithm."""
_INTERCEPT = "Intercept"


@dataclass(frozen=True)
class WeibullFit:
    """S(t | x) = exp(-(t / exp(a + x'b))^k).

    Attributes:
        parameters: b (p of them), then a, then log k, in the units of the table, with their covariance.
        log_likelihood: of the intervals.
        null_log_likelihood: the same without predictors.
    """

    parameters: Estimates
    log_likelihood: float
    null_log_likelihood: float

    @property
    def log_time_ratios(self) -> Estimates:
        """b: by which factor (its log) a unit of a predictor stretches time."""
        p = len(self.parameters.values) - 2
        return Estimates(self.parameters.values[:p], self.parameters.covariance[:p, :p])

    @property
    def log_hazard_ratios(self) -> Estimates:
        """-k b: a Weibull model stretches time and has proportional hazards at once; delta method."""
        b, shape = self.parameters.values[:-2], float(np.exp(self.parameters.values[-1]))
        jacobian = np.hstack([-shape * np.eye(len(b)), np.zeros((len(b), 1)), -shape * b[:, None]])
        return self.parameters.transformed(-shape * b, jacobian)

    @property
    def log_shape(self) -> Estimates:
        """Log of k: above 0 the hazard rises with time, below 0 it falls."""
        return Estimates(self.parameters.values[-1:], self.parameters.covariance[-1:, -1:])

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return 2 * len(self.parameters.values) - 2 * self.log_likelihood

    def mean_survival(self, X: Floats, time: float) -> Estimates:
        """Mean over patients of the probability to be free of the event, with its standard error (delta method).

        Args:
            X: columns of the patients' predictors, shape (m, p).
            time: above 0, in the unit of the table.
        """
        values, shape = self.parameters.values, float(np.exp(self.parameters.values[-1]))
        w = shape * (np.log(time) - X @ values[:-2] - values[-2])
        with np.errstate(over="ignore", under="ignore"):
            survival = np.exp(-np.exp(w))
            slope = np.exp(w - np.exp(w))  # -dS/dw
        by_location = slope * shape
        jacobian = np.concatenate(
            [(by_location[:, None] * X).mean(axis=0), [by_location.mean()], [-(slope * w).mean()]]
        )
        return self.parameters.transformed(np.array([survival.mean()]), jacobian[None])


def fit_weibull(X: Floats, lower: Floats, upper: Floats) -> WeibullFit | None:
    """Fit by maximum likelihood of the intervals.

    Columns are standardised and times scaled to a mean of 1 before, and all carried back, so that neither unit matters.

    Args:
        X: columns of the predictors, shape (n, p); see `monotone_between_visits`.
        lower: last visit without the event, 0 where there was none, shape (n,).
        upper: first visit with it, infinite where it was never seen, shape (n,); equal to `lower`: a known time.

    Returns:
        None where the search does not converge.
    """
    p = X.shape[1]
    columns = np.hstack([np.ones((len(X), 1)), X])
    standard = standardisation(columns)
    unit = _unit(lower, upper)
    frame = _frame(standard.standardised(columns)[:, 1:], lower / unit, upper / unit)
    fitter, null = _fitted(WeibullAFTFitter, frame), _fitted(WeibullAFTFitter, frame[["lower", "upper"]])
    if fitter is None or null is None:
        return None
    names = [*(("lambda_", f"x{place}") for place in range(p)), ("lambda_", _INTERCEPT), ("rho_", _INTERCEPT)]
    back = np.eye(p + 2)
    back[:p, :p] /= standard.scale
    back[p, :p] = -standard.mean / standard.scale
    covariance = back @ fitter.variance_matrix_.loc[names, names].to_numpy() @ back.T
    values = back @ fitter.params_.loc[names].to_numpy()
    values[p] += np.log(unit)
    if not (np.isfinite(covariance).all() and (np.diag(covariance) > 0).all()):
        return None
    # The density of a known time has the unit 1 / time.
    known = int((lower == upper).sum()) * float(np.log(unit))
    return WeibullFit(
        Estimates(values, covariance),
        float(fitter.log_likelihood_) - known,
        float(null.log_likelihood_) - known,
    )


def other_distributions(X: Floats, lower: Floats, upper: Floats) -> dict[str, float]:
    """Akaike's criterion of the same model with other distributions of time; those that do not converge are left out.

    Arguments as for `fit_weibull`.
    """
    columns = np.hstack([np.ones((len(X), 1)), X])
    unit = _unit(lower, upper)
    frame = _frame(standardisation(columns).standardised(columns)[:, 1:], lower / unit, upper / unit)
    known = int((lower == upper).sum()) * float(np.log(unit))
    fitted = {
        "log_normal": _fitted(LogNormalAFTFitter, frame),
        "log_logistic": _fitted(LogLogisticAFTFitter, frame),
    }
    return {name: float(one.AIC_) + 2 * known for name, one in fitted.items() if one is not None}


def _unit(lower: Floats, upper: Floats) -> float:
    return float(np.where(np.isfinite(upper), upper, lower).mean())


def _frame(Z: Floats, lower: Floats, upper: Floats) -> pd.DataFrame:
    names = [f"x{place}" for place in range(Z.shape[1])]
    return pd.DataFrame(Z, columns=names).assign(lower=np.maximum(lower, _START), upper=upper)


def _fitted(kind: Any, frame: pd.DataFrame) -> Any:
    for change in _CHANGES:
        fitter = kind()
        with warnings.catch_warnings(), contextlib.suppress(ConvergenceError, np.linalg.LinAlgError):
            warnings.simplefilter("ignore")
            options = {"ftol": change, "maxiter": 1000}
            return fitter.fit_interval_censoring(frame, "lower", "upper", fit_options=options)
    return None
