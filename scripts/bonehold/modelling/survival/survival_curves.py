"""The rows of `survival_curves.csv`: every point of every curve of the share free of the event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bonehold.modelling.regression.terms import Floats
from bonehold.modelling.survival.kaplan_meier import CI_METHOD, Share, log_log_interval
from bonehold.modelling.survival.survival_tables import DELTA_LOG_LOG, KAPLAN_MEIER, TURNBULL, WEIBULL
from bonehold.modelling.survival.turnbull import Turnbull
from bonehold.modelling.survival.weibull import WeibullFit

CURVE_COLUMNS = (
    *("curve", "grouping", "group", "time", "survival", "std_error", "ci_low", "ci_high", "ci_method"),
    *("n_at_risk", "events", "censored"),
)
POINTS = 96
"""Steps into which a smooth curve is divided."""


def kaplan_meier_points(curve: Sequence[Share]) -> Iterator[Mapping[str, Any]]:
    """Steps at the visits: the curve is level from each to the next."""
    for share in curve:
        method = "" if share.ci_low is None else CI_METHOD
        yield {"curve": KAPLAN_MEIER, **vars(share), "ci_method": method}


def weibull_points(fit: WeibullFit, X: Floats, last: float) -> Iterator[Mapping[str, Any]]:
    """The mean over patients of their smooth curves, from surgery to the last visit.

    Args:
        fit: the model.
        X: the patients' predictors, shape (m, p).
        last: last visit.
    """
    yield {"curve": WEIBULL, "time": 0.0, "survival": 1.0}
    for time in np.linspace(0, last, POINTS + 1)[1:].tolist():
        mean = fit.mean_survival(X, time)
        survival, std_error = float(mean.values[0]), float(mean.std_errors[0])
        low, high = log_log_interval(survival, std_error)
        yield {
            "curve": WEIBULL,
            "time": time,
            "survival": survival,
            "std_error": std_error,
            "ci_low": low,
            "ci_high": high,
            "ci_method": "" if low is None else DELTA_LOG_LOG,
        }


def turnbull_points(found: Turnbull, last: float) -> Iterator[Mapping[str, Any]]:
    """Points at which the share is known: between two of different height it may fall anywhere.

    Args:
        found: the estimate.
        last: last visit of these patients.
    """
    times, survival = found.steps()
    for time, share in zip([*times.tolist(), last], [*survival.tolist(), float(survival[-1])], strict=True):
        yield {"curve": TURNBULL, "time": time, "survival": share}
