"""Second sessions stand beside the first and never enter a patient's values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cohort_folders import Results, clean_visits, measured, pacs, patient, roi, run, write_cohort

BODY = {"L3_body_superior": 90.0, "L3_body_middle": 100.0, "L3_body_inferior": 110.0}
TRAJECTORY = {"L3_trajectory_left": 140.0, "L3_trajectory_right": 160.0}
FIRST = ("measurements", "readers", "acquisition")


def drawn(reader: str, shift: float = 0.0, **fields: Any) -> list[dict[str, Any]]:
    return [roi(reader, name, mean + shift, **fields) for name, mean in {**BODY, **TRAJECTORY}.items()]


def on_ct(tmp_path: Path, name: str, rois: list[dict[str, Any]], **tables: Any) -> Results:
    everyone = {"patients": [patient("P1")], "visits": clean_visits("P1"), **tables}
    return run(
        write_cohort(tmp_path / name, everyone), tmp_path / f"{name}-out", [measured("P1", "CT", rois)]
    )


def test_a_second_session_changes_nothing_of_the_first(tmp_path: Path) -> None:
    once = on_ct(tmp_path, "once", drawn("R1"))
    twice = on_ct(tmp_path, "twice", [*drawn("R1", session=1), *drawn("R1", 30.0, session=2)])
    for table in FIRST:
        assert twice.table(table) == once.table(table)
    assert once.table("repeat_measurements") == once.table("repeat_readers") == []


def test_a_second_session_is_measured_by_the_same_rules(tmp_path: Path) -> None:
    results = on_ct(tmp_path, "c", [*drawn("R1"), *drawn("R1", 30.0, session=2)])
    (row,) = results.table("repeat_readers")
    assert (row["patient_id"], row["reader"], row["session"], row["level_used"]) == ("P1", "R1", "2", "L3")
    assert float(row["b_hu"]) == 130 and float(row["st_hu"]) == 180
    assert float(row["hu_ratio"]) == pytest.approx(180 / 130)
    assert {one["session"] for one in results.table("repeat_measurements")} == {"2"}
    assert len(results.table("repeat_measurements")) == 5


def test_a_second_session_is_measured_at_the_level_of_the_first(tmp_path: Path) -> None:
    """Drawn again at another vertebra it is another measurement, so there is nothing to compare."""
    elsewhere = [{**one, "roi": one["roi"].replace("L3", "L2"), "level": "L2"} for one in drawn("R1")]
    results = on_ct(tmp_path, "c", [*drawn("R1"), *({**one, "session": 2} for one in elsewhere)])
    (row,) = results.table("repeat_readers")
    assert row["b_hu"] == "" and row["level_used"] == "L3"
    (combined,) = [one for one in results.table("readers") if one["reader"] == "combined"]
    assert combined["level_used"] == "L3" and combined["b_hu"] == "100.0"


def test_pacs_values_may_have_sessions(tmp_path: Path) -> None:
    again = [{"patient_id": "P1", "reader": "R1", "b_hu": 110, "st_hu": 150, "pbq": 3.5, "session": 2}]
    results = on_ct(tmp_path, "c", [], measurements=[*pacs("P1"), *again])
    assert [row["reader"] for row in results.table("readers")] == ["R1", "R2", "combined"]
    (row,) = results.table("repeat_readers")
    assert (row["b_hu"], row["pbq"], row["session"]) == ("110.0", "3.5", "2")
    assert results.table("problems") == []


def test_two_rows_of_one_session_are_told_apart_by_nobody(tmp_path: Path) -> None:
    one = {"patient_id": "P1", "reader": "R1", "b_hu": 110, "st_hu": 150, "pbq": 3.5}
    results = on_ct(tmp_path, "c", [], measurements=[{**one, "session": ""}, {**one, "session": 1}])
    assert len(results.table("problems")) == 2 and results.table("repeat_readers") == []


def test_a_patient_read_in_a_later_session_only_is_not_measured(tmp_path: Path) -> None:
    results = on_ct(tmp_path, "c", drawn("R1", session=2))
    assert [row["reader"] for row in results.table("readers")] == ["combined"]
    assert results.table("measurements") == []
    assert results.json("measured")["patients"]["P1"]["status"] == "unmeasurable"
