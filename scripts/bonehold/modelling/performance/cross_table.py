"""A rule against the outcome in a table of four counts, and everything read off it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonehold.modelling.performance.apparent import exact_interval
from bonehold.modelling.regression.logistic import Z_95
from bonehold.modelling.regression.terms import Floats

EXACT = "Clopper-Pearson"
LOG_RATIO = "log method (Simel)"


@dataclass(frozen=True)
class CrossTable:
    """Counts of patients by rule and outcome."""

    tp: int
    fp: int
    fn: int
    tn: int

    def columns(self) -> dict[str, Any]:
        """Counts, shares with exact intervals, likelihood ratios; None where there is nobody to divide by."""
        found: dict[str, Any] = {**vars(self), "ci_method": EXACT, "lr_ci_method": LOG_RATIO}
        for name, count, of in (
            ("sensitivity", self.tp, self.tp + self.fn),
            ("specificity", self.tn, self.tn + self.fp),
            ("ppv", self.tp, self.tp + self.fp),
            ("npv", self.tn, self.tn + self.fn),
        ):
            low, high = exact_interval(count, of) if of else (None, None)
            found |= {name: count / of if of else None, f"{name}_ci_low": low, f"{name}_ci_high": high}
        events, non_events = self.tp + self.fn, self.tn + self.fp
        for name, with_event, without in (
            ("lr_positive", self.tp, self.fp),
            ("lr_negative", self.fn, self.tn),
        ):
            ratio, low, high = likelihood_ratio(with_event, events, without, non_events)
            found |= {name: ratio, f"{name}_ci_low": low, f"{name}_ci_high": high}
        return found


def cross_table(high: NDArray[np.bool_], y: Floats) -> CrossTable:
    """Count patients.

    Args:
        high: whether the rule calls a patient positive, shape (n,).
        y: outcome, shape (n,).
    """
    event = y == 1
    return CrossTable(
        tp=int((high & event).sum()),
        fp=int((high & ~event).sum()),
        fn=int((~high & event).sum()),
        tn=int((~high & ~event).sum()),
    )


def likelihood_ratio(
    with_event: int, events: int, without: int, non_events: int
) -> tuple[float | None, float | None, float | None]:
    """Likelihood ratio of a result with its 95 % interval.

    LR = (a / n1) / (b / n0); the logarithm is normal with variance 1/a - 1/n1 + 1/b - 1/n0 (Simel, Samsa, Matchar,
    Journal of Clinical Epidemiology 1991;44:763-770). Without an interval where a or b is 0.

    Args:
        with_event: events with the result, a.
        events: all events, n1.
        without: non-events with the result, b.
        non_events: all non-events, n0.
    """
    if not (events and non_events and without):
        return None, None, None
    ratio = (with_event / events) / (without / non_events)
    if not with_event:
        return ratio, None, None
    spread = Z_95 * np.sqrt(1 / with_event - 1 / events + 1 / without - 1 / non_events)
    return ratio, float(ratio * np.exp(-spread)), float(ratio * np.exp(spread))
