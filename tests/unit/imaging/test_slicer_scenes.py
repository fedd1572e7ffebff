"""Scenes of 3D Slicer: transforms applied or refused, names, kinds of curve, packed scenes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk
from bonehold.imaging.annotations import read_annotations
from bonehold.imaging.drawings import Drawing, UnreadableRoi
from bonehold.imaging.roi_files import label_map, slicer_markups, slicer_scenes
from bonehold.imaging.shapes import Box, Line, Polygon, Voxels
from bonehold.imaging.spline import closed_curve
from dicom import box, markup, points
from label_maps import nrrd
from scenes import element, file_in, folder_of, markup_node, markups_json, mrb, mrml, ras, transform_node

LINE = markups_json(markup("Line", controlPoints=points((1, 2, 3), (11, 2, 3))))
ROI = markups_json(box((1, 2, 3), (4, 6, 8)))
SQUARE = points((0, 0, 5), (10, 0, 5), (10, 10, 5), (0, 10, 5))
CURVE = markups_json(markup("ClosedCurve", controlPoints=SQUARE))
TURN = ras((0, 0, 90), (5, 0, -2))
"""RAS (x, y, z) to (-y + 5, x, z - 2)."""


def under(
    *nodes: str,
    data: bytes = LINE,
    transform: str = "T1",
    files: dict[str, bytes] | None = None,
    **attributes: str,
) -> Drawing:
    """A markup beside a scene that puts it under a transform."""
    scene = mrml(*nodes, markup_node("L3.mrk.json", transform=transform, **attributes))
    folder = folder_of({"L3.mrk.json": data, "s.mrml": scene, **(files or {})})
    (drawing,) = slicer_markups.read(file_in(folder, "L3.mrk.json"))
    return drawing


def line_of(drawing: Drawing) -> Line:
    assert isinstance(drawing.shape, Line), drawing.refused
    return drawing.shape


def test_a_linear_transform_is_applied_in_ras() -> None:
    line = line_of(under(transform_node("T1", TURN)))
    # LPS (1, 2, 3) is RAS (-1, -2, 3), turned (2 + 5, -1, 1), in LPS (-7, 1, 1)
    np.testing.assert_allclose(line.start, [-7, 1, 1], atol=1e-9)
    np.testing.assert_allclose(line.end, [-7, 11, 1], atol=1e-9)


def test_a_chain_of_transforms_is_applied_from_the_inside_out() -> None:
    nodes = transform_node("T1", TURN, parent="T2"), transform_node("T2", ras(shift=(0, 100, 0)))
    np.testing.assert_allclose(line_of(under(*nodes)).start, [-7, 1 - 100, 1], atol=1e-9)


def test_a_box_is_turned_with_its_axes_and_a_curve_with_its_points() -> None:
    shape = under(transform_node("T1", TURN), data=ROI).shape
    assert isinstance(shape, Box)
    np.testing.assert_allclose(shape.center, [-7, 1, 1], atol=1e-9)
    np.testing.assert_allclose(np.abs(shape.axes), [[0, 1, 0], [1, 0, 0], [0, 0, 1]], atol=1e-9)
    curve = under(transform_node("T1", ras(shift=(0, 0, 7))), data=CURVE).shape
    assert isinstance(curve, Polygon)
    assert set(curve.points[:, 2].round(9)) == {12.0}


def test_without_a_transform_the_scene_gives_name_and_curve() -> None:
    drawing = under(transform="", data=CURVE, tag="MarkupsClosedCurve", name="L3_csf", curveType="linear")
    assert drawing.name == "L3_csf"
    assert isinstance(drawing.shape, Polygon) and len(drawing.shape.points) == 4
    spline = under(
        transform="", data=CURVE, curveType="spline", numberOfPointsPerInterpolatingSegment="25"
    ).shape
    assert isinstance(spline, Polygon)
    np.testing.assert_allclose(spline.points, closed_curve(np.array([p["position"] for p in SQUARE]), 25))


@pytest.mark.parametrize("kind", ["kochanekSpline", "polynomial", "shortestSurfaceDistance", "Smith"])
def test_another_kind_of_curve_is_refused(kind: str) -> None:
    drawing = under(transform="", data=CURVE, curveType=kind)
    assert (
        drawing.shape is None
        and "neither spline nor linear" in drawing.refused
        and kind not in drawing.refused
    )


def itk_file(matrix_ras: np.ndarray, name: str, center: tuple[float, float, float] = (3, 4, 5)) -> bytes:
    """A transform's file as 3D Slicer writes it: from parent, in LPS."""
    flip = np.diag([-1.0, -1, 1, 1])
    inverse = np.linalg.inv(flip @ matrix_ras @ flip)
    transform = sitk.AffineTransform(3)
    transform.SetMatrix(inverse[:3, :3].ravel().tolist())
    transform.SetCenter(center)
    transform.SetTranslation((inverse[:3, 3] + inverse[:3, :3] @ center - center).tolist())
    path = folder_of({}) / name
    sitk.WriteTransform(transform, str(path))
    return path.read_bytes()


