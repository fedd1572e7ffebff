"""Spinopelvic angles: from patients.csv, and where that is blank from the readers of readings.csv."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean

from bonehold.cohort.readers import deciding

ANGLES = ("pi", "pt", "ss", "ll")
PELVIC_TOLERANCE_DEG = 2.0
"""PI = PT + SS holds exactly in a pelvis; readings may miss it by rounding."""


def patient_angles(
    given: Mapping[str, float | None], readings: Mapping[str, Mapping[str, float]]
) -> dict[str, float | None]:
    """PI, PT, SS and LL of a patient in degrees.

    Args:
        given: the patient's row; an angle there counts.
        readings: angle -> reader -> degrees; a decision counts, else the readers' mean.
    """
    return {angle: _one(given.get(angle), readings.get(angle, {})) for angle in ANGLES}


def pelvic_discrepancy(angles: Mapping[str, float | None]) -> float | None:
    """By how many degrees PI misses PT + SS (Legaye et al., Eur Spine J 1998; 7: 99-103), where beyond rounding.

    Args:
        angles: angle -> degrees, None where unknown.
    """
    pi, pt, ss = angles["pi"], angles["pt"], angles["ss"]
    if pi is None or pt is None or ss is None:
        return None
    discrepancy = abs(pi - pt - ss)
    return discrepancy if discrepancy > PELVIC_TOLERANCE_DEG else None


def _one(given: float | None, readings: Mapping[str, float]) -> float | None:
    if given is not None or not readings:
        return given
    decided = deciding(readings)
    return readings[decided] if decided else fmean(readings[reader] for reader in sorted(readings))
