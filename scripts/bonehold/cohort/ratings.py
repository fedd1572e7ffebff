"""What the group decided when it looked at the measured regions, and whether that still holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bonehold.cohort.checked_table import CheckedTable
from bonehold.problems import Problem

KEEP, REDO, EXCLUDE = "keep", "redo", "exclude"
RATING_COLUMNS = ("patient_id", "rating", "measured", "state")


@dataclass(frozen=True)
class Rating:
    """One patient's rating.

    Attributes:
        patient_id: the patient.
        rating: `keep`, `redo` or `exclude`.
        measured: code of the measurement that was looked at.
        state: `in_effect`, or `lapsed` when that is not the present measurement.
        row: line of ratings.csv.
    """

    patient_id: str
    rating: str
    measured: str
    state: str
    row: int


def judged_ratings(table: CheckedTable, measured: Mapping[str, str]) -> tuple[Rating, ...]:
    """Tell the ratings that hold from those that lapsed, sorted by patient.

    Args:
        table: the sound rows of ratings.csv; a patient has one at most.
        measured: patient -> code of the present measurement, empty for patients without images here.
    """
    ratings = (
        Rating(
            row.patient_id,
            row.values["rating"],
            row.values["measured"],
            "in_effect" if row.values["measured"] == measured.get(row.patient_id) else "lapsed",
            row.number,
        )
        for row in table.rows
    )
    return tuple(sorted(ratings, key=lambda rating: rating.patient_id))


def in_effect(ratings: Iterable[Rating]) -> dict[str, str]:
    """Patient -> rating, of the ratings that hold."""
    return {one.patient_id: one.rating for one in ratings if one.state == "in_effect"}


def lapsed_ratings(ratings: Iterable[Rating]) -> list[Problem]:
    """A line for each rating that lapsed."""
    problem = "the rating is of another measurement than the present one, so it has no effect"
    remedy = "look at the patient's qc.html and rate again"
    return [
        Problem("ratings.csv", problem, remedy, one.patient_id, one.row, "measured", one.measured)
        for one in ratings
        if one.state == "lapsed"
    ]
