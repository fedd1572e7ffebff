"""What the benchmark times, each in a process of its own that prints its figures as one line of JSON.

python peers.py bonehold|index|simpleitk FOLDER
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))


def bonehold(folder: Path) -> dict[str, object]:
    """Index the folder, choose the series, measure nine regions."""
    from bonehold.imaging.measuring import measure_patient
    from bonehold.imaging.measuring_rules import ImagingRules
    from bonehold.imaging.patient import PatientImages

    began = time.perf_counter()
    patient = PatientImages("P1", folder, folder / "dicom", folder / "annotations", {}, {})
    measured = measure_patient(patient, ImagingRules())
    rows = measured.ct["rois"]
    assert len(rows) == 9 and all(row["mean"] is not None for row in rows), rows
    return {"inside_s": time.perf_counter() - began, "mean": rows[0]["mean"]}


def index(folder: Path) -> dict[str, object]:
    """Index the folder alone."""
    from bonehold.imaging.dicom.folder import index_folder

    began = time.perf_counter()
    found = index_folder(folder / "dicom", folder)
    assert len(found.images) == 400
    return {"inside_s": time.perf_counter() - began}


def simpleitk(folder: Path) -> dict[str, object]:
    """Read the whole series as SimpleITK's documentation shows it."""
    import SimpleITK as sitk

    began = time.perf_counter()
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder / "dicom" / "ST0" / "SE0")))
    volume = reader.Execute()
    assert volume.GetSize() == (512, 512, 400)
    return {"inside_s": time.perf_counter() - began}


if __name__ == "__main__":
    figures = {"bonehold": bonehold, "index": index, "simpleitk": simpleitk}[sys.argv[1]](Path(sys.argv[2]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**figures, "peak_mb": peak}))
