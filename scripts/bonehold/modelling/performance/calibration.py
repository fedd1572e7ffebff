"""The smooth calibration curve and its correction for optimism, as `rms::calibrate` draws them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonehold.modelling.regression.terms import Floats

GRID_POINTS = 50
FROM_THE_END = 5
"""The grid runs from the 5th smallest to the 5th largest risk; beyond, too few patients carry it."""
SPAN = 2 / 3
"""Share of the patients that each local fit looks at."""


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


def calibration_curve(risk: Floats, y: Floats, refitted: Floats, weights: Floats) -> CalibrationCurve:
    """Smooth calibration curve with bootstrap optimism.

    After Harrell, Regression Modeling Strategies, 2015, section 10.11. For each resample the curve of the
    refitted model is taken in the resample and in the original data, both at the grid and not extrapolated;
    the difference is averaged over the resamples that reach the point.

    Args:
        risk: predicted by the model, shape (n,).
        y: outcome, shape (n,).
        refitted: risk of the n original patients under each refitted model, shape (B, n).
        weights: how often each patient stands in each resample, shape (B, n).
    """
    ordered = np.sort(risk)
    end = min(FROM_THE_END, (len(risk) + 1) // 2)
    grid = np.linspace(ordered[end - 1], ordered[-end], GRID_POINTS)
    total, reached = np.zeros(GRID_POINTS), np.zeros(GRID_POINTS, dtype=np.int64)
    for its_risk, weight in zip(refitted, weights, strict=True):
        times = weight.astype(np.int64)
        inside = smoothed(np.repeat(its_risk, times), np.repeat(y, times), grid)
        difference = inside - smoothed(its_risk, y, grid)
        known = ~np.isnan(difference)
        total[known] += difference[known]
        reached += known
    optimism = np.divide(total, reached, out=np.full(GRID_POINTS, np.nan), where=reached > 0)
    return CalibrationCurve(grid, smoothed(risk, y, grid), optimism, reached)


def calibration_error(curve: CalibrationCurve, risk: Floats) -> CalibrationError:
    """How far patients' risks lie from the corrected curve; patients outside the grid do not count.

    Args:
        curve: the curve.
        risk: predicted by the model, shape (n,).
    """
    distance = np.abs(risk - _interpolated(curve.predicted, curve.corrected, risk))
    distance = distance[~np.isnan(distance)]
    if not len(distance):
        return CalibrationError(np.nan, np.nan, np.nan)
    return CalibrationError(
        float(distance.mean()), float((distance**2).mean()), float(np.quantile(distance, 0.9))
    )


def smoothed(x: Floats, y: Floats, at: Floats) -> Floats:
    """Lowess of y on x (Cleveland, JASA 1979;74:829-836) without robustness steps, at some points.

    Span 2/3, linear between points nearer than 1 % of the range of x, like R's `lowess(iter = 0)`. As there, a
    point shared by all of the nearest 2/3 of the patients takes the mean of their y, and a neighbourhood
    narrower than 0.1 % of the range of x has a level but no slope.

    Args:
        x: shape (n,).
        y: shape (n,).
        at: where the curve is wanted, shape (k,).

    Returns:
        Shape (k,); NaN outside the range of x.
    """
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    places = _fitted_places(np.unique(x))
    return _interpolated(places, _local_lines(x, y, places), at)


def _fitted_places(distinct: Floats) -> Floats:
    """Where a line is fitted: each time the farthest value within 1 % of the range, else the next one."""
    reach = np.searchsorted(distinct, distinct + 0.01 * (distinct[-1] - distinct[0]), side="right") - 1
    places = [0]
    while places[-1] < len(distinct) - 1:
        places.append(max(places[-1] + 1, int(reach[places[-1]])))
    return distinct[places]


def _local_lines(x: Floats, y: Floats, places: Floats) -> Floats:
    """Value at each place of the line through its nearest neighbours, with tricube weights.

    Args:
        x: in ascending order, shape (n,).
        y: shape (n,).
        places: values of x, shape (k,).
    """
    neighbours = min(len(x), max(2, int(SPAN * len(x) + 1e-7)))
    here = places[:, None]
    # The nearest neighbours follow each other in x: of all such runs the one that reaches least far.
    farthest = np.maximum(here - x[: len(x) - neighbours + 1], x[neighbours - 1 :] - here)
    radius = farthest.min(axis=1, keepdims=True)
    # A radius of 0 leaves just the patients at the place itself, each with weight 1.
    distance = np.minimum(np.abs(x - here) / np.maximum(radius, np.finfo(float).tiny), 1)
    tricube = (1 - distance * distance * distance) * (distance <= 0.999)
    weights = tricube * tricube * tricube
    weights /= weights.sum(axis=1, keepdims=True)
    centre, level = weights @ x, weights @ y
    apart = x - centre[:, None]
    weighted = weights * apart
    spread = (weighted * apart).sum(axis=1)
    wide = (radius[:, 0] > 0) & (np.sqrt(spread) > 0.001 * (x[-1] - x[0]))
    slope = np.divide(weighted @ y, spread, out=np.zeros_like(spread), where=wide)
    return np.asarray(level + slope * (places - centre))


def _interpolated(x: Floats, y: Floats, at: Floats) -> Floats:
    return np.interp(at, x, y, left=np.nan, right=np.nan)
