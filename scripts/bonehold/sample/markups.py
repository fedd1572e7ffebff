"""Annotation files as 3D Slicer saves them (`.mrk.json`, schema 1.0.3), in the habits of two readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bonehold.files import json_bytes
from bonehold.sample.grids import Floats
from bonehold.sample.readers import Oval, Region, Strip, outline

Node = dict[str, Any]

SCHEMA = (
    "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/"
    "markups-schema-v1.0.3.json#"
)
TO_RAS = np.array([-1.0, -1.0, 1.0])
LIFTED_MM = {"body": 0.3, "trajectory": 0.4, "pedicle": 0.6, "csf": 0.6}
"""How far beside the slice's middle the second reader's outlines lie (the cursor's place, not the voxel's)."""


def reader_one(regions: Sequence[Region]) -> dict[str, bytes]:
    """LPS, one file per region, named by the file; a box per body, a plane per trajectory, curves on the MR."""
    return {f"{region.name}.mrk.json": _document([_node_one(region)]) for region in regions}


def reader_two(regions: Sequence[Region]) -> dict[str, bytes]:
    """RAS, curves and lines; spaces and mixed case in file names, pedicles and CSF together in one file."""
    files = {}
    together = []
    for region in regions:
        node = _node_two(region)
        kind = region.name.split("_")[1]
        if kind in ("pedicle", "csf"):
            together.append({"type": node["type"], "name": region.name, **node})
        else:
            files[_as_typed(region.name)] = _document([node])
    if together:
        files["MR pedicles and CSF.mrk.json"] = _document(together)
    return files


def _as_typed(name: str) -> str:
    if name.endswith("superior"):
        name = name.replace("_", " ")
    elif name.endswith("middle"):
        name = name.replace("_", "-").lower()
    elif name.endswith("inferior"):
        name = name.title()
    return f"{name}.mrk.json"


def _node_one(region: Region) -> Node:
    if isinstance(region, Strip):
        return _plane(region)
    if "body" in region.name:
        return _box(region, thickness=3.0)
    return _curve(region.name, outline(region, 8), "LPS")


def _node_two(region: Region) -> Node:
    lift = LIFTED_MM[region.name.split("_")[1]]
    if isinstance(region, Strip):
        ends = np.array([region.start, region.end]) + np.array([0, 0, lift])
        length = float(np.linalg.norm(region.end - region.start))
        measured = [_measurement("length", length, "mm")]
        return _markup("Line", "RAS", region.name, ends * TO_RAS, measured)
    normal = np.cross(region.axes[0], region.axes[1])
    points = outline(region, 12 if "body" in region.name else 10) + lift * normal
    return _curve(region.name, points * TO_RAS, "RAS")


def _curve(name: str, points: Floats, system: str) -> Node:
    return _markup("ClosedCurve", system, name, points, [])


def _box(region: Oval, thickness: float) -> Node:
    """The box whose middle section is the ellipse's bounding rectangle; its axes are the COLUMNS of `orientation`."""
    axes = np.array([*region.axes, np.cross(region.axes[0], region.axes[1])])
    size = [2 * region.radii[0], 2 * region.radii[1], thickness]
    volume = float(np.prod(size)) / 1000
    shape = {
        "roiType": "Box",
        "center": _rounded(region.centre),
        "orientation": _rounded(axes.T.ravel()),
        "size": _rounded(np.array(size)),
        "insideOut": False,
    }
    measured = [_measurement("volume", volume, "cm3")]
    return _markup("ROI", "LPS", region.name, region.centre[None], measured, shape)


def _plane(region: Strip) -> Node:
    along = (region.end - region.start) / np.linalg.norm(region.end - region.start)
    normal = np.array([0.0, 0.0, 1.0])
    columns = np.array([along, np.cross(normal, along), normal]).T
    centre = (region.start + region.end) / 2
    length = float(np.linalg.norm(region.end - region.start))
    placed = np.eye(4)
    placed[:3, :3], placed[:3, 3] = columns, centre
    shape = {
        "planeType": "PointNormal",
        "sizeMode": "absolute",
        "autoScalingSizeFactor": 1.0,
        "center": _rounded(centre),
        "normal": _rounded(normal),
        "size": _rounded(np.array([length, region.width, 0.0])),
        "planeBounds": _rounded(np.array([-length, length, -region.width, region.width]) / 2),
        "objectToBase": _rounded(np.eye(4).ravel()),
        "baseToNode": _rounded(placed.ravel()),
        "orientation": _rounded(columns.ravel()),
    }
    return _markup("Plane", "LPS", region.name, centre[None], [], shape)


def _markup(
    kind: str,
    system: str,
    label: str,
    points: Floats,
    measurements: list[Node],
    shape: Mapping[str, Any] | None = None,
) -> Node:
    axes = np.diag([-1.0, -1.0, 1.0] if system == "LPS" else [1.0, 1.0, 1.0])
    control_points = [
        {
            "id": str(number),
            "label": f"{label}-{number}",
            "description": "",
            "associatedNodeID": "",
            "position": _rounded(point),
            "orientation": _rounded(axes.ravel()),
            "selected": True,
            "locked": False,
            "visibility": True,
            "positionStatus": "defined",
        }
        for number, point in enumerate(points, start=1)
    ]
    return {
        "type": kind,
        "coordinateSystem": system,
        "coordinateUnits": "mm",
        "locked": False,
        "fixedNumberOfControlPoints": kind != "ClosedCurve",
        "labelFormat": "%N-%d",
        "lastUsedControlPointNumber": len(control_points),
        **(shape or {}),
        "controlPoints": control_points,
        "measurements": measurements,
    }


def _measurement(name: str, value: float, units: str) -> Node:
    return {"name": name, "enabled": True, "value": round(value, 6), "units": units}


def _document(nodes: list[Node]) -> bytes:
    return json_bytes({"@schema": SCHEMA, "markups": nodes})


def _rounded(values: Floats) -> list[float]:
    return [round(float(value), 6) + 0.0 for value in values]
