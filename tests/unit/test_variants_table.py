"""What patients would be under other definitions: `cohort/variants.csv`."""

from pathlib import Path
from typing import Any

import pytest
from cohort_folders import Results, goutallier, pacs, patient, run, visit, write_cohort

IDS = ("P1", "P2", "P3", "P4", "P5", "P6", "P7")
VISITS = [
    visit("P1", 12),  # clean under every rule
    visit("P2", 6, loosening=1),  # early, never seen again
    *(visit("P3", 10, loosening=1), visit("P3", 24)),  # loose once, clean at the end
    *(visit("P4", 12), visit("P4", 30, loosening=1)),  # loose after the horizon
    *(
        visit("P5", 12, modality="XR", loosening=1),
        visit("P5", 6),
    ),  # the radiograph decides, no CT late enough
    visit("P6", 10),  # followed for the horizon only
    visit("P7", 14, modality="XR", revision=1),  # revised, seen on a radiograph
]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("variants")
    tables: dict[str, Any] = {
        "patients": [patient(one) for one in IDS],
        "visits": VISITS,
        "measurements": [row for one in IDS for row in pacs(one)],
        "readings": [row for one in IDS for row in goutallier(one)],
    }
    return run(write_cohort(folder / "cohort", tables), folder / "out")


def outcomes(results: Results, column: str) -> dict[str, str]:
    return {row["patient_id"]: row[column] for row in results.table("variants") if row[column]}


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("loosening", {"P1": "0", "P3": "0", "P4": "1", "P5": "1", "P7": "1"}),
        ("loosening_last", {"P1": "0", "P3": "0", "P4": "1", "P5": "1", "P7": "1"}),
        ("loosening_ever", {"P1": "0", "P2": "1", "P3": "1", "P4": "1", "P5": "1", "P7": "1"}),
        (
            "loosening_horizon",
            {"P1": "0", "P2": "1", "P3": "1", "P4": "0", "P5": "1", "P6": "0", "P7": "1"},
        ),
        ("loosening_ct", {"P1": "0", "P3": "0", "P4": "1", "P7": "1"}),
    ],
)
def test_each_rule_has_patients_and_events_of_its_own(
    results: Results, column: str, expected: dict[str, str]
) -> None:
    assert outcomes(results, column) == expected


def test_the_configured_outcome_is_that_of_the_cohort_table(results: Results) -> None:
    cohort = {row["patient_id"]: row for row in results.table("cohort")}
    variants = {row["patient_id"]: row for row in results.table("variants")}
    assert list(variants) == sorted(variants) and set(cohort) < set(variants)
    for patient_id, row in cohort.items():
        assert {column: variants[patient_id][column] for column in row} == row


def test_another_configured_rule_is_the_main_one(tmp_path: Path) -> None:
    tables = {"patients": [patient("P2")], "visits": [VISITS[1]], "measurements": pacs("P2")}
    cohort = write_cohort(tmp_path / "cohort", tables)
    outcome = {
        "rule": "ever",
        "lucency_mm": 1.0,
        "minimum_months": 12,
        "minimum_months_ads": 24,
        "horizon_window": [9, 15],
    }
    (row,) = run(cohort, tmp_path / "out", outcome=outcome).table("variants")
    assert (row["loosening"], row["loosening_last"], row["loosening_ever"]) == ("1", "", "1")


def test_whom_another_criterion_leaves_out_is_in_no_variant(tmp_path: Path) -> None:
    tables = {
        "patients": [patient("P1", age=15), patient("P2")],
        "visits": [visit("P1", 24), visit("P2", 24)],
        "measurements": [*pacs("P1"), *pacs("P2")],
    }
    results = run(write_cohort(tmp_path / "cohort", tables), tmp_path / "out")
    assert [row["patient_id"] for row in results.table("variants")] == ["P2"]


def test_grades_by_disc_and_measures_by_reader(tmp_path: Path) -> None:
    grades = [row for row in goutallier("P1", 1) if (row["level"], row["side"]) != ("L4L5", "R")]
    grades += [{**grades[0], "level": "L4L5", "side": "R", "value": 3}]
    grades = [row for row in grades if row["level"] != "L1L2"]
    values = [
        {"patient_id": "P1", "reader": "R1", "b_hu": 100, "st_hu": 150, "pbq": 3},
        {"patient_id": "P1", "reader": "R2", "b_hu": 100, "st_hu": 250},
    ]
    tables = {
        "patients": [patient("P1")],
        "visits": [visit("P1", 24)],
        "measurements": values,
        "readings": grades,
    }
    (row,) = run(write_cohort(tmp_path / "cohort", tables), tmp_path / "out").table("variants")
    discs = [row[f"goutallier_{disc}"] for disc in ("max", "L1L2", "L2L3", "L3L4", "L4L5", "L5S1")]
    assert discs == ["", "", "1", "1", "3", "1"]
    assert [row[f"hu_ratio_{reader}"] for reader in ("R1", "R2")] == ["1.5", "2.5"]
    assert [row[f"pbq_{reader}"] for reader in ("R1", "R2")] == ["3.0", ""]


SESSION = {"trajectory_source": "planned", "blinded_to_outcome": 1}


@pytest.mark.parametrize(
    ("sessions", "planned", "blinded"),
    [
        ([], "", ""),
        ([("", "R1", SESSION)], "", ""),  # nobody says how R2 worked
        ([("", "R1", SESSION), ("", "R2", SESSION)], "1", "1"),
        ([("", "R1", SESSION), ("", "R2", SESSION | {"trajectory_source": "registered"})], "0", "1"),
        # the patient's own row wins in what it says, and keeps the rest
        ([("P1", "R1", {"blinded_to_outcome": 0}), ("", "R1", SESSION), ("", "R2", SESSION)], "1", "0"),
        # how a later session was read says nothing of the values
        ([("", "R1", SESSION), ("", "R2", SESSION), ("", "R2", {"session": 2, "blinded_to_outcome": 0})], "1", "1"),
    ],
)  # fmt: skip
def test_how_the_regions_were_placed(
    tmp_path: Path, sessions: list[tuple[str, str, dict[str, Any]]], planned: str, blinded: str
) -> None:
    tables = {
        "patients": [patient("P1")],
        "visits": [visit("P1", 24)],
        "measurements": pacs("P1"),
        "reading_sessions": [{"patient_id": one, "reader": reader, **said} for one, reader, said in sessions],
    }
    (row,) = run(write_cohort(tmp_path / "cohort", tables), tmp_path / "out").table("variants")
    assert (row["trajectory_planned"], row["blinded"]) == (planned, blinded)