@pytest.mark.parametrize("name", ["T.h5", "T.tfm", "T.txt"])
@pytest.mark.parametrize("in_scene", [True, False])
def test_the_file_of_a_transform_is_read(name: str, in_scene: bool) -> None:
    exact = ras((10.123456789, -20, 30), (123.456789, 2, 3))
    node = transform_node("T1", exact if in_scene else None, file=name)
    line = line_of(under(node, files={name: itk_file(exact, name)}))
    moved = exact @ [-1, -2, 3, 1]
    np.testing.assert_allclose(line.start, moved[:3] * [-1, -1, 1], atol=1e-9)


SHIFT = ras(shift=(1, 2, 3))
TFM = itk_file(SHIFT, "T.tfm")


@pytest.mark.parametrize(
    ("nodes", "files", "word"),
    [
        ((), {}, "its scene does not hold"),
        ((transform_node("T1", None),), {}, "not linear"),
        ((transform_node("T1", SHIFT, tag="BSplineTransform"),), {}, "not linear"),
        ((transform_node("T1", SHIFT, tag="GridTransform", file="T.nrrd"),), {}, "not linear"),
        ((transform_node("T1", SHIFT, parent="T1"),), {}, "circle"),
        ((transform_node("T1", SHIFT, file="T.tfm"),), {}, "file is missing"),
        ((transform_node("T1", SHIFT, file="../T.tfm"),), {}, "file is missing"),
        ((transform_node("T1", TURN, file="T.tfm"),), {"T.tfm": TFM}, "differs from its scene"),
        ((transform_node("T1", SHIFT, file="T.mat"),), {"T.mat": TFM}, "not linear"),
        ((transform_node("T1", SHIFT, file="T.tfm"),), {"T.tfm": TFM + TFM}, "not one linear"),
        ((transform_node("T1", SHIFT, file="T.tfm"),), {"T.tfm": b"\xff"}, "not one linear"),
        (
            (transform_node("T1", SHIFT, file="T.tfm"),),
            {"T.tfm": TFM.replace(b"Affine", b"BSpline")},
            "not linear",
        ),
        ((transform_node("T1", SHIFT, file="T.h5"),), {"T.h5": b"\x89HDF\r\n\x1a\n"}, "cannot be read"),
        ((transform_node("T1", SHIFT, file="T.h5"),), {"T.h5": b"0" * 2_000_001}, "larger than 2 MB"),
        ((transform_node("T1", np.zeros((4, 4))),), {}, "flattens"),
        ((transform_node("T1", np.full((4, 4), np.nan)),), {}, "not finite"),
        ((transform_node("T1", SHIFT[:2]),), {}, "not finite numbers"),
        (
            (
                element(
                    "LinearTransform", "T1", matrixTransformToParent="", readWriteAsTransformToParent="true"
                ),
            ),
            {},
            "old 3D Slicer",
        ),
    ],
)
def test_a_transform_that_cannot_be_applied_is_refused(
    nodes: tuple[str, ...], files: dict[str, bytes], word: str
) -> None:
    with pytest.raises(UnreadableRoi, match=word):
        under(*nodes, files=files)


