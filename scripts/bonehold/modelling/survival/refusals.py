"""Models of time where they can be fitted, and why not where they cannot: one line for each reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from bonehold.modelling.regression.separation import aliased_coefficients
from bonehold.modelling.regression.terms import Floats, coefficient_names
from bonehold.modelling.survival.cox import CoxFit, fit_cox
from bonehold.modelling.survival.follow_up import WHERE_NAMED, FollowUp
from bonehold.modelling.survival.monotone import monotone_between_visits, monotone_in_cox, times_vary
from bonehold.modelling.survival.weibull import WeibullFit, fit_weibull

Reasons = tuple[str, ...]
NO_MAXIMUM = "the search for the maximum of the likelihood did not converge"
NO_INTERVALS = f"the table does not tell the last visit without and the first with the event; {WHERE_NAMED}"
SAME_TIMES = "the times of the visits do not differ, so they cannot tell how the hazard changes"


def cox_or_reasons(patients: FollowUp) -> CoxFit | Reasons:
    """Fit a Cox model of the predictors, or say why its estimates would not be finite and unique.

    Args:
        patients: with follow-up and predictors.
    """
    X, time, event = patients.X, patients.time, patients.event
    reasons = _too_few_events(patients)
    if not reasons:
        ever_at_risk = time >= time[event].min()
        reasons = tuple(_aliased(patients, X[ever_at_risk], "still followed when the first event is seen"))
    reasons = reasons or tuple(_runaway(patients, monotone_in_cox(X, time, event)))
    return reasons or fit_cox(X, time, event) or (NO_MAXIMUM,)


def weibull_or_reasons(patients: FollowUp) -> WeibullFit | Reasons:
    """Fit the interval-censored model of the predictors, or say why its estimates would not be finite and unique.

    Args:
        patients: with follow-up and predictors.
    """
    X, lower, upper = patients.X, patients.lower, patients.upper
    if not patients.intervals:
        return (NO_INTERVALS,)
    reasons = _too_few_events(patients) or tuple(_aliased(patients, X, "with a follow-up"))
    if not reasons and not times_vary(X, lower, upper):
        return (SAME_TIMES,)
    reasons = reasons or tuple(_runaway(patients, monotone_between_visits(X, lower, upper)))
    return reasons or fit_weibull(X, lower, upper) or (NO_MAXIMUM,)


def _too_few_events(patients: FollowUp) -> Reasons:
    coefficients = len(coefficient_names(patients.terms)) - 1
    if not patients.events:
        return (f"none of {patients.n} patients has the event",)
    if coefficients > patients.events:
        return (f"{coefficients} coefficients but only {patients.events} patients with the event",)
    return ()


def _aliased(patients: FollowUp, X: Floats, who: str) -> Iterator[str]:
    names = coefficient_names(patients.terms)
    for place in aliased_coefficients(np.hstack([np.ones((len(X), 1)), X])):
        yield (
            f"{names[place]} is constant or an exact combination of the predictors before it among the "
            f"{len(X)} patients {who}"
        )


def _runaway(patients: FollowUp, places: Sequence[int]) -> Iterator[str]:
    names = coefficient_names(patients.terms)[1:]
    for place in places:
        called = names[place] if place >= 0 else "time"
        yield (
            f"{called} tells without exception who has the event first, so its hazard ratio is infinite; "
            "collapse rare levels or leave the predictor out"
        )
