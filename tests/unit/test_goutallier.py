from __future__ import annotations

from dataclasses import replace

import pytest
from bonehold.cohort.goutallier import DISCS, GoutallierRules, GradeReading, merged_grade, patient_grade

ALL = [GradeReading("R1", disc, side, 1) for disc in DISCS for side in "LR"]


def with_grade(grade: int, disc: str = "L4L5", side: str = "L", reader: str = "R1") -> list[GradeReading]:
    others = [one for one in ALL if (one.reader, one.disc, one.side) != (reader, disc, side)]
    return [*others, GradeReading(reader, disc, side, grade)]


def test_the_highest_disc_and_side_counts() -> None:
    assert patient_grade(with_grade(3), GoutallierRules()) == 3


@pytest.mark.parametrize(("rule", "expected"), [("higher", 3), ("lower", 1), ("missing", None)])
def test_two_readers_who_disagree(rule: str, expected: int | None) -> None:
    readings = with_grade(3, reader="R2")
    assert patient_grade(readings, GoutallierRules(disagreement=rule)) == expected


def test_the_consensus_of_a_disc_and_side_counts() -> None:
    readings = [*with_grade(4, reader="R2"), GradeReading("consensus", "L4L5", "L", 2)]
    assert patient_grade(readings, GoutallierRules()) == 2


def test_the_maximum_needs_all_discs_and_both_sides() -> None:
    assert patient_grade(ALL[1:], GoutallierRules()) is None
    assert patient_grade([], GoutallierRules()) is None


def test_one_disc_can_be_chosen() -> None:
    l4l5 = [one for one in with_grade(3) if one.disc == "L4L5"]
    assert patient_grade(l4l5, GoutallierRules(disc="L4L5")) == 3
    assert patient_grade(l4l5, GoutallierRules(disc="L5S1")) is None


def test_a_grade_without_side_stands_for_both() -> None:
    assert patient_grade([replace(one, side="") for one in ALL[::2]], GoutallierRules()) == 1


def test_merged_grades_bear_the_lowest_of_their_members() -> None:
    assert [merged_grade(grade, [[1, 2], [4, 3]]) for grade in (0, 1, 2, 3, 4, None)] == [0, 1, 1, 3, 3, None]
