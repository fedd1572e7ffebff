"""The mean of a region, and what happens when it cannot be had."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from bonehold.imaging.measuring import measure_patient
from bonehold.imaging.measuring_rules import ImagingRules
from bonehold.imaging.patient import PatientImages
from dicom import MR_CLASS, SAGITTAL, box, markup, points, save_markups, write_series

ROWS = COLUMNS = 40


def ramp(k: int) -> np.ndarray:
    """Stored values whose HU are 100 k + column."""
    return np.tile(np.arange(COLUMNS), (ROWS, 1)) + 100 * k + 1024


def measure(tmp_path: Path, **images: Any) -> Any:
    patient = PatientImages(
        "P1",
        tmp_path,
        tmp_path / "dicom",
        tmp_path / "annotations",
        images.get("series_numbers", {}),
        images.get("days_to_surgery", {}),
    )
    return measure_patient(patient, ImagingRules())


def ct_row(tmp_path: Path, **images: Any) -> dict[str, Any]:
    (row,) = measure(tmp_path, **images).ct["rois"]
    return row


def write_ct(tmp_path: Path, values: Any = ramp, positions: Any = None, **elements: Any) -> list[Path]:
    stack = positions or [(0.0, 0.0, 2.0 * k) for k in range(6)]
    return write_series(tmp_path / "dicom", values, stack, **elements)


def draw(tmp_path: Path, name: str, shape: dict[str, Any], reader: str = "R1") -> None:
    save_markups(tmp_path / "annotations" / reader / f"{name}.mrk.json", shape)


def test_the_mean_of_an_ellipse(tmp_path: Path) -> None:
    write_ct(tmp_path)
    draw(tmp_path, "L3_body_middle", box((20, 20, 4.0), (12, 8, 2)))
    row = ct_row(tmp_path)
    assert row["mean"] == pytest.approx(220, abs=1e-12)  # slice 2, centred on column 20
    assert row["mean_cubic"] == pytest.approx(220, abs=1e-6)
    assert (row["slice"], row["flags"], row["reason"]) == (2, [], "")
    inside = [(c, r) for c in range(40) for r in range(40) if ((c - 20) / 6) ** 2 + ((r - 20) / 4) ** 2 <= 1]
    assert row["n"] == len(inside) and row["area_mm2"] == len(inside)
    assert row["sd"] == pytest.approx(np.std([c for c, _ in inside], ddof=1))
    assert (row["minimum"], row["maximum"]) == (214, 226)


@pytest.mark.parametrize(("z", "slice_index"), [(3.0, 1), (3.0001, 2), (4.9, 2), (5.0, 2), (-0.9, 0)])
def test_the_nearest_slice_is_measured_and_a_tie_goes_down(
    tmp_path: Path, z: float, slice_index: int
) -> None:
    write_ct(tmp_path)
    draw(tmp_path, "L3_body_middle", box((20, 20, z), (12, 8, 2)))
    assert ct_row(tmp_path)["slice"] == slice_index


def test_few_pixels_are_flagged_and_very_few_refused(tmp_path: Path) -> None:
    write_ct(tmp_path)
    draw(tmp_path, "L3_body_middle", box((20, 20, 4), (5, 5, 2)))
    assert ct_row(tmp_path)["flags"] == ["small_roi"]
    draw(tmp_path, "L3_body_middle", box((20, 20, 4), (3, 3, 2)))
    row = ct_row(tmp_path)
    assert row["mean"] is None and row["reason"] == "holds 9 pixels, fewer than 10"


@pytest.mark.parametrize(
    ("center", "reason"),
    [
        ((38, 20, 4), "lies outside the image"),
        ((20, 20, 14), "lies outside the image"),
        ((20, -300, 4), "lies outside the image"),
    ],
)
def test_a_region_outside_the_image_is_refused(
    tmp_path: Path, center: tuple[float, float, float], reason: str
) -> None:
    write_ct(tmp_path)
    draw(tmp_path, "L3_body_middle", box(center, (12, 8, 2)))
    measured = measure(tmp_path)
    (row,) = measured.ct["rois"]
    assert row["mean"] is None and row["reason"] == reason and row["flags"] == ["refused"]
    assert measured.ct["problems"][0]["source"] == "reader R1, L3_body_middle"


def test_a_region_in_a_gap_of_the_stack_is_refused_and_one_beside_it_is_measured(tmp_path: Path) -> None:
    write_ct(tmp_path, positions=[(0.0, 0.0, 2.0 * k) for k in (0, 1, 2, 5, 6, 7)])
    draw(tmp_path, "L3_body_middle", box((20, 20, 7), (12, 8, 2)))
    draw(tmp_path, "L3_body_superior", box((20, 20, 10), (12, 8, 2)))
    rows = {row["roi"]: row for row in measure(tmp_path).ct["rois"]}
    assert rows["L3_body_middle"]["reason"] == "lies where slices are missing"
    assert rows["L3_body_superior"]["mean"] == pytest.approx(320)
    assert "missing_slices" in rows["L3_body_superior"]["flags"]


def test_an_oblique_region_is_sampled_on_its_own_plane(tmp_path: Path) -> None:
    write_ct(tmp_path)
    c, s = np.cos(0.4), np.sin(0.4)
    tilted = markup("Plane", center=[20, 20, 5], orientation=[c, 0, -s, 0, 1, 0, s, 0, c], size=[12, 8, 0])
    draw(tmp_path, "L3_trajectory_left", tilted)
    row = ct_row(tmp_path)
    assert "oblique" in row["flags"]
    # HU are 50 z + x, which linear interpolation reproduces: the mean is the value at the centre.
    assert row["mean"] == pytest.approx(50 * 5 + 20, abs=1e-9)
    assert row["mean_cubic"] is None


def test_padding_in_a_region_is_refused(tmp_path: Path) -> None:
    def padded(k: int) -> np.ndarray:
        values = ramp(k)
        values[20, 20] = 63536
        return values

    write_ct(tmp_path, padded, PixelPaddingValue=63536)
    draw(tmp_path, "L3_body_middle", box((20, 20, 4), (12, 8, 2)))
    assert "padding" in ct_row(tmp_path)["reason"]


def test_a_truncated_slice_is_refused_only_where_a_region_needs_it(tmp_path: Path) -> None:
    paths = write_ct(tmp_path)
    paths[2].write_bytes(paths[2].read_bytes()[:-100])
    draw(tmp_path, "L3_body_middle", box((20, 20, 4), (12, 8, 2)))
    draw(tmp_path, "L3_body_superior", box((20, 20, 6), (12, 8, 2)))
    measured = measure(tmp_path)
    rows = {row["roi"]: row for row in measured.ct["rois"]}
    assert "cut short" in rows["L3_body_middle"]["reason"]
    assert rows["L3_body_superior"]["mean"] == pytest.approx(320)
    assert any("cut short" in problem["problem"] for problem in measured.series["problems"])


def test_two_different_slices_at_one_place_are_refused_and_equal_ones_are_not(tmp_path: Path) -> None:
    positions = [(0.0, 0.0, 2.0 * k) for k in range(6)] + [(0.0, 0.0, 4.0), (0.0, 0.0, 8.0)]
    twice = [0, 1, 2, 3, 4, 5, 2, 0]
    write_ct(tmp_path, lambda k: ramp(twice[k]), positions)
    draw(tmp_path, "L3_body_middle", box((20, 20, 4), (12, 8, 2)))
    draw(tmp_path, "L3_body_superior", box((20, 20, 8), (12, 8, 2)))
    rows = {row["roi"]: row for row in measure(tmp_path).ct["rois"]}
    assert rows["L3_body_middle"]["mean"] == pytest.approx(220)
    assert rows["L3_body_superior"]["reason"] == "two different slices stand at its place"


@pytest.mark.parametrize(
    ("elements", "factor", "offset"),
    [
        ({"RescaleSlope": 2, "RescaleIntercept": -1000}, 2, -1000),
        ({"RescaleSlope": None, "RescaleIntercept": None}, 1, 0),
        ({"PhotometricInterpretation": "MONOCHROME1"}, 1, -1024),
    ],
)
def test_the_modality_lut_of_the_slice_is_applied_and_monochrome1_never_turns_it_round(
    tmp_path: Path, elements: dict[str, Any], factor: float, offset: float
) -> None:
    write_ct(tmp_path, **elements)
    draw(tmp_path, "L3_body_middle", box((20, 20, 4), (12, 8, 2)))
    assert ct_row(tmp_path)["mean"] == pytest.approx(factor * (220 + 1024) + offset)


def test_signed_pixels(tmp_path: Path) -> None:
    write_ct(tmp_path, lambda k: ramp(k) - 2000, PixelRepresentation=1, RescaleIntercept=0)
    draw(tmp_path, "L3_body_middle", box((20, 20, 4), (12, 8, 2)))
    assert ct_row(tmp_path)["mean"] == pytest.approx(220 + 1024 - 2000)


def write_mr(tmp_path: Path, **elements: Any) -> list[Path]:
    defaults = {
        "Modality": "MR",
        "SOPClassUID": MR_CLASS,
        "ImageOrientationPatient": list(SAGITTAL),
        "RepetitionTime": 600,
        "EchoTime": 10,
        "KVP": None,
        "RescaleIntercept": None,
        "RescaleSlope": None,
    }
    stack = [(4.0 * k, 0.0, 40.0) for k in range(9)]
    return write_series(tmp_path / "dicom", ramp, stack, **{**defaults, **elements})


def curve(x: float) -> dict[str, Any]:
    angle = 2 * np.pi * np.arange(12) / 12
    return markup(
        "ClosedCurve", controlPoints=points(*[(x, 20 + 5 * np.cos(t), 20 + 5 * np.sin(t)) for t in angle])
    )


def test_signal_on_sagittal_slices(tmp_path: Path) -> None:
    write_mr(tmp_path)
    draw(tmp_path, "L3_csf", curve(8.3))
    (row,) = measure(tmp_path).mr["rois"]
    # Slices run along the normal, which points to -x here: x = 8 is the third, sorted it is the seventh.
    assert row["mean"] == pytest.approx(1024 + 200 + 20)
    assert row["slice"] == 6


def test_an_intercept_of_the_mr_that_does_not_cancel_is_refused(tmp_path: Path) -> None:
    write_mr(tmp_path, RescaleSlope=1, RescaleIntercept=-50)
    draw(tmp_path, "L3_csf", curve(8))
    (row,) = measure(tmp_path).mr["rois"]
    assert "RescaleIntercept" in row["reason"]


def test_philips_slices_of_different_scale_are_brought_to_one(tmp_path: Path) -> None:
    paths = write_mr(tmp_path, Manufacturer="Philips", RescaleIntercept=0, RescaleSlope=2)
    for k, path in enumerate(paths):
        dataset = pydicom.dcmread(path)
        block = dataset.private_block(0x2005, "Philips MR Imaging DD 001", create=True)
        block.add_new(0x0E, "FL", 0.5 if k < 5 else 0.25)
        dataset.save_as(path)
    draw(tmp_path, "L3_csf", curve(8))
    draw(tmp_path, "L3_pedicle_left", curve(24))
    rows = {row["roi"]: row for row in measure(tmp_path).mr["rois"]}
    assert rows["L3_csf"]["mean"] == pytest.approx((1024 + 200 + 20) / 0.5)
    assert rows["L3_pedicle_left"]["mean"] == pytest.approx((1024 + 600 + 20) / 0.25)
    assert "philips_scale" in rows["L3_csf"]["flags"]


def test_without_ct_every_region_says_so_and_the_mr_goes_on(tmp_path: Path) -> None:
    write_mr(tmp_path)
    draw(tmp_path, "L3_csf", curve(8))
    draw(tmp_path, "L3_body_middle", box((20, 20, 4), (12, 8, 2)))
    measured = measure(tmp_path)
    assert measured.ct["status"] == "no_series" and measured.mr["status"] == "measured"
    assert measured.ct["rois"][0]["reason"] == "no CT series to measure on"
    assert "no axial CT series" in measured.ct["problems"][0]["problem"]


def test_images_without_drawings_say_what_to_draw(tmp_path: Path) -> None:
    write_ct(tmp_path)
    (tmp_path / "annotations").mkdir()
    measured = measure(tmp_path)
    assert measured.ct["status"] == "no_annotations"
    assert "no CT region is drawn" in measured.ct["problems"][0]["problem"]


def test_no_name_of_a_file_is_in_any_document(tmp_path: Path) -> None:
    write_series(
        tmp_path / "dicom" / "CANARYFOLDER",
        ramp,
        [(0.0, 0.0, 2.0 * k) for k in range(6)],
        prefix="CANARYFILE",
        PatientName="CANARY^NAME",
        PatientID="CANARYID",
        SeriesDescription="CANARYSERIES",
        ConvolutionKernel="CANARY/KERNEL_LONGER",
        Manufacturer="CANARY Inc",
    )
    (tmp_path / "dicom" / "CANARY.txt").write_text("CANARY")
    draw(tmp_path, "CANARY", box((20, 20, 4), (12, 8, 2)))
    draw(tmp_path, "L3_body_middle", box((20, 20, 4), (12, 8, 2), description="CANARY"))
    measured = measure(tmp_path)
    assert measured.ct["rois"][0]["mean"] is not None
    assert "CANARY" not in str(measured) and "2.25" not in str(measured)


def test_philips_slices_of_which_some_lack_their_scale_are_refused(tmp_path: Path) -> None:
    paths = write_mr(tmp_path, Manufacturer="Philips", RescaleIntercept=0, RescaleSlope=2)
    for k, path in enumerate(paths[:-1]):
        dataset = pydicom.dcmread(path)
        block = dataset.private_block(0x2005, "Philips MR Imaging DD 001", create=True)
        block.add_new(0x0E, "FL", 0.1 * (k + 1))
        dataset.save_as(path)
    draw(tmp_path, "L3_csf", curve(8))
    (row,) = measure(tmp_path).mr["rois"]
    assert "lack the Philips scale slope" in row["reason"]


def test_a_ct_that_does_not_say_how_it_becomes_hu_is_flagged(tmp_path: Path) -> None:
    write_ct(tmp_path, RescaleSlope=None, RescaleIntercept=None)
    draw(tmp_path, "L3_body_middle", box((20, 20, 4), (12, 8, 2)))
    assert "no_rescale" in ct_row(tmp_path)["flags"]


def test_a_region_seen_edge_on_is_refused(tmp_path: Path) -> None:
    write_ct(tmp_path)
    upright = {
        "name": "L3_body_middle",
        "shape": "ellipse",
        "center": [20, 20, 4],
        "axis_u": [1, 0, 0],
        "axis_v": [0, 0, 1],
        "semi_axes_mm": [10, 0.5],
    }
    path = tmp_path / "annotations" / "R1" / "regions.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"schema": "roi/1", "rois": [upright]}))
    assert "upright" in ct_row(tmp_path)["reason"]
