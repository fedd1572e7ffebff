"""Bad input gets one clear line per problem, never a traceback, and the rest of the cohort goes on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from cohorts import read_table, write_cohort, write_images, write_table
from project import Project, new_project


def all_text(project: Project) -> str:
    logs = (project.results / "logs").rglob("*.log")
    return "\n".join(path.read_text(encoding="utf-8") for path in logs)


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, str]:
    """A run over a cohort in which a patient is spoilt for each kind of bad input; the run must succeed."""
    project = new_project(tmp_path_factory.mktemp("spoilt") / "project")
    ids = ("GOOD", "NOCT", "NOMR", "NOROI", "OUTSIDE", "STRAY", "CUT", "NOFOLDER", "ODD", "LOOP")
    cohort = write_cohort(project.cohort, imaged=ids)
    shutil.rmtree(cohort / "dicom" / "NOCT" / "ST0")
    shutil.rmtree(cohort / "dicom" / "NOMR" / "ST1")
    for reader in ("R1", "R2"):
        for path in (cohort / "annotations" / "NOROI" / reader).glob("L3_*"):
            path.unlink()
    outside = cohort / "annotations" / "OUTSIDE" / "R1" / "L3_body_middle.mrk.json"
    outside.write_text(outside.read_text().replace('"center": [20, 20, 4]', '"center": [20, 220, 4]'))
    (cohort / "dicom" / "STRAY" / "ST0" / "SE0" / "Maria Canary.txt").write_text("a letter")
    whole = cohort / "dicom" / "CUT" / "ST0" / "SE0" / "IM000005"
    whole.write_bytes(whole.read_bytes()[:-500])
    shutil.rmtree(cohort / "dicom" / "NOFOLDER")
    odd = cohort / "annotations" / "ODD" / "R1" / "L3_body_middle.mrk.json"
    odd.write_text(odd.read_text().replace('"coordinateSystem": "LPS"', '"coordinateSystem": ["LPS"]'))
    loop = cohort / "dicom" / "LOOP" / "Maria Canary"
    loop.symlink_to(loop)
    patients = read_table(cohort / "patients.csv")
    good = patients[0]
    patients += [
        {**good, "patient_id": "TWICE"},
        {**good, "patient_id": "TWICE"},
        {**good, "patient_id": "Maria Canary"},
        {**good, "patient_id": "TYPE", "age": "sixty"},
        {**good, "patient_id": "IMPOSSIBLE", "bmi": "-3"},
        {**good, "patient_id": "AWAY", "dicom": "../elsewhere", "has_ct": "", "has_mri": ""},
    ]
    write_table(cohort / "patients.csv", patients)
    run = project.run()
    assert run.code == 0, run.output
    return project, run.output


@pytest.mark.parametrize(
    ("patient_id", "word"),
    [
        ("NOCT", "no axial CT series among 0 CT series"),
        ("NOMR", "no sagittal T1 MR series among 0 MR series"),
        ("OUTSIDE", "lies outside the image"),
        ("STRAY", "is not a DICOM file"),
        ("CUT", "its pixel data are cut short"),
        ("ODD", "its coordinate system is neither LPS nor RAS"),
        ("LOOP", "is a link to a folder or cannot be read"),
        ("NOFOLDER", "folder"),
        ("TWICE", "the id stands in several rows"),
        ("TYPE", "is not a number"),
        ("IMPOSSIBLE", "expected a number"),
        ("AWAY", "folder"),
    ],
)
def test_each_problem_has_its_line(spoilt: tuple[Project, str], patient_id: str, word: str) -> None:
    rows = read_table(spoilt[0].results / "cohort" / "problems.csv")
    said = [f"{row['problem']}; {row['remedy']}" for row in rows if row["patient_id"] == patient_id]
    assert any(word in line for line in said), said
    assert all(row["remedy"] for row in rows)


def test_a_malformed_id_is_reported_by_its_row_and_never_printed(spoilt: tuple[Project, str]) -> None:
    rows = read_table(spoilt[0].results / "cohort" / "problems.csv")
    assert any(row["column"] == "patient_id" and row["row"] and not row["value"] for row in rows)
    for path in spoilt[0].results.rglob("*"):
        if path.is_file():
            assert b"Canary" not in path.read_bytes(), path


@pytest.mark.parametrize(
    ("patient_id", "status", "criterion"),
    [
        ("GOOD", "complete", ""),
        ("NOCT", "partial", "preoperative_ct"),
        ("NOMR", "partial", "preoperative_mri"),
        ("NOROI", "unmeasurable", "hu_ratio"),
        ("OUTSIDE", "complete", ""),
        ("STRAY", "complete", ""),
        ("CUT", "complete", ""),
        ("ODD", "complete", ""),
        ("LOOP", "complete", ""),
        ("NOFOLDER", "unmeasurable", "preoperative_ct"),
    ],
)
def test_nobody_vanishes(spoilt: tuple[Project, str], patient_id: str, status: str, criterion: str) -> None:
    rows = read_table(spoilt[0].results / "status.csv")
    found = {row["stage"]: row for row in rows if row["patient_id"] == patient_id}
    assert found["measuring"]["status"] == status, found
    assert found["cohort"]["status"] == ("excluded" if criterion else "analysed"), found
    assert found["cohort"]["reason"].startswith(criterion)


def test_no_traceback_anywhere_and_the_rest_is_analysed(spoilt: tuple[Project, str]) -> None:
    project, output = spoilt
    assert "Traceback" not in output + all_text(project)
    assert project.json("primary", "model.json")["status"] == "fitted"
    assert "Analysed:" in output and "Problems:" in output


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"chort": "x"}, ["config.yaml, chort: unknown key; did you mean cohort?"]),
        ({"outcome": {"rule": "maybe"}, "seed": "x"}, ["outcome.rule", "seed"]),
        ({"analyses": [{"name": "primary", "where": "ads = 0"}]}, ["analyses.0.where"]),
        ({"analyses": [{"name": "cohort"}]}, ["the name is taken"]),
    ],
)
def test_a_bad_configuration_is_told_in_lines_and_nothing_runs(
    finished: Project, changes: dict[str, object], words: list[str], tmp_path: Path
) -> None:
    (tmp_path / "more.json").write_text(json.dumps(changes))
    run = finished.run("-n", "--configfile", str(tmp_path / "more.json"))
    assert run.code == 1 and "Traceback" not in run.output
    for word in words:
        assert word in run.output
    told = [line for line in run.output.splitlines() if line.startswith("config.yaml")]
    assert len(told) == len(words)


def test_a_missing_cohort_is_one_line_that_says_what_to_do(finished: Project) -> None:
    run = finished.run("--config", "cohort=nowhere", "results=elsewhere")
    assert run.code != 0 and "Traceback" not in run.output
    assert "nowhere: no cohort folder with patients.csv; run `make sample` or set `cohort`" in run.output


def test_an_unreadable_table_is_one_line(project: Project) -> None:
    path = project.cohort / "visits.csv"
    path.write_bytes(path.read_text().replace("R1", "Ré").encode("latin-1"))
    run = project.run()
    assert run.code != 0 and "Traceback" not in run.output + all_text(project)
    assert "visits.csv: is not UTF-8 (probably Windows-1252 or Latin-1); save it as CSV UTF-8" in run.output


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"analyses": [{"name": "primary", "where": "age > 200"}]}, "selects nobody"),
        ({"analyses": [{"name": "primary", "where": "loosening == 0"}]}, "one class only"),
    ],
)
def test_an_analysis_that_cannot_be_fitted_says_why_and_the_run_ends_well(
    project: Project, changes: dict[str, object], word: str
) -> None:
    project.configure(**changes)
    run = project.run()
    assert run.code == 0 and "Traceback" not in run.output + all_text(project)
    assert "Analysis primary: no model." in run.output
    model = project.json("primary", "model.json")
    assert model["status"] == "not_fitted" and any(word in reason for reason in model["reasons"]), model
    assert (project.results / "primary" / "figures" / "nomogram.png").is_file()
    assert (project.results / "primary" / "performance.csv").read_text().count("\n") == 1


def test_on_bad_row_stop(project: Project) -> None:
    rows = read_table(project.cohort / "patients.csv")
    rows[0]["age"], rows[1]["sex"] = "old", "Q"
    write_table(project.cohort / "patients.csv", rows)
    project.configure(on_bad_row="stop")
    run = project.run()
    assert run.code != 0 and "Traceback" not in run.output
    assert "patients.csv, row 2, age = 'old'" in run.output and "row 3, sex = 'Q'" in run.output


def test_a_finished_table_runs_the_modelling_half_alone(finished: Project, tmp_path: Path) -> None:
    project = new_project(tmp_path / "project")
    table = project.folder / "table.csv"
    shutil.copy(finished.results / "cohort" / "cohort.csv", table)
    project.configure(analysis_table="table.csv", cohort="nowhere")
    run = project.run()
    assert run.code == 0, run.output
    assert "measure_patient" not in run.executed and run.executed["fit_model"] == 1
    assert not (project.results / "cohort").exists()
    ours, theirs = (p.results / "primary" / "performance.csv" for p in (project, finished))
    assert ours.read_text() == theirs.read_text()
    shutil.copystat(finished.results / "cohort" / "cohort.csv", table)
    assert not project.run().executed


def test_a_patient_of_images_added_to_a_folder_of_pacs_values_only(project: Project) -> None:
    rows = read_table(project.cohort / "patients.csv")
    write_images(project.cohort, "P000")
    rows[0] |= {"dicom": "dicom/P000", "annotations": "annotations/P000"}
    write_table(project.cohort / "patients.csv", rows)
    run = project.run("--", "measurements")
    assert run.code == 0 and run.executed["measure_patient"] == 1
    readers = read_table(project.results / "cohort" / "readers.csv")
    combined = next(r for r in readers if r["patient_id"] == "P000" and r["reader"] == "combined")
    assert float(combined["b_hu"]) == 120 and float(combined["st_hu"]) == 180
    assert float(combined["hu_ratio"]) == 1.5 and float(combined["pbq"]) == 400 / 125
