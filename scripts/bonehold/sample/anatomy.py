"""The lumbar spine as a stack of vertebrae: sizes, frames, and the places where a reader measures.

Coordinates are DICOM patient coordinates in mm: x to the left, y to the back, z up; the origin is the middle of
the L3 body. In a vertebra's own frame the axes point the same ways as far as its tilt allows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType

import numpy as np
from scipy.interpolate import PchipInterpolator

from bonehold.sample.grids import Floats

LEVELS = ("T12", "L1", "L2", "L3", "L4", "L5", "S1", "S2")
"""From the top down."""

REMAINING_TILT, LARGEST_TILT = 0.3, 3.0
"""Share of the measured vertebra's tilt that is left in the scanner, with the hips flexed over a cushion, and the
most of it in degrees: beyond, the planned screw would not lie in one axial slice."""

TRAJECTORY_LENGTH_MM, TRAJECTORY_WIDTH_MM = 30.0, 5.0


@dataclass(frozen=True)
class Size:
    """Sizes of one vertebra in mm; `disc` is the height of the disc below it."""

    width: float
    depth: float
    height: float
    disc: float
    canal_width: float
    canal_depth: float
    pedicle_width: float
    pedicle_height: float


SIZES: Mapping[str, Size] = MappingProxyType(
    {
        "T12": Size(42, 31, 25.0, 6.5, 22, 17.5, 8.5, 16.0),
        "L1": Size(43, 32, 26.0, 7.5, 23, 18.5, 9.2, 15.8),
        "L2": Size(45, 33.5, 26.8, 8.8, 23, 18.0, 9.6, 15.4),
        "L3": Size(47, 34.5, 27.0, 9.8, 23.5, 17.5, 10.8, 15.0),
        "L4": Size(49, 35, 26.8, 10.8, 24.5, 18.0, 13.2, 15.2),
        "L5": Size(50.5, 35, 26.5, 10.0, 27, 18.5, 16.5, 17.0),
        "S1": Size(50, 32, 28.0, 2.5, 30, 16.0, 17.0, 17.0),
        "S2": Size(40, 22, 24.0, 2.0, 24, 12.0, 14.0, 14.0),
    }
)
"""Means of adult lumbar vertebrae, rounded (after Panjabi et al., Spine 1992;17:299-306, and Zindrick et al., Spine
1987;12:160-166; pedicles of L1 and L2 taken at the stouter end, so that a 5 mm screw region fits inside)."""

LORDOSIS_BELOW: Mapping[str, float] = MappingProxyType(
    {"S2": -0.35, "S1": -0.1, "L5": 0.30, "L4": 0.55, "L3": 0.75, "L2": 0.88, "L1": 0.97, "T12": 1.02}
)
"""Share of L1-S1 lordosis between the sacral endplate and the middle of each body: two thirds below L4."""

CORONAL_SHARE: Mapping[str, float] = MappingProxyType(
    {"S2": -0.3, "S1": -0.4, "L5": -0.7, "L4": -0.9, "L3": 0.0, "L2": 0.9, "L1": 1.0, "T12": 0.8}
)
"""Shape of a left or right curve with its apex at L3, as a share of the largest coronal tilt."""


@dataclass(frozen=True)
class Vertebra:
    """One vertebra: centre of its body and its frame.

    Attributes:
        centre: (3,) mm.
        axes: (3, 3), rows: left, back, up.
    """

    level: str
    size: Size
    centre: Floats
    axes: Floats

    def at(self, left: float, back: float, up: float) -> Floats:
        """Patient coordinates (3,) of a point given in the vertebra's frame, mm."""
        return np.asarray(self.centre + np.array([left, back, up]) @ self.axes)

    @property
    def pedicle_offset(self) -> float:
        """How far beside the midline a pedicle's axis lies at its isthmus, mm."""
        return self.size.canal_width / 2 + self.size.pedicle_width / 2

    @property
    def pedicle_convergence(self) -> float:
        """Slope of a pedicle's axis: mm towards the midline per mm forwards (about 11 degrees)."""
        return 0.2

    @property
    def pedicle_back(self) -> float:
        """The isthmus' distance behind the middle of the body, mm."""
        return self.size.depth / 2 + 4.5

    @property
    def pedicle_up(self) -> float:
        """The isthmus' height above the middle of the body, mm."""
        return 0.16 * self.size.height

    @property
    def canal_back(self) -> float:
        """The distance of the canal's middle behind the middle of the body, mm."""
        return self.size.depth / 2 + self.size.canal_depth / 2 - 1.0


@dataclass(frozen=True)
class Spine:
    """The stack from T12 to S2, and the lines that run along it."""

    vertebrae: tuple[Vertebra, ...]

    def __getitem__(self, level: str) -> Vertebra:
        return self.vertebrae[LEVELS.index(level)]

    def body_line(self, z: Floats) -> tuple[Floats, Floats]:
        """Courses (x, y) of the bodies' middles at the heights z, in mm."""
        points = np.array([vertebra.centre for vertebra in self.vertebrae])
        return _along(points, z)

    def canal_line(self, z: Floats) -> tuple[Floats, Floats]:
        """Courses (x, y) of the canal's middle at the heights z, in mm."""
        points = np.array([vertebra.at(0, vertebra.canal_back, 0) for vertebra in self.vertebrae])
        return _along(points, z)


