"""The native format `roi.json` (schema `roi/1`, workflow/schemas/roi.schema.yaml): regions as numbers in LPS mm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from bonehold.imaging.annotation_file import AnnotationFile
from bonehold.imaging.drawings import MOST_POINTS, Drawing, UnreadableRoi, numbers, parse_json
from bonehold.imaging.geometry import Vector
from bonehold.imaging.label_table import is_label_table
from bonehold.imaging.shapes import Ellipse, Line, Polygon, Shape, rectangle
from bonehold.roi_names import RoiName, parse_roi_name

FILE_KEYS = {"schema", "reader", "coordinate_system", "units", "subject", "rois"}
COMMON_KEYS = {"id", "name", "shape", "level", "side", "measure", "plane"}
SHAPE_KEYS = {
    "ellipse": {"center", "axis_u", "axis_v", "semi_axes_mm"},
    "rectangle": {"center", "axis_u", "axis_v", "size_mm"},
    "polygon": {"center", "axis_u", "axis_v", "points_uv_mm"},
    "cylinder": {"start", "end", "radius_mm"},
}


def recognises(file: AnnotationFile) -> bool:
    """Any JSON file that is not a markup; a label table is told apart when it is read."""
    return file.name.endswith(".json") and not file.name.endswith(".mrk.json")


def read(file: AnnotationFile) -> list[Drawing]:
    """The regions of a native file; a reader or patient that it names must be those of its folder.

    The label table of a label map is a JSON file too; nothing is drawn in it.

    Raises:
        UnreadableRoi: not of schema roi/1, an unknown key, another coordinate system or unit.
    """
    document = parse_json(file.data())
    if is_label_table(document):
        return []
    if not isinstance(document, Mapping) or document.get("schema") != "roi/1":
        raise UnreadableRoi('is not a native ROI file; its first key must be "schema": "roi/1"')
    _refuse_other_keys(document, FILE_KEYS)
    if document.get("coordinate_system", "LPS") != "LPS" or document.get("units", "mm") != "mm":
        raise UnreadableRoi("must be in LPS and mm; convert the coordinates")
    rois = document.get("rois")
    if not isinstance(rois, list) or not all(isinstance(roi, Mapping) for roi in rois):
        raise UnreadableRoi('has no list "rois" of objects; see docs/imaging.md')
    foreign = _foreign(document, file)
    return [replace(_drawing(roi), shape=None, refused=foreign) if foreign else _drawing(roi) for roi in rois]


def _foreign(document: Mapping[str, Any], file: AnnotationFile) -> str:
    """Why the regions do not belong to the folder they lie in; empty when they do."""
    for key, expected in (("subject", file.patient_id), ("reader", file.reader)):
        if document.get(key, expected) != expected:
            return f"is bound to another {'patient' if key == 'subject' else key} by its {key}"
    return ""


def _drawing(roi: Mapping[str, Any]) -> Drawing:
    name = roi.get("name", roi.get("id"))
    if not isinstance(name, str):
        return Drawing("", None, 'has no "name"; give one like L3_body_superior')
    try:
        shape = _shape(roi)
        parsed = parse_roi_name(name)
        if parsed is not None:
            _refuse_contradiction(roi, parsed)
        return Drawing(name, shape)
    except UnreadableRoi as reason:
        return Drawing(name, None, str(reason))


def _shape(roi: Mapping[str, Any]) -> Shape:
    kind = roi.get("shape")
    if not isinstance(kind, str) or kind not in SHAPE_KEYS:
        raise UnreadableRoi(f"its shape must be one of {', '.join(SHAPE_KEYS)}")
    _refuse_other_keys(roi, COMMON_KEYS | SHAPE_KEYS[kind])
    if kind == "cylinder":
        (radius,) = numbers([roi.get("radius_mm")], 1, "radius_mm")
        if not radius > 0:
            raise UnreadableRoi("its radius_mm must be positive")
        return Line(numbers(roi.get("start"), 3, "start"), numbers(roi.get("end"), 3, "end"), float(radius))
    center, axis_u, axis_v = _frame(roi)
    if kind == "polygon":
        return Polygon(_corners(roi, center, axis_u, axis_v))
    key = "semi_axes_mm" if kind == "ellipse" else "size_mm"
    first, second = numbers(roi.get(key), 2, key)
    if not (first > 0 and second > 0):
        raise UnreadableRoi(f"its {key} must be positive")
    sides = (float(first), float(second))
    return (
        Ellipse(center, axis_u, axis_v, sides)
        if kind == "ellipse"
        else rectangle(center, axis_u, axis_v, sides)
    )


def _frame(roi: Mapping[str, Any]) -> tuple[Vector, Vector, Vector]:
    center, axis_u, axis_v = (numbers(roi.get(key), 3, key) for key in ("center", "axis_u", "axis_v"))
    lengths = np.linalg.norm(axis_u), np.linalg.norm(axis_v)
    deviations = [float(lengths[0]) - 1, float(lengths[1]) - 1, float(axis_u @ axis_v)]
    if max(abs(deviation) for deviation in deviations) > 1e-3:
        raise UnreadableRoi("its axis_u and axis_v must be unit vectors at a right angle")
    return center, axis_u, axis_v


def _corners(roi: Mapping[str, Any], center: Vector, axis_u: Vector, axis_v: Vector) -> Vector:
    points = roi.get("points_uv_mm")
    if not isinstance(points, list) or not 3 <= len(points) <= MOST_POINTS:
        raise UnreadableRoi(f"its points_uv_mm must hold 3 to {MOST_POINTS} pairs")
    uv = np.array([numbers(point, 2, "point of points_uv_mm") for point in points])
    return np.asarray(center + uv[:, :1] * axis_u + uv[:, 1:] * axis_v)


def _refuse_other_keys(value: Mapping[str, Any], known: set[str]) -> None:
    if set(value) - known:
        raise UnreadableRoi(f"has a key that is not one of {', '.join(sorted(known))}")


def _refuse_contradiction(roi: Mapping[str, Any], name: RoiName) -> None:
    """Optional fields must say what the name says."""
    sides = {"left": {"l", "left"}, "right": {"r", "right"}}
    meant = {
        "level": {name.level.lower()},
        "side": sides.get(name.where, {""}),
        "measure": {name.what},
        "plane": {name.where if name.what == "body" else ""},
    }
    for key, allowed in meant.items():
        given = roi.get(key)
        if given is not None and str(given).lower() not in allowed:
            raise UnreadableRoi(f"its {key} contradicts its name")
