"""Outlines in the plane of a slice, and which points lie inside them.

Points are (x, y) in mm, as `SliceGeometry.in_plane_mm` gives them. A point within 1e-6 mm of the outline
counts as inside: whether a pixel centre that lies exactly on it counts must not hang on rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonehold.imaging.geometry import Vector

ON_THE_OUTLINE_MM = 1e-6


@dataclass(frozen=True, eq=False)
class EllipseOutline:
    """All points center + half_axes @ q with |q| <= 1; `half_axes` has the two half axes as columns, (2, 2)."""

    center: Vector
    half_axes: Vector

    def bounds(self) -> tuple[Vector, Vector]:
        """Lower left and upper right corner of the bounding box."""
        reach = np.linalg.norm(self.half_axes, axis=1)
        return self.center - reach, self.center + reach

    def area_mm2(self) -> float:
        """Its area."""
        return float(np.pi * abs(np.linalg.det(self.half_axes)))

    def contains(self, points: Vector) -> NDArray[np.bool_]:
        """Which of the points, shape (..., 2), lie inside or on the ellipse.

        The distance to the outline is taken to first order, (|q| - 1) / |gradient|, which is exact where it
        matters: on the outline.
        """
        inverse = np.linalg.inv(self.half_axes)
        q = (points - self.center) @ inverse.T
        radius = np.linalg.norm(q, axis=-1)
        gradient = np.linalg.norm(q @ inverse, axis=-1)
        return np.asarray(radius * (radius - 1.0) <= ON_THE_OUTLINE_MM * gradient)

    def corners(self) -> Vector:
        """A polygon of 72 corners for drawing, (72, 2)."""
        angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
        return np.asarray(self.center + np.stack([np.cos(angle), np.sin(angle)], axis=-1) @ self.half_axes.T)


@dataclass(frozen=True, eq=False)
class PolygonOutline:
    """A polygon closed by straight edges, even-odd filled; `points` has shape (n, 2)."""

    points: Vector

    def bounds(self) -> tuple[Vector, Vector]:
        """Lower left and upper right corner of the bounding box."""
        return self.points.min(axis=0), self.points.max(axis=0)

    def area_mm2(self) -> float:
        """Area of its bounding box, which is nothing only where the polygon is a line."""
        low, high = self.bounds()
        return float(np.prod(high - low))

    def contains(self, points: Vector) -> NDArray[np.bool_]:
        """Which of the points, shape (..., 2), lie inside or on the polygon (even-odd rule)."""
        inside = np.zeros(points.shape[:-1], dtype=bool)
        near = np.zeros(points.shape[:-1], dtype=bool)
        x, y = points[..., 0], points[..., 1]
        for (ax, ay), (bx, by) in zip(self.points, np.roll(self.points, -1, axis=0), strict=True):
            dx, dy = bx - ax, by - ay
            length_squared = dx * dx + dy * dy
            if length_squared == 0:
                continue
            if dy != 0:
                crosses = (ay > y) != (by > y)
                to_the_left = ((x - ax) * dy < (y - ay) * dx) == (dy > 0)
                inside ^= crosses & to_the_left
            t = np.clip(((x - ax) * dx + (y - ay) * dy) / length_squared, 0.0, 1.0)
            near |= (x - ax - t * dx) ** 2 + (y - ay - t * dy) ** 2 <= ON_THE_OUTLINE_MM**2
        return inside | near

    def corners(self) -> Vector:
        """The corners, for drawing."""
        return self.points


Outline = EllipseOutline | PolygonOutline