def test_a_warp_in_a_file_is_refused() -> None:
    path = folder_of({}) / "T.h5"
    sitk.WriteTransform(
        sitk.BSplineTransformInitializer(sitk.Image(8, 8, 8, sitk.sitkUInt8), [2, 2, 2]), str(path)
    )
    with pytest.raises(UnreadableRoi, match="not linear"):
        under(transform_node("T1", None, file="T.h5"), files={"T.h5": path.read_bytes()})


def test_a_scale_is_refused_for_boxes_and_applied_to_lines() -> None:
    double = np.diag([2.0, 2, 2, 1])
    refused = under(transform_node("T1", double), data=ROI)
    assert refused.shape is None and "scales or shears" in refused.refused
    np.testing.assert_allclose(line_of(under(transform_node("T1", double))).start, [2, 4, 6])


def test_a_file_that_the_scene_does_not_name_is_as_drawn() -> None:
    scene = mrml(transform_node("T1", TURN), markup_node("other.mrk.json", transform="T1"))
    folder = folder_of({"L3.mrk.json": LINE, "s.mrml": scene})
    (drawing,) = slicer_markups.read(file_in(folder, "L3.mrk.json"))
    np.testing.assert_allclose(line_of(drawing).start, [1, 2, 3])


@pytest.mark.parametrize(
    "path", ["Data/L3%20body%5F%C3%A4.mrk.json", "./Data/L3 body_ä.mrk.json", "C:\\x\\L3 body_ä.mrk.json"]
)
def test_a_file_is_known_by_its_encoded_path(path: str) -> None:
    plain = "L3 body_ä.mrk.json"
    place = f"Data/{plain}" if "Data" in path else plain
    scene = mrml(transform_node("T1", TURN), markup_node(path, transform="T1"))
    folder = folder_of({place: LINE, "s.mrml": scene})
    (drawing,) = slicer_markups.read(file_in(folder, place))
    np.testing.assert_allclose(line_of(drawing).start, [-7, 1, 1], atol=1e-9)


def test_copies_in_scene_views_are_not_the_scene() -> None:
    old = f"<SceneView id='v'>{transform_node('T1', SHIFT)}</SceneView>"
    np.testing.assert_allclose(line_of(under(old, transform_node("T1", TURN))).start, [-7, 1, 1], atol=1e-9)


@pytest.mark.parametrize(
    ("scene", "word"),
    [
        (b"", "cannot be read"),
        (b"<MRML><a", "cannot be read"),
        (b"<html></html>", "cannot be read"),
        (mrml(transform_node("T1", SHIFT), transform_node("T1", TURN)), "cannot be read"),
        (mrml(markup_node("L3.mrk.json"), markup_node("./L3.mrk.json")), "named more than once"),
        (
            mrml(markup_node("L3.mrk.json", references="transform:A;storage:B;", transformNodeRef="C")),
            "contradicts itself",
        ),
    ],
)
def test_a_scene_that_cannot_be_used_refuses_what_lies_beside_it(scene: bytes, word: str) -> None:
    folder = folder_of({"L3.mrk.json": LINE, "s.mrml": scene})
    with pytest.raises(UnreadableRoi, match=word):
        slicer_markups.read(file_in(folder, "L3.mrk.json"))


def test_a_scene_says_which_volume_is_an_image() -> None:
    values = nrrd(bytes([1] * 24))
    scene = mrml(
        markup_node("ct.nrrd", tag="Volume"),
        markup_node("labels.nrrd", tag="LabelMapVolume"),
        markup_node("early.nrrd", tag="Volume", labelMap="1"),
    )
    table = b'{"1": "L3_csf"}'
    folder = folder_of(
        {
            "s.mrml": scene,
            "labels.json": table,
            **dict.fromkeys(["ct.nrrd", "labels.nrrd", "early.nrrd"], values),
        }
    )
    assert [len(label_map.read(file_in(folder, f"{n}.nrrd"))) for n in ("ct", "labels", "early")] == [0, 1, 1]


