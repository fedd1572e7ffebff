"""The cylinder around a planned screw: its voxels against a count by hand, its surface, and when there is none."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bonehold.imaging.measuring import measure_patient
from bonehold.imaging.measuring_rules import ImagingRules
from bonehold.imaging.patient import PatientImages
from dicom import markup, points, save_markups, write_series

SIZE, PIXEL, STEP = 60, 0.5, 1.0


def hu(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """A phantom: soft tissue in front of y = 5 mm, a cortex of 1 mm there, then bone that brightens along x and z."""
    bone = 100 + 2 * x + 3 * z
    return np.where(y < 5, 40, np.where(y < 6, 900, bone))


def slice_values(k: int, step: float = STEP) -> np.ndarray:
    rows, columns = np.mgrid[:SIZE, :SIZE]
    return np.rint(hu(columns * PIXEL, rows * PIXEL, np.full((SIZE, SIZE), k * step))) + 1024


def measured(tmp_path: Path, start: Any, end: Any, step: float = STEP, **elements: Any) -> dict[str, Any]:
    write_series(
        tmp_path / "dicom",
        lambda k: slice_values(k, step),
        [(0.0, 0.0, k * step) for k in range(round(12 / step) + 1)],
        PixelSpacing=[PIXEL, PIXEL],
        SliceThickness=step,
        **elements,
    )
    line = markup("Line", controlPoints=points(start, end))
    save_markups(tmp_path / "annotations" / "R1" / "L3_trajectory_left.mrk.json", line)
    patient = PatientImages("P1", tmp_path, tmp_path / "dicom", tmp_path / "annotations", {}, {})
    (row,) = measure_patient(patient, ImagingRules()).ct["rois"]
    return row


def by_hand(start: Any, end: Any, radius: float, step: float = STEP) -> np.ndarray:
    """Values of all voxels of the phantom whose centres lie in the cylinder."""
    k, r, c = np.mgrid[: round(12 / step) + 1, :SIZE, :SIZE]
    place = np.stack([c * PIXEL, r * PIXEL, k * step], axis=-1).reshape(-1, 3).astype(float)
    first, axis = np.array(start), np.array(end) - np.array(start)
    length = np.linalg.norm(axis)
    depth = (place - first) @ axis / length
    across = np.linalg.norm(place - first - depth[:, None] * axis / length, axis=1)
    inside = place[(depth >= 0) & (depth <= length) & (across <= radius)]
    return np.rint(hu(*inside.T))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ((10.13, 7.07, 6.0), (17.3, 25.2, 6.0)),  # within the slices
        ((10.13, 7.07, 6.0), (17.3, 25.2, 8.3)),  # as a pedicle screw leaves them
        ((12.2, 12.1, 2.2), (12.7, 12.9, 10.1)),  # nearly across them
    ],
)
def test_the_voxels_are_those_whose_centres_lie_inside(tmp_path: Path, start: Any, end: Any) -> None:
    row = measured(tmp_path, start, end)
    expected = by_hand(start, end, 2.5)
    assert row["cylinder_n"] == len(expected)
    assert row["cylinder_mean"] == pytest.approx(expected.mean(), abs=1e-9)
    assert row["cylinder_sd"] == pytest.approx(expected.std(ddof=1), abs=1e-9)


def test_what_lies_before_the_surface_of_the_bone_is_told_apart(tmp_path: Path) -> None:
    row = measured(tmp_path, (14.1, 2.0, 6.0), (14.1, 24.0, 6.0))
    assert row["cylinder_outside_mm"] == 3.0  # the cortex begins 3 mm behind the entry
    assert row["cylinder_profile"][0] == 40 and row["cylinder_profile"][3] > 200
    assert len(row["cylinder_profile"]) == 22
    inside = by_hand((14.1, 5.0, 6.0), (14.1, 24.0, 6.0), 2.5)
    assert row["cylinder_bone_n"] == len(inside)
    assert row["cylinder_bone_mean"] == pytest.approx(inside.mean(), abs=1e-9)
    assert row["cylinder_mean"] < row["cylinder_bone_mean"]


def test_a_trajectory_that_meets_no_surface_has_no_way_outside(tmp_path: Path) -> None:
    row = measured(tmp_path, (14.1, 10.0, 6.0), (14.1, 24.0, 6.0))
    assert row["cylinder_outside_mm"] is None
    assert row["cylinder_bone_n"] == row["cylinder_n"]


def test_a_long_way_to_the_surface_is_flagged(tmp_path: Path) -> None:
    assert "outside_bone" in measured(tmp_path, (14.1, 0.5, 6.0), (14.1, 12.0, 6.0))["flags"]


@pytest.mark.parametrize(
    ("step", "flagged", "there"), [(1.25, False, True), (1.5, True, True), (3.0, False, False)]
)
def test_thick_slices_are_flagged_and_very_thick_ones_leave_the_columns_empty(
    tmp_path: Path, step: float, flagged: bool, there: bool
) -> None:
    row = measured(tmp_path, (10.1, 8.0, 6.0), (14.3, 25.0, 6.0), step)
    assert row["mean"] is not None
    assert ("cylinder_coarse" in row["flags"]) == flagged
    assert ("cylinder_mean" in row) == there
    assert there or "3 mm apart" in row["cylinder_reason"]


def test_the_radius_of_a_native_cylinder_is_its_own(tmp_path: Path) -> None:
    measured(tmp_path, (10.1, 8.0, 6.0), (14.3, 25.0, 6.0))
    folder = tmp_path / "annotations" / "R1"
    (folder / "L3_trajectory_left.mrk.json").unlink()
    (folder / "roi.json").write_text(
        '{"schema": "roi/1", "reader": "R1", "rois": [{"name": "L3_trajectory_left", "shape": "cylinder",'
        '"start": [10.1, 8, 6], "end": [14.3, 25, 6], "radius_mm": 3.25}]}'
    )
    patient = PatientImages("P1", tmp_path, tmp_path / "dicom", tmp_path / "annotations", {}, {})
    (row,) = measure_patient(patient, ImagingRules()).ct["rois"]
    expected = by_hand((10.1, 8.0, 6.0), (14.3, 25.0, 6.0), 3.25)
    assert (row["cylinder_n"], row["cylinder_mean"]) == (len(expected), pytest.approx(expected.mean()))


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        ((1.0, 8.0, 6.0), (1.0, 25.0, 6.0), "lies outside the image"),
        ((14.0, 8.0, 11.5), (14.0, 25.0, 12.4), "lies outside the image"),
    ],
)
def test_a_cylinder_that_leaves_the_image_is_not_measured_but_its_rectangle_may_be(
    tmp_path: Path, start: Any, end: Any, reason: str
) -> None:
    row = measured(tmp_path, start, end)
    assert row.get("cylinder_mean") is None
    assert reason in row.get("cylinder_reason", row["reason"])
