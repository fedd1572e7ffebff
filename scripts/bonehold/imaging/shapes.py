"""What a reader drew, and the flat outline it means on an image of a given orientation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from bonehold.imaging.geometry import SliceGeometry, Vector
from bonehold.imaging.outlines import EllipseOutline, Outline, PolygonOutline
from bonehold.roi_names import RoiName


@dataclass(frozen=True, eq=False)
class Ellipse:
    """A flat ellipse: centre (3,), unit axes (3,) each, half lengths along them in mm.

    The axes may be any conjugate pair: they are not at right angles where pixels are not square.
    """

    center: Vector
    axis_u: Vector
    axis_v: Vector
    semi_axes_mm: tuple[float, float]

    def extent(self, direction: Vector) -> tuple[float, float]:
        """Least and greatest coordinate along a unit vector, mm."""
        reach = float(np.hypot(*(s * (a @ direction) for s, a in self._half_axes())))
        middle = float(self.center @ direction)
        return middle - reach, middle + reach

    def on(self, plane: SliceGeometry) -> Outline:
        """The outline projected along the normal of a slice."""
        center = plane.in_plane_mm(self.center)
        half_axes = [s * (plane.in_plane_mm(self.center + a) - center) for s, a in self._half_axes()]
        return EllipseOutline(center, np.stack(half_axes, axis=-1))

    def plane_axes(self) -> tuple[Vector, Vector]:
        """Two unit vectors at a right angle in the plane of the ellipse."""
        return self.axis_u, self.axis_v

    def _half_axes(self) -> tuple[tuple[float, Vector], tuple[float, Vector]]:
        return (self.semi_axes_mm[0], self.axis_u), (self.semi_axes_mm[1], self.axis_v)


@dataclass(frozen=True, eq=False)
class Polygon:
    """A flat polygon, closed by straight edges: its corners, shape (n, 3)."""

    points: Vector

    @property
    def center(self) -> Vector:
        """Mean of the corners."""
        return np.asarray(self.points.mean(axis=0))

    def extent(self, direction: Vector) -> tuple[float, float]:
        """Least and greatest coordinate along a unit vector, mm."""
        along = self.points @ direction
        return float(along.min()), float(along.max())

    def on(self, plane: SliceGeometry) -> Outline:
        """The outline projected along the normal of a slice."""
        return PolygonOutline((plane.in_plane_mm(self.points),))

    def plane_axes(self) -> tuple[Vector, Vector]:
        """Two unit vectors at a right angle in the plane that fits the corners best (least squares)."""
        _, _, directions = np.linalg.svd(self.points - self.center)
        return directions[0], directions[1]


FlatShape = Ellipse | Polygon


@dataclass(frozen=True, eq=False)
class Box:
    """A box: centre, its three unit axes as columns of a (3, 3) matrix, full edge lengths in mm."""

    center: Vector
    axes: Vector
    size_mm: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Line:
    """A planned screw: entry and tip, shape (3,) each; its radius where the drawing states one, mm."""

    start: Vector
    end: Vector
    radius_mm: float | None = None

    @property
    def center(self) -> Vector:
        """The middle of the line."""
        return (self.start + self.end) / 2


@dataclass(frozen=True, eq=False)
class Contours:
    """Closed flat contours, shape (n, 3) each; those of one plane are filled together by the even-odd rule."""

    contours: tuple[Vector, ...]

    @property
    def center(self) -> Vector:
        """Mean of all corners."""
        return np.asarray(np.concatenate(self.contours).mean(axis=0))


@dataclass(frozen=True, eq=False)
class Voxels:
    """Voxels of a grid: their centres, shape (n, 3), and the grid's steps, one row each, shape (2 or 3, 3).

    Two steps where only the planes of the grid are known (frames of a segmentation), in any order and sign.
    """

    centers: Vector
    steps: Vector

    @property
    def center(self) -> Vector:
        """Mean of the centres."""
        return np.asarray(self.centers.mean(axis=0))


@dataclass(frozen=True, eq=False)
class OnImage:
    """A region in the pixels of one image (SCOORD): it has no place in the patient before that image is found.

    Attributes:
        image: SOPInstanceUID.
        frame: number of the frame, 1 for the first; None for an image of one frame.
        kind: `ellipse` (ends of the major axis, then of the minor axis) or `polygon`.
        points: (n, 2) (column, row) with the *outer corner* of the first pixel at (0, 0) (PS3.3 C.18.6.1.1).
    """

    image: str = field(repr=False)
    frame: int | None
    kind: Literal["ellipse", "polygon"]
    points: Vector


PlacedShape = Ellipse | Polygon | Box | Line | Contours | Voxels
"""A region with its place in the patient."""

Shape = PlacedShape | OnImage


def placed(shape: OnImage, plane: SliceGeometry) -> Ellipse | Polygon:
    """A region of image pixels in the patient, once the plane of its image is known."""
    corners = plane.patient(shape.points - 0.5)
    if shape.kind == "polygon":
        return Polygon(corners)
    center = corners.mean(axis=0)
    halves = (corners[1] - corners[0]) / 2, (corners[3] - corners[2]) / 2
    lengths = float(np.linalg.norm(halves[0])), float(np.linalg.norm(halves[1]))
    return Ellipse(center, halves[0] / lengths[0], halves[1] / lengths[1], lengths)


def rectangle(center: Vector, axis_u: Vector, axis_v: Vector, size_mm: tuple[float, float]) -> Polygon:
    """A flat rectangle by its centre, unit axes and full side lengths."""
    half_u, half_v = axis_u * size_mm[0] / 2, axis_v * size_mm[1] / 2
    return Polygon(
        np.stack([center + s * half_u + t * half_v for s, t in ((-1, -1), (1, -1), (1, 1), (-1, 1))])
    )


def flat_shape(
    shape: FlatShape | Box | Line, name: RoiName, normal: Vector, line_width_mm: float
) -> FlatShape:
    """The flat region that a drawing means on slices with this normal (design of the ROI formats).

    A Box loses the axis nearest the normal; the other two give the inscribed ellipse, or the rectangle where
    a trajectory was drawn. A Line gives the rectangle of its length; its width runs along normal x line.

    Args:
        shape: the drawing, LPS mm.
        name: what it is of.
        normal: unit vector across the slices, (3,).
        line_width_mm: full width of the rectangle around a Line.

    Raises:
        ValueError: a Line that stands upright on the slices, or has no length.
    """
    if isinstance(shape, Box):
        return _box_section(shape, name, normal)
    if isinstance(shape, Line):
        return _line_strip(shape, normal, line_width_mm)
    return shape


def _box_section(box: Box, name: RoiName, normal: Vector) -> FlatShape:
    across = int(np.argmax(np.abs(normal @ box.axes)))
    first, second = (axis for axis in range(3) if axis != across)
    sides = (box.size_mm[first], box.size_mm[second])
    if name.what == "trajectory":
        return rectangle(box.center, box.axes[:, first], box.axes[:, second], sides)
    return Ellipse(box.center, box.axes[:, first], box.axes[:, second], (sides[0] / 2, sides[1] / 2))


def _line_strip(line: Line, normal: Vector, width_mm: float) -> Polygon:
    along = line.end - line.start
    length = float(np.linalg.norm(along))
    across = np.cross(normal, along)
    if length == 0 or np.linalg.norm(across) < 1e-3 * length:
        raise ValueError("the line has no length within the slices")
    return rectangle(
        (line.start + line.end) / 2, along / length, across / np.linalg.norm(across), (length, width_mm)
    )
