"""Which sides and which readers are flagged for a second look."""

from __future__ import annotations

from pathlib import Path

import pytest
from bonehold.cohort.quality_flags import (
    LEAST_PATIENTS,
    SIDES_DIFFER,
    SideLimits,
    flag_sides,
    reader_differences,
)
from bonehold.cohort.roi_readings import RoiReading
from cohort_folders import pacs, patient, run, write_cohort

LIMITS = SideLimits(trajectory_hu=60, pedicle_percent=40)


def flagged(*readings: RoiReading) -> list[str]:
    return [one.roi for one in flag_sides(readings, LIMITS) if SIDES_DIFFER in one.flags]


def pair(what: str, left: float | None, right: float | None, level: str = "L3") -> list[RoiReading]:
    return [
        RoiReading("R1", f"{level}_{what}_{side}", mean) for side, mean in (("left", left), ("right", right))
    ]


@pytest.mark.parametrize(("right", "count"), [(160.0, 0), (160.1, 2), (40.0, 0), (39.9, 2), (None, 0)])
def test_trajectories_are_compared_in_hu(right: float | None, count: int) -> None:
    assert len(flagged(*pair("trajectory", 100.0, right))) == count


@pytest.mark.parametrize(("scale", "right", "count"), [(1, 149, 0), (1, 151, 2), (20, 149, 0), (20, 151, 2)])
def test_pedicles_are_compared_in_percent_of_their_mean(scale: float, right: float, count: int) -> None:
    assert len(flagged(*pair("pedicle", scale * 100.0, scale * right))) == count


def test_a_pair_is_of_one_reader_and_one_level() -> None:
    left, right = pair("trajectory", 100.0, 200.0)
    other = RoiReading("R2", right.roi, 200.0)
    lower = RoiReading("R1", "L4_trajectory_right", 200.0)
    assert flagged(left, other, lower) == []
    assert flagged(left, right) == [left.roi, right.roi]


def test_what_does_not_count_is_not_compared() -> None:
    left, right = pair("trajectory", 100.0, 200.0)
    assert flagged(left, right.flagged("excluded_by_override")) == []
    body = RoiReading("R1", "L3_body_superior", 100.0), RoiReading("R1", "L3_body_inferior", 300.0)
    assert flagged(*body, RoiReading("R1", "L3_csf", 1.0), RoiReading("R1", "b_hu", 1.0)) == []


def cohort(differences: list[float], readers: tuple[str, str] = ("R1", "R2")) -> dict[str, dict[str, dict]]:
    one, other = readers
    return {
        f"P{number:02}": {one: {"pbq": 3.0 + difference}, other: {"pbq": 3.0}}
        for number, difference in enumerate(differences)
    }


SMALL = [0.1, -0.1] * 10


def test_two_readers_far_apart_are_flagged() -> None:
    assert reader_differences(cohort([*SMALL, 1.0])) == {"P20": ("pbq",)}
    assert reader_differences(cohort(SMALL)) == {}


def test_few_patients_flag_nobody() -> None:
    enough = [*SMALL[: LEAST_PATIENTS - 1], 1.0]
    assert list(reader_differences(cohort(enough))) == ["P09"]
    assert reader_differences(cohort(enough[1:])) == {}


def test_a_decision_is_no_reader() -> None:
    assert reader_differences(cohort([*SMALL, 1.0], ("R1", "consensus"))) == {}


def test_flags_reach_the_tables(tmp_path: Path) -> None:
    names = [f"P{number:02}" for number in range(21)]
    values = [row for name in names for row in pacs(name)]
    values[0]["pbq"] = 6
    for row in values[2::4]:
        row["pbq"] = 3.1
    results = run(
        write_cohort(tmp_path / "c", {"patients": [patient(n) for n in names], "measurements": values}),
        tmp_path / "out",
    )
    found = {
        row["patient_id"]: (row["flags"], row["differing"])
        for row in results.table("readers")
        if row["differing"] or "reader_difference" in row["flags"]
    }
    assert found == {"P00": ("pbq_ready_made;reader_difference", "pbq")}
