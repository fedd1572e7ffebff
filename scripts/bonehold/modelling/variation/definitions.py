"""Columns by which a table tells of other definitions (`cohort/variants.csv`; a group's own table may have them)."""

from __future__ import annotations

OUTCOMES = ("last", "ever", "horizon")
"""Outcome rules, whose columns are called `loosening_<rule>`."""
CT_ONLY = "loosening_ct"
DISCS = ("max", "L1L2", "L2L3", "L3L4", "L4L5", "L5S1")
"""Disc rules, whose columns are called `<factor>_<disc>`."""
READER_MEASURES = ("hu_ratio", "pbq", "b_hu", "st_hu")
"""Measures of every reader alone, whose columns are called `<measure>_<reader>`."""
PLANNED, BLINDED = "trajectory_planned", "blinded"


def outcome_column(rule: str) -> str:
    """Column of the outcome by a rule."""
    return f"loosening_{rule}"


def disc_column(factor: str, disc: str) -> str:
    """Column of the grade by a disc rule."""
    return f"{factor}_{disc}"


def definition_columns(factor: str) -> tuple[str, ...]:
    """Every column of other definitions but those of readers, whose names only the table knows.

    Args:
        factor: the factor that is graded by disc.
    """
    outcomes = (outcome_column(rule) for rule in OUTCOMES)
    return (*outcomes, CT_ONLY, *(disc_column(factor, disc) for disc in DISCS), PLANNED, BLINDED)
