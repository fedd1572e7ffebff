import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
import yaml
from annotation_files import annotation_file
from bonehold.imaging.annotations import read_annotations
from bonehold.imaging.drawings import Drawing, UnreadableRoi
from bonehold.imaging.roi_files import native, slicer_markups
from bonehold.imaging.shapes import Box, Ellipse, Line, Polygon
from dicom import box, markup, points, save_markups


def slicer(*markups: dict[str, Any]) -> bytes:
    return json.dumps({"markups": list(markups)}).encode()


def read_markups(data: bytes, name: str = "L3_csf") -> list[Drawing]:
    return slicer_markups.read(annotation_file(f"{name}.mrk.json", data))


def read_native(data: bytes) -> list[Drawing]:
    return native.read(annotation_file("roi.json", data))


def only(data: bytes, name: str = "L3_csf") -> Any:
    (drawing,) = read_markups(data, name)
    return drawing


def test_the_name_stands_in_the_markup_or_else_in_the_file_name() -> None:
    line = markup("Line", controlPoints=points((0, 0, 0), (9, 0, 0)))
    assert only(slicer(line), "L3 trajectory left").name == "L3 trajectory left"
    assert only(slicer({**line, "name": "L3_trajectory_right"})).name == "L3_trajectory_right"


def test_ras_becomes_lps() -> None:
    line = markup("Line", controlPoints=points((1, 2, 3), (4, 5, 6))) | {"coordinateSystem": "RAS"}
    shape = only(slicer(line)).shape
    assert isinstance(shape, Line)
    assert shape.start.tolist() == [-1, -2, 3] and shape.end.tolist() == [-4, -5, 6]


def test_a_box_in_ras_has_its_axes_turned_too() -> None:
    turned = [0.0, -1, 0, 1, 0, 0, 0, 0, 1]  # columns are the axes: the first is (0, 1, 0) in RAS
    shape = only(slicer(box((1, 2, 3), (4, 6, 8)) | {"coordinateSystem": "RAS", "orientation": turned})).shape
    assert isinstance(shape, Box)
    assert shape.axes[:, 0].tolist() == [0, -1, 0]
    assert shape.center.tolist() == [-1, -2, 3]


def test_a_plane_is_the_rectangle_of_its_size() -> None:
    plane = markup("Plane", center=[0, 0, 5], orientation=[1, 0, 0, 0, 1, 0, 0, 0, 1], size=[30, 5, 0])
    shape = only(slicer(plane)).shape
    assert isinstance(shape, Polygon)
    assert np.ptp(shape.points, axis=0).tolist() == [30, 5, 0]


def test_points_that_were_never_placed_do_not_count() -> None:
    control = points((0, 0, 0), (9, 0, 0))
    control.append({"position": [5e5, 0, 0], "positionStatus": "undefined"})
    assert isinstance(only(slicer(markup("Line", controlPoints=control))).shape, Line)


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"type": "Angle"}, "kind that is not measured"),
        ({"coordinateSystem": "XYZ"}, "neither LPS nor RAS"),
        ({"coordinateSystem": ["LPS"]}, "neither LPS nor RAS"),
        ({"controlPoints": [{"position": [10**400, 0, 0]}]}, "3 finite numbers"),
        ({"coordinateUnits": "inch"}, "not in mm"),
        ({"controlPoints": points((0, 0, 0))}, "exactly 2 points"),
        ({"controlPoints": [{"position": [0, 0]}, {"position": [1, 1]}]}, "3 finite numbers"),
        ({"controlPoints": [{"position": ["a", 0, 0]}]}, "3 finite numbers"),
        ({"controlPoints": None}, "control points"),
    ],
)
def test_a_markup_that_cannot_be_used_says_why(changed: dict[str, Any], word: str) -> None:
    drawing = only(slicer(markup("Line", controlPoints=points((0, 0, 0), (9, 0, 0))) | changed))
    assert drawing.shape is None
    assert word in drawing.refused


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", b"[]", b"{}", b'{"markups": []}', b"[" * 5000, b'{"markups": [NaN]}']
)
def test_a_file_that_is_no_markups_file_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableRoi):
        read_markups(data)


ELLIPSE = {
    "name": "L3_body_middle",
    "shape": "ellipse",
    "center": [1, 2, 3],
    "axis_u": [1, 0, 0],
    "axis_v": [0, 1, 0],
    "semi_axes_mm": [9, 6],
}


def native_file(*rois: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"schema": "roi/1", "reader": "R1", "rois": list(rois), **more}).encode()


