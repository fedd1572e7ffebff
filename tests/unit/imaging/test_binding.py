"""A region is measured on the images it was drawn on, and on no others."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bonehold.imaging.annotations import Annotation
from bonehold.imaging.binding import ELSEWHERE, binding_refusal, placed_regions
from bonehold.imaging.dicom.folder import index_folder
from bonehold.imaging.dicom.headers import ImageHeader
from bonehold.imaging.drawings import Binding
from bonehold.imaging.series import Series, group_series
from bonehold.imaging.shapes import Ellipse, OnImage, Polygon
from bonehold.roi_names import RoiName
from dicom import image

NAME = RoiName("L3", "body", "middle")


def write(folder: Path, series: int, frame: str = "2.25.900", **elements: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for k in range(3):
        image(
            np.full((20, 24), 1100),
            (-5.0, 2.0, 3.0 * k),
            SOPInstanceUID=f"2.25.{series}{k}",
            SeriesInstanceUID=f"2.25.{series}",
            SeriesNumber=series,
            FrameOfReferenceUID=frame,
            **elements,
        ).save_as(folder / f"{series}-{k}", enforce_file_format=True)


def read(folder: Path) -> tuple[tuple[ImageHeader, ...], tuple[Series, ...]]:
    images = index_folder(folder, inside=folder).images
    return images, group_series(images)


def test_a_polygon_in_pixels_lies_where_its_pixels_are(tmp_path: Path) -> None:
    write(tmp_path, 4, PixelSpacing=[0.5, 0.75])
    images, _ = read(tmp_path)
    corners = np.array([(2.5, 3.5), (10.5, 3.5), (10.5, 9.5)])  # centres of pixels are at half numbers
    region = Annotation("R1", NAME, OnImage("2.25.41", None, "polygon", corners))
    (placed,) = placed_regions([region], images)
    assert isinstance(placed.shape, Polygon)
    assert placed.shape.points.tolist() == [[-3.5, 3.5, 3.0], [2.5, 3.5, 3.0], [2.5, 6.5, 3.0]]


def test_an_ellipse_in_pixels_stays_one_where_pixels_are_not_square(tmp_path: Path) -> None:
    write(tmp_path, 4, PixelSpacing=[0.5, 0.75])
    images, _ = read(tmp_path)
    ends = np.array([(4.5, 4.5), (12.5, 10.5), (6.5, 9.5), (10.5, 5.5)])
    (placed,) = placed_regions([Annotation("R1", NAME, OnImage("2.25.40", None, "ellipse", ends))], images)
    assert isinstance(placed.shape, Ellipse)
    plane = images[0].geometry
    assert plane is not None
    outline = placed.shape.on(plane)
    spacing = np.array(plane.spacing_mm)
    assert outline.contains((ends - 0.5) * spacing).all()
    assert not outline.contains((ends - 0.5 + 0.01 * np.sign(ends - ends.mean(axis=0))) * spacing).any()


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        (OnImage("2.25.99", None, "polygon", np.zeros((3, 2))), ELSEWHERE),
        (OnImage("2.25.50", None, "polygon", np.zeros((3, 2))), "does not say where it lies"),
    ],
)
def test_a_region_without_its_image_is_refused(tmp_path: Path, shape: OnImage, reason: str) -> None:
    write(tmp_path, 4)
    write(tmp_path, 5, ImageOrientationPatient=None)
    images, _ = read(tmp_path)
    (placed,) = placed_regions([Annotation("R1", NAME, shape)], images)
    assert placed.shape is None and reason in placed.refused


def test_an_image_that_stands_twice_in_the_folder_is_one_image(tmp_path: Path) -> None:
    write(tmp_path / "a", 4)
    write(tmp_path / "b", 4)
    images, _ = read(tmp_path)
    region = Annotation("R1", NAME, OnImage("2.25.41", None, "polygon", np.full((3, 2), 3.5)))
    (placed,) = placed_regions([region], images)
    assert placed.shape is not None


@pytest.mark.parametrize(
    ("bound", "reason"),
    [
        (Binding(), ""),
        (Binding(images=frozenset(["2.25.41", "2.25.999"]), series="2.25.4"), ""),
        (Binding(images=frozenset(["2.25.50"])), "was drawn on series 2, but series 1 is measured"),
        (Binding(images=frozenset(["2.25.999"])), ELSEWHERE),
        (Binding(series="2.25.4", frame_of_reference="2.25.900"), ""),
        (Binding(series="2.25.5"), "was drawn on series 2, but series 1 is measured"),
        (Binding(series="2.25.999"), ELSEWHERE),
        (Binding(frame_of_reference="2.25.901"), "bound to another examination or patient"),
    ],
)
def test_what_a_file_says_of_its_images_is_held_against_the_measured_series(
    tmp_path: Path, bound: Binding, reason: str
) -> None:
    write(tmp_path, 4)
    write(tmp_path, 5)
    _, (first, second) = read(tmp_path)
    refusal = binding_refusal(bound, first, (first, second))
    assert refusal == reason if not reason else reason in refusal


def test_a_series_without_a_frame_of_reference_cannot_contradict_one(tmp_path: Path) -> None:
    write(tmp_path, 4, frame="")
    _, (only,) = read(tmp_path)
    assert binding_refusal(Binding(frame_of_reference="2.25.901"), only, (only,)) == ""
