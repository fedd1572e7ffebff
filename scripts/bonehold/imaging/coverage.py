"""Which pixels of which slices a region covers: where drawn shapes, contours and label maps become one thing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bonehold.imaging.geometry import SliceGeometry, Vector
from bonehold.imaging.outlines import Outline, PixelOutline, PolygonOutline
from bonehold.imaging.rasterise import lies_in_image
from bonehold.imaging.series import SAME_PLACE_MM, Series
from bonehold.imaging.shapes import Contours, FlatShape, Polygon, Voxels

ROUNDING_MM = 1e-6
SMALLEST_AREA_MM2 = 1e-3
SAME_GRID_MM = 1e-3
"""A label map is measured only where its voxels are those of the series: nothing is resampled."""


class RegionRefused(Exception):
    """A region that cannot be measured; the message is the reason, in words for a reader."""


@dataclass(frozen=True, eq=False)
class Patch:
    """The part of a region on one slice: the slice's index in the series, and the outline in its plane."""

    slice_index: int
    outline: Outline


def flat_patch(shape: FlatShape, series: Series) -> Patch | None:
    """The slice that holds a flat shape, or None where no slice does: the shape is oblique.

    Raises:
        RegionRefused: it stands upright on the slices or lies outside the image.
    """
    index = in_plane_slice(*shape.extent(series.normal), series)
    if index is None:
        return None
    plane = series.plane(index)
    return Patch(index, _on_the_image(shape.on(plane), plane))


def contour_patches(shape: Contours, series: Series) -> tuple[Patch, ...]:
    """The slices that hold the contours, those of one slice together.

    Raises:
        RegionRefused: a contour is oblique to the slices, or lies outside the image.
    """
    on_slices: dict[int, list[Vector]] = {}
    for corners in shape.contours:
        index = in_plane_slice(*Polygon(corners).extent(series.normal), series)
        if index is None:
            raise RegionRefused("has a contour that lies on none of the slices")
        on_slices.setdefault(index, []).append(series.plane(index).in_plane_mm(corners))
    return tuple(
        Patch(index, _on_the_image(PolygonOutline(tuple(loops)), series.plane(index)))
        for index, loops in sorted(on_slices.items())
    )


def voxel_patches(shape: Voxels, series: Series) -> tuple[Patch, ...]:
    """The pixels of the series that a label map marks.

    Raises:
        RegionRefused: its voxels are not those of the series.
    """
    _refuse_other_grid(shape, series)
    along = shape.centers @ series.normal
    index = np.clip(np.searchsorted(series.positions_mm, along), 1, max(len(series.slices) - 1, 1))
    lower = series.positions_mm[index - 1]
    upper = series.positions_mm[np.minimum(index, len(series.slices) - 1)]
    index = np.where(np.abs(along - lower) <= np.abs(along - upper), index - 1, index)
    # of slices at one place the first stands for all
    index = np.searchsorted(series.positions_mm, series.positions_mm[index] - SAME_PLACE_MM)
    patches = []
    for k in np.unique(index):
        plane, centers = series.plane(int(k)), shape.centers[index == k]
        place = plane.column_row(centers)
        pixels = np.round(place).astype(int)
        size = np.array([plane.columns, plane.rows])
        if (pixels < 0).any() or (pixels >= size).any():
            raise RegionRefused("lies outside the image")
        if np.abs(plane.patient(pixels.astype(float)) - centers).max() > SAME_GRID_MM:
            raise RegionRefused("is a label map whose voxels are not those of the series")
        patches.append(Patch(int(k), _pixel_outline(pixels, plane)))
    return tuple(patches)


def in_plane_slice(low: float, high: float, series: Series) -> int | None:
    """The slice within half a spacing of which a whole outline lies; a tie goes to the lower position.

    Args:
        low: where the outline begins along the normal of the series, mm.
        high: where it ends.
        series: the series.
    """
    half = slice_spacing(series) / 2 + ROUNDING_MM
    farthest = np.maximum(np.abs(low - series.positions_mm), np.abs(high - series.positions_mm))
    if not (farthest <= half).any():
        return None
    return int(np.argmax(farthest <= farthest.min() + ROUNDING_MM))


def slice_spacing(series: Series) -> float:
    """Distance between slices.

    Raises:
        RegionRefused: it is not known.
    """
    if series.spacing_mm is None:
        raise RegionRefused("lies on a single slice whose thickness is unknown")
    return series.spacing_mm


def _on_the_image(outline: Outline, plane: SliceGeometry) -> Outline:
    if outline.area_mm2() < SMALLEST_AREA_MM2:
        raise RegionRefused("stands upright on the slices, so it covers no pixels")
    if not lies_in_image(outline, plane):
        raise RegionRefused("lies outside the image")
    return outline


def _refuse_other_grid(shape: Voxels, series: Series) -> None:
    """Each step of the label map's grid must be one of the series', in any order and sign."""
    plane = series.plane(0)
    steps = [plane.along_row * plane.column_spacing_mm, plane.along_column * plane.row_spacing_mm]
    if len(shape.steps) > 2 and len(series.slices) > 1:
        steps.append(series.normal * slice_spacing(series))
    unmatched = [
        step
        for step in shape.steps
        if not any(
            min(np.linalg.norm(step - own), np.linalg.norm(step + own)) <= SAME_GRID_MM for own in steps
        )
    ]
    # one unmatched step may be that across the slices: of a single slice it is unknown, of a tilted stack it leans
    allowed = int(len(shape.steps) > 2 and (len(series.slices) == 1 or "tilted" in series.irregularities))
    if len(unmatched) > allowed:
        raise RegionRefused("is a label map of another grid than the series; draw it on the series itself")


def _pixel_outline(pixels: np.ndarray, plane: SliceGeometry) -> PixelOutline:
    first, last = pixels.min(axis=0), pixels.max(axis=0)
    inside = np.zeros((last - first + 1)[::-1], dtype=bool)
    inside[tuple((pixels - first).T[::-1])] = True
    return PixelOutline(first, inside, np.array(plane.spacing_mm))
