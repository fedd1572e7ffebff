from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from bonehold.cohort.eligibility import ALWAYS, CRITERIA, FLAGS, FOLLOW_UP, Candidate, failed_criteria
from bonehold.cohort.flow import LABELS, STAGES
from bonehold.cohort.outcome import Outcome
from cohort_folders import CONFIG

SOUND = Candidate(
    "P1",
    age=60,
    ct=True,
    mri=True,
    t_score=-1.0,
    outcome=Outcome(loosening=False, follow_up_months=12),
    hu_ratio=1.5,
    pbq=3.0,
)
EARLY = Outcome(
    shortfall="early_event_no_minimum_visit", follow_up_months=6, first_loose_months=6, event=True
)
SHORT = Outcome(shortfall="follow_up_too_short", follow_up_months=6, event=False)


def failed(candidate: Candidate, switched_on: list[str] | None = None) -> list[str]:
    configured = CONFIG["eligibility"] if switched_on is None else switched_on
    return [one.criterion for one in failed_criteria(candidate, configured)]


def test_a_patient_who_fails_nothing_is_included() -> None:
    assert failed(SOUND) == []


@pytest.mark.parametrize(
    ("change", "criterion"),
    [
        ({"age": 17.9}, "age"),
        ({"age": None}, "age"),
        ({"ct": False}, "preoperative_ct"),
        ({"mri": False}, "preoperative_mri"),
        ({"t_score": None}, "t_score"),
        ({"outcome": EARLY}, "early_event_no_minimum_visit"),
        ({"outcome": SHORT}, "follow_up_too_short"),
        ({"outcome": SHORT, "months_at_data_cut": 11.0}, "not_due"),
        ({"outcome": SHORT, "months_at_data_cut": 12.5}, "follow_up_too_short"),
        ({"excluded": True}, "excluded_by_override"),
        ({"hu_ratio": None}, "hu_ratio"),
        ({"pbq": None}, "pbq"),
        *[({"flags": {flag}}, flag) for flag in FLAGS],
    ],
)
def test_each_criterion_alone(change: dict[str, Any], criterion: str) -> None:
    assert failed(replace(SOUND, **change)) == [criterion]


def test_imaging_that_resolves_nothing_fails_follow_up_too() -> None:
    assert failed(replace(SOUND, outcome=Outcome())) == ["postoperative_imaging", "follow_up_too_short"]


def test_age_eighteen_is_an_adult() -> None:
    assert failed(replace(SOUND, age=18)) == []


def test_all_failures_are_listed_in_order_and_the_first_counts() -> None:
    patient = replace(SOUND, age=10, pbq=None, flags={"poor_image_quality", "prior_lumbar_surgery"})
    found = failed_criteria(patient, CONFIG["eligibility"])
    assert [(one.criterion, one.first) for one in found] == [
        ("age", True),
        ("prior_lumbar_surgery", False),
        ("poor_image_quality", False),
        ("pbq", False),
    ]


def test_an_undefined_ratio_is_no_missing_one() -> None:
    undefined = replace(SOUND, hu_ratio=None, ratio_undefined=True, reasons={"hu_ratio": "B-HU of 12.0 HU"})
    measures = [criterion for criterion in CONFIG["eligibility"] if criterion not in ("hu_ratio", "pbq")]
    assert failed(replace(SOUND, hu_ratio=None), measures) == []
    (only,) = failed_criteria(undefined, measures)
    assert (only.criterion, only.first, only.detail) == ("hu_ratio", True, "B-HU of 12.0 HU")
    assert failed(undefined) == ["hu_ratio"]


def test_a_criterion_can_be_switched_off_but_not_an_override() -> None:
    patient = replace(SOUND, age=10, hu_ratio=None, excluded=True)
    assert failed(patient, ["age"]) == ["age", "excluded_by_override"]
    assert failed(replace(SOUND, outcome=EARLY), ["age"]) == []


def test_every_configured_criterion_exists() -> None:
    names = {criterion for criterion in CRITERIA if criterion not in FOLLOW_UP} | {"follow_up"}
    assert set(CONFIG["eligibility"]) == names - set(ALWAYS)


def test_the_flow_diagram_has_every_criterion_once_in_order() -> None:
    assert tuple(criterion for _, _, criteria in STAGES for criterion in criteria) == CRITERIA
    assert set(LABELS) == set(CRITERIA)
