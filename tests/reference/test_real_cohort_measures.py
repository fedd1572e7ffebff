"""Region means of real images, combined and compared with values computed without this project's code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cohort_folders import Results, measured, roi, run

pytestmark = pytest.mark.shared


@pytest.fixture
def reference(shared: Path) -> dict[str, Any]:
    text = (shared / "data" / "real-cohort" / "reference.json").read_text(encoding="utf-8")
    patients: dict[str, Any] = json.loads(text)["patients"]
    return patients


@pytest.fixture
def results(shared: Path, tmp_path: Path, reference: dict[str, Any]) -> Results:
    documents = []
    for patient_id, patient in reference.items():
        rois = [
            roi(reader, name, values["mean"])
            for reader, drawn in patient["readers"].items()
            for name, values in drawn["rois"].items()
        ]
        on_ct = [one for one in rois if "body" in one["roi"] or "trajectory" in one["roi"]]
        documents += [measured(patient_id, "CT", on_ct)]
        documents += [measured(patient_id, "MR", [one for one in rois if one not in on_ct])]
    return run(shared / "data" / "real-cohort", tmp_path, documents)


def test_each_reader_and_the_combined_values(results: Results, reference: dict[str, Any]) -> None:
    rows = {(row["patient_id"], row["reader"]): row for row in results.table("readers")}
    for patient_id, patient in reference.items():
        for reader, drawn in patient["readers"].items():
            for name in ("b_hu", "st_hu", "pedicle_si", "csf_si", "hu_ratio", "pbq"):
                assert float(rows[patient_id, reader][name]) == pytest.approx(
                    drawn["derived"][name], rel=1e-9
                )
        means = patient["mean_of_readers"]
        combined = rows[patient_id, "combined"]
        assert float(combined["hu_ratio"]) == pytest.approx(means["hu_ratio_of_mean_hu"], rel=1e-9)
        assert float(combined["pbq"]) == pytest.approx(means["pbq_of_mean_si"], rel=1e-9)


def test_the_tables_give_outcome_and_grade(results: Results) -> None:
    first, second = results.table("cohort")
    assert [first[name] for name in ("goutallier", "loosening", "follow_up_months", "dxa_site")] == [
        "3",
        "0",
        "24.0",
        "lumbar",
    ]
    assert [second[name] for name in ("goutallier", "loosening", "last_clean_months", "bone_status")] == [
        "4",
        "1",
        "3.0",
        "osteoporosis",
    ]
    # the two readers of REAL02's CT at 12 months measured 0.9 and 1.1 mm, and nobody decided
    assert [row["patient_id"] for row in results.table("problems")] == ["REAL02"]
