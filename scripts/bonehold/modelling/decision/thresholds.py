"""What the model does at a choice of thresholds (`thresholds.csv`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bonehold.modelling.decision.net_benefit import ROUNDING, net_benefit
from bonehold.modelling.performance.cross_table import cross_table
from bonehold.modelling.regression.terms import Floats

THRESHOLD_COLUMNS = (
    *("threshold", "rule", "n", "flagged", "flagged_share", "tp", "fp", "fn", "tn"),
    *("sensitivity", "sensitivity_ci_low", "sensitivity_ci_high"),
    *("specificity", "specificity_ci_low", "specificity_ci_high"),
    *("ppv", "ppv_ci_low", "ppv_ci_high", "npv", "npv_ci_low", "npv_ci_high"),
    *("lr_positive", "lr_positive_ci_low", "lr_positive_ci_high"),
    *("lr_negative", "lr_negative_ci_low", "lr_negative_ci_high"),
    *("net_benefit", "cost_ratio", "ci_method", "lr_ci_method"),
)
STEPS = tuple(percent / 100 for percent in range(5, 81, 5))
CUTOFF = "Youden's cut-off"
SENSITIVE = "highest with at least 90 % sensitivity"
STEP = "step"


def threshold_rows(risk: Floats, y: Floats, cutoff: float) -> Iterator[Mapping[str, Any]]:
    """Rows for .05 to .80, the cut-off, and the highest threshold that finds 90 % of the events; all apparent.

    Args:
        risk: predicted, shape (n,).
        y: outcome, shape (n,).
        cutoff: Youden's cut-off of the risk.
    """
    chosen = [(step, STEP) for step in STEPS]
    chosen += [(cutoff, CUTOFF), (sensitive_threshold(risk, y), SENSITIVE)]
    for threshold, rule in sorted(chosen, key=lambda one: one[0]):
        # The other two thresholds are observed risks themselves, and are met as they are.
        high = risk >= (threshold - ROUNDING if rule == STEP else threshold)
        found = cross_table(high, y)
        true, false = (np.array([count / len(y)]) for count in (found.tp, found.fp))
        yield {
            **found.columns(),
            "threshold": threshold,
            "rule": rule,
            "n": len(y),
            "flagged": found.tp + found.fp,
            "flagged_share": (found.tp + found.fp) / len(y),
            "net_benefit": float(net_benefit(true, false, np.array([threshold]))[0])
            if threshold < 1
            else None,
            # How many acts in vain the threshold holds one found event to be worth.
            "cost_ratio": (1 - threshold) / threshold if threshold > 0 else None,
        }


def sensitive_threshold(risk: Floats, y: Floats) -> float:
    """The highest observed risk at which at least 90 % of the events are at or above it."""
    events = np.sort(risk[y == 1])[::-1]
    # The smallest whole number of events that is 90 %, safe from rounding of .9 n.
    needed = -(-len(events) * 9 // 10)
    return float(events[needed - 1])
