"""The smooth calibration curve and its correction for optimism, as `rms::calibrate` draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonehold.modelling.performance.smoothing import smoothed
from bonehold.modelling.regression.terms import Floats

GRID_POINTS = 50
FROM_THE_END = 5
"""The grid runs from the 5th smallest to the 5th largest risk; beyond, too few patients carry it."""


@dataclass(frozen=True)
class CalibrationCurve:
    """Observed against predicted risk.

    Attributes:
        predicted: grid of predicted risks, shape (50,).
        apparent: smoothed observed risk in the development data, shape (50,).
        optimism: mean over resamples of (curve in the resample - curve in the original data), shape (50,).
        resamples: how many resamples reach each point, shape (50,).
    """

    predicted: Floats
    apparent: Floats
    optimism: Floats
    resamples: NDArray[np.int64]

    @property
    def corrected(self) -> Floats:
        """Apparent curve minus optimism, shape (50,)."""
        return self.apparent - self.optimism


@dataclass(frozen=True)
class CalibrationError:
    """Distance of predicted risks from the corrected curve: mean absolute, mean square, 0.9 quantile."""

    mae: float
    mse: float
    q90: float


def calibration_grid(risk: Floats) -> Floats:
    """Where the curve is drawn: 50 equally spaced risks from the 5th smallest to the 5th largest.

    Args:
        risk: predicted by the model, shape (n,).
    """
    ordered = np.sort(risk)
    end = min(FROM_THE_END, (len(risk) + 1) // 2)
    return np.linspace(ordered[end - 1], ordered[-end], GRID_POINTS)


def calibration_curve(
    grid: Floats, risks: Sequence[Floats], y: Floats, differences: Floats
) -> CalibrationCurve:
    """Smooth calibration curve with bootstrap optimism.

    After Harrell, Regression Modeling Strategies, 2015, section 10.11. For each resample the curve of the
    refitted model is taken in the resample and in the original data, both at the grid and not extrapolated;
    the difference is averaged over the resamples that reach the point. Over several completed sets the apparent
    curve is the mean of those that reach the point.

    Args:
        grid: risks at which the curve is wanted (`calibration_grid`), shape (points,).
        risks: predicted by the model in each completed set, shape (n,) each.
        y: outcome, shape (n,).
        differences: of each resample (`bonehold.modelling.performance.optimism.Resampled.curves`), shape
            (used, points).
    """
    optimism, reached = _mean_of_known(differences)
    apparent, _ = _mean_of_known(np.stack([smoothed(risk, y, grid) for risk in risks]))
    return CalibrationCurve(grid, apparent, optimism, reached)


def calibration_error(curve: CalibrationCurve, risk: Floats) -> CalibrationError:
    """How far patients' risks lie from the corrected curve; patients outside the grid do not count.

    Args:
        curve: the curve.
        risk: predicted by the model, shape (n,).
    """
    distance = np.abs(risk - np.interp(risk, curve.predicted, curve.corrected, left=np.nan, right=np.nan))
    distance = distance[~np.isnan(distance)]
    if not len(distance):
        return CalibrationError(np.nan, np.nan, np.nan)
    return CalibrationError(
        float(distance.mean()), float((distance**2).mean()), float(np.quantile(distance, 0.9))
    )


def _mean_of_known(values: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Mean of each column without its NaN, and how many values that are."""
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.divide(total, count, out=np.full(values.shape[1], np.nan), where=count > 0), count
