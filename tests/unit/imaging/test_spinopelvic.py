"""From six landmarks to PI, PT, SS and LL, on films of every shape and in volumes; and when they are refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk
from bonehold.imaging.annotation_file import AnnotationFile
from bonehold.imaging.drawings import UnreadableRoi
from bonehold.imaging.landmark_file import read_landmarks
from bonehold.imaging.measuring import failed_measurement, measure_patient
from bonehold.imaging.measuring_rules import ImagingRules
from bonehold.imaging.patient import PatientImages
from bonehold.imaging.radiographs import Film, in_mm
from bonehold.imaging.spinopelvic import (
    LandmarksRefused,
    SpinopelvicAngles,
    in_patient,
    lie_on_a_film,
    on_film,
    spinopelvic_angles,
)
from dicom import image, markup, save_markups
from landmarks import control_points, in_volume, pelvis, placed_on_film, save_landmarks

CR_CLASS = "1.2.840.10008.5.1.4.1.1.1"
EXPECTED = {"pi": 53.0, "pt": 15.0, "ss": 38.0, "ll": 52.0}
SQUARE = Film(3000, 2500, (0.2, 0.2), (0.2, 0.2))


def close(angles: SpinopelvicAngles) -> bool:
    return all(getattr(angles, name) == pytest.approx(value, abs=1e-9) for name, value in EXPECTED.items())


def without(**changes: Any) -> dict[str, np.ndarray]:
    return {**pelvis(), **{name: np.array(value, dtype=float) for name, value in changes.items()}}


def test_the_angles_are_those_the_pelvis_was_made_from() -> None:
    assert close(spinopelvic_angles(pelvis()))


def test_the_signs() -> None:
    assert spinopelvic_angles(pelvis(pt=-8)).pt == pytest.approx(-8)  # hip axis behind S1
    assert spinopelvic_angles(pelvis(ll=-5)).ll == pytest.approx(-5)  # kyphosis
    assert spinopelvic_angles(pelvis(ss=-3)).ss == pytest.approx(-3)  # endplate rises to the front


@pytest.mark.parametrize("front", [1, -1])
def test_a_film_and_its_mirror_image_give_the_same(front: int) -> None:
    points = placed_on_film(pelvis(), placed_mm=(0.2, 0.2), front=front)
    flat, assumed = in_mm(points, [SQUARE])
    assert lie_on_a_film(points) and not assumed and close(spinopelvic_angles(on_film(flat)))


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_film_turned_by_quarters_gives_the_same(quarters: int) -> None:
    turn = np.linalg.matrix_power(np.array([[0, -1], [1, 0]]), quarters)
    points = {name: turn @ p[:2] for name, p in placed_on_film(pelvis()).items()}
    assert close(spinopelvic_angles(on_film(points)))


@pytest.mark.parametrize(
    ("film", "placed", "assumed"),
    [
        (Film(3000, 4000, (0.2, 0.1), (0.2, 0.1)), (0.2, 0.1), False),  # ImagerPixelSpacing: Slicer knows it
        (Film(3000, 4000, (0.2, 0.1), None), (1.0, 1.0), False),  # PixelSpacing alone: Slicer passes it over
        (
            Film(3000, 4000, (0.2, 0.1), (0.3, 0.3)),
            (0.3, 0.3),
            False,
        ),  # both: PixelSpacing is the calibrated one
        (Film(3000, 4000, None, None), (1.0, 1.0), True),
    ],
)
def test_pixels_that_are_not_square(film: Film, placed: tuple[float, float], assumed: bool) -> None:
    size = film.spacing_mm or (0.2, 0.2)
    points = placed_on_film(pelvis(), size_mm=size, placed_mm=placed)
    flat, told = in_mm(points, [film])
    assert told == assumed and close(spinopelvic_angles(on_film(flat)))


def test_without_a_film_that_holds_the_points_square_pixels_are_assumed() -> None:
    points = placed_on_film(pelvis())
    assert in_mm(points, [])[1]
    flat, assumed = in_mm(points, [Film(100, 100, (0.2, 0.1), None)])
    assert assumed and close(spinopelvic_angles(on_film(flat)))


def test_films_of_different_pixel_shapes_leave_open_which_is_meant() -> None:
    points = placed_on_film(pelvis())
    films = [Film(3000, 2500, (0.2, 0.2), None), Film(3000, 2500, (0.2, 0.1), None)]
    with pytest.raises(LandmarksRefused, match="differ in shape"):
        in_mm(points, films)
    assert not in_mm(points, [films[0], Film(3000, 2500, (0.15, 0.15), None)])[1]


def test_landmarks_of_a_volume_are_projected_on_the_sagittal_plane() -> None:
    points = in_volume(pelvis())
    assert not lie_on_a_film(points) and close(spinopelvic_angles(in_patient(points)))


def swapped(points: dict[str, np.ndarray], level: str) -> dict[str, np.ndarray]:
    front, back = f"{level}_anterior", f"{level}_posterior"
    return {**points, front: points[back], back: points[front]}


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        (without(femoral_head_left=[20, 80], femoral_head_right=[30, 70]), "lie above the S1 endplate"),
        (without(S1_anterior=[0, 0], S1_posterior=[0, 0]), "ends of the S1 endplate stand at the same place"),
        (without(L1_anterior=[12, 160], L1_posterior=[12, 160]), "ends of the L1 endplate stand"),
        (without(femoral_head_left=[0, 0], femoral_head_right=[0, 0]), "same place as the S1 endplate"),
        (without(L1_anterior=[30, -160], L1_posterior=[0, -160]), "L1 lies below S1"),
        ({name: np.zeros(2) for name in pelvis()}, "stand at the same place"),
        (pelvis(pt=-60, ss=20), "which no pelvis has"),
        (pelvis(pt=80, ss=80), "which no pelvis has"),
    ],
)
def test_what_no_pelvis_has_is_refused(points: dict[str, np.ndarray], reason: str) -> None:
    with pytest.raises(LandmarksRefused, match=reason):
        spinopelvic_angles(points)


def test_swapped_ends_of_an_endplate_are_refused() -> None:
    with pytest.raises(LandmarksRefused, match="opposite sides"):
        on_film(swapped(placed_on_film(pelvis()), "S1"))
    with pytest.raises(LandmarksRefused, match="anterior end of the L1 endplate lies behind"):
        in_patient(swapped(in_volume(pelvis()), "L1"))


def landmarks_of(path: Path) -> dict[str, np.ndarray]:
    return read_landmarks(AnnotationFile(path, "R1", "P1", path.parent))


def test_labels_are_read_in_any_spelling_and_either_coordinate_system(tmp_path: Path) -> None:
    points = placed_on_film(pelvis())
    ras = {name.lower().replace("_", " "): p * [-1, -1, 1] for name, p in points.items()}
    path = save_landmarks(tmp_path, {**ras, "F-1": (1, 2, 3)}, coordinateSystem="RAS")
    read = landmarks_of(path)
    assert read.keys() == points.keys()
    assert all(np.allclose(read[name], points[name]) for name in points)


def test_several_point_lists_of_a_file_count_together(tmp_path: Path) -> None:
    listed = control_points(placed_on_film(pelvis()))
    path = tmp_path / "spinopelvic.mrk.json"
    save_markups(path, *(markup("Fiducial", controlPoints=part) for part in (listed[:4], listed[4:])))
    assert len(landmarks_of(path)) == 6


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda points: points.pop(), "femoral_head_right is missing or not placed"),
        (lambda points: points[0].update(positionStatus="undefined"), "S1_anterior is missing or not placed"),
        (lambda points: points[0].update(label="S1_posterior"), "S1_posterior stands twice"),
        (lambda points: points.clear(), "no point list"),
        (lambda points: points[1].update(position=[1, 2]), "is not 3 finite numbers"),
        (lambda points: points[1].update(position=[1, 2, 1e9]), "is not 3 finite numbers"),
        (lambda points: [points[k].update(label=5) for k in (0, 2)], "S1_anterior, L1_anterior are missing"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, change: Any, reason: str) -> None:
    points = control_points(placed_on_film(pelvis()))
    change(points)
    save_markups(tmp_path / "spinopelvic.mrk.json", markup("Fiducial", controlPoints=points))
    with pytest.raises((LandmarksRefused, UnreadableRoi), match=reason):
        landmarks_of(tmp_path / "spinopelvic.mrk.json")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"markups": 3}', '{"markups": [3]}', "[" * 5000])
def test_a_file_that_is_no_markup_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "spinopelvic.mrk.json"
    path.write_text(text)
    with pytest.raises(UnreadableRoi):
        landmarks_of(path)


def radiograph(path: Path, **elements: Any) -> None:
    absent = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope")
    unlike_ct = dict.fromkeys((*absent, "RescaleIntercept", "KVP", "ConvolutionKernel", "SliceThickness"))
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.zeros((3000, 2800), dtype=np.uint16)
    dataset = image(values, (0, 0, 0), **{**unlike_ct, "SOPClassUID": CR_CLASS, "Modality": "CR", **elements})
    dataset.save_as(path, enforce_file_format=True)


@pytest.mark.parametrize(
    ("elements", "spacing"),
    [
        ({}, (1.0, 1.0)),
        ({"PixelSpacing": [0.2, 0.1]}, (1.0, 1.0)),
        ({"ImagerPixelSpacing": [0.2, 0.1]}, (0.2, 0.1)),
        ({"ImagerPixelSpacing": [0.2, 0.1], "PixelSpacing": [0.3, 0.3]}, (0.2, 0.1)),
    ],
)
def test_itk_places_a_radiograph_as_is_assumed_here(
    tmp_path: Path, elements: dict[str, Any], spacing: tuple[float, float]
) -> None:
    radiograph(tmp_path / "film", **elements)
    placed = sitk.ReadImage(str(tmp_path / "film"), imageIO="GDCMImageIO")
    column, row = placed.TransformIndexToPhysicalPoint((10, 20, 0))[:2]
    assert (row, column) == pytest.approx((20 * spacing[0], 10 * spacing[1]))


def angles(tmp_path: Path) -> dict[str, Any]:
    images = PatientImages("P1", tmp_path, tmp_path / "dicom", tmp_path / "annotations", {}, {})
    return measure_patient(images, ImagingRules()).spinopelvic


def test_each_reader_and_session_gets_angles_or_a_reason(tmp_path: Path) -> None:
    radiograph(tmp_path / "dicom" / "a" / "film", PixelSpacing=[0.2, 0.1])
    readers = tmp_path / "annotations"
    placed = placed_on_film(pelvis(), size_mm=(0.2, 0.2))  # of a film with twice as many columns
    wide = {name: p * [2, 1, 1] for name, p in placed.items()}
    save_landmarks(readers / "R1", wide)
    save_landmarks(readers / "R1" / "session2", in_volume(pelvis()))
    save_landmarks(readers / "R2", swapped(wide, "S1"))
    save_landmarks(readers / "R3" / "a", wide)
    save_landmarks(readers / "R3" / "b", wide)
    save_landmarks(readers / "R 4", wide)
    document = angles(tmp_path)
    assert (document["schema"], document["status"]) == ("spinopelvic/1", "measured")
    first, again, wrong, twice = document["readings"]
    assert (first["reader"], first["session"], first["flags"], first["reason"]) == ("R1", 1, [], "")
    assert all(first[name] == pytest.approx(value) for name, value in EXPECTED.items())
    assert (again["session"], again["flags"]) == (2, ["from_volume"])
    assert wrong["pi"] is None and "opposite sides" in wrong["reason"]
    assert twice["pi"] is None and "several files" in twice["reason"]
    assert [problem["source"] for problem in document["problems"]] == [
        "reader R2, spinopelvic.mrk.json",
        "reader R3, spinopelvic.mrk.json",
    ]


def test_a_patient_without_landmarks_has_an_empty_document(tmp_path: Path) -> None:
    (tmp_path / "annotations").mkdir()
    assert angles(tmp_path) == {
        "schema": "spinopelvic/1",
        "patient_id": "P1",
        "status": "no_landmarks",
        "problems": [],
        "readings": [],
    }
    assert failed_measurement("P1", ValueError()).spinopelvic["readings"] == []


def test_a_link_to_the_outside_is_not_followed_and_no_name_is_told(tmp_path: Path) -> None:
    outside = save_landmarks(tmp_path / "ZZCANARY", placed_on_film(pelvis()))
    folder = tmp_path / "cohort" / "annotations" / "R1"
    folder.mkdir(parents=True)
    (folder / "spinopelvic.mrk.json").symlink_to(outside)
    images = PatientImages("P1", tmp_path / "cohort", None, tmp_path / "cohort" / "annotations", {}, {})
    measured = measure_patient(images, ImagingRules())
    assert measured.spinopelvic["readings"] == []
    assert "link" in json.dumps(measured.series) and "ZZCANARY" not in json.dumps(measured.series)
