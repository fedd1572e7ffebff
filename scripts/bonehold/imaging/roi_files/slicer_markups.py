"""3D Slicer markups (`.mrk.json`): Plane, ROI box, ClosedCurve and Line, in LPS or RAS.

Positions are in the frame of the markup's node: a parent transform is not in the file, so it must be hardened
before saving (README). The kind of curve is not in the file either; Slicer's default, the cardinal spline
through the points, is assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bonehold.imaging.annotation_file import AnnotationFile
from bonehold.imaging.drawings import MOST_POINTS, Drawing, UnreadableRoi, numbers, parse_json
from bonehold.imaging.geometry import Vector
from bonehold.imaging.shapes import Box, Line, Polygon, Shape, rectangle
from bonehold.imaging.spline import closed_curve

TO_LPS = {"LPS": np.array([1.0, 1.0, 1.0]), "RAS": np.array([-1.0, -1.0, 1.0])}
UNITS_MM = {"mm": 1.0, "um": 1e-3}


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
    return [_drawing(markup, file.stem(SUFFIX)) for markup in markups]


def _drawing(markup: Any, fallback_name: str) -> Drawing:
    if not isinstance(markup, Mapping):
        raise UnreadableRoi("holds a markup that is not an object; save it again")
    name = markup.get("name")
    spelt = name if isinstance(name, str) and name.strip() else fallback_name
    try:
        return Drawing(spelt, _shape(markup))
    except UnreadableRoi as reason:
        return Drawing(spelt, None, str(reason))


def _shape(markup: Mapping[str, Any]) -> Shape:
    system = markup.get("coordinateSystem", "LPS")
    units = markup.get("coordinateUnits", "mm")
    if not isinstance(system, str) or system not in TO_LPS:
        raise UnreadableRoi(
            "its coordinate system is neither LPS nor RAS; save it again with a current 3D Slicer"
        )
    if not isinstance(units, str) or units not in UNITS_MM:
        raise UnreadableRoi("its coordinates are not in mm; save it again with a current 3D Slicer")
    kind = markup.get("type")
    if not isinstance(kind, str) or kind not in _SHAPES:
        raise UnreadableRoi(
            "is a markup of a kind that is not measured; draw a Plane, ROI, ClosedCurve or Line instead"
        )
    return _SHAPES[kind](markup, TO_LPS[system] * UNITS_MM[units])


def _closed_curve(markup: Mapping[str, Any], to_lps: Vector) -> Shape:
    points = _control_points(markup)
    if len(points) < 3:
        raise UnreadableRoi("is a closed curve of fewer than 3 points; draw at least 8")
    return Polygon(closed_curve(points * to_lps))


def _line(markup: Mapping[str, Any], to_lps: Vector) -> Shape:
    points = _control_points(markup)
    if len(points) != 2:
        raise UnreadableRoi("is a line that has not exactly 2 points; draw entry and tip")
    start, end = points * to_lps
    return Line(start, end)


def _box(markup: Mapping[str, Any], to_lps: Vector) -> Shape:
    center = numbers(markup.get("center"), 3, "center") * to_lps
    size = numbers(markup.get("size"), 3, "size") * np.abs(to_lps)
    if (size <= 0).any():
        raise UnreadableRoi("is a box with an edge of no length; draw it again")
    return Box(center, _axes(markup, to_lps), (float(size[0]), float(size[1]), float(size[2])))


def _plane(markup: Mapping[str, Any], to_lps: Vector) -> Shape:
    center = numbers(markup.get("center"), 3, "center") * to_lps
    size = markup.get("size")
    sides = numbers(size[:2] if isinstance(size, list) else size, 2, "size") * np.abs(to_lps[:2])
    if (sides <= 0).any():
        raise UnreadableRoi("is a plane without size; set its size in 3D Slicer")
    axes = _axes(markup, to_lps)
    return rectangle(center, axes[:, 0], axes[:, 1], (float(sides[0]), float(sides[1])))


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


_SHAPES = {"ClosedCurve": _closed_curve, "Line": _line, "ROI": _box, "Plane": _plane}
