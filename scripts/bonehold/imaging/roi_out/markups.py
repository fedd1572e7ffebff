"""Measured regions as 3D Slicer markups (schema v1.0.3), in LPS and mm.

An ellipse is the ROI box that it is inscribed in, a rectangle a Plane with its size; both are exact. Any other
outline, and the ellipse of a trajectory (whose box would be read as a rectangle), is a ClosedCurve through so many
points that the spline holds the same pixels.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from bonehold.files import json_bytes
from bonehold.imaging.drawings import MOST_POINTS
from bonehold.imaging.geometry import Vector
from bonehold.imaging.roi_out.regions import MeasuredRegion, NotExportable, same_pixels
from bonehold.imaging.shapes import Ellipse, FlatShape, Polygon
from bonehold.imaging.spline import closed_curve

SCHEMA = (
    "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/"
    "markups-schema-v1.0.3.json#"
)
BOX_THICKNESS_MM = 1.0
"""A box needs a third edge; the axis across the slices is dropped when it is measured."""

CURVE_STEPS_MM = (1.0, 0.2, 0.05, 0.02)
"""Distances of the points of a curve, tried until the spline holds the same pixels."""

RIGHT_ANGLE = 1e-9


def markups_file(regions: Iterable[MeasuredRegion]) -> bytes:
    """A `.mrk.json` file.

    Raises:
        NotExportable: one of the regions cannot be a markup.
    """
    return json_bytes({"@schema": SCHEMA, "markups": [markup(region) for region in regions]})


def markup(region: MeasuredRegion) -> dict[str, Any]:
    """One region as a markup.

    Raises:
        NotExportable: no markup holds the same pixels.
    """
    common = {"name": str(region.name), "coordinateSystem": "LPS", "coordinateUnits": "mm"}
    if isinstance(region.shape, Ellipse) and region.name.what != "trajectory":
        return {**common, **_box(region, region.shape)}
    sides = _rectangle(region.shape)
    if sides is not None:
        return {**common, **_plane(region.shape, *sides)}
    return {**common, **_curve(region)}


def _box(region: MeasuredRegion, ellipse: Ellipse) -> dict[str, Any]:
    (u, v), lengths = _principal(ellipse)
    axes = np.stack([u, v, np.cross(u, v)], axis=-1)
    if np.argmax(np.abs(region.plane.normal @ axes)) != 2:
        raise NotExportable("stands too steep on the slices for a box of 3D Slicer")
    return {
        "type": "ROI",
        "roiType": "Box",
        "center": ellipse.center.tolist(),
        "orientation": axes.ravel().tolist(),
        "size": [2 * lengths[0], 2 * lengths[1], BOX_THICKNESS_MM],
        "insideOut": False,
        "controlPoints": _control_points(ellipse.center[None]),
    }


def _principal(ellipse: Ellipse) -> tuple[tuple[Vector, Vector], tuple[float, float]]:
    """Axes at a right angle and half lengths along them; those of the ellipse itself where they are so already."""
    u, v = ellipse.axis_u, ellipse.axis_v
    if abs(u @ v) <= RIGHT_ANGLE:
        return (u, v), ellipse.semi_axes_mm
    half_axes = np.stack([ellipse.semi_axes_mm[0] * u, ellipse.semi_axes_mm[1] * v], axis=-1)
    axes, lengths, _ = np.linalg.svd(half_axes, full_matrices=False)
    return (axes[:, 0], axes[:, 1]), (float(lengths[0]), float(lengths[1]))


def _rectangle(shape: FlatShape) -> tuple[Vector, Vector] | None:
    """The two sides of a rectangle, as vectors; None for any other shape."""
    if not isinstance(shape, Polygon) or len(shape.points) != 4:
        return None
    a, b, c, d = shape.points
    first, second = b - a, d - a
    size = float(np.linalg.norm(first) * np.linalg.norm(second))
    closes = np.abs(c - b - second).max() <= RIGHT_ANGLE * (1 + np.abs(shape.points).max())
    return (first, second) if size > 0 and closes and abs(first @ second) <= RIGHT_ANGLE * size else None


def _plane(shape: FlatShape, first: Vector, second: Vector) -> dict[str, Any]:
    lengths = float(np.linalg.norm(first)), float(np.linalg.norm(second))
    axes = np.stack([first / lengths[0], second / lengths[1]], axis=-1)
    normal = np.cross(axes[:, 0], axes[:, 1])
    return {
        "type": "Plane",
        "planeType": "PointNormal",
        "sizeMode": "absolute",
        "center": shape.center.tolist(),
        "normal": normal.tolist(),
        "orientation": np.column_stack([axes, normal]).ravel().tolist(),
        "size": [*lengths, 0.0],
        "planeBounds": [-lengths[0] / 2, lengths[0] / 2, -lengths[1] / 2, lengths[1] / 2],
        "controlPoints": _control_points(shape.center[None]),
    }


def _curve(region: MeasuredRegion) -> dict[str, Any]:
    for step in CURVE_STEPS_MM:
        points = _along(region.shape, step)
        if len(points) > MOST_POINTS:
            break
        if region.oblique or same_pixels(Polygon(closed_curve(points)), region.shape, region.plane):
            return {"type": "ClosedCurve", "controlPoints": _control_points(points)}
    raise NotExportable("has an outline that no curve of 3D Slicer follows to the pixel")


def _along(shape: FlatShape, step_mm: float) -> Vector:
    """Points on an outline, at most so far from each other, with all its corners."""
    if isinstance(shape, Ellipse):
        count = max(72, int(np.ceil(2 * np.pi * max(shape.semi_axes_mm) / step_mm)))
        angle = np.linspace(0, 2 * np.pi, count, endpoint=False)[:, None]
        a, b = shape.semi_axes_mm
        return np.asarray(shape.center + a * np.cos(angle) * shape.axis_u + b * np.sin(angle) * shape.axis_v)
    sides = zip(shape.points, np.roll(shape.points, -1, axis=0), strict=True)
    return np.concatenate(
        [
            start + np.arange(count)[:, None] / count * (end - start)
            for start, end in sides
            for count in [max(1, int(np.ceil(np.linalg.norm(end - start) / step_mm)))]
        ]
    )


def _control_points(points: Vector) -> list[dict[str, Any]]:
    return [
        {"id": str(number), "label": "", "position": point.tolist(), "positionStatus": "defined"}
        for number, point in enumerate(points, start=1)
    ]
