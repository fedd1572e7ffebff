"""The share free of the event at the visits (Kaplan and Meier), and its comparison between groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from lifelines import KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test
from numpy.typing import NDArray

from bonehold.modelling.regression.terms import Floats
from bonehold.modelling.survival.estimates import Z_95, Test

CI_METHOD = "log-log (Greenwood)"
LOG_RANK = "log-rank"


@dataclass(frozen=True)
class Share:
    """A share free of the event at a time.

    Attributes:
        time: the time.
        survival: the share; None beyond the last visit of the group, unless it is 0.
        std_error: Greenwood's.
        ci_low, ci_high: 95 % limits; None where nobody or everybody has had the event.
        n_at_risk: patients followed to this time at least, and without the event before.
        events: of those, events at this time (of `share_at`: up to it).
        censored: of those, last seen without the event at this time (of `share_at`: before it).
    """

    time: float
    survival: float | None
    std_error: float | None
    ci_low: float | None
    ci_high: float | None
    n_at_risk: int
    events: int
    censored: int


def kaplan_meier(time: Floats, event: NDArray[np.bool_]) -> tuple[Share, ...]:
    """The curve at 0 and at every time at which somebody has the event or is last seen.

    Intervals are those of log(-log S) with Greenwood's variance (Kalbfleisch and Prentice), which stay within 0 and 1.

    Args:
        time: first visit with the event, or last visit, shape (n,).
        event: whether the event was seen, shape (n,).
    """
    fitter = KaplanMeierFitter().fit(time, event)
    table = fitter.event_table
    survival = fitter.survival_function_.iloc[:, 0].to_numpy()
    at_risk, events = table["at_risk"].to_numpy(), table["observed"].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(np.where(at_risk > events, events / (at_risk * (at_risk - events)), 0.0))
    return tuple(
        _share(float(at), float(s), float(v), int(n), int(d), int(c))
        for at, s, v, n, d, c in zip(
            table.index, survival, variance, at_risk, events, table["censored"], strict=True
        )
    )


def share_at(curve: Sequence[Share], time: float) -> Share:
    """The share at any time, as the last step before it has it; none beyond the last visit.

    Args:
        curve: of `kaplan_meier`.
        time: the time.
    """
    before = [step for step in curve if step.time <= time]
    following = [step for step in curve if step.time >= time]
    events = sum(step.events for step in before)
    censored = sum(step.censored for step in before if step.time < time)
    last = before[-1]
    if not following and last.survival:
        return Share(time, None, None, None, None, 0, events, censored)
    n_at_risk = following[0].n_at_risk if following else 0
    return Share(time, last.survival, last.std_error, last.ci_low, last.ci_high, n_at_risk, events, censored)


def log_log_interval(survival: float, std_error: float) -> tuple[float | None, float | None]:
    """95 % interval of a share by log(-log S); none at 0 and 1, where that is infinite.

    Args:
        survival: the share.
        std_error: its standard error.
    """
    if not 0 < survival < 1:
        return None, None
    half = Z_95 * std_error / (survival * abs(np.log(survival)))
    middle = np.log(-np.log(survival))
    return float(np.exp(-np.exp(middle + half))), float(np.exp(-np.exp(middle - half)))


def log_rank(time: Floats, event: NDArray[np.bool_], groups: NDArray[np.int64]) -> Test:
    """Whether groups differ in the hazard of the event, by the log-rank test.

    Args:
        time: first visit with the event, or last visit, shape (n,).
        event: whether the event was seen, shape (n,).
        groups: at least two, shape (n,).
    """
    found = multivariate_logrank_test(time, groups, event)
    return Test(LOG_RANK, float(found.test_statistic), len(np.unique(groups)) - 1, float(found.p_value))


def _share(at: float, survival: float, variance: float, n: int, events: int, censored: int) -> Share:
    std_error = survival * float(np.sqrt(variance))
    low, high = log_log_interval(survival, std_error)
    return Share(at, survival, std_error, low, high, n, events, censored)
