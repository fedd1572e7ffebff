"""A patient of one small CT or MR with one region, measured end to end: what a surgeon would see of a kind of file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from bonehold.imaging.measuring import PatientMeasurement, measure_patient
from bonehold.imaging.measuring_rules import ImagingRules
from bonehold.imaging.patient import PatientImages
from dicom import MR_CLASS, SAGITTAL, box, markup, points, save_markups, write_series

SIZE = 40
MIDDLE = (20.0, 20.0, 4.0)
MIDDLE_HU = 220.0
"""Mean of the region that `draw` draws by default, on the slice at z = 4 of `write_ct`."""


def ramp(k: int) -> np.ndarray:
    """Stored values whose HU are 100 k + column, with the default intercept of -1024."""
    return np.tile(np.arange(SIZE), (SIZE, 1)) + 100 * k + 1024


def stack(n: int = 6, step: float = 2.0) -> list[tuple[float, float, float]]:
    """Positions of axial slices."""
    return [(0.0, 0.0, step * k) for k in range(n)]


def write_ct(
    folder: Path,
    values: Callable[[int], np.ndarray] = ramp,
    positions: Sequence[Sequence[float]] | None = None,
    *,
    below: str = "",
    **elements: Any,
) -> list[Path]:
    """An axial CT in the patient's DICOM folder."""
    return write_series(folder / "dicom" / below, values, positions or stack(), **elements)


def write_mr(folder: Path, values: Callable[[int], np.ndarray] = ramp, **elements: Any) -> list[Path]:
    """A sagittal T1 MR in the patient's DICOM folder, nine slices 4 mm apart."""
    defaults = {
        "Modality": "MR",
        "SOPClassUID": MR_CLASS,
        "ImageOrientationPatient": list(SAGITTAL),
        "RepetitionTime": 600,
        "EchoTime": 10,
        "SeriesInstanceUID": "2.25.20",
        "KVP": None,
        "ConvolutionKernel": None,
        "RescaleIntercept": None,
        "RescaleSlope": None,
    }
    positions = [(4.0 * k, 0.0, 40.0) for k in range(9)]
    return write_series(folder / "dicom", values, positions, **{**defaults, **elements})


def draw(
    folder: Path,
    center: Sequence[float] = MIDDLE,
    size: Sequence[float] = (12, 8, 2),
    name: str = "L3_body_middle",
) -> None:
    """An ellipse of the reader R1, upright on axial slices."""
    save_markups(folder / "annotations" / "R1" / f"{name}.mrk.json", box(center, size))


def draw_curve(folder: Path, x: float, name: str = "L3_csf") -> None:
    """A circle of 5 mm of the reader R1 on a sagittal slice."""
    around = [(x, 20 + 5 * np.cos(t), 20 + 5 * np.sin(t)) for t in 2 * np.pi * np.arange(12) / 12]
    shape = markup("ClosedCurve", controlPoints=points(*around))
    save_markups(folder / "annotations" / "R1" / f"{name}.mrk.json", shape)


def measure(folder: Path, **series_numbers: int) -> PatientMeasurement:
    """All three documents; `CT=4` is the user's override."""
    patient = PatientImages("P1", folder, folder / "dicom", folder / "annotations", series_numbers, {})
    return measure_patient(patient, ImagingRules())


def ct_row(folder: Path, **series_numbers: int) -> dict[str, Any]:
    """The one region on the CT."""
    (row,) = measure(folder, **series_numbers).ct["rois"]
    return row


def mr_rows(folder: Path) -> dict[str, dict[str, Any]]:
    """The regions on the MR by name."""
    return {row["roi"]: row for row in measure(folder).mr["rois"]}


def problems(folder: Path) -> list[str]:
    """What is said of the files, without their numbers."""
    return [problem["problem"] for problem in measure(folder).series["problems"]]
