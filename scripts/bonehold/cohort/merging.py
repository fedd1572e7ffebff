"""The measurements of all patients as tables: one row per region, one per reader, one per acquisition."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bonehold.cohort.bone_measures import MeasuringRules, combine
from bonehold.cohort.checked_table import CheckedTable
from bonehold.cohort.measured_digest import measured_digest
from bonehold.cohort.measuring_tables import MeasuringTables
from bonehold.cohort.overrides import override_reading
from bonehold.cohort.patient_measures import (
    PatientMeasures,
    cylinder_st_hu,
    drew,
    measure_patient,
)
from bonehold.cohort.quality_flags import READERS_DIFFER, SideLimits, flag_sides, reader_differences
from bonehold.cohort.readers import COMBINED
from bonehold.cohort.repeat_sessions import RepeatSession, by_session, repeat_session
from bonehold.cohort.roi_readings import RoiReading, image_readings, pacs_readings, settled
from bonehold.problems import Problem

_STATISTICS = ("mean", "sd", "minimum", "maximum", "n", "area_mm2", "mean_cubic")
_CYLINDER = ("cylinder_mean", "cylinder_sd", "cylinder_n")
_CYLINDER_IN_BONE = ("cylinder_bone_mean", "cylinder_bone_sd", "cylinder_bone_n", "cylinder_outside_mm")
_LEVELS = ("level_used", "csf_level")
_MEASURES = ("b_hu", "st_hu", "hu_ratio", "pbq")
_CT_FACTS = ("ct_kvp", "ct_slice_mm", "ct_pixel_mm", "ct_kernel", "ct_manufacturer")
_MR_FACTS = ("mr_field_t", "mr_tr", "mr_te", "mr_slice_mm", "mr_manufacturer")
_FURTHER_FACTS = ("ct_spacing_mm", "mr_spacing_mm", "mr_pixel_mm")
_REASONS = ("level_reason", "csf_level_reason")

MEASUREMENT_COLUMNS = (
    *("patient_id", "reader", "roi", "level", *_STATISTICS, "flags", *_CYLINDER, "reason"),
    *(*_CYLINDER_IN_BONE, "cylinder_reason"),
)
_SIGNALS = ("pedicle_si", "csf_si")
READER_COLUMNS = (
    *("patient_id", "reader", *_LEVELS, *_MEASURES, "flags", *_SIGNALS, *_REASONS),
    *("differing", "st_hu_cylinder"),
)
REPEAT_MEASUREMENT_COLUMNS = (*MEASUREMENT_COLUMNS, "session")
REPEAT_READER_COLUMNS = ("patient_id", "reader", *_LEVELS, *_MEASURES, "flags", *_SIGNALS, "session")
ACQUISITION_COLUMNS = ("patient_id", *_CT_FACTS, *_MR_FACTS, *_FURTHER_FACTS)

_WORDS = {
    "no_series": "no usable series was found",
    "no_annotations": "no regions of interest were found",
    "error": "the images could not be measured (unforeseen fault)",
}


Rows = tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class MergedMeasurements:
    """Rows of `measurements.csv`, `readers.csv` (first sessions), `repeat_measurements.csv`, `repeat_readers.csv`
    (later ones) and `acquisition.csv`, and the status of every patient.
    """

    measurements: Rows
    readers: Rows
    repeat_measurements: Rows
    repeat_readers: Rows
    acquisition: Rows
    statuses: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class MeasuredImages:
    """What the measuring rule said of one patient.

    Attributes:
        documents: modality (`CT`, `MR`) -> document of the regions measured on it.
        problems: everything that was wrong with the images and drawings.
        spinopelvic: the documents of the angles measured by landmarks.
    """

    documents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    spinopelvic: tuple[Mapping[str, Any], ...] = ()


def read_measured(paths: Iterable[str | Path]) -> dict[str, MeasuredImages]:
    """Read `series.json`, `ct.json`, `mr.json` and `spinopelvic.json` of every patient, in any order."""
    read = [json.loads(Path(path).read_text(encoding="utf-8")) for path in sorted(map(str, paths))]
    patients: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for document in read:
        patients[document["patient_id"]].append(document)
    return {
        patient_id: MeasuredImages(
            {document["modality"]: document for document in documents if document["schema"] == "measured/1"},
            # a fault of the whole patient stands in each document
            tuple(dict.fromkeys(Problem(**one) for document in documents for one in document["problems"])),
            tuple(document for document in documents if document["schema"] == "spinopelvic/1"),
        )
        for patient_id, documents in patients.items()
    }


def merge(
    measured: Mapping[str, MeasuredImages],
    tables: MeasuringTables,
    rules: MeasuringRules,
    limits: SideLimits,
) -> MergedMeasurements:
    """Merge image and PACS measurements of every patient.

    Args:
        measured: what the measuring rule said, by patient.
        tables: everyone in the cohort, PACS values and overrides.
        rules: how regions and readers become one value.
        limits: how far the two sides of a vertebra may differ.

    Returns:
        the rows of all tables, sorted by patient, session, reader and region.
    """
    pacs = pacs_readings(tables.measurements)
    excluded, levels = _overrides(tables.overrides)
    regions: list[dict[str, Any]] = []
    readers: list[dict[str, Any]] = []
    again: list[dict[str, Any]] = []
    readers_again: list[dict[str, Any]] = []
    statuses: dict[str, dict[str, Any]] = {}
    for patient_id in sorted(tables.patient_ids | set(measured)):
        images = measured.get(patient_id, MeasuredImages())
        values = pacs.get(patient_id, ())
        from_images = [one for document in images.documents.values() for one in image_readings(document)]
        left_out = excluded.get(patient_id, frozenset())
        first, *later = by_session([*from_images, *values]).values()
        result = measure_patient(settled(first, left_out), rules, levels.get(patient_id))
        repeats = [repeat_session(readings, result, rules, left_out) for readings in later]
        regions += _region_rows(patient_id, result.readings, limits)
        readers += _reader_rows(patient_id, result, rules.combine)
        again += [row for one in repeats for row in _region_rows(patient_id, one.readings, limits)]
        readers_again += [row for one in repeats for row in _repeat_rows(patient_id, one, result)]
        pacs_modalities = {one.modality for one in first if not one.from_image}
        statuses[patient_id] = _status(images, result, pacs_modalities)
    acquisition = tuple(
        _acquisition_row(patient_id, measured[patient_id].documents) for patient_id in sorted(measured)
    )
    return MergedMeasurements(
        tuple(regions),
        _with_reader_differences(readers),
        tuple(again),
        tuple(readers_again),
        acquisition,
        statuses,
    )


def _overrides(table: CheckedTable) -> tuple[dict[str, frozenset[tuple[str, str]]], dict[str, str]]:
    excluded: dict[str, frozenset[tuple[str, str]]] = {}
    levels: dict[str, str] = {}
    for row in table.rows:
        value = row.values.get("value") or ""
        reading = override_reading(value) if row.values["item"] == "roi" else None
        if reading:
            excluded[row.patient_id] = excluded.get(row.patient_id, frozenset()) | {reading}
        if row.values["item"] == "level":
            levels[row.patient_id] = value
    return excluded, levels


def _region_rows(patient_id: str, readings: Sequence[RoiReading], limits: SideLimits) -> list[dict[str, Any]]:
    return [
        {
            **asdict(one),
            **{f"cylinder_{name}": value for name, value in asdict(one.cylinder).items()},
            "patient_id": patient_id,
            "level": one.level,
            "flags": ";".join(one.flags),
        }
        for one in flag_sides(readings, limits)
    ]


def _reader_rows(patient_id: str, result: PatientMeasures, how: str) -> list[dict[str, Any]]:
    rows = _own_rows(patient_id, result, result)
    cylinders = {row["reader"]: row["st_hu_cylinder"] for row in rows}
    combined = {
        **asdict(result.combined),
        "patient_id": patient_id,
        "reader": COMBINED,
        "level_used": result.level.name,
        "csf_level": result.csf_level.name,
        "hu_ratio": result.ratio.value,
        "flags": ";".join(result.flags),
        "level_reason": result.level.reason,
        "csf_level_reason": result.csf_level.reason,
        "st_hu_cylinder": combine(cylinders, how).value,
    }
    return [*rows, combined]


def _repeat_rows(patient_id: str, repeat: RepeatSession, first: PatientMeasures) -> list[dict[str, Any]]:
    return [{**row, "session": repeat.session} for row in _own_rows(patient_id, repeat, first)]


def _own_rows(
    patient_id: str, session: PatientMeasures | RepeatSession, first: PatientMeasures
) -> list[dict[str, Any]]:
    """Each reader's measures in one session, at the patient's levels."""
    return [
        {
            **asdict(values),
            "patient_id": patient_id,
            "reader": name,
            "level_used": first.level.name if drew(session.readings, name, "CT") else "",
            "csf_level": first.csf_level.name if drew(session.readings, name, "MR") else "",
            "hu_ratio": session.ratios[name].value,
            "flags": ";".join(session.ratios[name].flags),
            "st_hu_cylinder": cylinder_st_hu(session.readings, name, first.level.name),
        }
        for name, values in session.readers.items()
    ]


def _with_reader_differences(rows: Iterable[dict[str, Any]]) -> Rows:
    """The rows of readers.csv with a flag on the combined row of patients in whom two readers differ too much."""
    listed = tuple(rows)
    values: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for row in listed:
        if row["reader"] != COMBINED:
            values[row["patient_id"]][row["reader"]] = row
    differing = reader_differences(values)

    def flagged(row: dict[str, Any]) -> dict[str, Any]:
        measures = differing.get(row["patient_id"], ()) if row["reader"] == COMBINED else ()
        if not measures:
            return row
        flags = [flag for flag in (row["flags"], READERS_DIFFER) if flag]
        return {**row, "flags": ";".join(flags), "differing": ";".join(measures)}

    return tuple(flagged(row) for row in listed)


def _status(images: MeasuredImages, result: PatientMeasures, pacs: set[str]) -> dict[str, Any]:
    documents = images.documents
    there = [result.ratio.value is not None, result.combined.pbq is not None]
    status = "complete" if all(there) else "partial" if any(there) else "unmeasurable"
    faults = {modality for modality, document in documents.items() if document["status"] == "error"}
    return {
        "status": "error" if faults else status,
        "reasons": {
            name: _reason(result.reasons[name], documents.get(modality))
            for name, modality in (("hu_ratio", "CT"), ("pbq", "MR"))
            if name in result.reasons
        },
        # an image that ended in a fault was there: whether it could be used is another question
        "images": sorted(modality for modality, one in documents.items() if one["status"] != "no_series"),
        "pacs": sorted(pacs),
        "measured": measured_digest(documents.values()) if documents else "",
        "problems": [asdict(problem) for problem in images.problems],
    }


def _reason(reason: str, document: Mapping[str, Any] | None) -> str:
    """Why a value is missing; an image without result explains more than the regions it lacks."""
    words = _WORDS.get(document["status"]) if document else None
    return f"{words}; {reason}" if words else reason


def _acquisition_row(patient_id: str, documents: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    facts = {
        f"{modality.lower()}_{name}": value
        for modality, document in documents.items()
        for name, value in document.get("acquisition", {}).items()
    }
    return {"patient_id": patient_id, **{name: facts.get(name) for name in ACQUISITION_COLUMNS[1:]}}
