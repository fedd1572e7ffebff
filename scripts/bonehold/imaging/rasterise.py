"""Which pixels an outline holds: the one place where a drawn region becomes pixels.

A pixel counts when its *centre* lies inside the outline or on it. Partial pixels are not weighted: next to
cortex that would blur the edge once more and move the mean further from the truth (docs/imaging.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonehold.imaging.geometry import SliceGeometry, Vector
from bonehold.imaging.outlines import Outline

SUB_PIXELS = 4
"""The sensitivity value samples each pixel at SUB_PIXELS x SUB_PIXELS places."""


def pixels_inside(outline: Outline, plane: SliceGeometry) -> NDArray[np.int_]:
    """Pixels whose centres lie in the outline.

    Returns:
        (n, 2) whole (column, row) indices, row by row.
    """
    first, last = _index_bounds(outline, plane)
    grid = _grid(np.arange(first[0], last[0] + 1.0), np.arange(first[1], last[1] + 1.0))
    return grid[outline.contains(grid * _spacing(plane))].astype(int)


@dataclass(frozen=True, eq=False)
class SubPixels:
    """The 4 x 4 places within each pixel around an outline: columns (c,), rows (r,), and which are inside, (r, c)."""

    columns: Vector
    rows: Vector
    inside: NDArray[np.bool_]

    def places(self) -> Vector:
        """Those inside as real (column, row), (m, 2), row by row."""
        return _grid(self.columns, self.rows)[self.inside.ravel()]


def sub_pixels(outline: Outline, plane: SliceGeometry) -> SubPixels:
    """The places of the 4 x 4 grid within each pixel that lie in the outline and between the centres of pixels."""
    first, last = _index_bounds(outline, plane, margin=1)
    columns = _divided(first[0], last[0], plane.columns)
    rows = _divided(first[1], last[1], plane.rows)
    inside = outline.contains(_grid(columns, rows) * _spacing(plane))
    return SubPixels(columns, rows, inside.reshape(len(rows), len(columns)))


def _divided(first: int, last: int, size: int) -> Vector:
    """Places within the pixels from `first` to `last`, without those beyond the outermost centres."""
    offsets = (np.arange(SUB_PIXELS) + 0.5) / SUB_PIXELS - 0.5
    places = (np.arange(first, last + 1)[:, None] + offsets).ravel()
    return np.asarray(places[(places >= 0) & (places <= size - 1)])


def lies_in_image(outline: Outline, plane: SliceGeometry) -> bool:
    """Whether the whole outline lies on the pixels of the slice (their outer edges, to 1e-6 mm)."""
    low, high = outline.bounds()
    edge = np.array([plane.columns, plane.rows]) - 0.5
    return bool(
        (low >= -0.5 * _spacing(plane) - 1e-6).all() and (high <= edge * _spacing(plane) + 1e-6).all()
    )


def _spacing(plane: SliceGeometry) -> Vector:
    return np.array(plane.spacing_mm)


def _index_bounds(
    outline: Outline, plane: SliceGeometry, margin: int = 0
) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    low, high = outline.bounds()
    size = np.array([plane.columns, plane.rows])
    first = np.floor(low / _spacing(plane)).astype(int) - margin
    last = np.ceil(high / _spacing(plane)).astype(int) + margin
    return np.clip(first, 0, size - 1), np.clip(last, 0, size - 1)


def _grid(columns: Vector, rows: Vector) -> Vector:
    by_row, by_column = np.meshgrid(rows, columns, indexing="ij")
    return np.stack([by_column.ravel(), by_row.ravel()], axis=-1)
