"""3D Slicer markups (`.mrk.json`, schemas 1.0.0 to 1.0.3): Plane, ROI box, ClosedCurve and Line, in LPS or RAS.

Positions are in the frame of the markup's node. The node's transform, name and kind of curve are in the scene
(`.mrml`), not here; where one lies beside the file it is followed (`placement.py`). Without it the markup counts as
drawn in the patient, and its curve as 3D Slicer's default, the cardinal spline through the points.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bonehold.imaging.annotation_file import AnnotationFile
from bonehold.imaging.drawings import MOST_POINTS, Drawing, UnreadableRoi, numbers, parse_json
from bonehold.imaging.geometry import Vector
from bonehold.imaging.placement import Placement, moved, placement_of
from bonehold.imaging.shapes import Box, Line, PlacedShape, Polygon, rectangle
from bonehold.imaging.spline import closed_curve

LPS, RAS = np.array([1.0, 1.0, 1.0]), np.array([-1.0, -1.0, 1.0])
TO_LPS = {"LPS": LPS, "RAS": RAS, "1": LPS, "0": RAS}
"""By name, or by the number that early versions of 3D Slicer wrote."""

UNITS_MM = {"mm": 1.0, "um": 1e-3}
NOT_MEASURED = {
    "Fiducial": "a point list",
    "Angle": "an angle",
    "Curve": "an open curve",
    "Shape": "a Shape",
    "GridSurface": "a GridSurface",
    "Label": "a Label",
}
"""Other kinds of markup of 3D Slicer and its extensions, as they are called in a refusal; other text is not quoted."""

BOUNDS_TOLERANCE_MM = 1e-3

SUFFIX = ".mrk.json"


def recognises(file: AnnotationFile) -> bool:
    """By the suffix that 3D Slicer gives."""
    return file.name.endswith(SUFFIX)


def read(file: AnnotationFile) -> list[Drawing]:
    """The regions of a markups file.

    The file's name names the region where the markup has no `name` (Slicer saves one node in a file and writes none).

    Raises:
        UnreadableRoi: not a markups file.
    """
    document = parse_json(file.data())
    markups = document.get("markups") if isinstance(document, Mapping) else None
    if not isinstance(markups, list) or not markups:
        raise UnreadableRoi("holds no markups; save it from 3D Slicer as .mrk.json")
    placement = placement_of(file)
    fallback = placement.name or file.stem(SUFFIX)
    return [_drawing(markup, fallback, placement) for markup in markups]


def _drawing(markup: Any, fallback_name: str, placement: Placement) -> Drawing:
    if not isinstance(markup, Mapping):
        raise UnreadableRoi("holds a markup that is not an object; save it again")
    name = markup.get("name")
    spelt = name if isinstance(name, str) and name.strip() else fallback_name
    try:
        return Drawing(spelt, moved(_shape(markup, placement), placement.to_patient))
    except UnreadableRoi as reason:
        return Drawing(spelt, None, str(reason))


def _shape(markup: Mapping[str, Any], placement: Placement) -> PlacedShape:
    to_lps = to_lps_of(markup) * unit_mm(markup)
    kind = markup.get("type")
    if not isinstance(kind, str) or kind not in {*_SHAPES, *NOT_MEASURED, "ClosedCurve"}:
        raise UnreadableRoi(
            "is a markup of a kind that is not known; draw a Plane, ROI, ClosedCurve or Line instead"
        )
    if kind in NOT_MEASURED:
        raise UnreadableRoi(
            f"is {NOT_MEASURED[kind]}, a kind that is not measured; draw a Plane, ROI, ClosedCurve or Line instead"
        )
    if kind in ("ROI", "Plane") and not placement.is_rigid:
        raise UnreadableRoi("is under a transform that scales or shears it; harden it and save again")
    return (
        _closed_curve(markup, to_lps, placement) if kind == "ClosedCurve" else _SHAPES[kind](markup, to_lps)
    )


def to_lps_of(markup: Mapping[str, Any]) -> Vector:
    """Signs that bring a markup's coordinates to LPS.

    Raises:
        UnreadableRoi: it is in no known coordinate system.
    """
    system = markup.get("coordinateSystem", "LPS")
    key = str(system) if isinstance(system, str | int) and not isinstance(system, bool) else ""
    if key not in TO_LPS:
        raise UnreadableRoi(
            "its coordinate system is neither LPS nor RAS; save it again with a current 3D Slicer"
        )
    return TO_LPS[key]


def unit_mm(markup: Mapping[str, Any]) -> float:
    """Millimetres in a markup's unit, which is a code of UCUM or a triple of code, scheme and meaning.

    Raises:
        UnreadableRoi: it is in no known unit of length.
    """
    units = markup.get("coordinateUnits", "mm")
    if isinstance(units, list) and len(units) == 3 and units[1] == "UCUM":
        units = units[0]
    if not isinstance(units, str) or units not in UNITS_MM:
        raise UnreadableRoi("its coordinates are not in mm; save it again with a current 3D Slicer")
    return UNITS_MM[units]


def _closed_curve(markup: Mapping[str, Any], to_lps: Vector, placement: Placement) -> PlacedShape:
    points = _control_points(markup) * to_lps
    if len(points) < 3:
        raise UnreadableRoi("is a closed curve of fewer than 3 points; draw at least 8")
    if placement.curve == "linear":
        return Polygon(points)
    if placement.curve != "spline":
        raise UnreadableRoi(
            "is a curve that is neither spline nor linear (Curve settings in 3D Slicer); set it to spline"
        )
    return Polygon(closed_curve(points, placement.samples))


def _line(markup: Mapping[str, Any], to_lps: Vector) -> PlacedShape:
    """A Line has no radius: neither its description nor its measurements are taken for one."""
    points = _control_points(markup)
    if len(points) != 2:
        raise UnreadableRoi("is a line that has not exactly 2 points; draw entry and tip")
    start, end = points * to_lps
    return Line(start, end)


def _box(markup: Mapping[str, Any], to_lps: Vector) -> PlacedShape:
    if markup.get("roiType", "Box") not in ("Box", "BoundingBox"):
        raise UnreadableRoi("is an ROI that is no box; draw a box")
    if markup.get("insideOut", False) is not False:
        raise UnreadableRoi("is an ROI turned inside out; untick Inside out in 3D Slicer")
    center = numbers(markup.get("center"), 3, "center") * to_lps
    size = numbers(markup.get("size"), 3, "size") * np.abs(to_lps)
    if (size <= 0).any():
        raise UnreadableRoi("is a box with an edge of no length; draw it again")
    return Box(center, _axes(markup, to_lps), (float(size[0]), float(size[1]), float(size[2])))


def _plane(markup: Mapping[str, Any], to_lps: Vector) -> PlacedShape:
    """The rectangle of a plane. Before schema 1.0.2 a plane was three points, its size a matter of display."""
    if markup.get("center") is None or markup.get("size") is None:
        raise UnreadableRoi(
            "is a plane of an old 3D Slicer without centre and size; open it in a current one, set its size, save"
        )
    center = numbers(markup.get("center"), 3, "center") * to_lps
    size = markup.get("size")
    sides = numbers(size[:2] if isinstance(size, list) else size, 2, "size") * np.abs(to_lps[:2])
    if (sides <= 0).any():
        raise UnreadableRoi("is a plane without size; set its size in 3D Slicer")
    _refuse_lopsided(markup, sides / np.abs(to_lps[:2]))
    if markup.get("orientation") is None and markup.get("normal") is not None:
        raise UnreadableRoi("is a plane without axes; save it again with a current 3D Slicer")
    axes = _axes(markup, to_lps)
    return rectangle(center, axes[:, 0], axes[:, 1], (float(sides[0]), float(sides[1])))


def _refuse_lopsided(markup: Mapping[str, Any], size: Vector) -> None:
    """Make sure that a plane extends alike to both sides of its centre: what the size alone does not tell."""
    if markup.get("planeBounds") is None:
        return
    bounds = numbers(markup.get("planeBounds"), 4, "planeBounds")
    if np.abs(bounds - np.repeat(size / 2, 2) * (-1, 1, -1, 1)).max() > BOUNDS_TOLERANCE_MM:
        raise UnreadableRoi("is a plane whose centre is not its middle; set its size anew in 3D Slicer")


def _axes(markup: Mapping[str, Any], to_lps: Vector) -> Vector:
    """The three unit axes of the object as columns, in LPS; identity where the file has none."""
    given = markup.get("orientation")
    matrix = np.eye(3) if given is None else numbers(given, 9, "orientation").reshape(3, 3)
    axes = np.sign(to_lps)[:, None] * matrix
    if np.abs(axes.T @ axes - np.eye(3)).max() > 1e-3:
        raise UnreadableRoi("its orientation is not three unit axes at right angles; save the markup again")
    return np.asarray(axes)


def _control_points(markup: Mapping[str, Any]) -> Vector:
    """Positions of the points the reader has placed; undefined and preview points carry junk."""
    given = markup.get("controlPoints")
    if not isinstance(given, list) or len(given) > MOST_POINTS:
        raise UnreadableRoi(f"has no list of at most {MOST_POINTS} control points; draw it again")
    if not all(isinstance(point, Mapping) for point in given):
        raise UnreadableRoi("has a control point that is not an object; save the markup again")
    placed = [point for point in given if point.get("positionStatus", "defined") == "defined"]
    return np.array([numbers(point.get("position"), 3, "control point") for point in placed]).reshape(-1, 3)


_SHAPES = {"Line": _line, "ROI": _box, "Plane": _plane}
