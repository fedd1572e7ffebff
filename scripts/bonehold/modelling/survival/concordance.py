"""Harrell's C: how often the patient who has the event first is the one of higher predicted risk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from bonehold.modelling.regression.terms import Floats

CI_METHOD = "infinitesimal jackknife, normal"


@dataclass(frozen=True)
class Concordance:
    """Harrell's C with its standard error and 95 % interval."""

    estimate: float
    std_error: float
    ci_low: float
    ci_high: float


def concordance(score: Floats, time: Floats, event: NDArray[np.bool_]) -> Concordance | None:
    """Share of the comparable pairs in which the patient with the earlier event has the higher score, ties half.

    A pair is comparable where one has the event before the other's time; who is censored at the time of an event is
    taken to have it later; two events at one time are not compared (Harrell et al., Stat Med 1996;15:361). The standard
    error is the infinitesimal jackknife: how the share changes with the weight of each patient (as `concordance` of R's
    survival; Therneau and Watson, Mayo Clinic Technical Report 85, 2015).

    Args:
        score: higher means earlier, shape (n,).
        time: time of event or censoring, shape (n,).
        event: whether the event was seen, shape (n,).

    Returns:
        None where no pair is comparable.
    """
    right, pairs = np.zeros(len(time)), np.zeros(len(time))
    for place in np.flatnonzero(event):
        later = (time > time[place]) | ((time == time[place]) & ~event)
        agreement = np.where(later, 0.5 * (1 + np.sign(score[place] - score)), 0.0)
        right += agreement
        right[place] += agreement.sum()
        pairs += later
        pairs[place] += later.sum()
    if not pairs.any():
        return None
    estimate = float(right.sum() / pairs.sum())
    influence = (right - estimate * pairs) / (pairs.sum() / 2)
    std_error = float(np.sqrt(influence @ influence))
    half = float(norm.ppf(0.975)) * std_error
    return Concordance(estimate, std_error, max(0.0, estimate - half), min(1.0, estimate + half))
