from __future__ import annotations

import pytest
from bonehold.cohort.outcome import LooseningReading, Outcome, OutcomeRules, patient_outcome, resolve_visits


def clean(months: float, reader: str = "R1", modality: str = "CT") -> LooseningReading:
    return LooseningReading(months, modality, reader, lucency_mm=0.3, double_halo=False)


def loose(months: float, reader: str = "R1", modality: str = "CT") -> LooseningReading:
    return LooseningReading(months, modality, reader, lucency_mm=1.4)


def decided(months: float, state: bool, modality: str = "CT") -> LooseningReading:
    return LooseningReading(months, modality, "consensus", loosening=state)


def outcome(*readings: LooseningReading, rule: str = "last", ads: bool = False) -> Outcome:
    return patient_outcome(resolve_visits(readings, 1.0), ads, OutcomeRules(rule))


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        (LooseningReading(12, "CT", "R1", lucency_mm=1.0), True),
        (LooseningReading(12, "CT", "R1", lucency_mm=0.99), False),
        (LooseningReading(12, "CT", "R1", double_halo=True), True),
        (LooseningReading(12, "CT", "R1", double_halo=False), False),
        (LooseningReading(12, "CT", "R1", lucency_mm=2.0, loosening=False), False),
        (LooseningReading(12, "CT", "R1", lucency_mm=0.1, loosening=True), True),
        (LooseningReading(12, "CT", "R1"), None),
    ],
)
def test_what_makes_a_reading_positive(reading: LooseningReading, expected: bool | None) -> None:
    assert resolve_visits([reading], 1.0)[0].loose is expected


def test_readers_who_agree_resolve_a_visit() -> None:
    assert resolve_visits([loose(12, "R1"), loose(12, "R2")], 1.0)[0].loose is True


def test_readers_who_disagree_leave_a_visit_to_adjudication() -> None:
    (visit,) = resolve_visits([clean(12, "R1"), loose(12, "R2")], 1.0)
    assert visit.loose is None
    assert visit.disputed


def test_what_nobody_could_assess_is_unresolved_but_not_disputed() -> None:
    (visit,) = resolve_visits([LooseningReading(12, "XR", "R1")], 1.0)
    assert visit.loose is None
    assert not visit.disputed


def test_consensus_decides_against_both_readers() -> None:
    assert resolve_visits([clean(12, "R1"), clean(12, "R2"), decided(12, True)], 1.0)[0].loose is True


def test_the_adjudicator_outranks_a_consensus() -> None:
    word = LooseningReading(12, "CT", "adjudicator", loosening=False)
    assert resolve_visits([decided(12, True), word], 1.0)[0].loose is False


def test_ct_goes_before_the_radiograph_of_the_same_month() -> None:
    (visit,) = resolve_visits([clean(12, "R1", "XR"), clean(12, "R2", "XR"), loose(12, "R1", "CT")], 1.0)
    assert (visit.loose, visit.modality) == (True, "CT")


def test_the_radiograph_serves_where_the_ct_could_not_be_assessed() -> None:
    (visit,) = resolve_visits([LooseningReading(12, "CT", "R1"), clean(12, "R1", "XR")], 1.0)
    assert (visit.loose, visit.modality) == (False, "XR")


def test_a_disputed_ct_is_not_settled_by_readers_of_the_radiograph_but_by_a_decision() -> None:
    disputed = [clean(12, "R1"), loose(12, "R2")]
    assert resolve_visits([*disputed, clean(12, "R1", "XR")], 1.0)[0].loose is None
    assert resolve_visits([*disputed, decided(12, False, "XR")], 1.0)[0].loose is False


def test_last_takes_the_last_resolved_visit_of_the_minimum() -> None:
    found = outcome(loose(12), clean(24))
    assert (found.loosening, found.event, found.time_months) == (False, True, 12)
    unresolved = outcome(clean(12), clean(24, "R1"), loose(24, "R2"))
    assert (unresolved.loosening, unresolved.follow_up_months) == (False, 12)


def test_ever_counts_any_resolved_loosening() -> None:
    assert outcome(loose(6), clean(24), rule="ever").loosening is True
    assert outcome(clean(6), clean(24), rule="ever").loosening is False
    assert outcome(clean(6), rule="ever").loosening is None


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ([loose(6)], True),
        ([clean(9)], False),
        ([clean(8)], None),
        ([loose(15)], True),
        ([clean(12), loose(20)], False),
        ([clean(6), loose(20)], None),
        ([clean(24)], False),
    ],
)
def test_horizon_is_the_state_at_twelve_months(
    readings: list[LooseningReading], expected: bool | None
) -> None:
    assert outcome(*readings, rule="horizon").loosening is expected


def test_early_loosening_without_a_visit_at_the_minimum() -> None:
    last = outcome(loose(6))
    assert (last.loosening, last.shortfall) == (None, "early_event_no_minimum_visit")
    assert outcome(loose(6), rule="ever").loosening is True
    assert outcome(loose(6), rule="horizon").loosening is True


def test_scoliosis_needs_two_years() -> None:
    assert outcome(clean(12), ads=True).shortfall == "follow_up_too_short"
    assert outcome(clean(24), ads=True).loosening is False


def test_a_revision_is_loosening_at_its_date_and_enough_follow_up() -> None:
    revised = LooseningReading(8, "CT", "R1", lucency_mm=0.1, revision=True)
    alone = outcome(revised)
    assert (alone.loosening, alone.time_months, alone.shortfall) == (True, 8, "")
    # the clean image after it shows other screws
    assert outcome(revised, clean(24)).loosening is True
    assert (
        outcome(revised, LooseningReading(8, "CT", "consensus", revision=False), clean(24)).loosening is False
    )


def test_the_interval_in_which_the_screw_loosened() -> None:
    found = outcome(clean(3), clean(6), loose(12), clean(18), loose(24))
    assert (found.last_clean_months, found.first_loose_months, found.time_months) == (6, 12, 12)
    never = outcome(clean(3), clean(24))
    assert (never.last_clean_months, never.first_loose_months, never.time_months) == (24, None, 24)
    assert outcome(loose(12)).last_clean_months == 0  # clean on the day of surgery


def test_no_resolved_visit_is_no_outcome() -> None:
    assert outcome(LooseningReading(12, "CT", "R1")) == Outcome()
