"""The smooth curve through observed outcomes: lowess without robustness steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bonehold.modelling.regression.terms import Floats

SPAN = 2 / 3
"""Share of the patients that each local fit looks at."""
APART = 0.01
"""Places at which a line is fitted lie this share of the range apart, with straight lines between."""
_BEYOND = 1 - 0.999**3
_TINY = float(np.finfo(float).tiny)


@dataclass(frozen=True)
class SmoothLine:
    """A curve as a chain of straight lines: values at ascending places, shapes (k,)."""

    places: Floats
    values: Floats

    def at(self, x: Floats) -> Floats:
        """Height of the curve; NaN outside the range it was fitted on."""
        return np.interp(x, self.places, self.values, left=np.nan, right=np.nan)


def smooth_line(x: Floats, y: Floats, times: Floats) -> SmoothLine:
    """Lowess of y on x (Cleveland, JASA 1979;74:829-836) without robustness steps.

    Span 2/3, linear between points nearer than 1 % of the range of x, like R's `lowess(iter = 0)`. As there, a
    point shared by all of the nearest 2/3 of the patients takes the mean of their y, and a neighbourhood
    narrower than 0.1 % of the range of x has a level but no slope.

    Args:
        x: in ascending order, shape (n,), at least one.
        y: shape (n,).
        times: how often each row counts, whole numbers, shape (n,).
    """
    present = times > 0
    if not present.all():
        x, y, times = x[present], y[present], times[present]
    places = _fitted_places(x)
    radius = _radius(np.repeat(x, times.astype(np.intp)), places)
    weights = _tricube(x, places, radius)
    # Five weighted sums per place in one product; from the middle of the data few digits cancel.
    origin = float(x.mean())
    u = x - origin
    columns = np.stack([times, times * u, times * u * u, times * y, times * u * y], axis=1)
    total, first, second, level, product = (weights @ columns).T
    centre, level = first / total, level / total
    spread = second / total - centre * centre
    wide = (radius > 0) & (spread > (0.001 * (x[-1] - x[0])) ** 2)
    slope = np.divide(product / total - centre * level, spread, out=np.zeros_like(spread), where=wide)
    return SmoothLine(places, level + slope * (places - origin - centre))


def smoothed(x: Floats, y: Floats, at: Floats) -> Floats:
    """The smooth curve of y on x at some points.

    Args:
        x: in any order, shape (n,).
        y: shape (n,).
        at: where the curve is wanted, shape (k,).

    Returns:
        Shape (k,); NaN outside the range of x.
    """
    order = np.argsort(x, kind="stable")
    return smooth_line(x[order], y[order], np.ones(len(x))).at(at)


def _fitted_places(x: Floats) -> Floats:
    """Where a line is fitted: each time the farthest value within 1 % of the range, else the next one."""
    distinct = x[np.concatenate([[True], x[1:] != x[:-1]])]
    within = distinct + APART * (distinct[-1] - distinct[0])
    reach = (np.searchsorted(distinct, within, side="right") - 1).tolist()
    place, last = 0, len(distinct) - 1
    places = [0]
    while place < last:
        place = max(place + 1, reach[place])
        places.append(place)
    return np.asarray(distinct[places])


def _radius(x: Floats, places: Floats) -> Floats:
    """How far the nearest neighbours of each place reach.

    They follow each other in x: of all runs of as many patients the one that reaches least far. Its left end comes
    nearer and its right end goes away along the list, so the best run is one of the two where they cross.
    """
    neighbours = min(len(x), max(2, int(SPAN * len(x) + 1e-7)))
    left, right = x[: len(x) - neighbours + 1], x[neighbours - 1 :]
    crossing = np.searchsorted(left + right, 2 * places)
    after, before = np.minimum(crossing, len(left) - 1), np.maximum(crossing - 1, 0)
    return np.minimum(
        np.maximum(places - left[after], right[after] - places),
        np.maximum(places - left[before], right[before] - places),
    )


def _tricube(x: Floats, places: Floats, radius: Floats) -> Floats:
    """Weight of each patient at each place, (1 - d^3)^3 with d the distance in radii, shape (k, n)."""
    # A radius of 0 leaves just the patients at the place itself, each with weight 1.
    distance = np.subtract(x, places[:, None])
    distance *= (1 / np.maximum(radius, _TINY * 4))[:, None]
    np.abs(distance, out=distance)
    np.minimum(distance, 1, out=distance)
    weights = distance * distance
    weights *= distance
    np.subtract(1, weights, out=weights)
    weights *= weights >= _BEYOND  # beyond .999 radii nothing counts
    np.multiply(weights, weights, out=distance)
    distance *= weights
    return distance
