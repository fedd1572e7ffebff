"""Whether models of time have finite estimates at all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from bonehold.modelling.regression.separation import aliased_coefficients, separating_coefficients
from bonehold.modelling.regression.standardisation import standardisation
from bonehold.modelling.regression.terms import Floats

_TOLERANCE = 1e-7


def monotone_in_cox(X: Floats, time: Floats, event: NDArray[np.bool_]) -> tuple[int, ...]:
    """Find the coefficients of a Cox model that run away because its partial likelihood has no maximum.

    That is so where in some direction b everyone with the event has, at that time, the largest x'b of all at risk,
    and someone at risk has a smaller one (Bryson and Johnson, Technometrics 1981;23:381-383). The direction with the
    largest sum of such gaps is found by a linear programme over -1 <= b <= 1, as for the logistic model. The largest
    x'b at risk at each time of an event is a variable of its own, so that there is one condition a patient and not
    one a pair.

    Args:
        X: columns without one of ones, shape (n, p).
        time: time of event or censoring, shape (n,).
        event: whether the event was seen, shape (n,).

    Returns:
        Positions of the coefficients that are not zero in that direction; empty where all estimates are finite.
    """
    times = np.unique(time[event])
    last = np.searchsorted(times, time, side="right") - 1
    at_risk = last >= 0
    Z, p = _standardised(X)[at_risk], X.shape[1]
    below_largest = np.hstack([Z, -np.eye(len(times))[last[at_risk]]])
    falling = np.hstack([np.zeros((len(times) - 1, p)), np.diff(np.eye(len(times)), axis=0)])
    largest = event[at_risk]
    at_most = np.vstack([below_largest[~largest], falling])
    solution = linprog(
        c=at_most.sum(axis=0),
        A_ub=at_most,
        b_ub=np.zeros(len(at_most)),
        A_eq=below_largest[largest],
        b_eq=np.zeros(int(largest.sum())),
        bounds=[(-1, 1)] * p + [(None, None)] * len(times),
        method="highs",
    )
    if -solution.fun <= _TOLERANCE * len(Z):
        return ()
    return tuple(int(place) for place in np.flatnonzero(np.abs(solution.x[:p]) > _TOLERANCE))


def monotone_between_visits(X: Floats, lower: Floats, upper: Floats) -> tuple[int, ...]:
    """Find the coefficients of an interval-censored Weibull model that run away.

    The log cumulative hazard at time t is linear in log t and the predictors. Each visit is then a 0 (without the
    event) or a 1 (with it) of a binary model of these, and the likelihood has no maximum where they separate the
    visits; a known time is both at once.

    Args:
        X: columns without one of ones, shape (n, p).
        lower: last visit without the event, 0 where there was none, shape (n,).
        upper: first visit with it, infinite where it was never seen, shape (n,).

    Returns:
        Positions of such coefficients; -1 is the shape, which is that of time itself. Empty where all are finite.
    """
    visits, y = _visits(X, lower, upper)
    if len(np.unique(y)) < 2:
        return (-1,)
    return tuple(place - 2 for place in separating_coefficients(visits, y))


def times_vary(X: Floats, lower: Floats, upper: Floats) -> bool:
    """Whether the times of the visits differ, beyond what the predictors tell; else they cannot tell how the hazard
    changes. Arguments as for `monotone_between_visits`.
    """
    visits, _ = _visits(X, lower, upper)
    return not aliased_coefficients(np.column_stack([visits[:, :1], visits[:, 2:], visits[:, 1]]))


def _visits(X: Floats, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """One row for each visit that tells something (ones, log of its time, predictors); whether it shows the event."""
    clean, loose = lower > 0, np.isfinite(upper)
    time = np.concatenate([lower[clean], upper[loose]])
    visits = np.column_stack([np.ones(len(time)), np.log(time), np.vstack([X[clean], X[loose]])])
    return visits, np.repeat([0.0, 1.0], [int(clean.sum()), int(loose.sum())])


def _standardised(X: Floats) -> Floats:
    ones = np.ones((len(X), 1))
    columns = np.hstack([ones, X])
    return standardisation(columns).standardised(columns)[:, 1:]
