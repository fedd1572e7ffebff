"""Who is in the analysis: every criterion a patient fails, in the order of the flow diagram."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from bonehold.cohort.outcome import EARLY_EVENT, TOO_SHORT, Outcome
from bonehold.cohort.ratings import EXCLUDE, REDO

ADULT_YEARS = 18
NOT_DUE = "not_due"
INVALID_INPUT = "invalid_input"
EXCLUDED_BY_OVERRIDE = "excluded_by_override"
EXCLUDED_BY_RATING = "excluded_by_rating"
AWAITING_REDRAW = "awaiting_redraw"
DECISIONS = (EXCLUDED_BY_OVERRIDE, EXCLUDED_BY_RATING, AWAITING_REDRAW)
"""Criteria by which the group itself takes a patient out."""

ALWAYS = (INVALID_INPUT, *DECISIONS)
"""Criteria that no configuration switches off (nor `hu_ratio` for a patient whose ratio is undefined)."""

FOLLOW_UP = (NOT_DUE, EARLY_EVENT, TOO_SHORT)
"""The ways to fail the criterion `follow_up`, each a box of its own."""

FLAGS = (
    "prior_lumbar_surgery",
    "non_degenerative",
    "poor_image_quality",
    "incomplete_record",
    "severe_comorbidity",
    "postoperative_infection",
    "imaging_symptom_mismatch",
)
"""Exclusion flags: columns of patients.csv and criteria in one."""

CRITERIA = (
    INVALID_INPUT,
    *("age", "preoperative_ct", "preoperative_mri", "t_score"),
    *("postoperative_imaging", *FOLLOW_UP),
    *FLAGS,
    *DECISIONS,
    *("hu_ratio", "pbq"),
)
"""Every criterion as it is named in exclusions.csv, in the order in which it counts."""


@dataclass(frozen=True)
class Exclusion:
    """A criterion a patient fails; `first` marks the one that counts in the flow diagram."""

    patient_id: str
    criterion: str
    first: bool
    detail: str


@dataclass(frozen=True)
class Candidate:
    """What decides on a patient.

    Attributes:
        age: years.
        ct, mri: whether a preoperative image, a value measured on one, or the table's word for one is there.
        t_score: lowest valid T-score in SD.
        outcome: what the follow-up images say.
        required_months: follow-up the patient needs.
        months_at_data_cut: whole calendar months from surgery to the data cut, where both days are known.
        flags: the exclusion flags that are set.
        excluded: whether an override leaves the patient out.
        rating: the rating of the present measurement, if it has one.
        hu_ratio, pbq: the two measures.
        ratio_undefined: whether the HU ratio cannot exist (B-HU below the minimum), as against not measured.
        reasons: `hu_ratio`, `pbq` -> why one is missing.
    """

    patient_id: str
    age: float | None = None
    ct: bool = False
    mri: bool = False
    t_score: float | None = None
    outcome: Outcome = field(default_factory=Outcome)
    required_months: float = 12.0
    months_at_data_cut: float | None = None
    flags: Collection[str] = ()
    excluded: bool = False
    rating: str = ""
    hu_ratio: float | None = None
    ratio_undefined: bool = False
    pbq: float | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)


def failed_criteria(candidate: Candidate, switched_on: Collection[str]) -> tuple[Exclusion, ...]:
    """Every criterion a patient fails, in order; none for a patient who is included.

    A measure that is missing can be imputed where its criterion is switched off. An undefined HU ratio cannot: its
    criterion holds all the same.

    Args:
        candidate: what decides on the patient.
        switched_on: criteria that apply, as configured (`follow_up` stands for its three ways to fail).
    """
    applied = {*switched_on, *ALWAYS, *(["hu_ratio"] if candidate.ratio_undefined else [])}
    failed = [
        (criterion, detail)
        for configured, test in _TESTS.items()
        if configured in applied
        for criterion, detail in [test(candidate)]
        if criterion
    ]
    failed += [(flag, "") for flag in FLAGS if flag in switched_on and flag in candidate.flags]
    failed.sort(key=lambda pair: CRITERIA.index(pair[0]))
    return tuple(
        Exclusion(candidate.patient_id, criterion, number == 0, detail)
        for number, (criterion, detail) in enumerate(failed)
    )


_Verdict = tuple[str, str]
_PASSED: _Verdict = ("", "")
_NO_IMAGE = (
    "no {} from before surgery: no image, no value measured on one, {} is not 1, or its day is after surgery"
)


def _age(candidate: Candidate) -> _Verdict:
    if candidate.age is None:
        return "age", "age is missing"
    return _PASSED if candidate.age >= ADULT_YEARS else ("age", f"{candidate.age:g} years")


def _ct(candidate: Candidate) -> _Verdict:
    return _PASSED if candidate.ct else ("preoperative_ct", _NO_IMAGE.format("CT", "has_ct"))


def _mri(candidate: Candidate) -> _Verdict:
    return _PASSED if candidate.mri else ("preoperative_mri", _NO_IMAGE.format("MRI", "has_mri"))


def _t_score(candidate: Candidate) -> _Verdict:
    return ("t_score", "no valid T-score at any site") if candidate.t_score is None else _PASSED


def _imaging(candidate: Candidate) -> _Verdict:
    if candidate.outcome.follow_up_months is None:
        return "postoperative_imaging", "no visit at which loosening is resolved"
    return _PASSED


def _follow_up(candidate: Candidate) -> _Verdict:
    outcome, required = candidate.outcome, candidate.required_months
    if outcome.loosening is not None:
        return _PASSED
    seen = outcome.follow_up_months
    last = "no resolved visit" if seen is None else f"last resolved visit at {seen:g} months"
    detail = f"{last}, {required:g} required"
    if outcome.shortfall == EARLY_EVENT:
        return EARLY_EVENT, f"loose at {outcome.first_loose_months:g} months, {detail}"
    if candidate.months_at_data_cut is not None and candidate.months_at_data_cut < required:
        return NOT_DUE, f"{detail}, not yet reached at the data cut"
    return TOO_SHORT, detail


def _override(candidate: Candidate) -> _Verdict:
    return (EXCLUDED_BY_OVERRIDE, "") if candidate.excluded else _PASSED


def _rating(candidate: Candidate) -> _Verdict:
    if candidate.rating == REDO:
        return AWAITING_REDRAW, "rated 'redo', not yet drawn again"
    return (EXCLUDED_BY_RATING, "") if candidate.rating == EXCLUDE else _PASSED


def _hu_ratio(candidate: Candidate) -> _Verdict:
    return ("hu_ratio", candidate.reasons.get("hu_ratio", "")) if candidate.hu_ratio is None else _PASSED


def _pbq(candidate: Candidate) -> _Verdict:
    return ("pbq", candidate.reasons.get("pbq", "")) if candidate.pbq is None else _PASSED


_TESTS: Mapping[str, Callable[[Candidate], _Verdict]] = {
    "age": _age,
    "preoperative_ct": _ct,
    "preoperative_mri": _mri,
    "t_score": _t_score,
    "postoperative_imaging": _imaging,
    "follow_up": _follow_up,
    EXCLUDED_BY_OVERRIDE: _override,
    EXCLUDED_BY_RATING: _rating,
    "hu_ratio": _hu_ratio,
    "pbq": _pbq,
}
