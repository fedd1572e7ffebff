"""Landmarks and the rules of series through the workflow: what they change, and what runs again for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cohorts import read_table, write_cohort, write_table
from landmarks import in_volume, pelvis, save_landmarks
from project import Project, new_project


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A cohort of few patients, of whom one has no angles in the table but landmarks of two readers."""
    project = new_project(tmp_path_factory.mktemp("landmarks") / "project")
    cohort = write_cohort(project.cohort, others=3)
    for reader, pt in (("R1", 14.0), ("R2", 16.0)):
        save_landmarks(cohort / "annotations" / "IMG1" / reader, in_volume(pelvis(pt=pt)))
    patients = read_table(cohort / "patients.csv")
    blank = dict.fromkeys(("pi", "pt", "ss", "ll"), "")
    write_table(
        cohort / "patients.csv",
        [{**row, **blank} if row["patient_id"] == "IMG1" else row for row in patients],
    )
    run = project.run("--", "cohort", "measurements")
    assert run.code == 0, run.output
    return project


def angles(project: Project) -> list[float]:
    (row,) = [r for r in read_table(project.results / "cohort/cohort.csv") if r["patient_id"] == "IMG1"]
    return [round(float(row[name]), 6) for name in ("pi", "pt", "ss", "ll")]


def test_landmarks_reach_the_cohort_table(small: Project) -> None:
    assert angles(small) == [53.0, 15.0, 38.0, 52.0]
    rows = read_table(small.results / "cohort/spinopelvic.csv")
    assert [(row["patient_id"], row["reader"], row["flags"]) for row in rows] == [
        ("IMG1", "R1", "from_volume"),
        ("IMG1", "R2", "from_volume"),
    ]
    document = json.loads((small.results / "patients/IMG2/spinopelvic.json").read_text())
    assert document["status"] == "no_landmarks"


def test_landmarks_set_again_recompute_what_depends_on_them(small: Project, tmp_path: Path) -> None:
    project = small.copy_to(tmp_path / "project")
    save_landmarks(project.cohort / "annotations" / "IMG1" / "R1", in_volume(pelvis(pt=18.0)))
    run = project.run("--", "cohort")
    assert run.code == 0, run.output
    assert run.executed["measure_patient"] == 1 and run.executed["build_cohort"] == 1
    assert angles(project) == [55.0, 17.0, 38.0, 52.0]


def test_a_series_rule_measures_and_draws_every_patient_again(small: Project, tmp_path: Path) -> None:
    project = small.copy_to(tmp_path / "project")
    project.configure(series={"ct": {"refuse": ["medium_slices"]}})
    run = project.run("--", "cohort", "measurements")
    assert run.code == 0, run.output
    assert run.executed["measure_patient"] == run.executed["draw_overlay"] == 2
    series = json.loads((project.results / "patients/IMG1/series.json").read_text())
    assert series["series"][0]["refused_because"] == ["slices of 2 mm"]
    assert series["chosen"]["CT"]["series"] is None
