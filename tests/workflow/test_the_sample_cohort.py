"""The sample cohort from one end to the other, as `make run` does it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from typing import Any

import pytest
from cohorts import read_table
from project import ROOT, Project, environment, new_project

JOBS = {
    "measure_patient": 26,
    "draw_overlay": 26,
    "merge_measurements": 1,
    "write_quality_index": 1,
    "build_cohort": 1,
    "draw_flow": 1,
    "measure_agreement": 1,
    "draw_agreement": 1,
    "impute_missing": 2,
    "describe_analysis": 2,
    "fit_model": 2,
    "measure_discrimination": 2,
    "validate_model": 2,
    "draw_forest": 2,
    "draw_imputation_trace": 2,
    "plan_sample_size": 2,
    "assess_stability": 2,
    "compare_learners": 2,
    "correlate_predictors": 2,
    "associate_predictors": 2,
    "diagnose_collinearity": 2,
    "check_linearity": 2,
    "compare_nested_models": 2,
    "draw_correlation": 2,
    "draw_association": 2,
    "draw_collinearity": 2,
    "draw_linearity": 2,
    "draw_incremental": 2,
    "vary_analysis": 2,
    "draw_sensitivity": 2,
    "draw_nomogram": 2,
    "draw_roc": 2,
    "analyse_decisions": 2,
    "tabulate_nomogram": 2,
    "draw_decision_curve": 2,
    "draw_clinical_impact": 2,
    "draw_calibration": 2,
    "analyse_survival": 2,
    "draw_survival": 2,
    "draw_survival_interval": 2,
    "draw_stability": 2,
    "draw_comparison": 2,
    "write_tables": 2,
    "write_publication": 1,
    "write_status": 1,
    "write_run": 1,
    "all": 1,
}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A fresh copy of the project with the sample cohort, configured as it comes."""
    project = new_project(tmp_path_factory.mktemp("sample") / "project")
    shutil.copy2(ROOT / "config.yaml", project.folder / "config.yaml")
    subprocess.run(
        [sys.executable, "scripts/make_sample.py", "--out", "sample"],
        cwd=project.folder,
        env=environment(),
        check=True,
        timeout=300,
    )
    return project


