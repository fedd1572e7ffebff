"""The real CT and MR of `real-cohort`, from DICOM and Slicer files to every ROI value."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from bonehold.imaging.measuring import PatientMeasurement, measure_patient
from bonehold.imaging.measuring_rules import ImagingRules
from bonehold.imaging.patient import PatientImages

pytestmark = pytest.mark.shared

PATIENTS = ("REAL01", "REAL02")


@cache
def measured(cohort: Path, patient_id: str) -> PatientMeasurement:
    folders = PatientImages(
        patient_id, cohort, cohort / "dicom" / patient_id, cohort / "annotations" / patient_id, {}, {}
    )
    return measure_patient(folders, ImagingRules())


@cache
def reference(cohort: Path) -> dict[str, Any]:
    return dict(json.loads((cohort / "reference.json").read_text())["patients"])


@pytest.mark.parametrize("patient_id", PATIENTS)
def test_every_region_of_both_readers(shared: Path, patient_id: str) -> None:
    cohort = shared / "data/real-cohort"
    result = measured(cohort, patient_id)
    rows = {(row["reader"], row["roi"]): row for row in [*result.ct["rois"], *result.mr["rois"]]}
    expected = {
        (reader, roi): values
        for reader, entry in reference(cohort)[patient_id]["readers"].items()
        for roi, values in entry["rois"].items()
    }
    assert rows.keys() == expected.keys() and len(rows) == 28
    for key, values in expected.items():
        assert rows[key]["n"] == values["n"], key
        for column in ("mean", "sd", "minimum", "maximum", "area_mm2"):
            assert rows[key][column] == pytest.approx(values[column], abs=1e-6), (key, column)


@pytest.mark.parametrize("patient_id", PATIENTS)
def test_the_series_that_must_be_chosen_are(shared: Path, patient_id: str) -> None:
    cohort = shared / "data/real-cohort"
    chosen = [entry for entry in measured(cohort, patient_id).series["series"] if entry["chosen"]]
    wanted = reference(cohort)[patient_id]["series"]
    assert [entry["modality"] for entry in chosen] == ["CT", "MR"]
    assert [entry["images"] for entry in chosen] == [wanted["ct"]["n_images"], wanted["mr_t1"]["n_images"]]
    assert chosen[1]["tr"] == 600
