"""Put the sample cohort together: who is in it, in which order, and every file of its folder."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import yaml

from bonehold.files import csv_bytes, json_bytes
from bonehold.sample import recipe, tables
from bonehold.sample.examinations import FAULTS, examination
from bonehold.sample.fallouts import FALLOUTS, Fallout
from bonehold.sample.recipe import Patient
from bonehold.sample.tables import Row, Visit

DATA_CUT = datetime.date(2025, 12, 31)
DAYS_PER_MONTH = 30.4375
IMAGED = 24
"""How many of the analysed patients have images; every sixth of them has scoliosis."""

B_HU_BELOW_GUARD, RATIO_BELOW_GUARD = 12.0, 8.0
"""Bone so thin that no ratio to it means anything: below 20 HU."""

README = """Sample cohort of Bonehold: SYNTHETIC. No person and no scanner stands behind any of it.

Made by scripts/make_sample.py with seed {seed}: {patients} rows of patients, {analysed} of them to be analysed,
{imaged} with simulated CT and MRI. truth.json holds what it was built with; the workflow does not read it.
The same seed gives the same files. Effects and distributions follow one published study's tables, so a model that
finds them again shows that the software works, and nothing about bone.
"""


@dataclass(frozen=True)
class Case:
    """One patient of the cohort.

    Attributes:
        patient: values behind the tables and the images.
        fallout: why the patient is not analysed, or None.
        fault: of the images; empty = sound images, None = no images.
    """

    patient_id: str
    patient: Patient
    fallout: Fallout | None
    fault: str | None

    @property
    def imaged(self) -> bool:
        """Whether the patient has images."""
        return self.fault is not None


def cases(seed: int, imaged: int = IMAGED) -> tuple[Case, ...]:
    """Draw everybody: 356 patients to analyse and one for every reason to fall out, in mixed order.

    Args:
        seed: any integer.
        imaged: how many of the 356 have images; those who fall out for what is in their images come on top.
    """
    rng = np.random.default_rng([seed, 1])
    analysed = (*recipe.main_group(rng), *recipe.scoliosis_group(rng))
    spare = {0: recipe.main_group(rng), 1: recipe.scoliosis_group(rng)}
    faults = _faults(analysed, imaged, rng)
    drawn: list[tuple[Patient, Fallout | None, str | None]] = [
        (patient, None, faults.get(number)) for number, patient in enumerate(analysed)
    ]
    for fallout in FALLOUTS:
        patient = _taken(spare[fallout.ads], fallout, rng)
        drawn.append((patient, fallout, fallout.fault))
    order = rng.permutation(len(drawn))
    return tuple(Case(f"P{number:03d}", *drawn[place]) for number, place in enumerate(order, start=1))


def _faults(analysed: Sequence[Patient], imaged: int, rng: np.random.Generator) -> dict[int, str]:
    """Who of the analysed has images (place in the list -> fault): with and without scoliosis, events among them."""
    with_scoliosis = imaged // 6
    main = rng.choice(recipe.MAIN_PATIENTS, imaged - with_scoliosis, replace=False)
    scoliosis = recipe.MAIN_PATIENTS + rng.choice(recipe.SCOLIOSIS_PATIENTS, with_scoliosis, replace=False)
    chosen = [int(place) for place in (*main, *scoliosis)]
    return {place: FAULTS[rank] if rank < len(FAULTS) else "" for rank, place in enumerate(chosen)}


def _taken(spare: Sequence[Patient], fallout: Fallout, rng: np.random.Generator) -> Patient:
    """A patient for a reason to fall out, complete but for that reason."""
    fitting = [patient for patient in spare if patient.event == fallout.event and not patient.missing]
    patient = fitting[int(rng.integers(len(fitting)))]
    if fallout.reason == "b_hu_below_guard":
        return replace(patient, b_hu=B_HU_BELOW_GUARD, hu_ratio=RATIO_BELOW_GUARD)
    return patient


def cohort_files(seed: int, imaged: int = IMAGED) -> Iterator[tuple[str, bytes]]:
    """Every file of the sample cohort: relative path and content, one patient's images at a time."""
    everybody = cases(seed, imaged)
    visits: list[Row] = []
    patients: list[Row] = []
    readings: list[Row] = []
    measurements: list[Row] = []
    truths: dict[str, Any] = {}
    for number, case in enumerate(everybody):
        rng = np.random.default_rng([seed, 2, number])
        course = tables.course(case.fallout.course if case.fallout else "regular", case.patient, rng)
        surgery = _surgery(course, case.fallout, rng)
        patients += _patient_rows(case, surgery)
        visits += tables.visit_rows(case.patient_id, course, rng)
        if course:
            readings += tables.reading_rows(case.patient_id, case.patient.goutallier, rng)
        measurements += tables.measurement_rows(case.patient_id, case.patient, _measured(case), rng)
        if case.fault is not None:
            images = np.random.default_rng([seed, 3, number])
            made = examination(case.patient_id, case.patient, surgery, case.fault, seed, images)
            truths[case.patient_id] = made.truth
            for path, data in made.dicom.items():
                yield f"dicom/{case.patient_id}/{path}", data
            for path, data in made.annotations.items():
                yield f"annotations/{case.patient_id}/{path}", data
    yield "cohort.yaml", _description()
    yield "patients.csv", csv_bytes(tables.PATIENT_COLUMNS, patients)
    yield "visits.csv", csv_bytes(tables.VISIT_COLUMNS, visits)
    yield "readings.csv", csv_bytes(tables.READING_COLUMNS, readings)
    yield "measurements.csv", csv_bytes(tables.MEASUREMENT_COLUMNS, measurements)
    yield "reading_sessions.csv", csv_bytes(tables.SESSION_COLUMNS, _sessions())
    yield "overrides.csv", csv_bytes(tables.OVERRIDE_COLUMNS, _overrides(everybody))
    yield "truth.json", json_bytes(_truth(seed, everybody, truths))
    count = {"patients": len(patients), "analysed": sum(case.fallout is None for case in everybody)}
    yield "README.txt", README.format(seed=seed, imaged=len(truths), **count).encode()


