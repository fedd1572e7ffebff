"""A region as it was measured, with all that a file needs to hold it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bonehold.imaging.geometry import SliceGeometry, Vector
from bonehold.imaging.outlines import EllipseOutline
from bonehold.imaging.rasterise import pixels_inside
from bonehold.imaging.shapes import Ellipse, FlatShape, Polygon
from bonehold.roi_names import RoiName


class NotExportable(Exception):
    """A measured region that a format cannot hold; the message says why."""


@dataclass(frozen=True)
class ImageReference:
    """The image that a region was measured on, by its identifiers; never printed."""

    sop_class: str = field(repr=False)
    sop_instance: str = field(repr=False)
    study: str = field(repr=False)
    series: str = field(repr=False)
    frame_of_reference: str = field(repr=False)


@dataclass(frozen=True, eq=False)
class MeasuredRegion:
    """A flat region as it was measured.

    Attributes:
        name: what it is of.
        shape: on the slice where it is in plane, LPS mm.
        plane: the slice.
        oblique: whether it was sampled on its own plane instead of a slice.
        mean, sd: as measured, HU or signal.
        image: the slice's image.
    """

    name: RoiName
    shape: FlatShape
    plane: SliceGeometry
    oblique: bool
    mean: float
    sd: float
    image: ImageReference = field(repr=False)


def on_slice(shape: FlatShape, plane: SliceGeometry) -> FlatShape:
    """A shape projected on a slice along its normal: what was measured of one drawn a little beside it."""
    outline = shape.on(plane)
    if not isinstance(outline, EllipseOutline):
        (corners,) = outline.polygons()  # a flat shape has one outline
        return Polygon(_patient(corners, plane))
    axes, lengths, _ = np.linalg.svd(outline.half_axes)
    in_patient = [axes[0, k] * plane.along_row + axes[1, k] * plane.along_column for k in (0, 1)]
    return Ellipse(
        _patient(outline.center, plane), in_patient[0], in_patient[1], (float(lengths[0]), float(lengths[1]))
    )


def same_pixels(one: FlatShape, other: FlatShape, plane: SliceGeometry) -> bool:
    """Whether two shapes hold the same pixels of a slice."""
    return np.array_equal(pixels_inside(one.on(plane), plane), pixels_inside(other.on(plane), plane))


def _patient(in_plane_mm: Vector, plane: SliceGeometry) -> Vector:
    return np.asarray(
        plane.origin + in_plane_mm[..., 0:1] * plane.along_row + in_plane_mm[..., 1:2] * plane.along_column
    )
