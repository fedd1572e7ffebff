"""Forms of 3D Slicer markups: legacy systems and units, planes of all schemas, kinds that are not measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from bonehold.imaging.roi_files import slicer_markups
from bonehold.imaging.shapes import Box, Line, Polygon
from dicom import box, markup, points
from scenes import PLANE, TWO, file_in, folder_of, markups_json


def only(**fields: Any) -> Any:
    folder = folder_of({"L3_csf.mrk.json": markups_json(fields)})
    (drawing,) = slicer_markups.read(file_in(folder, "L3_csf.mrk.json"))
    return drawing


@pytest.mark.parametrize(
    ("system", "sign"), [("0", -1), (0, -1), ("RAS", -1), ("1", 1), (1, 1), ("LPS", 1), (None, 1)]
)
def test_coordinate_systems_by_name_and_number(system: Any, sign: int) -> None:
    line = markup("Line", controlPoints=TWO) | {"coordinateSystem": system}
    if system is None:
        del line["coordinateSystem"]
    shape = only(**line).shape
    assert isinstance(shape, Line)
    assert shape.start.tolist() == [sign * 1, sign * 2, 3]


@pytest.mark.parametrize("system", [True, 2, "2", "lps", 1.0, None, [1]])
def test_another_coordinate_system_is_refused(system: Any) -> None:
    assert (
        "neither LPS nor RAS"
        in only(**markup("Line", controlPoints=TWO) | {"coordinateSystem": system}).refused
    )


@pytest.mark.parametrize(
    ("units", "factor"),
    [("um", 1e-3), (["um", "UCUM", "micrometer"], 1e-3), (["mm", "UCUM", "millimeter"], 1)],
)
def test_units_as_a_code(units: Any, factor: float) -> None:
    shape = only(**markup("Line", controlPoints=TWO) | {"coordinateUnits": units}).shape
    np.testing.assert_allclose(shape.start, np.array([1, 2, 3]) * factor)


@pytest.mark.parametrize("units", [["mm", "SCT", "x"], ["mm"], {"code": "mm"}, "cm", 1, None])
def test_other_units_are_refused(units: Any) -> None:
    assert "not in mm" in only(**markup("Line", controlPoints=TWO) | {"coordinateUnits": units}).refused


@pytest.mark.parametrize("status", ["undefined", "preview"])
def test_points_that_are_not_placed_may_hold_anything(status: str) -> None:
    junk = [
        {"position": [1e308, -1e308, 0], "positionStatus": status},
        {"position": "x", "positionStatus": status},
        {"positionStatus": status},
    ]
    assert isinstance(only(**markup("Line", controlPoints=[*junk, *TWO])).shape, Line)
    assert isinstance(only(**PLANE | {"controlPoints": junk}).shape, Polygon)
    assert isinstance(only(**box((0, 0, 0), (1, 2, 3), controlPoints=junk)).shape, Box)


def test_a_plane_of_the_current_schema_is_its_rectangle() -> None:
    assert np.ptp(only(**PLANE).shape.points, axis=0).tolist() == [30, 6, 0]


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"center": None}, "old 3D Slicer"),
        ({"size": None}, "old 3D Slicer"),
        ({"size": [0, 5, 0], "planeBounds": None}, "without size"),
        ({"planeBounds": [-20, 10, -3, 3]}, "not its middle"),
        ({"planeBounds": [-20, 20, -3, 3]}, "not its middle"),
        ({"planeBounds": [1, 2]}, "4 finite numbers"),
        ({"orientation": None, "normal": [0, 1, 0]}, "without axes"),
        ({"orientation": [1, 0, 0, 1, 0, 0, 0, 0, 1]}, "right angles"),
    ],
)
def test_a_plane_that_does_not_say_what_it_means_is_refused(changed: dict[str, Any], word: str) -> None:
    drawing = only(**{**PLANE, **changed})
    assert drawing.shape is None and word in drawing.refused


def test_three_points_alone_are_no_plane() -> None:
    assert (
        "old 3D Slicer"
        in only(**markup("Plane", controlPoints=points((0, 0, 0), (9, 0, 0), (0, 9, 0)))).refused
    )


@pytest.mark.parametrize(
    ("changed", "word"), [({"insideOut": True}, "inside out"), ({"roiType": "Sphere"}, "no box")]
)
def test_a_box_that_is_none_is_refused(changed: dict[str, Any], word: str) -> None:
    assert word in only(**box((0, 0, 0), (1, 2, 3)) | changed).refused


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("Curve", "an open curve"),
        ("Fiducial", "a point list"),
        ("Angle", "an angle"),
        ("Shape", "a Shape"),
        ("John Smith", "not known"),
        (7, "not known"),
        (None, "not known"),
    ],
)
def test_kinds_are_named_only_if_they_are_known(kind: Any, word: str) -> None:
    refused = only(type=kind, controlPoints=TWO).refused
    assert word in refused and "Smith" not in refused


def test_a_line_has_no_radius_whatever_is_written_about_it() -> None:
    radius = [{"name": "radius", "enabled": True, "value": 2.5, "units": "mm"}]
    line = markup("Line", controlPoints=TWO, measurements=radius, description="radius 2.5 mm")
    assert only(**line).shape.radius_mm is None


def test_several_markups_of_a_file_each_have_their_name() -> None:
    line = markup("Line", controlPoints=TWO)
    data = markups_json(
        {**line, "name": "L3_trajectory_left"}, {**line, "name": "L3_trajectory_right"}, PLANE
    )
    folder = folder_of({"L3_csf.mrk.json": data})
    names = [drawing.name for drawing in slicer_markups.read(file_in(folder, "L3_csf.mrk.json"))]
    assert names == ["L3_trajectory_left", "L3_trajectory_right", "L3_csf"]