def packed(**changes: Any) -> dict[str, bytes]:
    """A scene with three drawings and an image, one of them under a transform in a file."""
    scene = mrml(
        transform_node("T1", TURN, file="Data/T.h5"),
        markup_node("Data/a.mrk.json", transform="T1", name="L3_trajectory_left"),
        markup_node("Data/b.mrk.json", tag="MarkupsClosedCurve", name="L3_csf", curveType="linear"),
        markup_node("Data/s.seg.nrrd", tag="Segmentation", transform="T1", name="whatever"),
        markup_node("Data/ct.nrrd", tag="Volume", name="CT"),
    )
    members = {
        "2024-Scene/2024-Scene.mrml": scene,
        "2024-Scene/Data/T.h5": itk_file(TURN, "T.h5"),
        "2024-Scene/Data/a.mrk.json": LINE,
        "2024-Scene/Data/b.mrk.json": CURVE,
        "2024-Scene/Data/s.seg.nrrd": nrrd(bytes([1] * 24), "Segment0_Name:=L3_body_middle"),
        "2024-Scene/Data/ct.nrrd": b"not even an image",
    }
    return members | changes


def test_a_packed_scene_holds_its_drawings_under_their_transforms() -> None:
    folder = folder_of({"R1.mrb": mrb(packed())})
    drawings = {d.name: d.shape for d in slicer_scenes.read(file_in(folder, "R1.mrb"))}
    assert set(drawings) == {"L3_trajectory_left", "L3_csf", "L3_body_middle"}
    line, curve, voxels = (drawings[n] for n in ("L3_trajectory_left", "L3_csf", "L3_body_middle"))
    assert isinstance(line, Line) and isinstance(curve, Polygon) and isinstance(voxels, Voxels)
    np.testing.assert_allclose(line.start, [-7, 1, 1], atol=1e-9)
    assert len(curve.points) == 4
    np.testing.assert_allclose(voxels.centers[0], np.array([20 + 5, -10, 28]) * [-1, -1, 1], atol=1e-9)
    np.testing.assert_allclose(np.abs(voxels.steps), [[0, 1, 0], [1, 0, 0], [0, 0, 2]], atol=1e-9)
    assert sorted(path.name for path in folder.iterdir()) == ["R1.mrb"]


def test_a_bad_member_does_not_spoil_the_others() -> None:
    members = packed() | {"2024-Scene/Data/c.mrk.json": b"{", "2024-Scene/Data/d.fcsv": b"# Markups"}
    folder = folder_of({"R1.mrb": mrb(members)})
    drawings = slicer_scenes.read(file_in(folder, "R1.mrb"))
    wrong = [d.refused for d in drawings if d.shape is None]
    assert len(drawings) == 5 and len(wrong) == 2
    assert "is not a JSON file" in wrong[0] and ".fcsv" in wrong[1]


def test_a_scene_must_be_one() -> None:
    for members in ({"a/b.txt": b""}, {"a.mrml": mrml(), "b.mrml": mrml()}):
        folder = folder_of({"R1.mrb": mrb(members)})
        with pytest.raises(UnreadableRoi, match="does not hold one scene"):
            slicer_scenes.read(file_in(folder, "R1.mrb"))


def test_regions_that_a_scene_names_without_their_files_are_a_line(tmp_path: Path) -> None:
    scene = mrml(markup_node("gone.mrk.json", name="L3_csf"), markup_node("other.mrk.json", name="F"))
    (tmp_path / "R1").mkdir()
    (tmp_path / "R1" / "s.mrml").write_bytes(scene)
    (tmp_path / "R1" / "T.h5").write_bytes(b"")
    (problem,) = read_annotations(tmp_path, tmp_path, "P1").problems
    assert "names 1 region(s) whose files are not beside it" in problem.line()


def test_a_scene_of_another_reader_says_nothing(tmp_path: Path) -> None:
    scene = mrml(transform_node("T1", TURN), markup_node("R1/L3_trajectory_left.mrk.json", transform="T1"))
    (tmp_path / "R1").mkdir()
    (tmp_path / "s.mrml").write_bytes(scene)
    (tmp_path / "R1" / "L3_trajectory_left.mrk.json").write_bytes(LINE)
    (region,) = read_annotations(tmp_path, tmp_path, "P1").regions
    assert isinstance(region.shape, Line)
    np.testing.assert_allclose(region.shape.start, [1, 2, 3])
