"""The screw in three dimensions: HU of the voxels in the cylinder around a planned trajectory.

The study's rectangle on one slice and this cylinder are different measurands, so they stand in columns of their
own and are never mixed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonehold.imaging.coverage import ROUNDING_MM, RegionRefused, slice_spacing
from bonehold.imaging.geometry import SliceGeometry, Vector
from bonehold.imaging.oblique import ReadSlice
from bonehold.imaging.series import SAME_PLACE_MM, Series
from bonehold.imaging.shapes import Line

COARSE_MM = 1.25
"""Slices farther apart than this make voxels that reach into cortex: flagged (docs/imaging.md has the figures)."""

TOO_COARSE_MM = 2.5
"""Beyond this the cylinder is not measured."""

PROFILE_STEP_MM = 1.0
SURFACE_SEARCH_SHARE = 0.5
"""The bone's surface is looked for in the first half of the trajectory."""


@dataclass(frozen=True)
class CylinderStatistics:
    """What was measured in the cylinder, HU.

    Attributes:
        mean, sd, n: over the voxels whose centres lie in the cylinder from entry to tip (flat ends).
        bone_mean, bone_sd, bone_n: the same from the bone's surface to the tip.
        outside_mm: length of the trajectory before the bone's surface; None where no surface was met.
        profile: mean of the voxels of each millimetre along the axis, from the entry; None where there are none.
        flags: `cylinder_coarse`.
    """

    mean: float
    sd: float
    n: int
    bone_mean: float | None
    bone_sd: float | None
    bone_n: int
    outside_mm: float | None
    profile: tuple[float | None, ...]
    flags: tuple[str, ...]


def measure_cylinder(
    line: Line, radius_mm: float, surface_hu: float, series: Series, read: ReadSlice
) -> CylinderStatistics:
    """Measure the cylinder around a line.

    The surface of the bone is where the profile along the axis first reaches `surface_hu`, seen from the entry, in
    the first half of the trajectory; what lies before it (soft tissue, or air at the skin) does not count in the
    `bone_*` values. The tip of a planned screw lies in the vertebral body, so nothing is cut there.

    Args:
        line: entry and tip, LPS mm.
        radius_mm: of the cylinder.
        surface_hu: HU by which the cortex at the entry is known.
        series: the CT.
        read: gives the pixels of a slice.

    Raises:
        RegionRefused: slices too far apart or missing, outside the image, on padding, or too few voxels.
        UnreadablePixels: a slice it needs cannot be decoded.
    """
    spacing = slice_spacing(series)
    if spacing > TOO_COARSE_MM:
        raise RegionRefused(f"slices {spacing:g} mm apart, more than {TOO_COARSE_MM:g}")
    values, depth = _voxels_inside(line, radius_mm, series, read)
    if len(values) < 2:
        raise RegionRefused("holds no two voxels")
    profile = _profile(values, depth, float(np.linalg.norm(line.end - line.start)))
    outside = _depth_of_surface(profile, surface_hu)
    bone = values[depth >= (outside or 0.0) - ROUNDING_MM]
    return CylinderStatistics(
        mean=float(values.mean()),
        sd=float(values.std(ddof=1)),
        n=len(values),
        bone_mean=float(bone.mean()) if len(bone) > 1 else None,
        bone_sd=float(bone.std(ddof=1)) if len(bone) > 1 else None,
        bone_n=len(bone),
        outside_mm=outside,
        profile=profile,
        flags=("cylinder_coarse",) if spacing > COARSE_MM else (),
    )


