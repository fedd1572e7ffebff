"""A cohort folder made to do harm: ids, names and cells are text and nothing else, wherever they come out."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pydicom
import pytest
from cohorts import read_table, write_cohort, write_table
from project import MODEL, Project, Run, new_project

SCRIPT = "<script>alert(1)</script>"
FORMULA = f"=1+1{SCRIPT}"
SHELL = "$(touch hacked);{patient}"
IDS = ("../../x", "a/b", SHELL, "{patient}", "-rf", "*", "=1+1", "img1", SCRIPT)
OURS = {
    "Snakefile",
    "config.yaml",
    "workflow",
    "scripts",
    "profiles",
    "envs",
    "cohort",
    "results",
    ".snakemake",
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Run]:
    """A run over such a cohort, and its report."""
    project = new_project(tmp_path_factory.mktemp("hostile") / "project")
    cohort = write_cohort(project.cohort, imaged=("IMG1", "IMG2"))
    for path in sorted((cohort / "dicom" / "IMG2").rglob("IM*")):
        made = pydicom.dcmread(path)
        made.PatientID, made.PatientName, made.SeriesDescription = SHELL, FORMULA, FORMULA
        made.Manufacturer, made.StudyInstanceUID = FORMULA, "../../etc/x"
        made.ConvolutionKernel = "-2+3"
        made.save_as(path)
        path.rename(path.with_name(f"{SHELL} {path.name}\n=1"))
    (cohort / "dicom" / "IMG2" / "ST0").rename(cohort / "dicom" / "IMG2" / "{patient} *")
    os.mkfifo(cohort / "dicom" / "IMG2" / "pipe")
    drawn = cohort / "annotations" / "IMG2"
    (drawn / SHELL).mkdir()
    (drawn / SHELL / "L3_csf.mrk.json").write_text("{}")
    (drawn / "R1" / f"{FORMULA.replace('/', '_')}.mrk.json").write_text("{}")
    rows = read_table(cohort / "patients.csv")
    good = {**rows[0], "dicom": "", "annotations": ""}
    rows[0]["technique"], rows[1]["centre"], rows[2]["age"] = FORMULA, "@SUM(A1)", "=9+9"
    (cohort / "cohort.yaml").write_text(f"title: '{FORMULA}'\nsynthetic: true\n")
    rows += [{**good, "patient_id": given} for given in IDS]
    rows += [
        {**good, "patient_id": f"CELL{n}", "dicom": cell} for n, cell in enumerate(("/etc", "../..", SHELL))
    ]
    write_table(cohort / "patients.csv", rows)
    visits = read_table(cohort / "visits.csv")
    visits += [
        {**visits[0], "reader": FORMULA},
        {**visits[0], "patient_id": SHELL},
        {**visits[1], "months": "=9+9"},
    ]
    write_table(cohort / "visits.csv", visits)
    return project, with_report(project)


def with_report(project: Project) -> Run:
    run = project.run()
    report = project.run("--report", str(project.results / "report.html"))
    return Run(run.code or report.code, run.output + report.output, run.executed)


@pytest.fixture(scope="module")
def finished_table(hostile: tuple[Project, Run], tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A finished table has no schema, so any text may be a level of a factor."""
    project = new_project(tmp_path_factory.mktemp("finished_table") / "project")
    rows = read_table(hostile[0].results / "cohort" / "cohort.csv")
    for row in rows:
        row["technique"] = FORMULA if row["technique"] == "PLIF" else row["technique"]
    write_table(project.folder / "table.csv", rows)
    factor = {"column": "technique", "reference": "TLIF"}
    final = [*MODEL["final"], "technique"]
    project.configure(analysis_table="table.csv", model={**MODEL, "categorical": [factor], "final": final})
    run = with_report(project)
    assert run.code == 0 and project.json("primary", "model.json")["status"] == "fitted", run.output
    return project


def test_the_run_ends_and_the_sound_patients_are_measured(hostile: tuple[Project, Run]) -> None:
    project, run = hostile
    assert run.code == 0, run.output
    rows = read_table(project.results / "status.csv")
    measured = {row["patient_id"]: row["status"] for row in rows if row["stage"] == "measuring"}
    assert measured["IMG2"] == "complete"
    assert measured.get("IMG1") is None, "img1 and IMG1 would share a folder where case does not count"
    assert project.json("primary", "model.json")["status"] == "fitted"


def test_nothing_was_run_and_nothing_written_elsewhere(hostile: tuple[Project, Run]) -> None:
    project, _ = hostile
    assert {path.name for path in project.folder.iterdir()} <= OURS
    assert {path.name for path in project.folder.parent.iterdir()} == {"project"}
    assert not list(project.folder.rglob("hacked"))
    patients = {path.name for path in (project.results / "patients").iterdir()}
    assert "IMG2" in patients and patients <= {"IMG2", "CELL0", "CELL1", "CELL2"}


def cells(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8") as handle:
        return [cell for row in csv.reader(handle) for cell in row]


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_no_cell_of_any_table_is_a_formula(hostile: tuple[Project, Run], finished_table: Project) -> None:
    paths = [
        path for project in (hostile[0], finished_table) for path in sorted(project.results.rglob("*.csv"))
    ]
    written = [(path, cell) for path in paths if path.parent.name != "manifests" for cell in cells(path)]
    assert any(cell == f"'{FORMULA}" for _, cell in written), "the finished table's"
    assert any(cell == "'-2+3" for _, cell in written), "the kernel's"
    formulas = [
        (path, cell) for path, cell in written if cell[:1] in tuple("=+-@\t\r") and not is_number(cell)
    ]
    assert formulas == []


def test_no_page_holds_anybodys_markup(hostile: tuple[Project, Run], finished_table: Project) -> None:
    found = [path for project in (hostile[0], finished_table) for path in project.results.rglob("*")]
    pages = {path: path.read_text(encoding="utf-8") for path in found if path.suffix in (".html", ".svg")}
    assert any("=1+1&lt;script&gt;" in text for text in pages.values())
    assert [path.name for path, text in pages.items() if SCRIPT in text] == []
