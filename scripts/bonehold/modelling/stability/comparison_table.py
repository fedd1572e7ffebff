"""The rows of `comparison.csv`: every learner's performance, corrected, and held against the nomogram's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bonehold.modelling.performance.optimism import optimism_corrected
from bonehold.modelling.regression.terms import Floats
from bonehold.modelling.stability.comparison import Measured, Predictions, Rivals, measured

COMPARISON_COLUMNS = (
    *("learner", "measure", "apparent", "optimism", "corrected", "corrected_ci_low", "corrected_ci_high"),
    *("left_out", "left_out_ci_low", "left_out_ci_high"),
    *("difference", "difference_ci_low", "difference_ci_high", "verdict"),
    *("resamples", "used", "separated", "n", "events", "columns", "tuning", "averaged_by"),
    *("corrected_ci_method", "left_out_ci_method"),
)
BETTER, WORSE, UNCLEAR = "better", "worse", "no clear difference"
SLOPE = "slope"
HIGH_IS_GOOD = {"auc": True, "brier": False}
_SHIFTED = "location-shifted bootstrap percentiles"
_DIFFERENCES = "percentiles of apparent minus the optimism of each resample"
_PERCENTILES = "percentiles over the resamples, in the patients each left out"
_BAND = (0.025, 0.975)


def comparison_rows(
    found: Sequence[Predictions], rivals: Rivals, weights: Floats
) -> Iterator[Mapping[str, Any]]:
    """Three rows per learner: AUC, Brier score, calibration slope.

    `corrected` is Harrell's: apparent minus the mean of (in the resample - in all patients). It flatters learners that
    learn by heart, since two in three of all patients were in the resample; `left_out`, the performance in the
    patients that each resample left out, flatters nobody and does every learner the same small wrong (it learned
    from fewer distinct patients). `difference` is therefore that of `left_out` from the nomogram's, resample by
    resample. Slopes are summed up by their medians, since a few separated resamples pull the mean.

    Args:
        found: predictions, the nomogram's first.
        rivals: the patients.
        weights: how often each patient stands in each resample, shape (B, n).
    """
    values = [measured(one, rivals.y, weights) for one in found]
    for one, its in zip(found, values, strict=True):
        for measure, value in its.items():
            difference = value.left_out - values[0][measure].left_out
            yield {
                "learner": one.learner,
                "measure": measure,
                "apparent": value.apparent,
                **(_corrected_slope(value) if measure == SLOPE else _corrected(value)),
                **_left_out(measure, value.left_out),
                **({} if one is found[0] or measure == SLOPE else _difference(measure, difference)),
                "resamples": len(weights),
                "used": int(one.usable.sum()),
                "separated": one.separated,
                "n": len(rivals.y),
                "events": int(rivals.y.sum()),
                "columns": one.columns,
                "tuning": one.tuning,
                "averaged_by": "median" if measure == SLOPE else "mean",
                "left_out_ci_method": _PERCENTILES,
            }


def _corrected(value: Measured) -> Mapping[str, Any]:
    corrected = optimism_corrected(value.apparent, value.in_sample, value.in_original)
    return {
        "optimism": corrected.optimism,
        "corrected": corrected.corrected,
        "corrected_ci_low": corrected.ci_low,
        "corrected_ci_high": corrected.ci_high,
        "corrected_ci_method": _SHIFTED,
    }


def _corrected_slope(value: Measured) -> Mapping[str, Any]:
    optimism, low, high = _middle_and_band(value.in_sample - value.in_original, np.median)
    return {
        "optimism": optimism,
        "corrected": value.apparent - optimism,
        "corrected_ci_low": value.apparent - high,
        "corrected_ci_high": value.apparent - low,
        "corrected_ci_method": _DIFFERENCES,
    }


def _left_out(measure: str, values: Floats) -> Mapping[str, Any]:
    middle, low, high = _middle_and_band(values, np.median if measure == SLOPE else np.mean)
    return {"left_out": middle, "left_out_ci_low": low, "left_out_ci_high": high}


def _difference(measure: str, values: Floats) -> Mapping[str, Any]:
    middle, low, high = _middle_and_band(values, np.mean)
    higher, lower = (BETTER, WORSE) if HIGH_IS_GOOD[measure] else (WORSE, BETTER)
    verdict = "" if np.isnan(middle) else higher if low > 0 else lower if high < 0 else UNCLEAR
    return {
        "difference": middle,
        "difference_ci_low": low,
        "difference_ci_high": high,
        "verdict": verdict,
    }


def _middle_and_band(values: Floats, middle: Any) -> tuple[float, float, float]:
    """Mean or median, and the 2.5 and 97.5 % points, of those that are known; NaN where none is."""
    known = values[~np.isnan(values)]
    if not len(known):
        return np.nan, np.nan, np.nan
    low, high = np.quantile(known, _BAND)
    return float(middle(known)), float(low), float(high)
