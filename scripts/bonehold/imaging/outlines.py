"""Outlines in the plane of a slice, and which points lie inside them.

Points are (x, y) in mm, as `SliceGeometry.in_plane_mm` gives them. A point within 1e-6 mm of the outline
counts as inside: whether a pixel centre that lies exactly on it counts must not hang on rounding.
"""

from __future__ import annotations

from collections import defaultdict
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
        # by components: products with 2 x 2 matrices are slow where there are tens of thousands of points
        (a, b), (c, d) = np.linalg.inv(self.half_axes)
        x, y = points[..., 0] - self.center[0], points[..., 1] - self.center[1]
        u, v = a * x + b * y, c * x + d * y
        radius = np.sqrt(u * u + v * v)
        along_x, along_y = a * u + c * v, b * u + d * v
        gradient = np.sqrt(along_x * along_x + along_y * along_y)
        return np.asarray(radius * (radius - 1.0) <= ON_THE_OUTLINE_MM * gradient)

    def polygons(self) -> tuple[Vector, ...]:
        """A polygon of 72 corners for drawing, (72, 2)."""
        angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
        circle = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        return (np.asarray(self.center + circle @ self.half_axes.T),)


@dataclass(frozen=True, eq=False)
class PolygonOutline:
    """Polygons closed by straight edges, filled together by the even-odd rule; each has shape (n, 2)."""

    loops: tuple[Vector, ...]

    def bounds(self) -> tuple[Vector, Vector]:
        """Lower left and upper right corner of the bounding box."""
        corners = np.concatenate(self.loops)
        return corners.min(axis=0), corners.max(axis=0)

    def area_mm2(self) -> float:
        """Area of its bounding box, which is nothing only where the polygons are a line."""
        low, high = self.bounds()
        return float(np.prod(high - low))

    def contains(self, points: Vector) -> NDArray[np.bool_]:
        """Which of the points, shape (..., 2), lie inside or on an edge (even-odd rule)."""
        inside = np.zeros(points.shape[:-1], dtype=bool)
        near = np.zeros(points.shape[:-1], dtype=bool)
        x, y = points[..., 0], points[..., 1]
        for loop in self.loops:
            for (ax, ay), (bx, by) in zip(loop, np.roll(loop, -1, axis=0), strict=True):
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

    def polygons(self) -> tuple[Vector, ...]:
        """The polygons, for drawing."""
        return self.loops


@dataclass(frozen=True, eq=False)
class PixelOutline:
    """Whole pixels, as a label map holds them.

    Attributes:
        first: (column, row) of the corner of `inside` in the image.
        inside: (rows, columns) which pixels belong to the region.
        spacing_mm: (between columns, between rows).
    """

    first: NDArray[np.int_]
    inside: NDArray[np.bool_]
    spacing_mm: Vector

    def bounds(self) -> tuple[Vector, Vector]:
        """Lower left and upper right corner of the bounding box: the outer edges of its pixels."""
        size = np.array(self.inside.shape[::-1])
        return (self.first - 0.5) * self.spacing_mm, (self.first + size - 0.5) * self.spacing_mm

    def area_mm2(self) -> float:
        """Its area."""
        return float(self.inside.sum() * np.prod(self.spacing_mm))

    def contains(self, points: Vector) -> NDArray[np.bool_]:
        """Which of the points, shape (..., 2), lie in one of the pixels."""
        place = np.floor(points / self.spacing_mm + 0.5).astype(int) - self.first
        rows, columns = self.inside.shape
        x, y = place[..., 0], place[..., 1]
        there = (x >= 0) & (y >= 0) & (x < columns) & (y < rows)
        found = np.zeros(points.shape[:-1], dtype=bool)
        found[there] = self.inside[y[there], x[there]]
        return found

    def polygons(self) -> tuple[Vector, ...]:
        """The edges of the pixels as closed polygons, for drawing."""
        return tuple((loop + self.first - 0.5) * self.spacing_mm for loop in _pixel_edges(self.inside))


Outline = EllipseOutline | PolygonOutline | PixelOutline


def _pixel_edges(inside: NDArray[np.bool_]) -> list[Vector]:
    """The boundary of a set of pixels as closed loops of corners (column, row); pixel (0, 0) spans 0 to 1.

    Each edge between a pixel inside and one outside is walked with the inside on its right; at a corner where two
    pixels touch, the walk turns right, so the pixels stay apart.
    """
    framed = np.pad(inside, 1)
    following: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for row, column in zip(*np.nonzero(framed), strict=True):
        x, y = int(column) - 1, int(row) - 1
        if not framed[row - 1, column]:
            following[x, y].append((x + 1, y))
        if not framed[row, column + 1]:
            following[x + 1, y].append((x + 1, y + 1))
        if not framed[row + 1, column]:
            following[x + 1, y + 1].append((x, y + 1))
        if not framed[row, column - 1]:
            following[x, y + 1].append((x, y))
    loops = []
    while following:
        start = next(iter(following))
        loop = [start]
        step = (0, 0)
        while True:
            here = loop[-1]
            ways = following[here]
            to_the_right = (here[0] - step[1], here[1] + step[0])
            ahead = to_the_right if to_the_right in ways else ways[0]
            ways.remove(ahead)
            if not ways:
                del following[here]
            step = (ahead[0] - here[0], ahead[1] - here[1])
            if ahead == start:
                break
            loop.append(ahead)
        loops.append(np.array(loop, dtype=float))
    return loops