def _voxels_inside(
    line: Line, radius_mm: float, series: Series, read: ReadSlice
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values of the voxels inside and how deep along the axis each lies, mm."""
    axis = line.end - line.start
    length = float(np.linalg.norm(axis))
    if length == 0:
        raise RegionRefused("the line has no length")
    axis = axis / length
    touched = _slices_touched(line, axis, radius_mm, series)
    found_values, found_depths = [], []
    for index in touched:
        plane = series.plane(index)
        pixels, centers = _pixels_about(line, axis, radius_mm, plane)
        if not len(pixels):
            continue
        depth = (centers - line.start) @ axis
        across = np.linalg.norm(centers - line.start - depth[:, None] * axis, axis=1)
        inside = (
            (depth >= -ROUNDING_MM) & (depth <= length + ROUNDING_MM) & (across <= radius_mm + ROUNDING_MM)
        )
        if not inside.any():
            continue
        if _reaches_beyond(pixels[inside], plane):
            raise RegionRefused("lies outside the image")
        slice_pixels = read(index)
        columns, rows = pixels[inside].T
        if slice_pixels.padding[rows, columns].any():
            raise RegionRefused("touches pixel padding (outside the reconstructed field)")
        found_values.append(slice_pixels.values[rows, columns])
        found_depths.append(depth[inside])
    if not found_values:
        raise RegionRefused("holds no voxels")
    return np.concatenate(found_values), np.concatenate(found_depths)


def _slices_touched(line: Line, axis: Vector, radius_mm: float, series: Series) -> list[int]:
    """Slices whose plane the cylinder crosses, one for each place."""
    lean = float(np.linalg.norm(np.cross(axis, series.normal)))
    ends = np.array([line.start @ series.normal, line.end @ series.normal])
    low, high = ends.min() - radius_mm * lean, ends.max() + radius_mm * lean
    positions = series.positions_mm
    if low < positions[0] - slice_spacing(series) / 2 or high > positions[-1] + slice_spacing(series) / 2:
        raise RegionRefused("lies outside the image")
    touched = np.flatnonzero((positions >= low - ROUNDING_MM) & (positions <= high + ROUNDING_MM))
    around = positions[max(touched.min() - 1, 0) : touched.max() + 2] if len(touched) else positions
    steps = np.diff(around)
    if (steps > 1.5 * slice_spacing(series)).any():
        raise RegionRefused("lies where slices are missing")
    if "duplicate_slices" in series.irregularities and (steps <= SAME_PLACE_MM).any():
        raise RegionRefused("lies where slices stand twice")
    return [int(index) for index in touched]


def _pixels_about(
    line: Line, axis: Vector, radius_mm: float, plane: SliceGeometry
) -> tuple[NDArray[np.int_], Vector]:
    """Pixels in the box around the cylinder, (n, 2) (column, row), and their centres, (n, 3).

    The box may reach beyond the image: whether the cylinder itself does is seen afterwards.
    """
    ends = plane.column_row(np.stack([line.start, line.end]))
    reach = radius_mm / np.array(plane.spacing_mm)
    low = np.floor(ends.min(axis=0) - reach).astype(int)
    high = np.ceil(ends.max(axis=0) + reach).astype(int)
    size = np.array([plane.columns, plane.rows])
    low, high = np.clip(low, -1, size), np.clip(high, -1, size)
    columns, rows = np.meshgrid(np.arange(low[0], high[0] + 1), np.arange(low[1], high[1] + 1))
    pixels = np.stack([columns.ravel(), rows.ravel()], axis=-1)
    return pixels, plane.patient(pixels.astype(float))


def _reaches_beyond(pixels: NDArray[np.int_], plane: SliceGeometry) -> bool:
    return bool((pixels < 0).any() or (pixels >= [plane.columns, plane.rows]).any())


def _profile(
    values: NDArray[np.float64], depth: NDArray[np.float64], length: float
) -> tuple[float | None, ...]:
    """Mean of the voxels in each step along the axis."""
    steps = max(1, int(np.ceil(length / PROFILE_STEP_MM - ROUNDING_MM)))
    place = np.clip((depth / PROFILE_STEP_MM).astype(int), 0, steps - 1)
    number = np.bincount(place, minlength=steps)
    total = np.bincount(place, weights=values, minlength=steps)
    return tuple(float(t / n) if n else None for t, n in zip(total, number, strict=True))


def _depth_of_surface(profile: tuple[float | None, ...], surface_hu: float) -> float | None:
    """Depth at which the profile first reaches the HU of a surface, None if it does not in the first half."""
    half = max(1, int(np.ceil(len(profile) * SURFACE_SEARCH_SHARE)))
    for step, value in enumerate(profile[:half]):
        if value is not None and value >= surface_hu:
            return step * PROFILE_STEP_MM
    return None
