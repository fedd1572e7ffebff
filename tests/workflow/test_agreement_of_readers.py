"""The agreement of readers in a small cohort, from tables to figure."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cohorts import draw_all, read_table, write_table
from project import Project


@pytest.fixture(scope="module")
def read_again(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The small cohort after R1 measured and read again, and a consensus decided on some."""
    project = finished.copy_to(tmp_path_factory.mktemp("agreement") / "project")
    pacs = [{**row, "session": ""} for row in read_table(project.cohort / "measurements.csv")]
    again = [{**row, "session": "2"} for row in pacs if row["reader"] == "R1"][:12]
    decided = [{**row, "reader": "consensus", "b_hu": "500"} for row in pacs if row["reader"] == "R1"][:12]
    write_table(project.cohort / "measurements.csv", [*pacs, *again, *decided])
    grades = read_table(project.cohort / "readings.csv")
    own = [{**row, "session": "2"} for row in grades if row["reader"] == "R2"][:200]
    consensus = [{**row, "reader": "Consensus"} for row in grades if row["reader"] == "R2"][:200]
    write_table(project.cohort / "readings.csv", [*grades, *own, *consensus])
    run = project.run("--", "cohort")
    assert run.code == 0, run.output
    assert run.executed["measure_agreement"] == run.executed["draw_agreement"] == 1
    return project


def agreement(project: Project) -> list[dict[str, str]]:
    return read_table(project.results / "cohort" / "agreement.csv")


def test_agreement_is_told_of_every_measure(finished: Project) -> None:
    found = {row["measure"]: row for row in agreement(finished) if row["kind"] == "inter"}
    assert {"b_hu", "st_hu", "hu_ratio", "pbq", "body", "goutallier", "loosening"} <= set(found)
    assert all((row["rater_1"], row["rater_2"]) == ("R1", "R2") for row in found.values())
    # 70 patients with PACS values that differ by 2 HU and 0.2, two with images
    assert int(found["b_hu"]["n"]) == 72 and float(found["b_hu"]["icc_2_1"]) > 0.99
    assert float(found["goutallier_patient"]["observed_agreement"]) == 1
    assert found["pedicle_si"]["reason"] == "2 read in common, at least 3 are needed"


def test_what_a_reader_read_again_is_compared_with_the_first(read_again: Project) -> None:
    found = {(row["measure"], row["rater_1"]): row for row in agreement(read_again) if row["kind"] == "intra"}
    assert {name for name, reader in found if reader == "R1"} == {"b_hu", "st_hu", "hu_ratio", "pbq"}
    assert {name for name, reader in found if reader == "R2"} == {"goutallier", "goutallier_patient"}
    row = found["pbq", "R1"]
    assert (row["rater_2"], row["session_1"], row["session_2"], row["n"]) == ("R1", "1", "2", "12")
    assert float(row["icc_2_1"]) == 1 and float(row["mdc95"]) == 0
    assert "sessions 1, 2" in (read_again.results / "cohort" / "agreement.html").read_text()


def test_a_decision_is_no_reader(read_again: Project) -> None:
    assert {row[name] for row in agreement(read_again) for name in ("rater_1", "rater_2")} == {"R1", "R2"}
    pairs = read_table(read_again.results / "cohort" / "agreement_pairs.csv")
    assert {row[name] for row in pairs for name in ("rater_1", "rater_2")} == {"R1", "R2"}


def test_a_decision_counts_for_the_patient_all_the_same(read_again: Project) -> None:
    rows = read_table(read_again.results / "cohort" / "readers.csv")
    combined = [row for row in rows if row["reader"] == "combined" and "consensus" in row["flags"]]
    assert len(combined) == 12 and {row["b_hu"] for row in combined} == {"500.0"}


def test_the_figure_is_drawn_in_every_format(read_again: Project) -> None:
    for suffix in ("svg", "png", "pdf"):
        figure = read_again.results / "cohort" / "figures" / f"agreement.{suffix}"
        assert b"SYNTHETIC DATA" in figure.read_bytes()


def test_nobody_to_compare(finished: Project, tmp_path: Path) -> None:
    project = finished.copy_to(tmp_path / "project")
    for name in ("measurements", "readings", "visits"):
        rows = [row for row in read_table(project.cohort / f"{name}.csv") if row["reader"] == "R1"]
        write_table(project.cohort / f"{name}.csv", rows)
    for patient in ("IMG1", "IMG2"):
        shutil.rmtree(project.cohort / "annotations" / patient)
        draw_all(project.cohort / "annotations" / patient / "R1")
    run = project.run("--", "cohort")
    assert run.code == 0, run.output
    assert agreement(project) == []
    assert "No measure was read by two readers" in (project.results / "cohort" / "agreement.html").read_text()
