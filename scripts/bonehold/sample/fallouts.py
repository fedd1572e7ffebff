"""The patients whom the eligibility rules must find: one example for every reason to fall out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fallout:
    """One patient who is not analysed, and why; sound in every other respect.

    Attributes:
        reason: what the example shows.
        criterion: the criterion that must catch it first (`exclusions.csv`).
        cells: cells of `patients.csv` that differ.
        ads: whether the patient has scoliosis.
        event: whether screws loosen.
        course: how the follow-up runs (`tables.course`).
        measured: which PACS values exist.
        fault: of the images, where the patient has images.
    """

    reason: str
    criterion: str
    cells: Mapping[str, str] = field(default_factory=dict)
    ads: bool = False
    event: bool = False
    course: str = "regular"
    measured: tuple[str, ...] = ("b_hu", "st_hu", "pbq")
    fault: str | None = None


FLAGS = (
    "prior_lumbar_surgery",
    "non_degenerative",
    "poor_image_quality",
    "incomplete_record",
    "severe_comorbidity",
    "postoperative_infection",
    "imaging_symptom_mismatch",
)

NO_T_SCORE = {"dxa_t_lumbar": "", "dxa_t_femoral_neck": "", "dxa_t_total_hip": ""}

FALLOUTS = (
    Fallout("malformed_value", "invalid_input", {"age": "sixty-four"}),
    Fallout("duplicate_id", "invalid_input", course="none", measured=()),
    Fallout("malformed_id", "invalid_input", course="none", measured=()),
    Fallout("under_age", "age", {"age": "16"}),
    Fallout("no_ct", "preoperative_ct", {"has_ct": "0"}, measured=("pbq",)),
    Fallout("no_mri", "preoperative_mri", {"has_mri": "0"}, measured=("b_hu", "st_hu")),
    Fallout("no_t_score", "t_score", NO_T_SCORE),
    Fallout("unresolved_outcome", "postoperative_imaging", course="disputed"),
    Fallout("not_due", "not_due", course="recent"),
    Fallout("lost", "follow_up_too_short", course="lost"),
    Fallout("scoliosis_short", "follow_up_too_short", ads=True, course="one_year"),
    Fallout("early_event", "early_event_no_minimum_visit", event=True, course="early_event"),
    *(Fallout(flag, flag, {flag: "1"}) for flag in FLAGS),
    Fallout("no_pbq", "pbq", measured=("b_hu", "st_hu")),
    Fallout("no_hu_ratio", "hu_ratio", measured=("pbq",)),
    Fallout("no_right_trajectory", "hu_ratio", measured=(), fault="no_right_trajectory"),
    Fallout("b_hu_below_guard", "hu_ratio", measured=(), fault="b_hu_below_guard"),
)
