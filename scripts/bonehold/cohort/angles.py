"""Spinopelvic angles: from patients.csv, else the readers of readings.csv, else their landmarks."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean

from bonehold.cohort.readers import deciding

ANGLES = ("pi", "pt", "ss", "ll")
PELVIC_TOLERANCE_DEG = 2.0
"""PI = PT + SS holds exactly in a pelvis; readings may miss it by rounding."""

LANDMARK_TOLERANCE_DEG = 5.0
"""Two careful readings of one film differ by less."""


def patient_angles(
    given: Mapping[str, float | None],
    readings: Mapping[str, Mapping[str, float]],
    landmarks: Mapping[str, Mapping[str, float]],
) -> dict[str, float | None]:
    """PI, PT, SS and LL of a patient in degrees.

    Args:
        given: the patient's row; an angle there counts.
        readings: angle -> reader -> degrees; a decision counts, else the readers' mean.
        landmarks: likewise, from the readers' landmarks; for angles that neither of the others has.
    """
    return {
        angle: _first(
            given.get(angle), _combined(readings.get(angle, {})), _combined(landmarks.get(angle, {}))
        )
        for angle in ANGLES
    }


def landmark_discrepancies(
    angles: Mapping[str, float | None], landmarks: Mapping[str, Mapping[str, float]]
) -> dict[str, float]:
    """Angle -> by how many degrees the landmarks miss the value that is used, where beyond what readers differ by.

    Args:
        angles: angle -> degrees as used.
        landmarks: angle -> reader -> degrees.
    """
    misses = {
        angle: abs(used - measured)
        for angle in ANGLES
        if (used := angles[angle]) is not None
        and (measured := _combined(landmarks.get(angle, {}))) is not None
    }
    return {angle: miss for angle, miss in misses.items() if miss > LANDMARK_TOLERANCE_DEG}


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


def _combined(readings: Mapping[str, float]) -> float | None:
    if not readings:
        return None
    decided = deciding(readings)
    return readings[decided] if decided else fmean(readings[reader] for reader in sorted(readings))


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)