def test_native_shapes_are_read() -> None:
    polygon = {**ELLIPSE, "shape": "polygon", "points_uv_mm": [[0, 0], [4, 0], [0, 4]]}
    del polygon["semi_axes_mm"]
    cylinder = {
        "id": "L3_trajectory_left",
        "shape": "cylinder",
        "start": [0, 0, 0],
        "end": [0, 30, 0],
        "radius_mm": 2.5,
    }
    drawings = read_native(native_file(ELLIPSE, polygon, cylinder))
    assert [type(d.shape) for d in drawings] == [Ellipse, Polygon, Line]
    assert drawings[2].name == "L3_trajectory_left"


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"level": "L4"}, "level contradicts"),
        ({"plane": "inferior"}, "plane contradicts"),
        ({"colour": "red"}, "a key that is not one of"),
        ({"axis_v": [1, 0, 0]}, "unit vectors"),
        ({"semi_axes_mm": [0, 6]}, "must be positive"),
        ({"shape": "star"}, "must be one of"),
    ],
)
def test_a_native_region_that_contradicts_itself_says_so(changed: dict[str, Any], word: str) -> None:
    (drawing,) = read_native(native_file({**ELLIPSE, **changed}))
    assert drawing.shape is None
    assert word in drawing.refused


def test_native_files_of_another_system_are_refused() -> None:
    with pytest.raises(UnreadableRoi, match="LPS"):
        read_native(native_file(ELLIPSE, coordinate_system="RAS"))
    with pytest.raises(UnreadableRoi, match="a key that is not one of"):
        read_native(native_file(ELLIPSE, author="x"))


def test_every_unusable_file_is_named_by_number_and_hash_only(tmp_path: Path) -> None:
    folder = tmp_path / "annotations"
    (folder / "R1").mkdir(parents=True)
    (folder / "R1" / "Smith John.mrk.json").write_bytes(
        slicer(markup("Line", controlPoints=points((0, 0, 0), (1, 0, 0))))
    )
    (folder / "R1" / "notes.docx").write_bytes(b"x")
    (folder / "R1" / "L3_csf.mrk.json").write_bytes(b"{")
    (folder / "Dr. Smith").mkdir()
    (folder / "Dr. Smith" / "L3_csf.mrk.json").write_bytes(b"{")
    (folder / "loose.mrk.json").write_bytes(b"{")
    found = read_annotations(folder, tmp_path, "P1")
    assert found.regions == ()
    text = "\n".join(problem.line() for problem in found.problems)
    assert len(found.problems) == 5
    assert "Smith" not in text and "notes" not in text and "loose" not in text
    assert "annotation file 2 of 5 [" in text


def test_a_region_drawn_twice_by_a_reader_is_refused(tmp_path: Path) -> None:
    line = markup("Line", controlPoints=points((0, 0, 0), (9, 0, 0)))
    save_markups(tmp_path / "R1" / "L3_trajectory_left.mrk.json", line)
    save_markups(tmp_path / "R1" / "again.mrk.json", {**line, "name": "L3 trajectory left"})
    (region,) = read_annotations(tmp_path, tmp_path, "P1").regions
    assert region.shape is None and "more than once" in region.refused


def test_a_link_out_of_the_cohort_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "elsewhere.mrk.json"
    save_markups(secret, markup("Line", controlPoints=points((0, 0, 0), (9, 0, 0))))
    folder = tmp_path / "cohort" / "annotations"
    (folder / "R1").mkdir(parents=True)
    (folder / "R1" / "L3_trajectory_left.mrk.json").symlink_to(secret)
    found = read_annotations(folder, tmp_path / "cohort", "P1")
    assert found.regions == () and "link" in found.problems[0].line()


@pytest.mark.parametrize(
    ("changed", "sound"),
    [
        ({}, True),
        ({"level": "L3", "plane": "middle"}, True),
        ({"colour": "red"}, False),
        ({"semi_axes_mm": [9]}, False),
        ({"semi_axes_mm": [0, 1]}, False),
        ({"center": [1, 2]}, False),
        ({"center": [1, 2, "x"]}, False),
        ({"shape": "star"}, False),
        ({"name": None}, False),
        ({"size_mm": [1, 1]}, False),
    ],
)
def test_the_reader_and_the_schema_of_the_native_format_agree(changed: dict[str, Any], sound: bool) -> None:
    path = Path(__file__).resolve().parents[3] / "workflow" / "schemas" / "roi.schema.yaml"
    schema = yaml.safe_load(path.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    document = {"schema": "roi/1", "reader": "R1", "rois": [{**ELLIPSE, **changed}]}
    assert jsonschema.Draft202012Validator(schema).is_valid(document) is sound
    (drawing,) = read_native(json.dumps(document).encode())
    assert (drawing.shape is not None) is sound


@pytest.mark.parametrize(("key", "word"), [("subject", "another patient"), ("reader", "another reader")])
def test_a_native_file_bound_to_somebody_else_is_refused(key: str, word: str) -> None:
    document = {"schema": "roi/1", "reader": "R1", "subject": "P1", "rois": [ELLIPSE]}
    assert read_native(json.dumps(document).encode())[0].shape is not None
    (drawing,) = read_native(json.dumps({**document, key: "X9"}).encode())
    assert drawing.shape is None and word in drawing.refused


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "R1").mkdir()
    (tmp_path / "R1" / "L3_csf.mrk.json").symlink_to("/proc/self/mem")
    (problem,) = read_annotations(tmp_path, Path("/"), "P1").problems
    assert "cannot be read" in problem.line()
