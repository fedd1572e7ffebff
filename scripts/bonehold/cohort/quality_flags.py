"""Flags that ask for a second look: sides of one vertebra, or two readers, that differ more than they should."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from bonehold.cohort.measurement_error import minimal_detectable_change
from bonehold.cohort.readers import independent
from bonehold.cohort.regions import other_side
from bonehold.cohort.roi_readings import RoiReading

SIDES_DIFFER = "left_right_difference"
READERS_DIFFER = "reader_difference"
COMPARED = ("b_hu", "st_hu", "hu_ratio", "pbq")
"""The measures of which two readers are compared."""

LEAST_PATIENTS = 10
"""With fewer patients read by both, the standard deviation of their differences is too uncertain to flag by."""

ROUNDING = 1e-9
"""Readers who differ by the same number everywhere differ by rounding alone from that number."""

Values = Mapping[str, float | None]


@dataclass(frozen=True)
class SideLimits:
    """How far left and right may differ: trajectories in HU, pedicles in percent of the mean of the two.

    A percentage serves the signal because its unit is that of the image.
    """

    trajectory_hu: float = 60.0
    pedicle_percent: float = 40.0


def side_limits(options: Mapping[str, Any]) -> SideLimits:
    """The limits as config.yaml has them: `left_right`."""
    limits = options["left_right"]
    return SideLimits(limits["trajectory_hu"], limits["pedicle_percent"])


def flag_sides(readings: Sequence[RoiReading], limits: SideLimits) -> tuple[RoiReading, ...]:
    """Flag both regions of each pair of trajectories or pedicles whose means differ beyond the limit.

    Args:
        readings: one patient's settled readings of one session.
        limits: how far they may differ; a difference equal to the limit is not flagged.
    """
    means = {(one.reader, one.roi): one.mean for one in readings if one.usable}

    def differs(one: RoiReading) -> bool:
        here, there = one.mean, means.get((one.reader, other_side(one.roi)))
        if not one.usable or here is None or there is None:
            return False
        if one.modality == "CT":
            return abs(here - there) > limits.trajectory_hu
        return abs(here - there) > limits.pedicle_percent / 100 * abs(here + there) / 2

    return tuple(one.flagged(SIDES_DIFFER) if differs(one) else one for one in readings)


def reader_differences(values: Mapping[str, Mapping[str, Values]]) -> dict[str, tuple[str, ...]]:
    """The measures of each patient in which two readers differ by more than their minimal detectable change.

    The limit is MDC95 = 1.96 SD of the differences of that pair of readers over all patients whom both read, at
    least ten, around their mean: a bias is the pair's, not a patient's, and stands in agreement.csv. By its
    definition about one patient in twenty exceeds it.

    Args:
        values: patient -> reader -> measure -> value.

    Returns:
        patient -> measures, only for those with any; patients and measures in the given order.
    """
    flagged: dict[str, set[str]] = defaultdict(set)
    everyone = independent(reader for readers in values.values() for reader in readers)
    for one, other in itertools.combinations(everyone, 2):
        for measure in COMPARED:
            differences = {
                patient_id: first - second
                for patient_id, readers in values.items()
                if (first := readers.get(one, {}).get(measure)) is not None
                and (second := readers.get(other, {}).get(measure)) is not None
            }
            if len(differences) >= LEAST_PATIENTS:
                limit = minimal_detectable_change(tuple(differences.values()))
                bias = fmean(differences.values())
                for patient_id, difference in differences.items():
                    if abs(difference - bias) > limit + ROUNDING:
                        flagged[patient_id].add(measure)
    return {
        patient_id: tuple(measure for measure in COMPARED if measure in flagged[patient_id])
        for patient_id in values
        if patient_id in flagged
    }
