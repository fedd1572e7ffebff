"""Net benefit of acting on a risk: what is won by finding events, less what acting in vain costs."""

from __future__ import annotations

import numpy as np

from bonehold.modelling.regression.terms import Floats

THRESHOLDS: tuple[float, ...] = tuple(percent / 100 for percent in range(1, 100))
""".01 to .99, each the number nearest to its decimal."""
ROUNDING = 1e-10
"""A risk this far below a threshold is at it: a quarter of a group may be held as .24999999999999994, and the same
model fitted by another way gives a patient's risk in other last digits."""


def flagged(risk: Floats, y: Floats, weights: Floats, thresholds: Floats) -> tuple[Floats, Floats]:
    """Share of patients at high risk with and without the event.

    High risk is at or above the threshold, as for the cut-off; a risk that rounding alone leaves below is at it.

    Args:
        risk: of n patients under B models, shape (B, n).
        y: outcome, shape (n,).
        weights: how often each patient counts for each model, shape (B, n).
        thresholds: shape (t,).

    Returns:
        True and false positives as shares of all patients, shape (B, t) each.
    """
    total = weights.sum(axis=1, keepdims=True)
    # How many thresholds a patient reaches; who reaches k of them (in ascending order) is flagged by the first k.
    order = np.argsort(thresholds)
    reached = np.searchsorted(thresholds[order] - ROUNDING, risk, side="right")
    models, t = len(risk), len(thresholds)
    place = (reached + np.arange(models)[:, None] * (t + 1)).ravel()
    shares = []
    for counted in (weights * y, weights * (1 - y)):
        by_reached = np.bincount(place, weights=counted.ravel(), minlength=models * (t + 1))
        at_least = np.cumsum(by_reached.reshape(models, t + 1)[:, ::-1], axis=1)[:, ::-1][:, 1:]
        unsorted = np.empty((models, t))
        unsorted[:, order] = at_least / total
        shares.append(unsorted)
    return shares[0], shares[1]


def odds(thresholds: Floats) -> Floats:
    """What acting in vain costs in units of a found event: t / (1 - t)."""
    return np.asarray(thresholds / (1 - thresholds))


def net_benefit(true_positive: Floats, false_positive: Floats, thresholds: Floats) -> Floats:
    """Net benefit = TP/n - FP/n x t/(1 - t) (Vickers and Elkin, Medical Decision Making 2006;26:565-574).

    Args:
        true_positive: share of all patients, shape (..., t).
        false_positive: share of all patients, shape (..., t).
        thresholds: shape (t,).
    """
    return np.asarray(true_positive - false_positive * odds(thresholds))


def treat_all(prevalence: float, thresholds: Floats) -> Floats:
    """Net benefit of acting on everybody, shape (t,); 0 at a threshold equal to the prevalence."""
    return np.asarray(prevalence - (1 - prevalence) * odds(thresholds))


def interventions_avoided(benefit: Floats, prevalence: float, thresholds: Floats) -> Floats:
    """Interventions avoided per 100 patients against acting on everybody, with as many events found.

    (net benefit - that of treating all) / (t/(1 - t)) x 100 (Vickers and Elkin, 2006).
    """
    return np.asarray((benefit - treat_all(prevalence, thresholds)) / odds(thresholds) * 100)
