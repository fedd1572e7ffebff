"""The mean of a region: the rule by which every HU and every signal of Bonehold is measured.

In plane: all of the outline lies within half a slice spacing of one slice; it is projected on that slice along
the normal, and the pixels whose centres lie inside count, unresampled and unweighted. Contours and label maps may
cover several slices. A flat region that no slice holds is oblique: it is sampled on its own plane, and flagged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonehold.imaging.coverage import (
    Patch,
    RegionRefused,
    contour_patches,
    flat_patch,
    voxel_patches,
)
from bonehold.imaging.dicom.pixels import SlicePixels
from bonehold.imaging.geometry import SliceGeometry, Vector
from bonehold.imaging.oblique import ReadSlice, sample_own_plane
from bonehold.imaging.rasterise import pixels_inside, sub_pixels
from bonehold.imaging.series import SAME_PLACE_MM, Series
from bonehold.imaging.shapes import Contours, FlatShape, Voxels
from bonehold.imaging.spline import interpolate_cubic

FEWEST_PIXELS = 10
CROP_MARGIN = 16
"""Pixels kept around a region for cubic interpolation; the spline's prefilter has decayed to 1e-9 there."""

MeasuredShape = FlatShape | Contours | Voxels


@dataclass(frozen=True)
class RegionStatistics:
    """What was measured in a region; values in HU (CT) or signal units (MR).

    Attributes:
        mean, minimum, maximum: over the pixels inside.
        sd: standard deviation with divisor n - 1.
        n: pixels inside.
        area_mm2: n x area of a pixel.
        mean_cubic: mean of the cubic B-spline at a 4 x 4 grid within each pixel, as a sensitivity value.
        slice_index: slice of the series that was measured (that with most pixels; the nearest one if oblique).
        flags: `oblique`, `several_slices`.
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


@dataclass(frozen=True, eq=False)
class MeasuredRegion:
    """The statistics of a region, its pixel values, and its parts on the slices (none if it is oblique)."""

    statistics: RegionStatistics
    values: NDArray[np.float64]
    patches: tuple[Patch, ...]


def measure_region(shape: MeasuredShape, series: Series, read: ReadSlice) -> MeasuredRegion:
    """Measure a region on a series.

    Raises:
        RegionRefused: outside the image, in a gap, on padding, of another grid, or fewer than 10 pixels.
        UnreadablePixels: a slice it needs cannot be decoded.
    """
    patches = patches_of(shape, series)
    if patches:
        return _measure_patches(patches, series, read)
    assert not isinstance(shape, Contours | Voxels)  # these have patches or are refused
    return _measure_oblique(shape, series, read)


def patches_of(shape: MeasuredShape, series: Series) -> tuple[Patch, ...]:
    """The parts of a region on the slices; none for a flat shape that is oblique to them.

    Raises:
        RegionRefused: the region cannot be placed on the slices.
    """
    if isinstance(shape, Contours):
        return contour_patches(shape, series)
    if isinstance(shape, Voxels):
        return voxel_patches(shape, series)
    patch = flat_patch(shape, series)
    return (patch,) if patch else ()


def _measure_patches(patches: tuple[Patch, ...], series: Series, read: ReadSlice) -> MeasuredRegion:
    inside = [pixels_inside(patch.outline, series.plane(patch.slice_index)) for patch in patches]
    _refuse_few(sum(map(len, inside)))
    values, cubic, numbers = [], [], []
    for patch, pixels in zip(patches, inside, strict=True):
        image = _agreeing_pixels(series, patch.slice_index, read)
        columns, rows = pixels[:, 0], pixels[:, 1]
        if image.padding[rows, columns].any():
            raise RegionRefused("touches pixel padding (outside the reconstructed field)")
        values.append(image.values[rows, columns])
        numbers.append(len(pixels))
        cubic.append(_cubic_values(image.values, patch, series.plane(patch.slice_index)))
    together, sub_pixels = np.concatenate(values), np.concatenate(cubic)
    plane = series.plane(patches[0].slice_index)
    statistics = _statistics(
        together,
        pixel_area_mm2=plane.pixel_area_mm2,
        mean_cubic=float(sub_pixels.mean()) if len(sub_pixels) else None,
        slice_index=patches[int(np.argmax(numbers))].slice_index,
        flags=("several_slices",) if len(patches) > 1 else (),
    )
    return MeasuredRegion(statistics, together, patches)


def _agreeing_pixels(series: Series, index: int, read: ReadSlice) -> SlicePixels:
    """Pixels of a slice; another slice at the same place must hold the same, else nobody knows which is meant."""
    pixels = read(index)
    for twin in np.flatnonzero(np.abs(series.positions_mm - series.positions_mm[index]) <= SAME_PLACE_MM):
        if twin != index and not np.array_equal(read(int(twin)).values, pixels.values):
            raise RegionRefused("two different slices stand at its place")
    return pixels


def _cubic_values(image: NDArray[np.float64], patch: Patch, plane: SliceGeometry) -> Vector:
    """The cubic B-spline of a slice at the sub-pixels inside an outline."""
    grid = sub_pixels(patch.outline, plane)
    if not grid.inside.any():
        return np.zeros(0)
    left, right = _crop(grid.columns)
    top, bottom = _crop(grid.rows)
    values = interpolate_cubic(image[top:bottom, left:right], grid.columns - left, grid.rows - top)
    return np.asarray(values[grid.inside])


def _crop(places: Vector) -> tuple[int, int]:
    """First and last-but-one index of the pixels that the spline at these places rests on."""
    return max(int(places[0]) - CROP_MARGIN, 0), int(places[-1]) + CROP_MARGIN + 2


def _measure_oblique(shape: FlatShape, series: Series, read: ReadSlice) -> MeasuredRegion:
    sample = sample_own_plane(shape, series, read)
    _refuse_few(len(sample.values))
    statistics = _statistics(
        sample.values,
        pixel_area_mm2=sample.pixel_area_mm2,
        mean_cubic=None,
        slice_index=sample.slice_index,
        flags=("oblique",),
    )
    return MeasuredRegion(statistics, sample.values, ())


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
        flags=flags,
    )


def _refuse_few(n: int) -> None:
    if n < FEWEST_PIXELS:
        raise RegionRefused(f"holds {n} pixels, fewer than {FEWEST_PIXELS}")
