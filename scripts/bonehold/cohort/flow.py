"""How many patients are left at each stage and why the others are not: the numbers of the flow diagram."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bonehold.cohort.eligibility import (
    AWAITING_REDRAW,
    DECISIONS,
    EXCLUDED_BY_OVERRIDE,
    EXCLUDED_BY_RATING,
    FLAGS,
    FOLLOW_UP,
    INVALID_INPUT,
    Exclusion,
)

FLOW_COLUMNS = ("stage", "criterion", "label", "n", "events")

STAGES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("table", "Patients in the table", (INVALID_INPUT,)),
    ("readable", "Assessed for eligibility", ("age", "preoperative_ct", "preoperative_mri", "t_score")),
    ("worked_up", "Adults with complete preoperative work-up", ("postoperative_imaging", *FOLLOW_UP)),
    ("followed", "Outcome known after the required follow-up", (*FLAGS, *DECISIONS)),
    ("eligible", "Eligible", ("hu_ratio", "pbq")),
)
"""Stage, its box, and the criteria by which patients leave it."""

LABELS = {
    INVALID_INPUT: "Invalid entry in the table",
    "age": "Younger than 18 years, or age unknown",
    "preoperative_ct": "No preoperative CT",
    "preoperative_mri": "No preoperative MRI",
    "t_score": "No valid T-score",
    "postoperative_imaging": "No postoperative imaging that resolves loosening",
    "not_due": "Required follow-up not yet due at the data cut",
    "early_event_no_minimum_visit": "Early loosening, no visit at minimum follow-up",
    "follow_up_too_short": "Follow-up too short",
    "prior_lumbar_surgery": "Previous lumbar surgery",
    "non_degenerative": "Non-degenerative disease",
    "poor_image_quality": "Poor image quality or metal artefacts",
    "incomplete_record": "Incomplete surgical or imaging record",
    "severe_comorbidity": "Severe comorbidity or metabolic bone disease",
    "postoperative_infection": "Postoperative spinal infection",
    "imaging_symptom_mismatch": "Imaging does not match the symptoms",
    EXCLUDED_BY_OVERRIDE: "Excluded by decision of the group",
    EXCLUDED_BY_RATING: "Excluded when the regions were looked at",
    AWAITING_REDRAW: "Regions waiting to be drawn again",
    "hu_ratio": "HU ratio not measurable",
    "pbq": "PBQ score not measurable",
}


@dataclass(frozen=True)
class FlowRow:
    """A box (no criterion), a reason to leave it, or, at stage `analysed`, one part of those analysed."""

    stage: str
    criterion: str
    label: str
    n: int
    events: int | None = None


def flow_rows(
    exclusions: Iterable[Exclusion], analysed: Sequence[tuple[bool, bool | None]]
) -> tuple[FlowRow, ...]:
    """Count the stages.

    Every patient leaves by exactly one criterion (the first failed) or is analysed, so each box is the one
    before less those who left it.

    Args:
        exclusions: all failed criteria of all patients; those marked `first` count.
        analysed: for each analysed patient, whether of adult degenerative scoliosis, and whether loosened.
    """
    left = Counter(exclusion.criterion for exclusion in exclusions if exclusion.first)
    remaining = sum(left.values()) + len(analysed)
    rows = []
    for stage, label, criteria in STAGES:
        rows.append(FlowRow(stage, "", label, remaining))
        rows += [FlowRow(stage, criterion, LABELS[criterion], left[criterion]) for criterion in criteria]
        remaining -= sum(left[criterion] for criterion in criteria)
    rows.append(_part("", "Analysed", analysed))
    rows.append(
        _part("ads_0", "Without adult degenerative scoliosis", [one for one in analysed if not one[0]])
    )
    rows.append(_part("ads_1", "With adult degenerative scoliosis", [one for one in analysed if one[0]]))
    return tuple(rows)


def _part(criterion: str, label: str, patients: Sequence[tuple[bool, bool | None]]) -> FlowRow:
    return FlowRow("analysed", criterion, label, len(patients), sum(bool(loose) for _, loose in patients))
