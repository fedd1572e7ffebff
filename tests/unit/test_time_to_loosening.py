"""Who is in the table for the time to loosening, and between which visits they loosened; hand-made visits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cohort_folders import CONFIG, Results, pacs, patient, run, visit, write_cohort

ABOUT = "title: Test\nsynthetic: true\ndata_cut: 2025-06-30\n"
TIMES = ("time_months", "event", "last_clean_months", "first_loose_months")
LOOSE = {"lucency_mm": 1.4}


def built(
    tmp_path: Path, visits: list[dict[str, Any]], cells: dict[str, Any] | None = None, **changes: Any
) -> Results:
    """A cohort of P0, sound with a clean visit at two years, and of P1 with the given visits and cells."""
    tables = {
        "patients": [patient("P0"), patient("P1", **(cells or {}))],
        "visits": [visit("P0", 24), *visits],
        "measurements": [*pacs("P0"), *pacs("P1")],
    }
    return run(write_cohort(tmp_path / "cohort", tables, ABOUT), tmp_path / "out", **changes)


def row(results: Results) -> dict[str, str] | None:
    return next((one for one in results.table("time_to_loosening") if one["patient_id"] == "P1"), None)


def times(results: Results) -> tuple[str, ...]:
    found = row(results)
    assert found is not None
    return (*(found[name] for name in TIMES), found["in_main_analysis"])


@pytest.mark.parametrize(
    ("visits", "expected"),
    [
        # never loose: censored at the last resolved visit
        ([visit("P1", 3), visit("P1", 24)], ("24.0", "0", "24.0", "", "1")),
        # lost before the minimum follow-up
        ([visit("P1", 3), visit("P1", 6)], ("6.0", "0", "6.0", "", "0")),
        # loose before the minimum, never seen again
        ([visit("P1", 3), visit("P1", 6, **LOOSE)], ("6.0", "1", "3.0", "6.0", "0")),
        # loose at the first visit: some time since surgery
        ([visit("P1", 6, **LOOSE)], ("6.0", "1", "0.0", "6.0", "0")),
        ([visit("P1", 12, **LOOSE)], ("12.0", "1", "0.0", "12.0", "1")),
        # revision: at its date, whatever the last clean image was
        ([visit("P1", 3), visit("P1", 8, revision=1)], ("8.0", "1", "3.0", "8.0", "1")),
        # a visit that the readers leave unresolved says nothing: it widens the interval ...
        (
            [visit("P1", 3), visit("P1", 6), visit("P1", 6, "R2", **LOOSE), visit("P1", 9, **LOOSE)],
            ("9.0", "1", "3.0", "9.0", "0"),
        ),
        # ... and does not prolong the follow-up
        (
            [visit("P1", 3), visit("P1", 14), visit("P1", 14, "R2", **LOOSE)],
            ("3.0", "0", "3.0", "", "0"),
        ),
        # clean images after a loose one show other screws
        ([visit("P1", 6, **LOOSE), visit("P1", 24)], ("6.0", "1", "0.0", "6.0", "1")),
    ],
)
def test_between_which_visits_the_screw_loosened(
    tmp_path: Path, visits: list[dict[str, Any]], expected: tuple[str, ...]
) -> None:
    assert times(built(tmp_path, visits)) == expected


@pytest.mark.parametrize(
    ("cells", "visits", "criterion"),
    [
        ({"surgery_date": "2024-12-01"}, [visit("P1", 6)], "not_due"),
        ({}, [visit("P1", 6)], "follow_up_too_short"),
        ({"ads": 1}, [visit("P1", 14)], "follow_up_too_short"),
        ({}, [visit("P1", 6, **LOOSE)], "early_event_no_minimum_visit"),
    ],
)
def test_who_lacks_follow_up_only_is_in_the_table_with_their_predictors(
    tmp_path: Path, cells: dict[str, Any], visits: list[dict[str, Any]], criterion: str
) -> None:
    results = built(tmp_path, visits, cells)
    assert results.excluded() == {"P1": [criterion]}
    found = row(results)
    assert found is not None
    assert (found["in_main_analysis"], found["hu_ratio"], found["pbq"], found["age"], found["loosening"]) == (
        "0",
        "1.5",
        "3.0",
        "60.0",
        "",
    )
    assert [one["patient_id"] for one in results.table("cohort")] == ["P0"]


@pytest.mark.parametrize(
    ("cells", "visits"),
    [
        ({"age": 17}, [visit("P1", 6)]),
        ({"prior_lumbar_surgery": 1}, [visit("P1", 24)]),
        ({"dxa_t_lumbar": ""}, [visit("P1", 6)]),
        ({}, []),
        ({}, [visit("P1", 12), visit("P1", 12, "R2", **LOOSE)]),
    ],
)
def test_who_fails_another_criterion_is_not(
    tmp_path: Path, cells: dict[str, Any], visits: list[dict[str, Any]]
) -> None:
    assert row(built(tmp_path, visits, cells)) is None


def test_nobody_without_a_resolved_visit_even_where_none_is_asked_for(tmp_path: Path) -> None:
    switched_on = [one for one in CONFIG["eligibility"] if one not in ("postoperative_imaging", "follow_up")]
    results = built(tmp_path, [], eligibility=switched_on)
    assert [one["patient_id"] for one in results.table("cohort")] == ["P0", "P1"]
    assert row(results) is None


def test_the_columns_are_those_of_the_cohort_and_the_rows_of_the_analysed_are_the_same(
    tmp_path: Path,
) -> None:
    results = built(tmp_path, [visit("P1", 6)])
    cohort, wider = results.table("cohort"), results.table("time_to_loosening")
    assert [*cohort[0], "in_main_analysis"] == list(wider[0])
    assert {**cohort[0], "in_main_analysis": "1"} == wider[0]
