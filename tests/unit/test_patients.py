from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from bonehold.cohort.patients import PatientFolders, inside, patient_folders
from cohort_folders import ROOT, patient, write_cohort


def test_sound_patients_sorted_with_what_steers_their_measuring(tmp_path: Path) -> None:
    folder = write_cohort(
        tmp_path,
        {
            "patients": [
                patient(
                    "P2", dicom="dicom/P2", annotations="annotations/P2", ct_days_to_surgery=-3, ct_series=4
                ),
                patient("P1"),
                patient("P3"),
                patient("p3"),
                patient("Meier, Hans"),
            ],
            "overrides": [
                {"patient_id": "P2", "item": "roi", "value": "R1 L3_csf"},
                {"patient_id": "P2", "item": "level", "value": "L2"},
                {"patient_id": "P2", "item": "ct_series", "value": "5"},
                {"patient_id": "P2", "item": "ct_series", "value": "5"},
            ],
        },
    )
    assert patient_folders(folder) == (
        PatientFolders("P1"),
        PatientFolders(
            "P2",
            dicom="dicom/P2",
            annotations="annotations/P2",
            ct_days="-3",
            ct_series="4",
            overrides=(("level", "L2"), ("roi", "R1 L3_csf")),
        ),
    )


def test_nobody_is_in_a_cohort_that_is_not_there(tmp_path: Path) -> None:
    assert patient_folders(tmp_path / "nowhere") == ()


def test_folders_stay_inside(tmp_path: Path) -> None:
    (tmp_path / "cohort" / "dicom").mkdir(parents=True)
    (tmp_path / "cohort" / "out").symlink_to(tmp_path)
    cohort = tmp_path / "cohort"
    assert inside(cohort, "dicom") == (cohort / "dicom").resolve()
    assert inside(cohort, "dicom/../dicom/P1") == (cohort / "dicom" / "P1").resolve()
    assert [
        inside(cohort, cell) for cell in ("", ".", "..", "/etc", "out", "out/x", "dicom/../../x", "a\0b")
    ] == [None] * 8


def test_five_thousand_patients_are_read_at_once(tmp_path: Path) -> None:
    write_cohort(
        tmp_path, {"patients": [patient(f"P{number}", dicom=f"dicom/P{number}") for number in range(5000)]}
    )
    start = time.perf_counter()
    assert len(patient_folders(tmp_path)) == 5000
    assert time.perf_counter() - start < 2.0


def test_it_costs_no_heavy_import() -> None:
    heavy = "{'pandas', 'numpy', 'jsonschema', 'yaml'}"
    code = f"import sys, bonehold.cohort.patients; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "scripts")},
    )
    assert done.stdout.strip() == "[]"
