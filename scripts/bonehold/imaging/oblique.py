"""Sample a region that no slice holds on its own plane: at the pixel spacing, by linear interpolation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonehold.imaging.coverage import ROUNDING_MM, RegionRefused, slice_spacing
from bonehold.imaging.dicom.pixels import SlicePixels
from bonehold.imaging.geometry import SliceGeometry, Vector
from bonehold.imaging.rasterise import pixels_inside
from bonehold.imaging.series import Series
from bonehold.imaging.shapes import FlatShape

ReadSlice = Callable[[int], SlicePixels]
"""Gives the pixels of the k-th slice of the series."""


@dataclass(frozen=True, eq=False)
class ObliqueSample:
    """Values on the region's own plane, (n,), the slice nearest most of them, and the area of a sample."""

    values: NDArray[np.float64]
    slice_index: int
    pixel_area_mm2: float


def sample_own_plane(shape: FlatShape, series: Series, read: ReadSlice) -> ObliqueSample:
    """Sample a flat shape on its own plane.

    Raises:
        RegionRefused: outside the image, where slices are missing or stand twice, on padding, in a tilted series.
    """
    if "tilted" in series.irregularities:
        raise RegionRefused("is oblique to the slices of a tilted series")
    plane = own_plane(shape, series.plane(0))
    points = plane.patient(pixels_inside(shape.on(plane), plane).astype(float))
    if not len(points):
        raise RegionRefused("covers no pixels")
    values, slices = sample_linear(points, series, read)
    return ObliqueSample(values, int(np.bincount(slices).argmax()), plane.pixel_area_mm2)


def own_plane(shape: FlatShape, image: SliceGeometry) -> SliceGeometry:
    """A pixel grid on the region's own plane, at the finer pixel spacing of the image, centred on the region."""
    spacing = min(image.row_spacing_mm, image.column_spacing_mm)
    axis_u, axis_v = shape.plane_axes()
    reach = [max(abs(edge - shape.center @ axis) for edge in shape.extent(axis)) for axis in (axis_u, axis_v)]
    half = [int(np.ceil(r / spacing)) + 1 for r in reach]
    if max(half) > image.columns + image.rows:
        raise RegionRefused("lies outside the image")
    corner = shape.center - half[0] * spacing * axis_u - half[1] * spacing * axis_v
    return SliceGeometry(
        corner, axis_u, axis_v, spacing, spacing, rows=2 * half[1] + 1, columns=2 * half[0] + 1
    )


def sample_linear(
    points: Vector, series: Series, read: ReadSlice
) -> tuple[NDArray[np.float64], NDArray[np.int_]]:
    """Values at points between the slices, linear in all three directions, and the nearest slice of each point.

    Args:
        points: (n, 3), LPS mm.
        series: the series.
        read: gives the pixels of a slice.

    Raises:
        RegionRefused: outside the image, where slices are missing or stand twice, or on padding.
    """
    along = points @ series.normal
    positions = series.positions_mm
    outside = along.min() < positions[0] - ROUNDING_MM or along.max() > positions[-1] + ROUNDING_MM
    if outside or len(positions) < 2:
        raise RegionRefused("lies outside the image")
    lower = np.clip(np.searchsorted(positions, along, side="right") - 1, 0, len(positions) - 2)
    step = positions[lower + 1] - positions[lower]
    if (step > 1.5 * slice_spacing(series)).any():
        raise RegionRefused("lies where slices are missing")
    if (step <= 0).any():
        raise RegionRefused("is oblique where slices stand twice")
    weight = (along - positions[lower]) / step
    values = np.empty(len(points))
    for k in np.unique(lower):
        here = lower == k
        below = _bilinear(points[here], series.plane(int(k)), read(int(k)))
        above = _bilinear(points[here], series.plane(int(k) + 1), read(int(k) + 1))
        values[here] = (1 - weight[here]) * below + weight[here] * above
    return values, np.where(weight < 0.5, lower, lower + 1)


def _bilinear(points: Vector, plane: SliceGeometry, pixels: SlicePixels) -> NDArray[np.float64]:
    place = plane.column_row(points)
    size = np.array([plane.columns, plane.rows])
    if (place < 0).any() or (place > size - 1).any():
        raise RegionRefused("lies outside the image")
    base = np.minimum(np.floor(place).astype(int), size - 2)
    fraction = place - base
    total = np.zeros(len(points))
    for right in (0, 1):
        for down in (0, 1):
            weight = np.abs(1 - right - fraction[:, 0]) * np.abs(1 - down - fraction[:, 1])
            rows, columns = base[:, 1] + down, base[:, 0] + right
            if pixels.padding[rows, columns][weight > 0].any():
                raise RegionRefused("touches pixel padding (outside the reconstructed field)")
            total += weight * pixels.values[rows, columns]
    return total
