"""Flags of suspicious regions: each appears beyond its limit and not below."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bonehold.configuration import checked_configuration
from bonehold.imaging.dicom.pixels import SlicePixels
from bonehold.imaging.measuring import measure_patient
from bonehold.imaging.measuring_rules import ImagingRules, imaging_rules
from bonehold.imaging.patient import PatientImages
from bonehold.imaging.quality import QualityLimits, noise_sd
from dicom import MR_CLASS, SAGITTAL, box, markup, points, save_markups, write_series

SCHEMA = Path(__file__).resolve().parents[3] / "workflow" / "schemas" / "config.schema.yaml"
SIZE = 64


def flags(tmp_path: Path, image: np.ndarray, name: str, shape: dict[str, Any], **limits: float) -> list[str]:
    mr = "csf" in name or "pedicle" in name
    common = {"RescaleSlope": None, "RescaleIntercept": None} if mr else {}
    as_mr = {
        "Modality": "MR",
        "SOPClassUID": MR_CLASS,
        "ImageOrientationPatient": list(SAGITTAL),
        "RepetitionTime": 600,
        "EchoTime": 10,
        "KVP": None,
        "ConvolutionKernel": None,
    }
    stack = [(2.0 * k, 0.0, 0.0) if mr else (0.0, 0.0, 2.0 * k) for k in range(9)]
    stored = np.rint(image if mr else image + 1024)
    write_series(tmp_path / "dicom", lambda k: stored, stack, **(as_mr if mr else {}), **common)
    save_markups(tmp_path / "annotations" / "R1" / f"{name}.mrk.json", shape)
    patient = PatientImages("P1", tmp_path, tmp_path / "dicom", tmp_path / "annotations", {}, {})
    rules = ImagingRules(limits=QualityLimits(**limits))
    measured = measure_patient(patient, rules)
    (row,) = (measured.mr if mr else measured.ct)["rois"]
    assert row["mean"] is not None, row["reason"]
    return row["flags"]


def bone(sd: float = 20, mean: float = 120) -> np.ndarray:
    return np.random.default_rng(1).normal(mean, sd, (SIZE, SIZE))


BODY = box((32, 32, 4), (20, 16, 2))


def test_plain_bone_bears_no_flag(tmp_path: Path) -> None:
    assert flags(tmp_path, bone(), "L3_body_middle", BODY) == []


def test_metal_in_a_region_and_near_it(tmp_path: Path) -> None:
    inside, near, far = bone(), bone(), bone()
    inside[32, 32], near[32, 49], far[32, 60] = 2600, 2600, 2600
    assert "metal" in flags(tmp_path / "in", inside, "L3_body_middle", BODY)
    assert flags(tmp_path / "near", near, "L3_body_middle", BODY) == ["metal_near"]
    assert flags(tmp_path / "far", far, "L3_body_middle", BODY) == []


@pytest.mark.parametrize(
    ("change", "limits"),
    [
        (lambda image: image.__setitem__((slice(30, 34), slice(28, 36)), 500.0), {}),
        (lambda image: image.__setitem__((32, 32), 900.0), {}),
        (lambda image: image.__iadd__(np.random.default_rng(2).normal(0, 150, image.shape)), {}),
        (lambda image: image.__setitem__((32, 32), 300.0), {"cortex_maximum_hu": 290.0}),
    ],
    ids=["share", "maximum", "scatter", "a lower limit"],
)
def test_cortex_in_cancellous_bone(tmp_path: Path, change: Any, limits: dict[str, float]) -> None:
    image = bone()
    change(image)
    assert "cortex" in flags(tmp_path, image, "L3_body_middle", BODY, **limits)


def test_cortex_in_a_pedicle_is_dark_on_t1(tmp_path: Path) -> None:
    plain, mixed = bone(8, 300), bone(8, 300)
    mixed[:, :31] = 60
    shape = box((8, 32, -32), (2, 12, 12))
    assert flags(tmp_path / "a", plain, "L2_pedicle_left", shape) == []
    assert flags(tmp_path / "b", mixed, "L2_pedicle_left", shape) == ["cortex"]


def test_a_trajectory_in_fat(tmp_path: Path) -> None:
    image = bone()
    image[:24] = -100
    line = markup("Line", controlPoints=points((32, 10, 4), (32, 50, 4)))
    assert "outside_bone" in flags(tmp_path, image, "L3_trajectory_left", line)


def test_fluid_as_dark_as_the_noise(tmp_path: Path) -> None:
    generator = np.random.default_rng(3)
    magnitude = np.hypot(generator.normal(0, 10, (SIZE, SIZE)), generator.normal(0, 10, (SIZE, SIZE)))
    bright = magnitude.copy()
    bright[16:48, 16:48] += 200
    shape = box((8, 32, -32), (2, 12, 12))
    assert "csf_near_noise" in flags(tmp_path / "dark", magnitude, "L3_csf", shape)
    assert "csf_near_noise" not in flags(tmp_path / "bright", bright, "L3_csf", shape)
    no_padding = np.zeros((SIZE, SIZE), dtype=bool)
    assert noise_sd(SlicePixels(magnitude, no_padding)) == pytest.approx(10, rel=0.4)
    assert noise_sd(SlicePixels(np.full((SIZE, SIZE), 50.0), no_padding)) is None
    assert noise_sd(SlicePixels(np.zeros((SIZE, SIZE)), no_padding)) is None


def test_the_limits_come_from_the_configuration() -> None:
    changed = {"trajectory": {"width_mm": 4, "radius_mm": 3}, "quality": {"metal_hu": 2000}}
    options = checked_configuration(changed, SCHEMA)
    rules = imaging_rules(options)
    assert (rules.line_width_mm, rules.radius_mm, rules.limits.metal_hu) == (4, 3, 2000)
