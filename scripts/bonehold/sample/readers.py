"""Where the readers measure: the planned regions of a spine, and how each reader's hand departs from them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bonehold.sample.anatomy import TRAJECTORY_WIDTH_MM, Spine, trajectory
from bonehold.sample.bone import CORTEX_MM
from bonehold.sample.grids import Floats, Grid

SIDES = ("left", "right")
PEDICLE_LEVELS = ("L1", "L2", "L3", "L4")
BELOW_ENDPLATE_MM = 4.8
"""Depth of the upper and lower body regions below their endplates."""

MARGIN_MM = 1.2
"""Distance a reader keeps from cortex: 1 mm and the point spread."""


@dataclass(frozen=True)
class Oval:
    """An ellipse in the plane of one slice.

    Attributes:
        name: as in the annotation files (`L3_body_middle`).
        centre: (3,) mm.
        axes: (2, 3) unit vectors in the slice.
        radii: (2,) semi-axes in mm.
    """

    name: str
    centre: Floats
    axes: Floats
    radii: tuple[float, float]


@dataclass(frozen=True)
class Strip:
    """A rectangle in the plane of one axial slice, from start to end (mm)."""

    name: str
    start: Floats
    end: Floats
    width: float = TRAJECTORY_WIDTH_MM


Region = Oval | Strip


def ct_regions(spine: Spine, level: str, grid: Grid) -> tuple[Region, ...]:
    """Three ellipses in a body and the two screw regions, each in the nearest slice of an axial grid."""
    vertebra = spine[level]
    size = vertebra.size
    regions: list[Region] = []
    offset = size.height / 2 - BELOW_ENDPLATE_MM
    for plane, up in (("superior", offset), ("middle", 0.0), ("inferior", -offset)):
        z = _nearest(grid.z, vertebra.at(0, 0, up)[2])
        rise = (z - vertebra.centre[2]) / vertebra.axes[2, 2]
        centre = vertebra.at(0, -0.07 * size.depth, rise)
        centre[2] = z
        flat = _unit(vertebra.axes[0] * [1, 1, 0])
        axes = np.array([flat, [-flat[1], flat[0], 0]])
        radii = (0.465 * size.width - 3.8, 0.52 * size.depth - 4.4)
        regions.append(Oval(f"{level}_body_{plane}", centre, axes, radii))
    for side in SIDES:
        planned = trajectory(vertebra, side)
        z = _nearest(grid.z, planned.middle[2])
        start, end = (np.array([point[0], point[1], z]) for point in (planned.entry, planned.tip))
        regions.append(Strip(f"{level}_trajectory_{side}", start, end))
    return tuple(regions)


def mr_regions(spine: Spine, csf_level: str, grid: Grid) -> tuple[Region, ...]:
    """Both pedicles of L1 to L4 and the CSF behind a body, each in the nearest slice of a sagittal grid."""
    pedicles = (_pedicle_region(spine, level, side, grid) for level in PEDICLE_LEVELS for side in SIDES)
    return (*pedicles, _csf_region(spine, csf_level, grid))


def _pedicle_region(spine: Spine, level: str, side: str, grid: Grid) -> Oval:
    vertebra = spine[level]
    sign = 1.0 if side == "left" else -1.0
    isthmus = vertebra.at(sign * vertebra.pedicle_offset, vertebra.pedicle_back, vertebra.pedicle_up)
    beside = (_nearest(grid.x, isthmus[0]) - isthmus[0]) / vertebra.axes[0, 0]
    centre = isthmus + beside * vertebra.axes[0]
    back_radius = 4.6
    # The core narrows towards its sides, and converges and tilts while the slice does not.
    core_width = vertebra.size.pedicle_width / 2 - CORTEX_MM
    core_height = vertebra.size.pedicle_height / 2 - CORTEX_MM
    turned = back_radius * (vertebra.pedicle_convergence + abs(vertebra.axes[1, 0]))
    off_axis = abs(beside) + turned + 3.0 * abs(vertebra.axes[2, 0])
    chord = core_height * np.sqrt(max(0.0, 1 - (off_axis / core_width) ** 2))
    backwards = _unit(vertebra.axes[1] * [0, 1, 1])
    axes = np.array([backwards, [0, -backwards[2], backwards[1]]])
    return Oval(f"{level}_pedicle_{side}", centre, axes, (back_radius, float(max(2.8, chord - MARGIN_MM))))


def _csf_region(spine: Spine, level: str, grid: Grid) -> Oval:
    heights = spine[level].centre[2] + np.array([-7.0, 0.0, 7.0])
    canal_x, canal_y = spine.canal_line(heights)
    x = _nearest(grid.x, canal_x[1])
    upwards = _unit(np.array([0, canal_y[2] - canal_y[0], 14.0]))
    backwards = np.array([0, upwards[2], -upwards[1]])
    centre = np.array([x, canal_y[1], heights[1]]) - 3.6 * backwards  # in front of the roots
    return Oval(f"{level}_csf", centre, np.array([backwards, upwards]), (2.2, 7.0))


def drawn(region: Region, rng: np.random.Generator) -> Region:
    """The region as a reader's hand draws it: moved and resized a little within its slice.

    Where a structure leaves room (bodies) the hand is free, where it does not (pedicles, CSF) it is careful.
    """
    wander = np.clip(rng.standard_normal(3), -1.8, 1.8)
    if isinstance(region, Strip):
        along = _unit(region.end - region.start)
        beside = np.array([-along[1], along[0], 0])
        shift = 0.22 * wander[0] * beside + 0.5 * wander[1] * along
        return replace(region, start=region.start + shift, end=region.end + shift + 0.5 * wander[2] * along)
    free = 0.5 if "body" in region.name else 0.25
    centre = region.centre + free * (wander[0] * region.axes[0] + wander[1] * region.axes[1])
    scale = 1 - 0.02 * abs(wander[2])
    return replace(region, centre=centre, radii=(region.radii[0] * scale, region.radii[1] * scale))


def elsewhere(region: Region) -> Region:
    """The region as if it had been drawn on another examination: far outside the image."""
    far = np.array([0.0, 0.0, 400.0])
    if isinstance(region, Strip):
        return replace(region, start=region.start + far, end=region.end + far)
    return replace(region, centre=region.centre + far)


def outline(region: Oval, count: int) -> Floats:
    """(count, 3) points on the ellipse, mm."""
    angle = 2 * np.pi * np.arange(count) / count
    u, v = region.radii[0] * np.cos(angle), region.radii[1] * np.sin(angle)
    return np.asarray(region.centre + u[:, None] * region.axes[0] + v[:, None] * region.axes[1])


def _nearest(places: Floats, wanted: float) -> float:
    return float(places[np.abs(places - wanted).argmin()])


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / np.linalg.norm(vector))
