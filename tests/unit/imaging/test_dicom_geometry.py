"""Stacks as they come: tilted, with gaps, doubled, mixed, turned; beside SimpleITK where that is silently wrong."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from time import perf_counter

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from bonehold.imaging.dicom.folder import index_folder
from bonehold.imaging.geometry import slice_geometry
from bonehold.imaging.series import group_series
from dicom import save_markups, write_series
from small_patient import (
    MIDDLE_HU,
    SIZE,
    ct_row,
    draw,
    draw_curve,
    measure,
    mr_rows,
    ramp,
    stack,
    write_ct,
    write_mr,
)

TILT = np.deg2rad(20)
TILTED = [1, 0, 0, 0, float(np.cos(TILT)), float(np.sin(TILT))]


def simple_itk_at(folder: Path, point: tuple[float, float, float]) -> float:
    """What a SimpleITK series read gives at a point of the patient, by linear interpolation."""
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder / "dicom")))
    volume = sitk.Cast(reader.Execute(), sitk.sitkFloat64)
    return float(volume.EvaluateAtContinuousIndex(volume.TransformPhysicalPointToContinuousIndex(point)))


def tilted_ct(folder: Path) -> None:
    """Slices 2 mm apart along z, leaning: each starts where the one below does, as under a tilted gantry."""
    write_ct(folder, ramp, stack(), ImageOrientationPatient=TILTED)


def test_a_tilted_stack_is_measured_on_its_own_slices_and_flagged(tmp_path: Path) -> None:
    tilted_ct(tmp_path)
    # the middle of slice 2: 20 mm along its leaning columns
    center = (20, 20 * np.cos(TILT), 4 + 20 * np.sin(TILT))
    c, s = float(np.cos(TILT)), float(np.sin(TILT))
    shape = {
        "type": "ROI",
        "coordinateSystem": "LPS",
        "coordinateUnits": "mm",
        "roiType": "Box",
        "center": list(map(float, center)),
        "orientation": [1, 0, 0, 0, c, -s, 0, s, c],
        "size": [12, 8, 2],
    }
    save_markups(tmp_path / "annotations" / "R1" / "L3_body_middle.mrk.json", shape)
    row = ct_row(tmp_path)
    assert row["slice"] == 2 and row["mean"] == pytest.approx(MIDDLE_HU, abs=1e-9)
    assert row["flags"] == ["tilted"]
    # SimpleITK stacks the slices along their normal, so the same point of the patient lies on another slice
    assert abs(simple_itk_at(tmp_path, center) - MIDDLE_HU) > 10


def test_an_oblique_region_of_a_tilted_stack_is_refused(tmp_path: Path) -> None:
    tilted_ct(tmp_path)
    draw(tmp_path, (20, 18, 11), (12, 12, 2))
    row = ct_row(tmp_path)
    assert row["mean"] is None and row["reason"] == "is oblique to the slices of a tilted series"


def test_beside_missing_slices_is_measured_and_flagged_and_among_them_refused(tmp_path: Path) -> None:
    kept = [0, 1, 2, 3, 7, 8, 9, 10]
    write_ct(tmp_path, lambda k: ramp(kept[k]), [stack(11)[k] for k in kept])
    draw(tmp_path, (20, 20, 16), name="L3_body_superior")
    draw(tmp_path, (20, 20, 10), name="L3_body_middle")
    rows = {row["roi"]: row for row in measure(tmp_path).ct["rois"]}
    assert rows["L3_body_superior"]["mean"] == pytest.approx(820)
    assert rows["L3_body_superior"]["flags"] == ["cortex", "missing_slices"]
    assert rows["L3_body_middle"]["reason"] == "lies where slices are missing"
    # SimpleITK spreads the slices evenly and gives another slice's HU
    assert abs(simple_itk_at(tmp_path, (20, 20, 16)) - 820) > 50


def test_unevenly_spaced_slices_are_flagged_and_each_is_measured_where_it_lies(tmp_path: Path) -> None:
    heights = [0, 2, 4, 6.4, 8, 10.3, 12]
    write_ct(tmp_path, ramp, [(0, 0, z) for z in heights])
    draw(tmp_path, (20, 20, 6.4))
    row = ct_row(tmp_path)
    assert row["slice"] == 3 and row["mean"] == pytest.approx(320)
    assert row["flags"] == ["uneven_spacing"]


def test_the_same_slice_twice_is_measured_and_flagged(tmp_path: Path) -> None:
    write_ct(tmp_path)
    write_ct(tmp_path, lambda _: ramp(2), [(0.0, 0.0, 4.0)], below="again")
    draw(tmp_path)
    row = ct_row(tmp_path)
    assert row["mean"] == MIDDLE_HU and row["flags"] == ["duplicate_slices"]


def test_two_different_slices_at_one_place_are_refused(tmp_path: Path) -> None:
    write_ct(tmp_path)
    write_ct(tmp_path, lambda _: ramp(3), [(0.0, 0.0, 4.0)], below="again")
    draw(tmp_path)
    assert ct_row(tmp_path)["reason"] == "two different slices stand at its place"


def test_a_localiser_with_the_uid_of_the_stack_is_left_out(tmp_path: Path) -> None:
    write_ct(tmp_path)
    scout = {
        "ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"],
        "ImageOrientationPatient": [1, 0, 0, 0, 0, -1],
    }
    write_ct(tmp_path, lambda _: ramp(30), [(0.0, 20.0, 30.0)], below="scout", **scout)
    draw(tmp_path)
    row = ct_row(tmp_path)
    assert (row["mean"], row["flags"]) == (MIDDLE_HU, [])


def test_other_orientations_under_one_uid_are_series_of_their_own(tmp_path: Path) -> None:
    write_ct(tmp_path)
    sagittal = [(5.0 * k, 0.0, 40.0) for k in range(5)]
    write_ct(
        tmp_path, lambda k: ramp(30 + k), sagittal, below="s", ImageOrientationPatient=[0, 1, 0, 0, 0, -1]
    )
    draw(tmp_path)
    row = ct_row(tmp_path)
    assert (row["mean"], row["flags"]) == (MIDDLE_HU, [])
    assert len(measure(tmp_path).series["series"]) == 2


@pytest.mark.parametrize("missing", ["ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"])
def test_images_that_do_not_say_where_they_lie_are_refused(tmp_path: Path, missing: str) -> None:
    write_ct(tmp_path, **{missing: None})
    draw(tmp_path)
    assert ct_row(tmp_path)["reason"] == "no CT series to measure on"
    (series,) = measure(tmp_path).series["series"]
    assert "does not say where its slices lie" in series["refused_because"]


def test_a_slice_without_position_among_others_leaves_a_gap(tmp_path: Path) -> None:
    paths = write_ct(tmp_path)
    dataset = pydicom.dcmread(paths[4])
    del dataset.ImagePositionPatient
    dataset.save_as(paths[4])
    draw(tmp_path)
    row = ct_row(tmp_path)
    assert row["mean"] == MIDDLE_HU and row["flags"] == ["missing_slices"]


def test_axes_that_are_no_right_angle_are_no_place(tmp_path: Path) -> None:
    write_ct(tmp_path, ImageOrientationPatient=[1, 0, 0, 0.2, 1, 0])
    draw(tmp_path)
    assert ct_row(tmp_path)["mean"] is None


SPOT_HU = 500


@pytest.mark.parametrize(
    ("position", "along_row", "along_column", "step"),
    [
        ("HFS", (1, 0, 0), (0, 1, 0), 2.0),
        ("HFP", (-1, 0, 0), (0, -1, 0), 2.0),
        ("FFS", (-1, 0, 0), (0, 1, 0), -2.0),
        ("FFP", (1, 0, 0), (0, -1, 0), -2.0),
        ("HFDR", (0, 1, 0), (-1, 0, 0), 2.0),
        ("HFDL", (0, -1, 0), (1, 0, 0), 2.0),
    ],
)
def test_the_pixel_at_a_place_of_the_patient_is_found_in_any_patient_position(
    tmp_path: Path, position: str, along_row: tuple[int, ...], along_column: tuple[int, ...], step: float
) -> None:
    """A block of 500 HU, 4 mm wide, at (31, 12, 4) in the patient, however the patient lay on the table."""
    u, v = np.array(along_row, dtype=float), np.array(along_column, dtype=float)
    corner = np.array([20.0, 20.0, 0.0]) - 20 * u - 20 * v
    columns, rows = np.meshgrid(np.arange(SIZE), np.arange(SIZE))
    heights = [step * k + (0 if step > 0 else 10) for k in range(6)]

    def values(k: int) -> np.ndarray:
        places = corner + columns[..., None] * u + rows[..., None] * v + np.array([0, 0, heights[k]])
        spot = (np.abs(places - np.array([31, 12, 4])) <= 2.5).all(axis=-1) & (heights[k] == 4)
        return np.where(spot, SPOT_HU, 0) + 1024

    origins = [tuple(corner + np.array([0, 0, z])) for z in heights]
    write_ct(tmp_path, values, origins, PatientPosition=position, ImageOrientationPatient=[*u, *v])
    draw(tmp_path, (31, 12, 4), (4.2, 4.2, 2))
    row = ct_row(tmp_path)
    assert row["reason"] == "" and row["mean"] == SPOT_HU and row["sd"] == 0


def test_rows_and_columns_of_unequal_spacing(tmp_path: Path) -> None:
    values = np.tile(np.arange(SIZE)[:, None], (1, SIZE))  # HU = row
    write_ct(tmp_path, lambda _: values + 1024, PixelSpacing=[0.5, 1.0])
    draw(tmp_path, (20, 10, 4), (12, 6, 2))
    row = ct_row(tmp_path)
    assert row["mean"] == pytest.approx(20) and row["area_mm2"] == row["n"] * 0.5


def test_several_studies_and_series_together(tmp_path: Path) -> None:
    write_ct(tmp_path, below="st1/se1")
    bone = {"SeriesInstanceUID": "2.25.8", "SeriesNumber": 3, "ConvolutionKernel": "B70f"}
    write_ct(tmp_path, lambda k: ramp(k + 7), below="st1/se2", **bone)
    far = [(0.0, 0.0, 500 + 2.0 * k) for k in range(9)]
    write_ct(tmp_path, ramp, far, below="st2", SeriesInstanceUID="2.25.9", SeriesNumber=4)
    write_mr(tmp_path)
    draw(tmp_path)
    draw_curve(tmp_path, 8)
    assert ct_row(tmp_path)["mean"] == MIDDLE_HU
    assert mr_rows(tmp_path)["L3_csf"]["mean"] == pytest.approx(1244)
    assert ct_row(tmp_path, CT=3)["mean"] == MIDDLE_HU + 700


def test_series_whose_uids_an_anonymiser_has_emptied_do_not_mix(tmp_path: Path) -> None:
    write_ct(tmp_path, below="a", SeriesInstanceUID="", SOPInstanceUID="")
    bone = {"SeriesInstanceUID": "", "SeriesNumber": 3, "ConvolutionKernel": "B70f"}
    write_ct(tmp_path, lambda k: ramp(k + 7), below="b", **bone)
    draw(tmp_path)
    row = ct_row(tmp_path)
    assert (row["mean"], row["flags"]) == (MIDDLE_HU, [])


def test_a_series_of_one_slice_takes_its_thickness_for_the_spacing(tmp_path: Path) -> None:
    write_ct(tmp_path, lambda _: ramp(2), [(0.0, 0.0, 4.0)], SliceThickness=3)
    draw(tmp_path, (20, 20, 5.4))
    assert ct_row(tmp_path)["mean"] is None  # too few slices for a CT, unless the user names it
    assert ct_row(tmp_path, CT=2)["mean"] == MIDDLE_HU


@pytest.mark.parametrize("thickness", [None, 0, -1])
def test_a_single_slice_of_unknown_thickness_is_refused(tmp_path: Path, thickness: float | None) -> None:
    write_ct(tmp_path, lambda _: ramp(2), [(0.0, 0.0, 4.0)], SliceThickness=thickness)
    draw(tmp_path)
    assert ct_row(tmp_path, CT=2)["reason"] == "lies on a single slice whose thickness is unknown"


def test_thousands_of_orientations_take_no_time(tmp_path: Path) -> None:
    write_series(tmp_path, ramp, [(0, 0, 0)])
    (header,) = index_folder(tmp_path, inside=tmp_path).images
    headers = []
    for angle in np.linspace(0, 6, 3000):
        axes = (np.cos(angle), np.sin(angle), 0, -np.sin(angle), np.cos(angle), 0)
        plane = slice_geometry((0, 0, 0), axes, (1, 1), SIZE, SIZE)
        headers.append(dataclasses.replace(header, geometry=plane))
    began = perf_counter()
    assert len(group_series(headers)) > 2000
    assert perf_counter() - began < 20