def _surgery(course: Sequence[Visit], fallout: Fallout | None, rng: np.random.Generator) -> datetime.date:
    """The day of the operation: every visit lies before the data cut, and lost patients would long be due."""
    followed = course[-1].months if course else 12.0
    if fallout is not None and fallout.course == "recent":
        since = followed + 1
    elif fallout is not None and fallout.course != "regular":
        since = followed + 30
    else:
        since = followed + float(rng.uniform(1, 40))
    return DATA_CUT - datetime.timedelta(days=round(since * DAYS_PER_MONTH))


def _patient_rows(case: Case, surgery: datetime.date) -> list[Row]:
    row = tables.patient_row(case.patient_id, case.patient, case.imaged, surgery.isoformat())
    if case.fallout is None:
        return [row]
    row |= case.fallout.cells
    match case.fallout.reason:
        case "duplicate_id":
            return [row, {**row, "age": case.patient.age + 1}]
        case "malformed_id":
            return [{**row, "patient_id": f"{case.patient_id} (new)"}]
        case _:
            return [row]


def _measured(case: Case) -> Sequence[str]:
    """Which PACS values a patient has: those without images all, and one with images, where the images win."""
    if case.fallout is not None:
        return case.fallout.measured
    return ("b_hu", "st_hu", "pbq") if not case.imaged or case.fault == "also_pacs" else ()


def _description() -> bytes:
    described = {
        "title": "Bonehold sample cohort",
        "centre": "A",
        "synthetic": True,
        "data_cut": DATA_CUT,
        "true_coefficients": {name: round(value, 6) for name, value in recipe.TRUE_COEFFICIENTS.items()},
    }
    return str(yaml.safe_dump(described, sort_keys=False)).encode()


def _sessions() -> list[Row]:
    return [
        {"reader": reader, "session": 1, "trajectory_source": "planned", "blinded_to_outcome": 1}
        for reader in tables.READERS
    ]


def _overrides(everybody: Sequence[Case]) -> list[Row]:
    return [
        {
            "patient_id": case.patient_id,
            "item": "ct_series",
            "value": 5,
            "reason": "series 2 is blurred by movement and was repeated",
        }
        for case in everybody
        if case.fault == "repeat_scan"
    ]


def _truth(seed: int, everybody: Sequence[Case], truths: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "schema": "sample-truth/1",
        "seed": seed,
        "analysed": [case.patient_id for case in everybody if case.fallout is None],
        "events": [case.patient_id for case in everybody if case.fallout is None and case.patient.event],
        "excluded": {
            case.patient_id: {"reason": case.fallout.reason, "criterion": case.fallout.criterion}
            for case in everybody
            if case.fallout is not None
        },
        "clinical": {
            case.patient_id: {
                "goutallier": case.patient.goutallier,
                "pbq": case.patient.pbq,
                "hu_ratio": case.patient.hu_ratio,
            }
            for case in everybody
            if case.fallout is None
        },
        "images": truths,
    }
