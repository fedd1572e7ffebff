"""Real label maps: their voxels are the pixels of the DICOM series that they were drawn on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from bonehold.imaging.annotation_file import AnnotationFile
from bonehold.imaging.geometry import SliceGeometry, slice_geometry
from bonehold.imaging.roi_files import label_map, reader_of
from bonehold.imaging.shapes import Voxels

pytestmark = pytest.mark.shared

MAPS = (
    "ct-totalseg/example_seg_dicom.nii.gz",
    "ct-totalseg/example_seg_fast_force_split.nii.gz",
    "ct-tptbox-l3/sub-ct_seg-subreg_label-22_msk.nii.gz",
    "ct-tptbox-l3/sub-ct_seg-vert_label-22_msk.nii.gz",
    "roi-annotations/seg/liver_seg.nrrd",
    "roi-annotations/seg/liver_spine_seg.nrrd",
    "roi-annotations/seg/spine_seg.nrrd",
)
SERIES = {
    "ct-totalseg/example_seg_dicom.nii.gz": "ct-totalseg/example_ct_dicom",
    "roi-annotations/seg/liver_spine_seg.nrrd": "roi-annotations/seg/ct-3slice",
    "roi-annotations/seg/spine_seg.nrrd": "roi-annotations/seg/ct-3slice",
}
NAMES = [f"L{level}_pedicle_{side}" for level in range(1, 6) for side in ("left", "right")]


def regions(shared: Path, name: str, tmp_path: Path) -> dict[int, Voxels]:
    """The smallest ten labels of a map as regions."""
    source = shared / "data" / name
    values, counts = np.unique(sitk.GetArrayFromImage(sitk.ReadImage(str(source))), return_counts=True)
    labels = [int(v) for _, v in sorted(zip(counts, values, strict=True)) if v][:10]
    shutil.copyfile(source, tmp_path / source.name)
    (tmp_path / "labels.json").write_text(json.dumps(dict(zip(map(str, labels), NAMES, strict=False))))
    drawings = label_map.read(AnnotationFile(tmp_path / source.name, "R1", "P1", tmp_path))
    shapes = {label: drawing.shape for label, drawing in zip(labels, drawings, strict=False)}
    assert all(isinstance(shape, Voxels) for shape in shapes.values())
    return shapes  # type: ignore[return-value]


def plane_of(header: pydicom.Dataset) -> SliceGeometry:
    return slice_geometry(
        header.ImagePositionPatient,
        header.ImageOrientationPatient,
        header.PixelSpacing,
        header.Rows,
        header.Columns,
    )


@pytest.mark.parametrize("name", MAPS)
def test_all_voxels_are_those_of_simpleitk(name: str, shared: Path, tmp_path: Path) -> None:
    image = sitk.ReadImage(str(shared / "data" / name))
    values = sitk.GetArrayFromImage(image)
    for label, shape in regions(shared, name, tmp_path).items():
        index = np.argwhere(values == label)
        expected = [image.TransformIndexToPhysicalPoint([int(i) for i in reversed(k)]) for k in index[:2000]]
        assert len(shape.centers) == len(index)
        np.testing.assert_allclose(shape.centers[:2000], expected, atol=1e-4)


@pytest.mark.parametrize("name", SERIES)
def test_voxels_are_pixels_of_the_series(name: str, shared: Path, tmp_path: Path) -> None:
    folder = shared / "data" / SERIES[name]
    planes = [plane_of(pydicom.dcmread(path, stop_before_pixels=True)) for path in sorted(folder.iterdir())]
    positions = np.array([plane.position_mm for plane in planes])
    for shape in regions(shared, name, tmp_path).values():
        along = shape.centers @ planes[0].normal
        nearest = np.abs(along[:, None] - positions).argmin(axis=1)
        for number in np.unique(nearest):
            points = shape.centers[nearest == number]
            pixels = planes[number].column_row(points)
            centers = planes[number].patient(np.rint(pixels))
            assert np.linalg.norm(centers - points, axis=1).max() < 1e-3


def test_the_legacy_files_of_slicer_are_known_and_refused(shared: Path) -> None:
    folder = shared / "data/roi-annotations/slicer-markups"
    files = [*sorted(folder.glob("*.acsv")), *sorted(folder.glob("*.fcsv"))]
    assert len(files) == 7
    for path in files:
        file = AnnotationFile(path, "R1", "P1", folder)
        read = reader_of(file)
        assert read is not None
        with pytest.raises(Exception, match=rf"\({path.suffix}\)"):
            read(file)
