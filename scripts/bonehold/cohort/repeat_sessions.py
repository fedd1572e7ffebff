"""What readers drew or measured again: the same measures as of the first session, to compare the two.

Nothing of a later session enters a patient's values, and it changes no level: it is measured where the first was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bonehold.cohort.bone_measures import MeasuringRules, Ratio, ReaderMeasures, hu_ratio
from bonehold.cohort.patient_measures import PatientMeasures, reader_measures
from bonehold.cohort.readers import FIRST_SESSION
from bonehold.cohort.roi_readings import RoiReading, settled


@dataclass(frozen=True)
class RepeatSession:
    """A later session of one patient: every reading, each reader's measures and HU ratio."""

    session: int
    readings: tuple[RoiReading, ...]
    readers: Mapping[str, ReaderMeasures]
    ratios: Mapping[str, Ratio]


def by_session(readings: Sequence[RoiReading]) -> dict[int, list[RoiReading]]:
    """A patient's readings session by session, in order; the first is always there, and may be empty."""
    sessions = sorted({FIRST_SESSION, *(one.session for one in readings)})
    return {session: [one for one in readings if one.session == session] for session in sessions}


def repeat_session(
    readings: Sequence[RoiReading],
    first: PatientMeasures,
    rules: MeasuringRules,
    excluded: frozenset[tuple[str, str]] = frozenset(),
) -> RepeatSession:
    """Measure a later session at the levels of the first.

    Args:
        readings: the patient's readings of that session, at least one.
        first: the result of the first session.
        rules: how regions become one value.
        excluded: (reader, region) pairs that an override leaves out.
    """
    shown, readers = reader_measures(settled(readings, excluded), first.level, first.csf_level, rules)
    ratios = {name: hu_ratio(one.st_hu, one.b_hu, rules) for name, one in readers.items()}
    return RepeatSession(readings[0].session, shown, readers, ratios)
