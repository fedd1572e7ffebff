"""The patient of the benchmark: a CT of 400 slices of 512 x 512 with headers as a scanner writes, and nine regions.

python imaging_case.py FOLDER
"""

from __future__ import annotations

import json
import shutil
import sys
import warnings
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from dicom import image  # the tests' helpers

SLICES, SIZE = 400, 512
SPACING_MM, STEP_MM = 0.7, 0.75
TOUCHED = (120, 150, 180, 200, 220, 250)
"""The slices that the nine regions lie on."""


def write_case(folder: Path) -> None:
    """Write `dicom/` and `annotations/R1/roi.json` into a folder, anew."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "dicom" / "ST0" / "SE0").mkdir(parents=True)
    (folder / "annotations" / "R1").mkdir(parents=True)
    generator = np.random.default_rng(20260101)
    noise = generator.normal(0, 20, (SIZE, SIZE))
    order = generator.permutation(SLICES)
    for k in range(SLICES):
        values = np.clip(np.rint(1024 + 120 + noise + k % 7), 0, 4095)
        dataset = image(values, (-180.0, -180.0, STEP_MM * k), **_scanner_elements(k))
        _add_private_block(dataset)
        name = f"IM{order[k]:06d}"
        dataset.save_as(folder / "dicom" / "ST0" / "SE0" / name, enforce_file_format=True)
    (folder / "annotations" / "R1" / "roi.json").write_text(json.dumps(_regions()))


def _scanner_elements(k: int) -> dict[str, object]:
    text = {name: f"{name} of the scanner" for name in ("StationName", "StudyDescription", "ProtocolName")}
    times = dict.fromkeys(("StudyTime", "SeriesTime", "AcquisitionTime", "ContentTime"), "101530.123456")
    dates = dict.fromkeys(("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"), "20240310")
    numbers = {
        "ExposureTime": 500,
        "XRayTubeCurrent": 320,
        "Exposure": 160,
        "FilterType": "WEDGE_3",
        "GeneratorPower": 38,
        "FocalSpots": 1.2,
        "DataCollectionDiameter": 500.0,
        "ReconstructionDiameter": 358.4,
        "DistanceSourceToDetector": 1040.0,
        "DistanceSourceToPatient": 570.0,
        "GantryDetectorTilt": 0.0,
        "TableHeight": 151.0,
        "RotationDirection": "CW",
        "WindowCenter": [40, 300],
        "WindowWidth": [400, 1500],
        "SliceLocation": STEP_MM * k,
    }
    return {
        "PixelSpacing": [SPACING_MM, SPACING_MM],
        "SliceThickness": STEP_MM,
        "Manufacturer": "SIEMENS",
        "SeriesDescription": "L-spine 0.75 B30f",
        "PatientName": "Bench^Mark",
        "PatientID": "bench",
        "SOPInstanceUID": f"2.25.{1000 + k}",
        "FrameOfReferenceUID": "2.25.77",
        "InstanceNumber": k + 1,
        **text,
        **times,
        **dates,
        **numbers,
    }


def _add_private_block(dataset: Dataset) -> None:
    """Thirty private elements and a nested sequence, some 3 kB: what walking a header has to step over."""
    block = dataset.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
    for number in range(30):
        block.add_new(number + 0x10, "OB", bytes(96))
    inner = Dataset()
    inner.CodeValue, inner.CodingSchemeDesignator, inner.CodeMeaning = "77477000", "SCT", "CT"
    outer = Dataset()
    outer.ProcedureCodeSequence = Sequence([inner])
    dataset.RequestAttributesSequence = Sequence([outer])


def _regions() -> dict[str, object]:
    def ellipse(name: str, k: int, dx: float) -> dict[str, object]:
        return {
            "name": name,
            "shape": "ellipse",
            "center": [dx, 0.0, STEP_MM * k],
            "axis_u": [1, 0, 0],
            "axis_v": [0, 1, 0],
            "semi_axes_mm": [16.0, 11.0],
        }

    def rectangle(name: str, k: int, dx: float) -> dict[str, object]:
        return {
            "name": name,
            "shape": "rectangle",
            "center": [dx, 0.0, STEP_MM * k],
            "axis_u": [1, 0, 0],
            "axis_v": [0, 1, 0],
            "size_mm": [5.0, 40.0],
        }

    return {
        "schema": "roi/1",
        "reader": "R1",
        "rois": [
            ellipse("L3_body_superior", TOUCHED[0], 0),
            ellipse("L3_body_middle", TOUCHED[1], 0),
            ellipse("L3_body_inferior", TOUCHED[2], 0),
            rectangle("L3_trajectory_left", TOUCHED[3], 20),
            rectangle("L3_trajectory_right", TOUCHED[3], -20),
            ellipse("L4_body_superior", TOUCHED[4], 0),
            ellipse("L4_body_middle", TOUCHED[5], 0),
            rectangle("L4_trajectory_left", TOUCHED[4], 30),
            rectangle("L4_trajectory_right", TOUCHED[4], -30),
        ],
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    write_case(Path(sys.argv[1]))