@pytest.fixture(scope="module")
def plan(sample: Project) -> dict[str, int]:
    """Jobs of each rule that a dry run counts before anything was made."""
    run = sample.run("-n")
    assert run.code == 0, run.output
    return {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", run.output, re.MULTILINE)}


@pytest.fixture(scope="module")
def done(sample: Project, plan: dict[str, int]) -> Project:
    """The project after the run that the plan was made for."""
    run = sample.run()
    assert run.code == 0, run.output
    (sample.folder / "output.txt").write_text(run.output)
    return sample


def truth(project: Project) -> Any:
    return json.loads((project.folder / "sample" / "truth.json").read_text())


def test_a_dry_run_plans_each_rule_as_often_as_it_must(plan: dict[str, int]) -> None:
    assert {rule: count for rule, count in plan.items() if rule != "total"} == JOBS
    assert plan["total"] == sum(JOBS.values())


def test_the_sample_is_small(sample: Project) -> None:
    assert (
        sum(path.stat().st_size for path in (sample.folder / "sample").rglob("*") if path.is_file()) < 150e6
    )


def test_who_is_analysed(done: Project) -> None:
    rows = read_table(done.results / "cohort" / "cohort.csv")
    groups = {ads: [row for row in rows if row["ads"] == ads] for ads in "01"}
    assert len(rows) == 356 and len(groups["0"]) == 313 and len(groups["1"]) == 43
    assert sum(row["loosening"] == "1" for row in groups["0"]) == 45


def test_everyone_else_falls_out_for_the_reason_they_were_made_for(done: Project) -> None:
    expected = {patient_id: entry["criterion"] for patient_id, entry in truth(done)["excluded"].items()}
    found = {
        row["patient_id"]: row["criterion"]
        for row in read_table(done.results / "cohort" / "exclusions.csv")
        if row["first"] == "1"
    }
    assert sorted(found.values()) == sorted(expected.values())
    assert {k: v for k, v in found.items() if k in expected} == {
        k: v for k, v in expected.items() if k in found
    }


def test_who_lacks_follow_up_only_tells_about_the_time_to_loosening(done: Project) -> None:
    rows = read_table(done.results / "cohort" / "time_to_loosening.csv")
    excluded = read_table(done.results / "cohort" / "exclusions.csv")
    first = {row["patient_id"]: row["criterion"] for row in excluded if row["first"] == "1"}
    added = sorted(first[row["patient_id"]] for row in rows if row["in_main_analysis"] == "0")
    short = "follow_up_too_short"
    assert len(rows) == 360 and added == ["early_event_no_minimum_visit", short, short, "not_due"]
    assert done.json("expanded", "survival.json")["n"] == 360
    at_one_year = {
        (row["model"], row["group"]): float(row["estimate"])
        for row in read_table(done.results / "primary" / "survival.csv")
        if (row["quantity"], row["grouping"], row["time"]) == ("risk", "cutoff", "12.0")
    }
    for model in ("interval_censored_weibull", "kaplan_meier"):
        assert at_one_year[model, "low"] < 0.1 < at_one_year[model, "high"]


@pytest.mark.parametrize(
    ("column", "tolerance"), [("b_hu", 0.025), ("st_hu", 0.03), ("hu_ratio", 0.04), ("pbq", 0.035)]
)
def test_every_phantom_patient_is_measured_as_it_was_made(
    done: Project, column: str, tolerance: float
) -> None:
    """Noise of a region's mean is SD / sqrt(n) of about 20 HU / sqrt(500), or 8 units / sqrt(45), and readers move
    their outlines; trajectories and pedicles also feel the cortex nearby through the point spread.
    """
    combined = {
        row["patient_id"]: row
        for row in read_table(done.results / "cohort" / "readers.csv")
        if row["reader"] == "combined"
    }
    images = truth(done)["images"]
    assert len(images) == 26
    compared = 0
    for patient_id, made in images.items():
        measured = combined[patient_id][column]
        if measured:
            assert float(measured) == pytest.approx(made[column], rel=tolerance), patient_id
            compared += 1
    assert compared >= 24


def test_the_level_that_serves(done: Project) -> None:
    combined = {
        row["patient_id"]: row
        for row in read_table(done.results / "cohort" / "readers.csv")
        if row["reader"] == "combined"
    }
    levels = [
        (combined[patient_id]["level_used"], made["level"])
        for patient_id, made in truth(done)["images"].items()
    ]
    assert ("L2", "L2") in levels
    assert all(used in ("", made) for used, made in levels)


def test_below_the_guard_the_ratio_is_undefined(done: Project) -> None:
    rows = read_table(done.results / "cohort" / "readers.csv")
    (low,) = [row for row in rows if row["reader"] == "combined" and row["b_hu"] and float(row["b_hu"]) < 20]
    assert low["hu_ratio"] == "" and "below_guard" in low["flags"]


def test_the_estimates_stand_beside_the_truth(done: Project) -> None:
    rows = read_table(done.results / "primary" / "final_model.csv")
    inside = [
        abs(float(row["estimate"]) - float(row["true_estimate"])) < 2.6 * float(row["std_error"])
        for row in rows
        if row["true_estimate"]
    ]
    assert len(inside) == 6 and all(inside)


def test_the_run_ends_by_saying_what_it_found(done: Project) -> None:
    output = (done.folder / "output.txt").read_text()
    for word in (
        "SYNTHETIC DATA",
        "Measured:",
        "Analysed:  356 patients, 62 with loosening",
        "Excluded:  23",
        "Analysis primary: n = 313, 45 events; age, pbq, hu_ratio, goutallier",
        "corrected for optimism",
        "Open first:",
    ):
        assert word in output


def test_synthetic_is_on_every_product(done: Project) -> None:
    figures = [path for path in done.results.rglob("*") if path.suffix in (".svg", ".png", ".pdf")]
    assert len(figures) == 2 * 26 + 2 + 3 + 2 * 17 * 3
    for path in figures:
        assert b"SYNTHETIC DATA" in path.read_bytes(), path
    assert done.json("primary", "model.json")["synthetic"] and done.json("cohort", "cohort.json")["synthetic"]
    assert done.json("run.json")["synthetic"]


def test_the_report_builds_and_says_that_the_data_are_synthetic(done: Project) -> None:
    run = done.run("--report", "results/report.html", "--quiet", "all")
    assert run.code == 0, run.output
    report = (done.results / "report.html").read_text()
    assert "SYNTHETIC DATA" in report and "nomogram" in report
    assert str(done.folder) not in report
    page = (done.results / "primary" / "tables.html").read_text()
    assert "True coefficient" in page and "0.071" in page and "SYNTHETIC DATA" in page
