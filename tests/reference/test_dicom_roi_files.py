"""Real SR, SEG and RTSTRUCT files of other programs, and what is written against the schema of 3D Slicer."""

from __future__ import annotations

import json
from pathlib import Path

import highdicom.seg
import jsonschema
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from bonehold.imaging.annotation_file import AnnotationFile
from bonehold.imaging.drawings import Drawing, UnreadableRoi
from bonehold.imaging.geometry import slice_geometry
from bonehold.imaging.rasterise import pixels_inside
from bonehold.imaging.roi_files import reader_of
from bonehold.imaging.roi_out.markups import markups_file
from bonehold.imaging.shapes import Contours, OnImage, Polygon, Voxels, placed
from measured_regions import AXIAL, ellipse_on, measured
from measured_regions import placed as on_axial

pytestmark = pytest.mark.shared

SEGMENTATIONS = (
    "dcmqi_sr_seg",
    "liver",
    "partial_overlaps",
    "seg_image_ct_binary",
    "seg_image_ct_binary_fractional",
    "seg_image_ct_binary_overlap",
    "seg_image_ct_binary_single_frame",
    "seg_image_ct_true_fractional",
    "sparse-labelmap-noppv",
    "sparse-labelmap-ppv5",
)


@pytest.fixture
def folder(shared: Path) -> Path:
    return shared / "data/roi-annotations"


def read(path: Path) -> list[Drawing]:
    file = AnnotationFile(path, "R1", "P1", path.parent)
    reader = reader_of(file)
    assert reader is not None
    return reader(file)


def rounded(points: np.ndarray) -> set[tuple[float, ...]]:
    return {tuple(point) for point in (np.round(points, 3) + 0.0).tolist()}


@pytest.mark.parametrize("name", SEGMENTATIONS)
def test_segments_have_the_voxels_that_highdicom_finds(folder: Path, name: str) -> None:
    path = folder / f"seg/{name}.dcm"
    theirs = highdicom.seg.segread(path)
    numbers = [number for number in theirs.segment_numbers if number != 0]
    ours = read(path)
    assert len(ours) == len(numbers)
    for number, drawing in zip(numbers, ours, strict=True):
        volume = theirs.get_volume(
            segment_numbers=[number], rescale_fractional=True, allow_missing_positions=True
        )
        inside = np.argwhere(volume.array[..., 0] >= 0.5)
        assert isinstance(drawing.shape, Voxels)
        assert rounded(drawing.shape.centers) == rounded(volume.map_indices_to_reference(inside))


def test_a_segment_is_that_of_the_label_map_it_was_made_from(folder: Path) -> None:
    (drawing,) = read(folder / "seg/liver.dcm")
    image = sitk.ReadImage(str(folder / "seg/liver_seg.nrrd"))
    labels = sitk.GetArrayFromImage(image)
    indices = np.argwhere(labels > 0)[:, ::-1].astype(float)
    direction = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    assert isinstance(drawing.shape, Voxels)
    assert len(drawing.shape.centers) == len(indices)
    expected = np.array(image.GetOrigin()) + indices @ direction.T
    assert np.allclose(np.sort(drawing.shape.centers, axis=0), np.sort(expected, axis=0), atol=1e-3)


def test_a_segmentation_is_bound_to_its_images(folder: Path) -> None:
    images = [pydicom.dcmread(path) for path in sorted((folder / "seg/ct-3slice").glob("*.dcm"))]
    (drawing,) = read(folder / "seg/liver.dcm")
    assert drawing.bound.images == {image.SOPInstanceUID for image in images}
    assert drawing.bound.series == images[0].SeriesInstanceUID
    assert drawing.bound.frame_of_reference == images[0].FrameOfReferenceUID


def test_a_circle_written_by_highdicom_lies_on_its_image(folder: Path) -> None:
    image = pydicom.dcmread(folder / "seg/ct_image.dcm")
    (drawing,) = read(folder / "sr-tid1500/highdicom_sr_document.dcm")
    assert isinstance(drawing.shape, OnImage) and drawing.shape.image == image.SOPInstanceUID
    assert drawing.bound.series == image.SeriesInstanceUID
    plane = slice_geometry(
        image.ImagePositionPatient,
        image.ImageOrientationPatient,
        image.PixelSpacing,
        image.Rows,
        image.Columns,
    )
    inside = pixels_inside(placed(drawing.shape, plane).on(plane), plane)
    columns, rows = np.meshgrid(np.arange(image.Columns) + 0.5, np.arange(image.Rows) + 0.5)
    expected = np.argwhere((columns - 58) ** 2 + (rows - 52) ** 2 <= 11**2 + 1e-9)[:, ::-1]
    assert np.array_equal(inside, expected)


