"""The rows of a cohort folder's tables: patients, visits, readings, values measured in a PACS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bonehold.sample.fallouts import FLAGS
from bonehold.sample.recipe import DXA_SITES, Patient

Row = dict[str, Any]

PATIENT_COLUMNS = (
    "patient_id",
    "dicom",
    "annotations",
    "has_ct",
    "has_mri",
    "age",
    "sex",
    "bmi",
    "diabetes",
    "ads",
    "centre",
    "fused_levels",
    "instrumented_length_mm",
    "uiv",
    "liv",
    "technique",
    "terminal_segment",
    *DXA_SITES,
    "pi",
    "pt",
    "ss",
    "ll",
    "surgery_date",
    *FLAGS,
)
VISIT_COLUMNS = (
    "patient_id",
    "months",
    "modality",
    "reader",
    "lucency_mm",
    "double_halo",
    "loosening",
    "revision",
    "fusion",
)
READING_COLUMNS = ("patient_id", "reader", "session", "measure", "level", "side", "value")
MEASUREMENT_COLUMNS = ("patient_id", "reader", "b_hu", "st_hu", "pbq")
SESSION_COLUMNS = ("patient_id", "reader", "session", "trajectory_source", "blinded_to_outcome")
OVERRIDE_COLUMNS = ("patient_id", "item", "value", "reason")

DISCS = ("L1L2", "L2L3", "L3L4", "L4L5", "L5S1")
READERS = ("R1", "R2")
USUAL_MONTHS = (3, 6, 12, 18, 24, 30)
MINIMUM_MONTHS, MINIMUM_MONTHS_ADS = 12, 24
LUCENT_MM = 1.0

B_HU_DIFFERENCE, ST_HU_DIFFERENCE, PBQ_DIFFERENCE = 5.0, 9.0, 0.23
"""Standard deviation of the difference between two readers (PBQ: as in the study's reader comparison)."""


@dataclass(frozen=True)
class Visit:
    """One follow-up visit: `state` is clean, loose, disputed (readers differ, nobody decides) or unreadable."""

    months: float
    state: str
    revision: bool = False


def patient_row(patient_id: str, patient: Patient, imaged: bool, surgery_date: str) -> Row:
    """A row of `patients.csv`; folders where the patient has images, `has_*` where not."""
    row: Row = {
        "patient_id": patient_id,
        "dicom": f"dicom/{patient_id}" if imaged else None,
        "annotations": f"annotations/{patient_id}" if imaged else None,
        "has_ct": None if imaged else 1,
        "has_mri": None if imaged else 1,
        "centre": "A",
        "uiv": patient.highest_vertebra,
        "liv": patient.lowest_vertebra,
        **dict(zip(DXA_SITES, patient.t_scores, strict=True)),
        "surgery_date": surgery_date,
        **dict.fromkeys(FLAGS, 0),
    }
    as_they_are = [column for column in PATIENT_COLUMNS if column not in row]
    row |= {column: getattr(patient, column) for column in as_they_are}
    return row | dict.fromkeys(patient.missing)


# --- follow-up --------------------------------------------------------------------------------------------------------


def course(kind: str, patient: Patient, rng: np.random.Generator) -> tuple[Visit, ...]:
    """The visits of one patient.

    Args:
        kind: `regular` (as the recipe says), `none`, `disputed` (every visit), `recent` or `lost` (half a year),
            `one_year` (enough without scoliosis, too short with it), `early_event` (never seen after it).
        patient: months and event.
        rng: this patient's stream.
    """
    match kind:
        case "regular":
            return _event_course(patient, rng) if patient.event else _clean_course(patient, rng)
        case "none":
            return ()
        case "disputed":
            return Visit(6.2, "disputed"), Visit(13.1, "disputed")
        case "recent" | "lost":
            return Visit(0.2, "clean"), Visit(3.1, "clean"), Visit(6.0, "clean")
        case "one_year":
            return Visit(0.2, "clean"), Visit(6.1, "clean"), Visit(15.4, "clean")
        case "early_event":
            return Visit(0.2, "clean"), Visit(3.0, "clean"), Visit(6.3, "loose")
        case _:
            raise ValueError(f"no course of the name {kind!r}")


def _clean_course(patient: Patient, rng: np.random.Generator) -> tuple[Visit, ...]:
    last = patient.months
    usual = [months for months in _appointments(rng) if months < last - 2]
    early = "unreadable" if rng.random() < 0.03 else "clean"
    return (
        Visit(0.2, "clean"),
        *(Visit(m, early if m < 5 else "clean") for m in usual),
        Visit(last, "clean"),
    )


def _event_course(patient: Patient, rng: np.random.Generator) -> tuple[Visit, ...]:
    """Clean up to the last appointment before the screw loosens, loose at the next, loose at the end."""
    appointments = (0.2, *_appointments(rng))
    before = [Visit(months, "clean") for months in appointments if months < patient.months]
    found = next(months for months in appointments if months >= patient.months)
    minimum = MINIMUM_MONTHS_ADS if patient.ads else MINIMUM_MONTHS
    last = max(minimum, found) + float(rng.uniform(1, 9))
    return (*before, Visit(found, "loose"), Visit(round(last, 1), "loose", revision=rng.random() < 0.2))


def _appointments(rng: np.random.Generator) -> tuple[float, ...]:
    return tuple(round(float(months * rng.uniform(0.96, 1.08)), 1) for months in USUAL_MONTHS)


def visit_rows(patient_id: str, visits: Sequence[Visit], rng: np.random.Generator) -> list[Row]:
    """Two readers per visit; where they differ a consensus row decides, unless the visit is disputed."""
    rows: list[Row] = []
    for visit in visits:
        ct = visit.months >= 5 and rng.random() < 0.6
        common = {
            "patient_id": patient_id,
            "months": visit.months,
            "modality": "CT" if ct else "XR",
            "revision": int(visit.revision),
            "fusion": int(visit.state == "clean" and visit.months >= 11 and rng.random() < 0.85),
        }
        signs = _signs(visit.state, ct, rng)
        rows += [{**common, "reader": reader, **sign} for reader, sign in zip(READERS, signs, strict=True)]
        differ = _positive(signs[0]) != _positive(signs[1])
        if differ and visit.state != "disputed":
            rows.append({**common, "reader": "consensus", "loosening": int(visit.state == "loose")})
    return rows


def _signs(state: str, ct: bool, rng: np.random.Generator) -> tuple[Row, Row]:
    """What each reader sees.

    On radiographs they differ more often than on CT: kappa of the lucent zone .22 among three consultants (Eur Spine
    J 2009, doi 10.1007/s00586-009-1071-0).
    """
    if state == "unreadable":
        return {}, {}
    if state == "disputed":
        return _sign(True, rng), _sign(False, rng)
    loose = state == "loose"
    error = (0.06 if ct else 0.22) if loose else (0.03 if ct else 0.08)
    wrong = int(rng.integers(2)) if rng.random() < error else None
    return _sign(loose != (wrong == 0), rng), _sign(loose != (wrong == 1), rng)


def _sign(loose: bool, rng: np.random.Generator) -> Row:
    width = round(float(rng.uniform(1.1, 3.2) if loose else rng.uniform(0, 0.8)), 1)
    halo = int(loose and rng.random() < 0.6)
    unmeasured = rng.random() < 0.05 and (halo == 1 or not loose)
    return {"lucency_mm": None if unmeasured else width, "double_halo": halo}


def _positive(sign: Mapping[str, Any]) -> bool:
    width = sign.get("lucency_mm")
    return sign.get("double_halo") == 1 or (width is not None and width >= LUCENT_MM)


# --- readings and values ----------------------------------------------------------------------------------------------


def reading_rows(patient_id: str, grade: int, rng: np.random.Generator) -> list[Row]:
    """Goutallier grades of two readers on five discs and both sides, of which the highest is the patient's.

    One side of L4L5 or L5S1 bears the grade. Elsewhere muscle is better the higher up; a reader may be one
    grade off, never above the patient's. Some disagreements are settled by a consensus row.
    """
    worst = (DISCS[int(rng.integers(3, 5))], "LR"[int(rng.integers(2))])
    rows = []
    for number, disc in enumerate(DISCS):
        for side in "LR":
            if (disc, side) == worst:
                true, readings = grade, (grade, grade)
                if rng.random() < 0.25:
                    readings = (grade, max(1, grade - 1))
            else:
                fall = (4 - number) * 0.45 + rng.uniform(0, 1.2)
                true = int(np.clip(round(grade - fall), 1, grade))
                noise = rng.choice([-1, 0, 1], size=2, p=[0.12, 0.76, 0.12])
                first, second = (int(np.clip(true + step, 1, grade)) for step in noise)
                readings = (first, second)
            common = {
                "patient_id": patient_id,
                "session": 1,
                "measure": "goutallier",
                "level": disc,
                "side": side,
            }
            rows += [
                {**common, "reader": reader, "value": value}
                for reader, value in zip(READERS, readings, strict=True)
            ]
            if readings[0] != readings[1] and rng.random() < 0.3:
                rows.append({**common, "reader": "consensus", "value": true})
    return rows


def measurement_rows(
    patient_id: str, patient: Patient, columns: Sequence[str], rng: np.random.Generator
) -> list[Row]:
    """Values that two readers measured in a PACS; their errors are opposite, so their mean is the truth."""
    half = rng.standard_normal(3) * [B_HU_DIFFERENCE, ST_HU_DIFFERENCE, PBQ_DIFFERENCE] / 2
    rows = []
    for reader, sign in zip(READERS, (1, -1), strict=True):
        values = {
            "b_hu": round(patient.b_hu + sign * half[0], 2),
            "st_hu": round(patient.st_hu + sign * half[1], 2),
            "pbq": round(patient.pbq + sign * half[2], 3),
        }
        kept = {column: float(values[column]) for column in columns}
        rows.append({"patient_id": patient_id, "reader": reader, **kept})
    return rows if columns else []
