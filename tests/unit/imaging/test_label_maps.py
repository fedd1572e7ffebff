"""Label maps: which voxels are whose, where they lie, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bonehold.imaging.annotation_file import AnnotationFile
from bonehold.imaging.annotations import read_annotations
from bonehold.imaging.drawings import UnreadableRoi
from bonehold.imaging.label_table import label_table
from bonehold.imaging.roi_files import label_map
from bonehold.imaging.shapes import Voxels
from label_maps import NAMES, in_folder, itk_bytes, labelled, nifti, nrrd, read_map

ONES = bytes([1] * 24)
SHEARED = np.array([[-1.0, 0, 0, 5], [0.4, -1, 0, 6], [0, 0, 2, 7]])


def voxels_of(drawing: Any) -> Voxels:
    assert isinstance(drawing.shape, Voxels), drawing.refused
    return drawing.shape


def small() -> np.ndarray:
    values = np.zeros((2, 3, 4), dtype=np.uint8)  # z, y, x
    values[0, 1, 2] = 1
    values[1, 2, 3] = 2
    values[1, 0, 0] = 2
    return values


@pytest.mark.parametrize("name", ["m.nii", "m.nii.gz", "m.nrrd"])
def test_voxels_lie_where_the_file_says(name: str) -> None:
    first, second, third = read_map(name, itk_bytes(labelled(small()), name))
    assert [first.name, second.name] == ["L3_body_superior", "L3_body_middle"]
    np.testing.assert_allclose(voxels_of(first).centers, [[-9.0, 20.75, -30.0]], atol=1e-5)
    np.testing.assert_allclose(
        voxels_of(second).centers, [[-10.0, 20.0, -28.0], [-8.5, 21.5, -28.0]], atol=1e-5
    )
    np.testing.assert_allclose(voxels_of(first).steps, np.diag([0.5, 0.75, 2.0]), atol=1e-6)
    assert third.shape is None and "no voxel" in third.refused


def test_a_big_endian_file_and_one_of_whole_floats_are_read() -> None:
    values = np.zeros((4, 3, 2), dtype=np.float32)
    values[1, 2, 1] = 3
    data = nifti(values, sform=np.eye(3, 4), kind=16)
    csf = read_map("m.nii", data)[2]
    np.testing.assert_allclose(voxels_of(csf).centers, [[-1, -2, 1]])
    stored = np.zeros(24, dtype=">i2")
    stored[23] = 3
    csf = read_map("m.nrrd", nrrd(stored.tobytes(), type="short", endian="big"))[2]
    np.testing.assert_allclose(voxels_of(csf).centers, [[13, 22, 32]])


def test_the_scale_of_a_nifti_file_is_applied() -> None:
    values = np.full((2, 2, 2), 4, dtype=np.uint8)
    (_, middle, _) = read_map("m.nii", nifti(values, sform=np.eye(3, 4), scale=(0.5, 0.0)))
    assert len(voxels_of(middle).centers) == 8


def test_a_sheared_grid_keeps_its_steps() -> None:
    steps = voxels_of(read_map("m.nii", nifti(np.ones((2, 2, 2), np.uint8), sform=SHEARED))[0]).steps
    np.testing.assert_allclose(steps, [[1, -0.4, 0], [0, 1, 0], [0, 0, 2]], atol=1e-6)


def test_ras_and_las_are_turned_to_lps() -> None:
    for space, sign in (("right-anterior-superior", (-1, -1, 1)), ("LAS", (1, -1, 1))):
        shape = voxels_of(read_map("m.nrrd", nrrd(ONES, space=space))[0])
        np.testing.assert_allclose(shape.centers[0], np.array([10, 20, 30]) * sign)
        np.testing.assert_allclose(shape.steps, np.diag([1.0, 1, 2]) * sign)


def test_the_table_of_the_same_name_comes_before_that_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "m.nii.gz").write_bytes(b"")
    (tmp_path / "labels.json").write_text('{"1": "L2_csf"}')
    file = AnnotationFile(tmp_path / "m.nii.gz", "R1", "P1", tmp_path)
    assert label_table(file, "m") == {1: "L2_csf"}
    (tmp_path / "M.json").write_text('{"0": "background", "1": "L4_csf"}')
    assert label_table(file, "m") == {1: "L4_csf"}


@pytest.mark.parametrize("table", ["[]", "{}", '{"1": 2}', '{"one": "L3_csf"}', "{"])
def test_a_table_that_is_none_is_refused(table: str) -> None:
    file = in_folder("m.nrrd", nrrd(ONES))
    (file.path.parent / "m.json").write_text(table)
    with pytest.raises(UnreadableRoi):
        label_map.read(file)


def test_labels_without_a_name_are_one_line() -> None:
    values = bytes(range(24))
    *_, last = read_map("m.nrrd", nrrd(values))
    assert last.name == "" and last.shape is None
    assert "without a name: 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 and 10 more" in last.refused


def layered(*lines: str, **fields: str) -> bytes:
    """Two layers of 4 x 3 x 2 voxels, the layer fastest: the first all 1, the second 1 and 2 in turn."""
    voxels = np.stack([np.ones(24, np.uint8), np.tile([1, 2], 12).astype(np.uint8)], axis=-1).tobytes()
    shape = {"dimension": "4", "sizes": "2 4 3 2", "space_directions": "none (1,0,0) (0,1,0) (0,0,2)"}
    return nrrd(voxels, *lines, **{**shape, **fields})


SEGMENTS = (
    "Segment0_ID:=Segment_1",
    "Segment0_Name:=L3_body_superior",
    "Segment0_Layer:=0",
    "Segment0_LabelValue:=1",
    "Segment0_Extent:=0 3 0 2 0 1",
    "Segment1_Name:=L3 body middle",
    "Segment1_Layer:=1",
    "Segment1_LabelValue:=2",
    "Segmentation_MasterRepresentation:=Binary labelmap",
)


def test_overlapping_segments_lie_in_layers() -> None:
    first, second, rest = read_map("L3.seg.nrrd", layered(*SEGMENTS), table=None)
    assert (first.name, second.name) == ("L3_body_superior", "L3 body middle")
    assert len(voxels_of(first).centers) == 24
    np.testing.assert_allclose(voxels_of(second).centers[0], [11, 20, 30])
    assert len(voxels_of(second).centers) == 12
    assert "without a name: 1;" in rest.refused


def test_segments_of_an_early_slicer_have_a_layer_each() -> None:
    old = layered("Segment0_Name:=L3_csf", "Segment1_Name:=L2_csf")
    first, second, _ = read_map("old.seg.nrrd", old, table=None)
    assert [len(voxels_of(d).centers) for d in (first, second)] == [24, 12]
    np.testing.assert_allclose(voxels_of(second).centers[0], [10, 20, 30])


def test_the_layer_may_be_the_slowest_axis() -> None:
    voxels = ONES + bytes([0] * 23 + [1])
    data = nrrd(
        voxels,
        "Segment0_Name:=L3_csf",
        "Segment1_Name:=L2_csf",
        dimension="4",
        sizes="4 3 2 2",
        space_directions="(1,0,0) (0,1,0) (0,0,2) none",
    )
    second = read_map("old.seg.nrrd", data, table=None)[1]
    np.testing.assert_allclose(voxels_of(second).centers, [[13, 22, 32]])


def test_voxels_in_a_file_beside_the_header_are_read() -> None:
    file = in_folder("m.nhdr", nrrd(b"", "data file: m.raw", encoding="raw"), NAMES)
    (file.path.parent / "m.raw").write_bytes(ONES)
    assert len(voxels_of(label_map.read(file)[0]).centers) == 24


@pytest.mark.parametrize(
    "elsewhere", ["../m.raw", "/etc/passwd", "sub/m.raw", "..", "LIST", "m%03d.raw 1 2 1"]
)
def test_voxels_elsewhere_are_not_read(elsewhere: str) -> None:
    file = in_folder("m.nhdr", nrrd(b"", f"data file: {elsewhere}", encoding="raw"), NAMES)
    (file.path.parent / "sub").mkdir()
    for path in ("sub/m.raw", "../m.raw"):
        (file.path.parent / path).write_bytes(ONES)
    with pytest.raises(UnreadableRoi, match="not beside it"):
        label_map.read(file)


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"space": ""}, "where in the patient"),
        ({"space": "scanner-xyz"}, "where in the patient"),
        ({"space_origin": ""}, "where in the patient"),
        ({"space_origin": "(nan,0,0)"}, "not finite"),
        ({"space_origin": "(1,2)"}, "not 3 numbers"),
        ({"space_directions": "(1,0,0) (2,0,0) (0,0,1)"}, "one plane"),
        ({"space_directions": "(0,0,0) (0,1,0) (0,0,1)"}, "spacing"),
        ({"space_directions": "(1,0,0) (0,inf,0) (0,0,1)"}, "not finite"),
        ({"space_units": '"um" "um" "um"'}, "not in mm"),
        ({"sizes": "4 3"}, "three axes"),
        ({"sizes": "-4 3 2"}, "no whole numbers"),
        ({"sizes": "0 3 2"}, "without voxels"),
        ({"sizes": "4 3 3"}, "cut short"),
        ({"sizes": "100000 100000 100000"}, "268 million"),
        ({"dimension": "4"}, "contradicts itself"),
        ({"type": "block"}, "no plain numbers"),
        ({"type": "short"}, "byte order"),
        ({"encoding": "bzip2"}, "neither raw nor gzip"),
        ({"byte_skip": "-1"}, "skips bytes"),
        ({"Segmentation": "x"}, ""),
    ],
)
def test_an_nrrd_header_that_cannot_be_used_says_why(fields: dict[str, str], word: str) -> None:
    if not word:
        assert read_map("m.nrrd", nrrd(ONES, **fields))  # an unknown field does no harm
        return
    with pytest.raises(UnreadableRoi, match=word):
        read_map("m.nrrd", nrrd(ONES, **fields))


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("sizes: 4 3 2", "contradicts itself"),
        ("nonsense", "contradicts itself"),
        ("Segmentation_MasterRepresentation:=Fractional labelmap", "fractional"),
        ("x:=" + "y" * 2**20, "more than 1 MB"),
    ],
)
def test_an_nrrd_header_with_a_bad_line_says_why(line: str, word: str) -> None:
    with pytest.raises(UnreadableRoi, match=word):
        read_map("m.nrrd", nrrd(ONES, line))


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        ((), "several values"),
        (("Segment0_Name:=L3_csf", "Segment0_Layer:=2"), "same voxels, or none"),
        (("Segment0_Name:=L3_csf", "Segment0_Layer:=x"), "no number"),
        (("Segment0_Name:=L3_csf", "Segment1_Name:=L2_csf", "Segment1_Layer:=0"), "same voxels, or none"),
    ],
)
def test_segments_that_cannot_be_told_apart_are_refused(lines: tuple[str, ...], word: str) -> None:
    with pytest.raises(UnreadableRoi, match=word):
        read_map("m.seg.nrrd", layered(*lines), table=None)


def test_a_table_does_not_fit_a_map_of_layers() -> None:
    with pytest.raises(UnreadableRoi, match="take its label table away"):
        read_map("m.seg.nrrd", layered(*SEGMENTS), table=NAMES)


CUBE = np.ones((2, 2, 2), np.uint8)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "cut short"),
        (b"x" * 400, "NIfTI-1"),
        (nifti(CUBE), "no sform, no qform"),
        (nifti(CUBE, sform=np.eye(3, 4), units=3), "not in mm"),
        (nifti(CUBE, sform=np.eye(3, 4), kind=128), "no plain numbers"),
        (nifti(CUBE, sform=np.eye(3, 4), sizes=(2, 2, 1, 2)), "several volumes"),
        (nifti(CUBE, sform=np.eye(3, 4), sizes=(30000, 30000, 30000)), "268 million"),
        (nifti(CUBE, sform=np.eye(3, 4), sizes=(2, 2, 3)), "cut short"),
        (nifti(CUBE, sform=np.full((3, 4), np.nan)), "not finite"),
        (nifti(CUBE, sform=np.ones((3, 4))), "one plane"),
        (nifti(CUBE, qform=(1, 1, 0, 0, 0, 0)), "no rotation"),
        (nifti(CUBE, sform=np.eye(3, 4), qform=(0, 0, 0, 9, 9, 9)), "two different places"),
        (nifti(CUBE * np.float32(0.25), sform=np.eye(3, 4), kind=16), "fractions"),
        (nifti(CUBE * np.float32("nan"), sform=np.eye(3, 4), kind=16), "fractions"),
        (nifti(CUBE.astype("i2") * -1000, sform=np.eye(3, 4), kind=4), "negative"),
    ],
)
def test_a_nifti_file_that_cannot_be_used_says_why(data: bytes, word: str) -> None:
    with pytest.raises(UnreadableRoi, match=word):
        read_map("m.nii", data)


def test_a_map_without_a_table_says_what_to_do() -> None:
    with pytest.raises(UnreadableRoi, match=r"no label table; put labels\.json beside it"):
        read_map("m.nrrd", nrrd(ONES), table=None)


def test_an_image_is_no_label_map() -> None:
    values = np.arange(2000, dtype="<u2")
    with pytest.raises(UnreadableRoi, match="it is an image"):
        read_map("m.nrrd", nrrd(values.tobytes(), sizes="2000 1 1", type="uint16", endian="little"))


def test_a_label_of_a_whole_organ_is_no_region() -> None:
    values = np.ones(2_000_001, np.uint8)
    values[-1] = 2
    large = np.concatenate([values, [2, 1]]).astype(np.uint8)
    superior, middle, _ = read_map("m.nrrd", nrrd(large.tobytes(), sizes=f"{large.size} 1 1"))
    assert superior.shape is None and "2 million" in superior.refused
    assert len(voxels_of(middle).centers) == 2


def test_several_maps_of_a_reader_are_read_and_every_problem_is_a_line(tmp_path: Path) -> None:
    folder = tmp_path / "annotations"
    (folder / "R1").mkdir(parents=True)
    (folder / "R1" / "body.nrrd").write_bytes(nrrd(ONES))
    (folder / "R1" / "csf.nii").write_bytes(nifti(CUBE * 3, sform=np.eye(3, 4)))
    (folder / "R1" / "body.json").write_text('{"1": "L3_body_superior", "2": "Smith"}')
    (folder / "R1" / "labels.json").write_text(json.dumps({"3": "L3_csf"}))
    found = read_annotations(folder, tmp_path, "P1")
    assert [str(region.name) for region in found.regions] == ["L3_body_superior", "L3_csf"]
    (problem,) = found.problems
    assert "not that of a region" in problem.line() and "Smith" not in problem.line()
    (folder / "R1" / "csf.nii").write_bytes(nifti(CUBE * 5, sform=np.eye(3, 4)))
    lines = [problem.line() for problem in read_annotations(folder, tmp_path, "P1").problems]
    assert any("labels without a name: 5; name them in the label table" in line for line in lines)