def test_groups_written_by_highdicom_are_told_apart(folder: Path) -> None:
    found = {d.name: d for d in read(folder / "sr-tid1500/highdicom_sr_multiple_groups.dcm")}
    assert isinstance(found["Aorta0001"].shape, OnImage) and found["Aorta0001"].shape.kind == "polygon"
    assert "no region" in found["Image0001"].refused
    assert "is a point" in found["Vertebra0001"].refused


@pytest.mark.parametrize("name", ["roi-annotations/sr-tid1500/dcmqi_sr", "dicom-hard-cases/pydicom/test-SR"])
def test_a_report_of_values_alone_is_refused(shared: Path, name: str) -> None:
    with pytest.raises(UnreadableRoi, match="without regions"):
        read(shared / f"data/{name}.dcm")


def test_a_structure_set_of_rt_utils_fills_its_squares(folder: Path) -> None:
    (drawing,) = read(folder / "rtstruct-rt-utils/rt.dcm")
    assert isinstance(drawing.shape, Contours)
    first = drawing.shape.contours[0]
    assert first.min(axis=0).tolist() == [-51, -51, 60] and first.max(axis=0).tolist() == [-27, -27, 60]
    (image,) = drawing.bound.images
    slices = [pydicom.dcmread(folder / f"rtstruct-rt-utils/ct_{k}.dcm") for k in (1, 2)]
    (on,) = [each for each in slices if each.SOPInstanceUID == image]
    assert float(on.ImagePositionPatient[2]) == 60
    assert drawing.bound.series == on.SeriesInstanceUID


@pytest.mark.parametrize("name", ["invalid_reference_rt", "non_existent_reference_rt"])
def test_structure_sets_with_wrong_references_say_on_which_images_they_were_drawn(
    folder: Path, name: str
) -> None:
    """One image is not of the folder's series: by that, the region can be refused."""
    slices = [pydicom.dcmread(folder / f"rtstruct-rt-utils/ct_{k}.dcm") for k in (1, 2)]
    there = {each.SOPInstanceUID for each in slices}
    for drawing in read(folder / f"rtstruct-rt-utils/{name}.dcm"):
        assert isinstance(drawing.shape, Contours)
        assert drawing.bound.images - there
        assert drawing.bound.frame_of_reference


def test_a_structure_set_without_preamble_is_read(shared: Path) -> None:
    found = {d.name: d for d in read(shared / "data/dicom-hard-cases/pydicom/rtstruct.dcm")}
    assert isinstance(found["patient"].shape, Contours)
    assert "is a point" in found["Isocenter 1"].refused


def test_no_image_among_the_hard_cases_is_taken_for_regions(shared: Path) -> None:
    kinds = {"structured_report", "segmentation", "rtstruct"}
    taken = set()
    for path in sorted((shared / "data/dicom-hard-cases").rglob("*")):
        if path.is_file() and path.suffix not in {".json", ".md"}:
            reader = reader_of(AnnotationFile(path, "R1", "P1", path.parent))
            if reader is not None and reader.__module__.rpartition(".")[2] in kinds:
                taken.add(path.name)
    assert taken == {"rtstruct.dcm", "test-SR.dcm"}


def test_written_markups_satisfy_the_schema_of_slicer(folder: Path) -> None:
    schema = json.loads((folder / "slicer-markups/markups-schema-v1.0.3.json").read_text())
    corners = [(100, 80), (180, 82), (170, 140)]
    regions = [
        measured("L3_body_middle", ellipse_on(AXIAL, (250, 260), (17, 12), 12)),
        measured("L3_body_superior", Polygon(on_axial(AXIAL, corners))),
        measured("L3_trajectory_left", Polygon(on_axial(AXIAL, [(10, 10), (90, 10), (90, 30), (10, 30)]))),
    ]
    document = json.loads(markups_file(regions))
    assert {item["type"] for item in document["markups"]} == {"ROI", "ClosedCurve", "Plane"}
    jsonschema.validate(document, schema)
