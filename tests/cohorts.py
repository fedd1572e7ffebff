"""A small cohort folder for workflow tests: patients with PACS values, and a few with tiny images."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from dicom import MR_CLASS, SAGITTAL, box, markup, points, save_markups, write_series

SIZE = 40
B_HU = {"superior": 110, "middle": 120, "inferior": 130}
ST_HU = {"left": 170, "right": 190}
PEDICLE, CSF = 400, 125


def write_table(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """A CSV file with the columns of its rows, in order of appearance."""
    listed = list(rows)
    columns = list(dict.fromkeys(column for row in listed for column in row))
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, columns, restval="")
        writer.writeheader()
        writer.writerows(listed)


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def write_cohort(folder: Path, *, imaged: Sequence[str] = ("IMG1", "IMG2"), others: int = 70) -> Path:
    """A cohort in which a model of age, PBQ and HU ratio can be fitted; gives the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(7)
    patients, visits, readings, pacs = [], [], [], []
    for number in range(others):
        patient_id = f"P{number:03d}"
        age, pbq, ratio = random.normal(62, 11), random.normal(3.1, 0.6), random.normal(1.9, 0.45)
        risk = 1 / (1 + np.exp(-(-1.0 + 0.05 * (age - 62) + 1.1 * (pbq - 3.1) - 1.3 * (ratio - 1.9))))
        loose = int(random.random() < risk)
        patients.append(_patient(patient_id, number, round(age), has_ct=1, has_mri=1))
        visits += _visits(patient_id, loose)
        readings += _goutallier(patient_id, 1 + number % 2)
        b_hu = 80 + number
        for reader, shift in (("R1", 1), ("R2", -1)):
            pacs.append(
                {
                    "patient_id": patient_id,
                    "reader": reader,
                    "b_hu": b_hu + shift,
                    "st_hu": round(b_hu * ratio, 2) + shift,
                    "pbq": round(pbq, 2) + 0.1 * shift,
                }
            )
    for number, patient_id in enumerate(imaged):
        patients.append(_patient(patient_id, number, 60 + number, folders=True))
        visits += _visits(patient_id, number % 2)
        readings += _goutallier(patient_id, 1 + number % 2)
        write_images(folder, patient_id)
    (folder / "cohort.yaml").write_text("title: Test\ncentre: here\nsynthetic: true\n", encoding="utf-8")
    write_table(folder / "patients.csv", patients)
    write_table(folder / "visits.csv", visits)
    write_table(folder / "readings.csv", readings)
    write_table(folder / "measurements.csv", pacs)
    return folder


def write_images(folder: Path, patient_id: str) -> None:
    """CT and T1 MR of a patient with known values, and the drawings of two readers."""
    dicom, annotations = folder / "dicom" / patient_id, folder / "annotations" / patient_id
    write_series(
        dicom / "ST0" / "SE0",
        _ct_slice,
        [(0.0, 0.0, 2.0 * k) for k in range(6)],
        PatientName="Canary^Patient",
    )
    write_series(
        dicom / "ST1" / "SE0",
        _mr_slice,
        [(4.0 * k, 0.0, 40.0) for k in range(9)],
        Modality="MR",
        SOPClassUID=MR_CLASS,
        SeriesInstanceUID="2.25.20",
        ImageOrientationPatient=list(SAGITTAL),
        RepetitionTime=600,
        EchoTime=10,
        MagneticFieldStrength=3,
        KVP=None,
        ConvolutionKernel=None,
        RescaleIntercept=None,
        RescaleSlope=None,
    )
    for reader, smaller in (("R1", 0.0), ("R2", 1.0)):
        draw_all(annotations / reader, smaller)


def draw_all(folder: Path, smaller: float = 0.0) -> None:
    """The 14 regions of one reader."""
    for z, plane in zip((2, 4, 6), B_HU, strict=True):
        save_markups(folder / f"L3_body_{plane}.mrk.json", box((20, 20, z), (16 - smaller, 12 - smaller, 2)))
    for side, x in (("left", 28), ("right", 12)):
        line = markup("Line", controlPoints=points((x, 30, 8), (x, 12 + smaller, 8)))
        save_markups(folder / f"L3_trajectory_{side}.mrk.json", line)
    for level, z in zip(("L1", "L2", "L3", "L4"), (35, 27, 19, 11), strict=True):
        for side, x in (("left", 28), ("right", 4)):
            save_markups(folder / f"{level}_pedicle_{side}.mrk.json", _circle(x, 12, z, 3.5 - smaller / 4))
    save_markups(folder / "L3_csf.mrk.json", _circle(16, 25, 19, 3.5 - smaller / 4))


def _circle(x: float, y: float, z: float, radius: float) -> dict[str, Any]:
    angle = 2 * np.pi * np.arange(10) / 10
    return markup(
        "ClosedCurve",
        controlPoints=points(*[(x, y + radius * np.cos(t), z + radius * np.sin(t)) for t in angle]),
    )


def _ct_slice(k: int) -> np.ndarray:
    """HU of a body plane on slices 1 to 3; the trajectories on slice 4, left half and right half."""
    values = np.full((SIZE, SIZE), (0, *B_HU.values(), 0, 0)[k])
    if k == 4:
        values[:, :20], values[:, 20:] = ST_HU["right"], ST_HU["left"]
    return values + 1024


def _mr_slice(k: int) -> np.ndarray:
    return np.full((SIZE, SIZE), CSF if k == 4 else PEDICLE)


def _patient(patient_id: str, number: int, age: int, *, folders: bool = False, **more: Any) -> dict[str, Any]:
    return {
        "patient_id": patient_id,
        "dicom": f"dicom/{patient_id}" if folders else "",
        "annotations": f"annotations/{patient_id}" if folders else "",
        "has_ct": more.get("has_ct", ""),
        "has_mri": more.get("has_mri", ""),
        "age": age,
        "sex": "FM"[number % 2],
        "bmi": 22 + number % 7,
        "diabetes": int(number % 5 == 0),
        "ads": 0,
        "fused_levels": 1 + number % 3,
        "instrumented_length_mm": 35 * (1 + number % 3) + number % 5,
        "technique": ("TLIF", "PLIF")[number % 2],
        "terminal_segment": ("L4_or_above", "L5", "S1")[number % 3],
        "dxa_t_lumbar": round(-1 - number % 9 / 5, 1),
        "pi": 50,
        "pt": 15 + number % 6,
        "ss": 35 - number % 6,
        "ll": 40 + number % 11,
    }


def _visits(patient_id: str, loose: int) -> list[dict[str, Any]]:
    return [
        {
            "patient_id": patient_id,
            "months": months,
            "modality": "CT",
            "reader": reader,
            "lucency_mm": lucency,
        }
        for months, lucency in ((3, 0.1), (14, 1.5 if loose else 0.2))
        for reader in ("R1", "R2")
    ]


def _goutallier(patient_id: str, grade: int) -> list[dict[str, Any]]:
    return [
        {
            "patient_id": patient_id,
            "reader": reader,
            "measure": "goutallier",
            "level": disc,
            "side": side,
            "value": grade,
        }
        for reader in ("R1", "R2")
        for disc in ("L1L2", "L2L3", "L3L4", "L4L5", "L5S1")
        for side in "LR"
    ]
