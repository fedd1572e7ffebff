"""Paint analytic shapes on a canvas: distances to their surfaces, and the share of a voxel they cover.

A canvas has the shape (channels, *voxels). Distances are in mm, negative inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bonehold.sample.grids import Floats


def paint(canvas: Floats, distance: Floats, value: Sequence[Any], edge: float) -> None:
    """Cover the canvas where `distance` (mm, negative inside) says so."""
    blend(canvas, np.clip(0.5 - distance / edge, 0, 1), value)


def blend(canvas: Floats, share: Floats, value: Sequence[Any]) -> None:
    """Mix a tissue into the canvas by its share of each voxel; `value` has one entry per channel."""
    for channel, new in enumerate(value):
        canvas[channel] += share * (new - canvas[channel])


def ellipse(a: Floats, b: Floats, radius_a: Any, radius_b: Any) -> Floats:
    """Distance to an ellipse to first order: its equation divided by the length of its gradient."""
    u, v = a / radius_a, b / radius_b
    level = np.sqrt(u * u + v * v)
    slope = np.sqrt((u / radius_a) ** 2 + (v / radius_b) ** 2) / np.maximum(level, 1e-3)
    return np.asarray((level - 1) / np.maximum(slope, 1e-3), dtype=np.float32)


def ellipsoid(local: tuple[Floats, ...], centre: Sequence[float], radii: Sequence[float]) -> Floats:
    """Distance to an ellipsoid in a frame's coordinates, to first order as for an ellipse."""
    scaled = [(axis - c) / r for axis, c, r in zip(local, centre, radii, strict=True)]
    level = np.sqrt(scaled[0] ** 2 + scaled[1] ** 2 + scaled[2] ** 2)
    slope = np.sqrt(sum((s / r) ** 2 for s, r in zip(scaled, radii, strict=True))) / np.maximum(level, 1e-3)
    return np.asarray((level - 1) / np.maximum(slope, 1e-3), dtype=np.float32)


def rod(
    local: tuple[Floats, ...], start: Sequence[float], end: Sequence[float], radius: float, flat: float
) -> Floats:
    """Distance to a rod between two points whose height is `flat` times its thickness."""
    scale = (1.0, 1.0, 1.0 / flat)
    axis = [(e - s) * f for s, e, f in zip(start, end, scale, strict=True)]
    length2 = sum(a * a for a in axis)
    offset = [(p - s) * f for p, s, f in zip(local, start, scale, strict=True)]
    along = np.clip(sum(o * a for o, a in zip(offset, axis, strict=True)) / length2, 0, 1)
    square = sum((o - along * a) ** 2 for o, a in zip(offset, axis, strict=True))
    return np.asarray(np.sqrt(square) - radius, dtype=np.float32)