def _along(points: Floats, z: Floats) -> tuple[Floats, Floats]:
    upwards = points[np.argsort(points[:, 2])]
    line = PchipInterpolator(upwards[:, 2], upwards[:, :2], extrapolate=True)(z)
    return line[..., 0], line[..., 1]


def spine(
    scale: float,
    lordosis: float,
    sacral_slope: float,
    coronal_tilt: float,
    apical_rotation: float,
    level: str = "L3",
) -> Spine:
    """Stack the vertebrae from L3 upwards and downwards.

    Args:
        scale: body size, 1 = mean.
        lordosis: L1-S1, degrees.
        sacral_slope: degrees.
        coronal_tilt: largest tilt of a vertebra in the coronal plane, degrees.
        apical_rotation: rotation of the apex about the long axis, degrees.
        level: the vertebra that lies nearly level in the scanner.
    """
    tilts = {name: sacral_slope - LORDOSIS_BELOW[name] * lordosis for name in LEVELS}
    correction = tilts[level] - np.clip(REMAINING_TILT * tilts[level], -LARGEST_TILT, LARGEST_TILT)
    frames = {}
    for name in LEVELS:
        coronal = coronal_tilt * CORONAL_SHARE[name]
        rotation = apical_rotation * (1 - abs(CORONAL_SHARE[name]))
        frames[name] = _frame(tilts[name] - correction, coronal, rotation)
    sizes = {name: _scaled(SIZES[name], scale) for name in LEVELS}
    centres = {"L3": np.zeros(3)}
    for upper, lower in zip(LEVELS[2::-1], LEVELS[3:0:-1], strict=True):
        centres[upper] = centres[lower] + _step(upper, lower, sizes, frames)
    for upper, lower in pairwise(LEVELS[3:]):
        centres[lower] = centres[upper] - _step(upper, lower, sizes, frames)
    return Spine(tuple(Vertebra(name, sizes[name], centres[name], frames[name]) for name in LEVELS))


def _step(upper: str, lower: str, sizes: Mapping[str, Size], frames: Mapping[str, Floats]) -> Floats:
    """From the middle of the lower body to the middle of the upper one."""
    between = frames[upper][2] + frames[lower][2]
    return np.asarray(
        sizes[lower].height / 2 * frames[lower][2]
        + sizes[upper].disc * between / np.linalg.norm(between)
        + sizes[upper].height / 2 * frames[upper][2]
    )


def _scaled(size: Size, scale: float) -> Size:
    return replace(size, **{name: value * scale for name, value in vars(size).items()})


def _frame(sagittal: float, coronal: float, rotation: float) -> Floats:
    """Rows left, back, up after tilting forwards, to the left, and turning about the long axis (degrees)."""
    s, c, r = np.deg2rad([sagittal, coronal, rotation])
    forwards = np.array([[1, 0, 0], [0, np.cos(s), np.sin(s)], [0, -np.sin(s), np.cos(s)]])
    sideways = np.array([[np.cos(c), 0, -np.sin(c)], [0, 1, 0], [np.sin(c), 0, np.cos(c)]])
    turned = np.array([[np.cos(r), np.sin(r), 0], [-np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return np.asarray(turned @ forwards @ sideways)


@dataclass(frozen=True)
class Subject:
    """What of a patient shows in the images.

    Attributes:
        fat_mm: thickness of the fat under the skin of the back.
        muscle_fat: share of fat in the back muscles.
        bone_island: the level with a dense lesion in its body, or None.
        streaks: seed of the pattern of fat in the muscles.
    """

    spine: Spine
    fat_mm: float
    muscle_fat: float
    bone_island: str | None
    streaks: int


FAT_SHARE: Mapping[int, float] = MappingProxyType({1: 0.06, 2: 0.24, 3: 0.50, 4: 0.70})
"""Share of fat in the back muscles by Goutallier grade: streaks, less than, as much as, more than muscle
(Goutallier et al., Clin Orthop 1994;304:78-83)."""


@dataclass(frozen=True)
class Trajectory:
    """The planned screw region of one side: a rectangle in one axial plane, from its back end to its tip.

    Attributes:
        entry: (3,) mm, on the axis, at the back of the pedicle.
        tip: (3,) mm, on the axis, inside the body.
    """

    entry: Floats
    tip: Floats

    @property
    def middle(self) -> Floats:
        """(3,) mm."""
        return np.asarray((self.entry + self.tip) / 2)

    @property
    def direction(self) -> Floats:
        """Unit vector (3,) from entry to tip."""
        along = self.tip - self.entry
        return np.asarray(along / np.linalg.norm(along))


def trajectory(vertebra: Vertebra, side: str) -> Trajectory:
    """The screw region of a side (`left`/`right`), level in the scanner at the height of the isthmus."""
    sign = 1.0 if side == "left" else -1.0
    isthmus = vertebra.at(sign * vertebra.pedicle_offset, vertebra.pedicle_back, vertebra.pedicle_up)
    forwards = np.array([-sign * vertebra.pedicle_convergence, -1.0, 0.0]) @ vertebra.axes
    forwards[2] = 0.0
    forwards /= np.linalg.norm(forwards)
    entry = isthmus - 6.5 * forwards
    return Trajectory(entry, entry + TRAJECTORY_LENGTH_MM * forwards)
