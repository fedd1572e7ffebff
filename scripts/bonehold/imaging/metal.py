"""Whether screws or other metal stand at the level of the regions: then the bone there cannot be measured."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bonehold.imaging.dicom.pixels import SlicePixels, UnreadablePixels
from bonehold.imaging.geometry import SliceGeometry, Vector
from bonehold.imaging.series import Series

LEAST_AREA_MM2 = 10.0
"""Less than this on a slice is no implant: a screw of 5 mm across has 20 mm2."""

REACH_MM = 80.0
"""How far beside the regions' centres an implant may lie; electrodes and jewellery lie farther away."""

BESIDE_MM = 5.0
"""How far above and below the regions is looked too: rods and screw heads reach from level to level, so they are seen
on the slices of the regions, which are read anyway; a construct that ends at the level is seen beside it.
"""


def has_metal(
    series: Series, regions: Vector, read: Callable[[int], SlicePixels], metal_hu: float = 2500.0
) -> bool:
    """Whether a CT shows metal at the level of the regions.

    Args:
        series: a CT.
        regions: centres of the drawn regions, (n, 3) LPS mm; without any no level is known, and the answer is no.
        read: gives the pixels of the k-th slice; asked for the slices of the regions and few more.
        metal_hu: a pixel above this is metal.

    Returns:
        True if at least 10 mm2 of one slice, within 80 mm of the regions, are metal. Slices that cannot be read do
        not count, and a series without rescale is not judged: its values are no HU.
    """
    if not all(header.has_modality_lut for header in series.slices):
        return False
    return any(
        _metal_on(series, index, regions, read, metal_hu) for index in slices_at_level(series, regions)
    )


def slices_at_level(series: Series, regions: Vector) -> tuple[int, ...]:
    """The slices nearest to the regions, and those 5 mm above the highest and below the lowest of them."""
    if not len(regions):
        return ()
    centres = regions @ series.normal
    levels = [centres.min() - BESIDE_MM, *sorted(set(centres.tolist())), centres.max() + BESIDE_MM]
    positions, half = series.positions_mm, (series.spacing_mm or 0.0) / 2
    within = [level for level in levels if positions[0] - half <= level <= positions[-1] + half]
    return tuple(sorted({int(np.argmin(np.abs(positions - level))) for level in within}))


def _metal_on(
    series: Series, index: int, regions: Vector, read: Callable[[int], SlicePixels], metal_hu: float
) -> bool:
    plane = series.plane(index)
    try:
        pixels = read(index)
    except UnreadablePixels:
        return False
    window = _window(plane, regions)
    metal = (pixels.values[window] > metal_hu) & ~pixels.padding[window]
    return float(metal.sum()) * plane.pixel_area_mm2 >= LEAST_AREA_MM2


def _window(plane: SliceGeometry, regions: Vector) -> tuple[slice, slice]:
    """Rows and columns within reach of the regions."""
    places = plane.column_row(regions)
    reach = REACH_MM / np.array([plane.column_spacing_mm, plane.row_spacing_mm])
    low = np.maximum(np.floor(places.min(axis=0) - reach), 0).astype(int)
    high = np.maximum(np.ceil(places.max(axis=0) + reach) + 1, 0).astype(int)
    return slice(low[1], high[1]), slice(low[0], high[0])
