"""The mean of a region: the rule by which every HU and every signal of Bonehold is measured.

In plane: all of the outline lies within half a slice spacing of one slice; it is projected on that slice along
the normal, and the pixels whose centres lie inside count, unresampled and unweighted. Otherwise the region is
oblique: it is sampled on its own plane, at the pixel spacing, by linear interpolation, and flagged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonehold.imaging.geometry import SliceGeometry, Vector
from bonehold.imaging.outlines import Outline
from bonehold.imaging.pixel_values import SlicePixels
from bonehold.imaging.rasterise import lies_in_image, pixels_inside, sub_pixels_inside
from bonehold.imaging.series import Series
from bonehold.imaging.shapes import FlatShape
from bonehold.imaging.spline import interpolate_cubic

FEWEST_PIXELS = 10
FEW_PIXELS = 30
METAL_HU = 2500.0
SMALLEST_AREA_MM2 = 1e-3
ROUNDING_MM = 1e-6
CROP_MARGIN = 16
"""Pixels kept around a region for cubic interpolation; the spline's prefilter has decayed to 1e-9 there."""

ReadSlice = Callable[[int], SlicePixels]
"""Gives the pixels of the k-th slice of the series."""


class RegionRefused(Exception):
    """A region that cannot be measured; the message is the reason, in words for a reader."""


@dataclass(frozen=True)
class RegionStatistics:
    """What was measured in a region; values in HU (CT) or signal units (MR).

    Attributes:
        mean, minimum, maximum: over the pixels inside.
        sd: standard deviation with divisor n - 1.
        n: pixels inside.
        area_mm2: n x area of a pixel.
        mean_cubic: mean of the cubic B-spline at a 4 x 4 grid within each pixel, as a sensitivity value.
        slice_index: slice of the series that was measured (the nearest one for an oblique region).
        flags: `small_roi`, `oblique`, `metal`.
    """

    mean: float
    sd: float
    minimum: float
    maximum: float
    n: int
    area_mm2: float
    mean_cubic: float | None
    slice_index: int
    flags: tuple[str, ...]


def measure_region(shape: FlatShape, series: Series, read: ReadSlice) -> RegionStatistics:
    """Measure a flat region on a series.

    Raises:
        RegionRefused: outside the image, in a gap, on padding, or fewer than 10 pixels.
        UnreadablePixels: a slice it needs cannot be decoded.
    """
    index = in_plane_slice(shape, series)
    if index is not None:
        return _measure_in_plane(shape, series, index, read)
    return _measure_oblique(shape, series, read)


def in_plane_slice(shape: FlatShape, series: Series) -> int | None:
    """The slice within half a spacing of which the whole outline lies; a tie goes to the lower position."""
    half = _spacing(series) / 2 + ROUNDING_MM
    low, high = shape.extent(series.normal)
    farthest = np.maximum(np.abs(low - series.positions_mm), np.abs(high - series.positions_mm))
    if not (farthest <= half).any():
        return None
    return int(np.argmax(farthest <= farthest.min() + ROUNDING_MM))


def nearest_slice(shape: FlatShape, series: Series) -> int:
    """The slice nearest the centre of a region."""
    return int(np.argmin(np.abs(series.positions_mm - shape.center @ series.normal)))


def _measure_in_plane(shape: FlatShape, series: Series, index: int, read: ReadSlice) -> RegionStatistics:
    plane = _plane(series, index)
    outline = shape.on(plane)
    if outline.area_mm2() < SMALLEST_AREA_MM2:
        raise RegionRefused("stands upright on the slices, so it covers no pixels")
    if not lies_in_image(outline, plane):
        raise RegionRefused("lies outside the image")
    inside = pixels_inside(outline, plane)
    _refuse_few(len(inside))
    pixels = _agreeing_pixels(series, index, read)
    columns, rows = inside[:, 0], inside[:, 1]
    if pixels.padding[rows, columns].any():
        raise RegionRefused("touches pixel padding (outside the reconstructed field)")
    return _statistics(
        pixels.values[rows, columns],
        pixel_area_mm2=plane.pixel_area_mm2,
        mean_cubic=_mean_cubic(pixels.values, outline, plane),
        slice_index=index,
        flags=_metal_flag(pixels.values[rows, columns], series),
    )


def _agreeing_pixels(series: Series, index: int, read: ReadSlice) -> SlicePixels:
    """Pixels of a slice; another slice at the same place must hold the same, else nobody knows which is meant."""
    pixels = read(index)
    for twin in np.flatnonzero(np.abs(series.positions_mm - series.positions_mm[index]) <= 1e-3):
        if twin != index and not np.array_equal(read(int(twin)).values, pixels.values):
            raise RegionRefused("two different slices stand at its place")
    return pixels


