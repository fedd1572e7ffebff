"""Fatty infiltration of the multifidus: from grades per reader, disc and side to one grade per patient.

The grades are Goutallier's (Clin Orthop 1994; 304: 78-83), 0 (no fat) to 4 (more fat than muscle), read on
both sides at the five lumbar discs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bonehold.cohort.readers import deciding

DISCS = ("L1L2", "L2L3", "L3L4", "L4L5", "L5S1")
GRADES = (0, 1, 2, 3, 4)
SIDES = ("L", "R")


@dataclass(frozen=True)
class GradeReading:
    """One reader's grade of one disc; `side` is empty where one grade was given for both."""

    reader: str
    disc: str
    side: str
    grade: int


@dataclass(frozen=True)
class GoutallierRules:
    """How grades become one.

    Attributes:
        disagreement: `higher`, `lower` or `missing`: what two unlike grades of a disc and side become.
        disc: `max` (the highest of all five discs, missing unless all are graded) or one disc.
        collapse: groups of grades that are merged, each into its lowest, as ((1, 2), (3, 4)).
    """

    disagreement: str = "higher"
    disc: str = "max"
    collapse: tuple[tuple[int, ...], ...] = ()


def patient_grade(readings: Iterable[GradeReading], rules: GoutallierRules) -> int | None:
    """The patient's grade: per disc and side one grade, the higher side, then the configured disc.

    Args:
        readings: the patient's grades, at most one per reader, disc and side.
        rules: how unlike grades and discs become one.

    Returns:
        grade 0 to 4, or None when a disc or side that is needed is missing.
    """
    by_place: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for reading in readings:
        for side in (reading.side,) if reading.side else SIDES:
            by_place[reading.disc, side][reading.reader] = reading.grade
    discs = DISCS if rules.disc == "max" else (rules.disc,)
    grades = [
        _resolved(by_place.get((disc, side), {}), rules.disagreement) for disc in discs for side in SIDES
    ]
    found = [grade for grade in grades if grade is not None]
    return max(found) if len(found) == len(grades) else None


def merged_grade(grade: int | None, collapse: Sequence[Sequence[int]]) -> int | None:
    """The grade as it enters the model: itself, or the lowest of the grades it is merged with.

    >>> merged_grade(2, [[1, 2], [3, 4]]), merged_grade(0, [[1, 2]]), merged_grade(None, [])
    (1, 0, None)
    """
    return next((min(group) for group in collapse if grade in group), grade)


def _resolved(grades: dict[str, int], disagreement: str) -> int | None:
    decided = deciding(grades)
    if decided is not None:
        return grades[decided]
    distinct = set(grades.values())
    if len(distinct) == 1:
        return distinct.pop()
    if not distinct or disagreement == "missing":
        return None
    return max(distinct) if disagreement == "higher" else min(distinct)
