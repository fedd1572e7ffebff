"""Did the screws loosen, and when: from readings of follow-up images to one outcome per patient.

A reading is positive with a radiolucent zone of at least 1.0 mm or a double-halo sign (the study's Methods).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bonehold.cohort.readers import deciding

MODALITIES = ("CT", "XR")
"""In order of trust: of one month, CT is asked first."""

EARLY_EVENT = "early_event_no_minimum_visit"
TOO_SHORT = "follow_up_too_short"


@dataclass(frozen=True)
class LooseningReading:
    """One reader's reading of one image; None where a cell is blank."""

    months: float
    modality: str
    reader: str
    lucency_mm: float | None = None
    double_halo: bool | None = None
    loosening: bool | None = None
    revision: bool | None = None


@dataclass(frozen=True)
class Visit:
    """A month at which the patient was imaged: the resolved state (None: unresolved), on which images.

    `disputed`: unresolved because its readers disagree, so that it waits for adjudication.
    """

    months: float
    modality: str
    loose: bool | None
    revision: bool = False
    disputed: bool = False


@dataclass(frozen=True)
class OutcomeRules:
    """When a patient counts as loosened.

    Attributes:
        rule: `last`, `ever` or `horizon`.
        lucency_mm: width in mm from which a radiolucent zone is positive.
        minimum_months: required follow-up.
        minimum_months_ads: the same in adult degenerative scoliosis.
        horizon_window: months between which a visit shows the state at 12 months.
    """

    rule: str = "last"
    lucency_mm: float = 1.0
    minimum_months: float = 12.0
    minimum_months_ads: float = 24.0
    horizon_window: tuple[float, float] = (9.0, 15.0)

    def required_months(self, ads: bool) -> float:
        """The follow-up a patient needs: that of the horizon's window, else the one for the disease."""
        if self.rule == "horizon":
            return self.horizon_window[0]
        return self.minimum_months_ads if ads else self.minimum_months


@dataclass(frozen=True)
class Outcome:
    """A patient's outcome; every time in months since surgery.

    Attributes:
        loosening: by the configured rule; None where the follow-up does not tell.
        shortfall: why it does not: `early_event_no_minimum_visit` or `follow_up_too_short`; empty otherwise.
        follow_up_months: the last resolved visit.
        event: loosening at any resolved visit.
        time_months: the first such visit, or the last resolved one.
        last_clean_months, first_loose_months: loosening lies between them; clean at 0, the day of surgery.
        modality: images that decided `loosening`.
    """

    loosening: bool | None = None
    shortfall: str = ""
    follow_up_months: float | None = None
    event: bool | None = None
    time_months: float | None = None
    last_clean_months: float | None = None
    first_loose_months: float | None = None
    modality: str = ""


def is_positive(reading: LooseningReading, lucency_mm: float) -> bool | None:
    """Whether a reading shows loosening; None when nothing could be assessed. A stated decision overrules."""
    if reading.loosening is not None:
        return reading.loosening
    if reading.lucency_mm is None and reading.double_halo is None:
        return None
    wide = reading.lucency_mm is not None and reading.lucency_mm >= lucency_mm
    return wide or bool(reading.double_halo)


def resolve_visits(readings: Iterable[LooseningReading], lucency_mm: float) -> tuple[Visit, ...]:
    """One state per month, in order of time.

    Of a month, the decision on the CT counts, else the agreement of its readers, else a decision on the
    radiograph, else (unless the readers of the CT disagree) the agreement on the radiograph. Readers who
    could not assess an image have no say. Revision for loosening is loosening, whatever was read.

    Args:
        readings: one patient's readings.
        lucency_mm: width in mm from which a radiolucent zone is positive.
    """
    by_month: dict[float, list[LooseningReading]] = defaultdict(list)
    for reading in readings:
        by_month[reading.months].append(reading)
    return tuple(_visit(months, by_month[months], lucency_mm) for months in sorted(by_month))


def patient_outcome(visits: Sequence[Visit], ads: bool, rules: OutcomeRules) -> Outcome:
    """The outcome of a patient by the configured rule.

    `last`: the state at the last resolved visit of at least the minimum follow-up. `ever`: loosening at any
    resolved visit. `horizon`: loosening at any resolved visit up to the end of the window around 12 months;
    clean needs a clean visit at or after its beginning. A revision for loosening is an event at its date
    under every rule and meets the follow-up criterion; later clean images show other screws.

    Args:
        visits: the patient's visits in order of time.
        ads: whether the longer minimum applies.
        rules: the outcome's definition.
    """
    resolved = [visit for visit in visits if visit.loose is not None]
    if not resolved:
        return Outcome()
    deciding_visit, loosening = _decide(resolved, ads, rules)
    loose = [visit for visit in resolved if visit.loose]
    first = loose[0].months if loose else None
    clean = [
        visit.months for visit in resolved if not visit.loose and (first is None or visit.months < first)
    ]
    last = resolved[-1].months
    shortfall = "" if loosening is not None else EARLY_EVENT if loose and rules.rule == "last" else TOO_SHORT
    return Outcome(
        loosening=loosening,
        shortfall=shortfall,
        follow_up_months=last,
        event=bool(loose),
        time_months=last if first is None else first,
        last_clean_months=max(clean, default=0.0),
        first_loose_months=first,
        modality=deciding_visit.modality if deciding_visit else "",
    )


def _visit(months: float, readings: Sequence[LooseningReading], lucency_mm: float) -> Visit:
    revised = _revised(readings)
    if revised:
        return Visit(months, revised[0].modality, True, revision=True)
    disputed = ""
    for modality in MODALITIES:
        states = {
            reading.reader: state
            for reading in readings
            if reading.modality == modality and (state := is_positive(reading, lucency_mm)) is not None
        }
        decided = deciding(states)
        if decided:
            return Visit(months, modality, states[decided])
        if len(set(states.values())) == 1 and not disputed:
            return Visit(months, modality, next(iter(states.values())))
        disputed = disputed or (modality if states else "")
    modality = disputed or min(reading.modality for reading in readings)
    return Visit(months, modality, None, disputed=bool(disputed))


def _revised(readings: Sequence[LooseningReading]) -> list[LooseningReading]:
    """The rows that report a revision; a decision's word counts where it says anything."""
    stated = [reading for reading in readings if reading.revision is not None]
    decided = deciding(reading.reader for reading in stated)
    counted = [reading for reading in stated if decided in (None, reading.reader)]
    return sorted((reading for reading in counted if reading.revision), key=lambda reading: reading.modality)


def _decide(resolved: Sequence[Visit], ads: bool, rules: OutcomeRules) -> tuple[Visit | None, bool | None]:
    """The visit that decides and what it says; None where the follow-up does not tell."""
    required = rules.required_months(ads)
    loose = [visit for visit in resolved if visit.loose]
    late_enough = [visit for visit in resolved if visit.months >= required]
    if rules.rule == "last":
        loose = [visit for visit in loose if visit.revision]
        if not loose:
            return (late_enough[-1], late_enough[-1].loose) if late_enough else (None, None)
        return loose[0], True
    if rules.rule == "ever":
        clean = late_enough[-1:]
    else:
        first_loose = loose[0].months if loose else float("inf")
        loose = [visit for visit in loose if visit.months <= rules.horizon_window[1]]
        clean = [visit for visit in late_enough if visit.months < first_loose][:1]
    if loose:
        return loose[0], True
    return (clean[0], False) if clean else (None, None)
