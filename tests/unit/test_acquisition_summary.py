"""What a Methods section quotes of the images, and the warning where field strengths are mixed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bonehold.cohort.acquisition_summary import SUMMARY_COLUMNS, acquisition_summary
from bonehold.cohort.field_strengths import mixed_fields
from bonehold.publishing.tables.table import Table, with_warnings
from cohort_folders import Results, clean_visits, goutallier, measured, pacs, patient, run, write_cohort


def summary(acquisition: dict[str, dict[str, str]], *analysed: str) -> dict[tuple[str, str, str], Any]:
    rows = acquisition_summary(acquisition, analysed)
    assert all(set(row) <= set(SUMMARY_COLUMNS) for row in rows)
    return {(row["group"], row["fact"], row.get("value", "")): row for row in rows}


def test_facts_are_counted_or_ranged() -> None:
    found = summary(
        {
            "P1": {"ct_kvp": "120.0", "ct_slice_mm": "1.0", "mr_field_t": "2.89"},
            "P2": {"ct_kvp": "80.0", "ct_slice_mm": "2.0", "mr_field_t": "3.0"},
            "P3": {"ct_kvp": "120.0", "ct_slice_mm": "5.0", "mr_field_t": ""},
        },
        "P1",
        "P9",
    )
    assert [key[2] for key in found if key[:2] == ("with_images", "ct_kvp")] == ["80", "120"]
    assert found["with_images", "ct_kvp", "120"]["n"] == 2
    assert (
        found["with_images", "mr_field_t", "3"]["n"],
        found["with_images", "mr_field_t", "3"]["missing"],
    ) == (
        2,
        1,
    )
    thickness = found["with_images", "ct_slice_mm", ""]
    assert [thickness[name] for name in ("n", "median", "minimum", "maximum")] == [3, 2.0, 1.0, 5.0]
    assert (found["analysed", "ct_kvp", "120"]["n"], found["analysed", "ct_kvp", "120"]["missing"]) == (1, 1)
    nothing = found["analysed", "mr_te", ""]
    assert (nothing["n"], nothing["missing"]) == (0, 2) and "median" not in nothing


def test_nobody_has_images() -> None:
    found = summary({}, "P1")
    assert found["with_images", "ct_kvp", ""]["missing"] == 0
    assert found["analysed", "ct_kvp", ""]["missing"] == 1


@pytest.mark.parametrize("fields", [[], [None, None], [3.0, None], [2.89, 3.0], [1.494, 1.5, None]])
def test_one_field_strength_needs_no_warning(fields: list[float | None]) -> None:
    assert mixed_fields(fields) is None


def test_the_warning_says_how_many() -> None:
    found = mixed_fields([3.0, 1.5, 2.89, None])
    assert found is not None and found.beside_label == " (cohort of 1.5 T and 3 T)"
    assert found.sentence.startswith("PBQ mixes MRI of 1.5 T (n = 1), 3 T (n = 2), unknown (n = 1);")


def cohort(tmp_path: Path, *fields: float) -> Results:
    names = [f"P{number}" for number in range(len(fields))]
    tables = {
        "patients": [patient(name) for name in names],
        "visits": [row for name in names for row in clean_visits(name)],
        "readings": [row for name in names for row in goutallier(name)],
        "measurements": [row for name in names for row in pacs(name)],
    }
    documents = [
        {**measured(name, "MR", []), "acquisition": {"field_t": field}}
        for name, field in zip(names, fields, strict=True)
    ]
    return run(write_cohort(tmp_path / "cohort", tables), tmp_path / "out", documents)


def test_mixed_fields_are_told_wherever_pbq_is(tmp_path: Path) -> None:
    results = cohort(tmp_path, 1.5, 3.0)
    dictionary = results.json("cohort")
    assert dictionary["columns"]["pbq"]["label"] == "PBQ score (cohort of 1.5 T and 3 T)"
    assert "1.5 T (n = 1), 3 T (n = 1)" in dictionary["warnings"]["pbq"]
    (problem,) = [row for row in results.table("problems") if row["source"] == "acquisition.csv"]
    assert problem["problem"] == dictionary["warnings"]["pbq"] and "mr_field_t" in problem["remedy"]
    rows = results.table("acquisition_summary")
    assert [row["value"] for row in rows if row["fact"] == "mr_field_t"] == ["1.5", "3"] * 2


def test_one_field_is_told_by_nobody(tmp_path: Path) -> None:
    results = cohort(tmp_path, 3.0, 3.0)
    dictionary = results.json("cohort")
    assert dictionary["columns"]["pbq"]["label"] == "PBQ score" and dictionary["warnings"] == {}
    assert results.table("problems") == []


def test_a_warning_stands_below_the_tables_of_its_predictor() -> None:
    with_pbq = Table("A", ("",), (("Age",), ("PBQ score (1.5 T)",)), ("Note.",))
    without = Table("B", ("",), (("Age",),))
    warnings = {"PBQ score (1.5 T)": "Fields are mixed"}
    assert with_warnings(with_pbq, warnings).notes == ("Note.", "Fields are mixed.")
    assert with_warnings(without, warnings).notes == ()