def _mean_cubic(image: NDArray[np.float64], outline: Outline, plane: SliceGeometry) -> float | None:
    places = sub_pixels_inside(outline, plane)
    if not len(places):
        return None
    low = np.maximum(np.floor(places.min(axis=0)).astype(int) - CROP_MARGIN, 0)
    high = np.ceil(places.max(axis=0)).astype(int) + CROP_MARGIN + 1
    crop = image[low[1] : high[1], low[0] : high[0]]
    return float(interpolate_cubic(crop, places - low).mean())


def _measure_oblique(shape: FlatShape, series: Series, read: ReadSlice) -> RegionStatistics:
    if "tilted" in series.irregularities:
        raise RegionRefused("is oblique to the slices of a tilted series")
    plane = _own_plane(shape, _plane(series, 0))
    samples = plane.patient(pixels_inside(shape.on(plane), plane).astype(float))
    _refuse_few(len(samples))
    values, slices = _sample_linear(samples, series, read)
    return _statistics(
        values,
        pixel_area_mm2=plane.pixel_area_mm2,
        mean_cubic=None,
        slice_index=int(np.bincount(slices).argmax()),
        flags=("oblique", *_metal_flag(values, series)),
    )


def _own_plane(shape: FlatShape, image: SliceGeometry) -> SliceGeometry:
    """A pixel grid on the region's own plane, at the finer pixel spacing of the image, centred on the region."""
    spacing = min(image.row_spacing_mm, image.column_spacing_mm)
    axis_u, axis_v = shape.plane_axes()
    reach = [max(abs(edge - shape.center @ axis) for edge in shape.extent(axis)) for axis in (axis_u, axis_v)]
    half = [int(np.ceil(r / spacing)) + 1 for r in reach]
    corner = shape.center - half[0] * spacing * axis_u - half[1] * spacing * axis_v
    return SliceGeometry(
        corner, axis_u, axis_v, spacing, spacing, rows=2 * half[1] + 1, columns=2 * half[0] + 1
    )


def _sample_linear(
    points: Vector, series: Series, read: ReadSlice
) -> tuple[NDArray[np.float64], NDArray[np.int_]]:
    """Values at points between the slices, linear in all three directions, and the nearest slice of each point."""
    along = points @ series.normal
    positions = series.positions_mm
    if along.min() < positions[0] - ROUNDING_MM or along.max() > positions[-1] + ROUNDING_MM:
        raise RegionRefused("lies outside the image")
    lower = np.clip(np.searchsorted(positions, along, side="right") - 1, 0, len(positions) - 2)
    step = positions[lower + 1] - positions[lower]
    if (step > 1.5 * _spacing(series)).any():
        raise RegionRefused("lies where slices are missing")
    if (step <= 0).any():
        raise RegionRefused("is oblique where slices stand twice")
    weight = (along - positions[lower]) / step
    values = np.empty(len(points))
    for k in np.unique(lower):
        here = lower == k
        below = _bilinear(points[here], _plane(series, int(k)), read(int(k)))
        above = _bilinear(points[here], _plane(series, int(k) + 1), read(int(k) + 1))
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


def _statistics(
    values: NDArray[np.float64],
    *,
    pixel_area_mm2: float,
    mean_cubic: float | None,
    slice_index: int,
    flags: tuple[str, ...],
) -> RegionStatistics:
    n = len(values)
    return RegionStatistics(
        mean=float(values.mean()),
        sd=float(values.std(ddof=1)),
        minimum=float(values.min()),
        maximum=float(values.max()),
        n=n,
        area_mm2=n * pixel_area_mm2,
        mean_cubic=mean_cubic,
        slice_index=slice_index,
        flags=(*(["small_roi"] if n < FEW_PIXELS else []), *flags),
    )


def _refuse_few(n: int) -> None:
    if n < FEWEST_PIXELS:
        raise RegionRefused(f"holds {n} pixels, fewer than {FEWEST_PIXELS}")


def _metal_flag(values: NDArray[np.float64], series: Series) -> tuple[str, ...]:
    return ("metal",) if series.any_header.modality == "CT" and values.max() > METAL_HU else ()


def _spacing(series: Series) -> float:
    if series.spacing_mm is None:
        raise RegionRefused("lies on a single slice whose thickness is unknown")
    return series.spacing_mm


def _plane(series: Series, index: int) -> SliceGeometry:
    plane = series.slices[index].geometry
    assert plane is not None
    return plane
