"""Where a pixel lies in the patient: one slice as a plane in patient space.

Coordinates are LPS (x to the patient's left, y to the back, z to the head), in mm. A pixel is named (column,
row); (0, 0) is the *centre* of the first pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SliceGeometry:
    """The plane of one slice.

    Attributes:
        origin: centre of the first pixel (ImagePositionPatient), shape (3,), mm.
        along_row: unit vector in which the column index grows (first half of ImageOrientationPatient).
        along_column: unit vector in which the row index grows (second half).
        row_spacing_mm: distance between rows (PixelSpacing[0]).
        column_spacing_mm: distance between columns (PixelSpacing[1]).
        rows: number of rows.
        columns: number of columns.
    """

    origin: Vector
    along_row: Vector
    along_column: Vector
    row_spacing_mm: float
    column_spacing_mm: float
    rows: int
    columns: int

    @property
    def normal(self) -> Vector:
        """Unit vector across the slice, along_row x along_column."""
        return np.cross(self.along_row, self.along_column)

    @property
    def spacing_mm(self) -> tuple[float, float]:
        """(between columns, between rows): in the order of (column, row)."""
        return self.column_spacing_mm, self.row_spacing_mm

    @property
    def position_mm(self) -> float:
        """Position of the plane along its normal."""
        return float(self.origin @ self.normal)

    @property
    def pixel_area_mm2(self) -> float:
        """Area of one pixel."""
        return self.row_spacing_mm * self.column_spacing_mm

    def in_plane_mm(self, points: Vector) -> Vector:
        """Project points along the normal and give their place in the plane.

        Args:
            points: (..., 3), LPS mm.

        Returns:
            (..., 2): mm along the row and along the column, from the centre of the first pixel.
        """
        in_plane = np.stack([self.along_row, self.along_column], axis=-1)
        return np.asarray((points - self.origin) @ in_plane, dtype=np.float64)

    def column_row(self, points: Vector) -> Vector:
        """Project points along the normal and give their (column, row), as real numbers (source: PS3.3 C.7.6.2.1.1).

        >>> plane = axial(rows=4, columns=4, spacing_mm=2.0)
        >>> plane.column_row(np.array([2.0, 6.0, 9.0])).tolist()
        [1.0, 3.0]
        """
        spacing = np.array([self.column_spacing_mm, self.row_spacing_mm])
        return np.asarray(self.in_plane_mm(points) / spacing, dtype=np.float64)

    def patient(self, column_row: Vector) -> Vector:
        """Centres of pixels in the patient: the inverse of `column_row`.

        Args:
            column_row: (..., 2).

        Returns:
            (..., 3), LPS mm.
        """
        columns, rows = column_row[..., 0:1], column_row[..., 1:2]
        return (
            self.origin
            + columns * self.column_spacing_mm * self.along_row
            + rows * self.row_spacing_mm * self.along_column
        )


def slice_geometry(position: Any, orientation: Any, spacing: Any, rows: int, columns: int) -> SliceGeometry:
    """The plane that the DICOM values describe.

    Args:
        position: ImagePositionPatient, 3 numbers.
        orientation: ImageOrientationPatient, 6 numbers.
        spacing: PixelSpacing, (between rows, between columns).
        rows: Rows.
        columns: Columns.

    Raises:
        ValueError: the direction cosines are not unit vectors at a right angle (1e-3), or a spacing is not positive.
    """
    along_row, along_column = _axes(tuple(float(cosine) for cosine in orientation))
    row_spacing, column_spacing = (float(value) for value in spacing)
    if not (row_spacing > 0 and column_spacing > 0):
        raise ValueError("PixelSpacing is not positive")
    return SliceGeometry(
        np.asarray(position, dtype=float), along_row, along_column, row_spacing, column_spacing, rows, columns
    )


@cache
def _axes(cosines: tuple[float, ...]) -> tuple[Vector, Vector]:
    """The two axes of ImageOrientationPatient; slices of one orientation share them."""
    first, second = np.array(cosines[:3]), np.array(cosines[3:])
    deviations = (np.linalg.norm(first) - 1, np.linalg.norm(second) - 1, first @ second)
    if not max(abs(float(deviation)) for deviation in deviations) <= 1e-3:
        raise ValueError("ImageOrientationPatient is not a pair of unit vectors at a right angle")
    for axis in (first, second):
        axis.flags.writeable = False
    return first, second


def axial(*, rows: int, columns: int, spacing_mm: float, z_mm: float = 0.0) -> SliceGeometry:
    """An axial slice with its first pixel at x = y = 0: for examples and tests."""
    return slice_geometry((0, 0, z_mm), (1, 0, 0, 0, 1, 0), (spacing_mm, spacing_mm), rows, columns)
