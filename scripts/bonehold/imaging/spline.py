"""Closed curves as 3D Slicer draws them, and cubic interpolation of an image.

Both are uniform cubic B-splines: the weights at a fraction t between two knots are the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SAMPLES_PER_SEGMENT = 10
"""3D Slicer's default number of points for each segment of a curve."""

POLE = np.sqrt(3.0) - 2.0
"""Decay of the B-spline prefilter from pixel to pixel; |POLE| ** 16 is 7e-10."""


def closed_curve(points: Array, samples: int = SAMPLES_PER_SEGMENT) -> Array:
    """The periodic C2 cubic spline through control points, one parameter unit a segment.

    The B-spline coefficients of a periodic curve solve a circulant system, which the Fourier transform inverts.

    Args:
        points: (n, d) control points in order, n >= 3, not repeated at the end.
        samples: points to give for each segment; the first of each is the control point itself.

    Returns:
        (n * samples, d) points of the closed polygon.

    Raises:
        ValueError: fewer than 3 points.
    """
    n = len(points)
    if n < 3:
        raise ValueError("a closed curve needs at least 3 control points")
    eigenvalues = (4.0 + 2.0 * np.cos(2.0 * np.pi * np.arange(n) / n)) / 6.0
    spectrum = np.fft.fft(points, axis=0) / eigenvalues[:, None]
    coefficients = np.fft.ifft(spectrum, axis=0).real
    neighbours = np.stack([np.roll(coefficients, 1 - k, axis=0) for k in range(4)])
    fractions = np.arange(samples) / samples
    curve = np.einsum("sk,knd->nsd", bspline_weights(fractions), neighbours)
    return np.asarray(curve.reshape(n * samples, -1))


def bspline_weights(fraction: Array) -> Array:
    """Weights of the four neighbours (-1, 0, 1, 2) at a fraction between two knots.

    >>> [round(float(w), 4) for w in bspline_weights(np.array([0.0]))[0]]
    [0.1667, 0.6667, 0.1667, 0.0]
    """
    t = np.asarray(fraction, dtype=float)
    return (
        np.stack([(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3], axis=-1)
        / 6.0
    )


def interpolate_cubic(image: Array, columns: Array, rows: Array) -> Array:
    """Values of an image on a grid between its pixels by cubic B-spline interpolation (mirrored at the edges).

    Args:
        image: (rows, columns), best a crop with 16 pixels around the grid: the prefilter looks no further.
        columns: (c,) places along a row, within the image.
        rows: (r,) places along a column, within the image.

    Returns:
        (r, c) values.
    """
    coefficients = _prefiltered(_prefiltered(image).T).T
    return np.asarray(_weights(rows, image.shape[0]) @ coefficients @ _weights(columns, image.shape[1]).T)


def _weights(places: Array, size: int) -> Array:
    """What each of `size` coefficients contributes to the value at each place, (m, size): four of them do."""
    base = np.floor(places).astype(int)
    neighbours = _mirrored(base[:, None] + np.arange(-1, 3), size)
    matrix = np.zeros((len(places), size))
    np.add.at(matrix, (np.arange(len(places))[:, None], neighbours), bspline_weights(places - base))
    return matrix


def _prefiltered(lines: Array) -> Array:
    """B-spline coefficients along the first axis: solve (1, 4, 1)/6 with mirror ends."""
    n = len(lines)
    if n == 1:
        return lines
    matrix = np.diag(np.full(n, 4.0)) + np.diag(np.ones(n - 1), 1) + np.diag(np.ones(n - 1), -1)
    matrix[0, 1] = matrix[-1, -2] = 2.0
    return np.asarray(np.linalg.solve(matrix / 6.0, lines), dtype=np.float64)


def _mirrored(index: NDArray[np.int_], size: int) -> NDArray[np.int_]:
    if size == 1:
        return np.zeros_like(index)
    period = 2 * (size - 1)
    folded = np.abs(index) % period
    return np.where(folded >= size, period - folded, folded)
