"""Which pixels an outline holds: the one place where a drawn region becomes pixels.

A pixel counts when its *centre* lies inside the outline or on it. Partial pixels are not weighted: next to
cortex that would blur the edge once more and move the mean further from the truth (docs/imaging.md).
"""

from __future__ import annotations

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


def sub_pixels_inside(outline: Outline, plane: SliceGeometry) -> Vector:
    """Places of the 4 x 4 grid within each pixel that lie in the outline, (m, 2) real (column, row)."""
    first, last = _index_bounds(outline, plane, margin=1)
    offsets = (np.arange(SUB_PIXELS) + 0.5) / SUB_PIXELS - 0.5
    columns = (np.arange(first[0], last[0] + 1)[:, None] + offsets).ravel()
    rows = (np.arange(first[1], last[1] + 1)[:, None] + offsets).ravel()
    grid = _grid(columns, rows)
    within = (grid >= 0).all(axis=1) & (grid <= [plane.columns - 1, plane.rows - 1]).all(axis=1)
    return np.asarray(grid[within & outline.contains(grid * _spacing(plane))])


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
