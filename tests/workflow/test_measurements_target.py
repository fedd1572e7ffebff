"""The real CT and MR through the workflow: `snakemake --config cohort=... results=... -- measurements`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cohorts import read_table
from project import Project, new_project

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def measured(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that has measured the real cohort, configured on the command line alone."""
    project = new_project(tmp_path_factory.mktemp("real") / "project")
    cohort = (shared / "data" / "real-cohort").resolve()
    run = project.run("--config", f"cohort={cohort}", "results=results", "--", "measurements")
    assert run.code == 0, run.output
    assert run.executed == {
        "measure_patient": 2,
        "draw_overlay": 2,
        "merge_measurements": 1,
        "write_quality_index": 1,
    }
    return project


def reference(shared: Path) -> dict[str, Any]:
    return dict(json.loads((shared / "data/real-cohort/reference.json").read_text())["patients"])


def test_every_region_of_measurements_csv(shared: Path, measured: Project) -> None:
    rows = read_table(measured.results / "cohort" / "measurements.csv")
    found = {(row["patient_id"], row["reader"], row["roi"]): row for row in rows}
    expected = {
        (patient_id, reader, roi): values
        for patient_id, patient in reference(shared).items()
        for reader, entry in patient["readers"].items()
        for roi, values in entry["rois"].items()
    }
    assert found.keys() == expected.keys() and len(rows) == 56
    for key, values in expected.items():
        assert int(found[key]["n"]) == values["n"], key
        for column in ("mean", "sd", "minimum", "maximum", "area_mm2"):
            assert float(found[key][column]) == pytest.approx(values[column], abs=1e-6), (key, column)


def test_every_derived_value_of_readers_csv(shared: Path, measured: Project) -> None:
    found = {
        (row["patient_id"], row["reader"]): row
        for row in read_table(measured.results / "cohort" / "readers.csv")
    }
    for patient_id, patient in reference(shared).items():
        for reader, entry in patient["readers"].items():
            for column, tolerance in (("b_hu", 1e-6), ("st_hu", 1e-6), ("hu_ratio", 1e-8), ("pbq", 1e-8)):
                value = float(found[patient_id, reader][column])
                assert value == pytest.approx(entry["derived"][column], abs=tolerance), (
                    patient_id,
                    reader,
                    column,
                )
        combined, mean = found[patient_id, "combined"], patient["mean_of_readers"]
        assert float(combined["b_hu"]) == pytest.approx(mean["b_hu"], abs=1e-6)
        assert float(combined["st_hu"]) == pytest.approx(mean["st_hu"], abs=1e-6)
        assert float(combined["hu_ratio"]) == pytest.approx(mean["hu_ratio_of_mean_hu"], abs=1e-8)
        assert float(combined["pbq"]) == pytest.approx(mean["pbq_of_mean_si"], abs=1e-8)


def test_no_name_of_the_headers_is_written(shared: Path, measured: Project) -> None:
    identifying = {b"PatientName", b"1.2.826", str(shared).encode()}
    for path in measured.results.rglob("*"):
        if path.is_file() and "logs" not in path.parts:
            data = path.read_bytes()
            assert not [word for word in identifying if word in data], path
