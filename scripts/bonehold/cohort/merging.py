"""The measurements of all patients as tables: one row per region, one per reader, one per acquisition."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bonehold.cohort.bone_measures import MeasuringRules
from bonehold.cohort.checked_table import CheckedTable
from bonehold.cohort.measured_digest import measured_digest
from bonehold.cohort.measuring_tables import MeasuringTables
from bonehold.cohort.overrides import override_reading
from bonehold.cohort.patient_measures import PatientMeasures, measure_patient
from bonehold.cohort.readers import COMBINED
from bonehold.cohort.roi_readings import image_readings, pacs_readings, settled
from bonehold.problems import Problem

_STATISTICS = ("mean", "sd", "minimum", "maximum", "n", "area_mm2", "mean_cubic")
_CYLINDER = ("cylinder_mean", "cylinder_sd", "cylinder_n")
_LEVELS = ("level_used", "csf_level")
_MEASURES = ("b_hu", "st_hu", "hu_ratio", "pbq")
_CT_FACTS = ("ct_kvp", "ct_slice_mm", "ct_pixel_mm", "ct_kernel", "ct_manufacturer")
_MR_FACTS = ("mr_field_t", "mr_tr", "mr_te", "mr_slice_mm", "mr_manufacturer")
_REASONS = ("level_reason", "csf_level_reason")

MEASUREMENT_COLUMNS = ("patient_id", "reader", "roi", "level", *_STATISTICS, "flags", *_CYLINDER, "reason")
READER_COLUMNS = ("patient_id", "reader", *_LEVELS, *_MEASURES, "flags", "pedicle_si", "csf_si", *_REASONS)
ACQUISITION_COLUMNS = ("patient_id", *_CT_FACTS, *_MR_FACTS)

_WORDS = {
    "no_series": "no usable series was found",
    "no_annotations": "no regions of interest were found",
    "error": "the images could not be measured (unforeseen fault)",
}


@dataclass(frozen=True)
class MergedMeasurements:
    """Rows of `measurements.csv`, `readers.csv` and `acquisition.csv`, and the status of every patient."""

    measurements: tuple[dict[str, Any], ...]
    readers: tuple[dict[str, Any], ...]
    acquisition: tuple[dict[str, Any], ...]
    statuses: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class MeasuredImages:
    """What the measuring rule said of one patient.

    Attributes:
        documents: modality (`CT`, `MR`) -> document of the regions measured on it.
        problems: everything that was wrong with the images and drawings.
    """

    documents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def read_measured(paths: Iterable[str | Path]) -> dict[str, MeasuredImages]:
    """Read `series.json`, `ct.json` and `mr.json` of every patient, in any order."""
    read = [json.loads(Path(path).read_text(encoding="utf-8")) for path in sorted(map(str, paths))]
    patients: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for document in read:
        patients[document["patient_id"]].append(document)
    return {
        patient_id: MeasuredImages(
            {document["modality"]: document for document in documents if document["schema"] == "measured/1"},
            # a fault of the whole patient stands in each document
            tuple(dict.fromkeys(Problem(**one) for document in documents for one in document["problems"])),
        )
        for patient_id, documents in patients.items()
    }


def merge(
    measured: Mapping[str, MeasuredImages], tables: MeasuringTables, rules: MeasuringRules
) -> MergedMeasurements:
    """Merge image and PACS measurements of every patient.

    Args:
        measured: what the measuring rule said, by patient.
        tables: everyone in the cohort, PACS values and overrides.
        rules: how regions and readers become one value.

    Returns:
        the rows of all tables, sorted by patient, reader and region.
    """
    pacs = pacs_readings(tables.measurements)
    excluded, levels = _overrides(tables.overrides)
    regions: list[dict[str, Any]] = []
    readers: list[dict[str, Any]] = []
    statuses: dict[str, dict[str, Any]] = {}
    for patient_id in sorted(tables.patient_ids | set(measured)):
        images = measured.get(patient_id, MeasuredImages())
        values = pacs.get(patient_id, ())
        from_images = [one for document in images.documents.values() for one in image_readings(document)]
        readings = settled([*from_images, *values], excluded.get(patient_id, frozenset()))
        result = measure_patient(readings, rules, levels.get(patient_id))
        regions += _region_rows(patient_id, result)
        readers += _reader_rows(patient_id, result)
        statuses[patient_id] = _status(images, result, {one.modality for one in values})
    acquisition = tuple(
        _acquisition_row(patient_id, measured[patient_id].documents) for patient_id in sorted(measured)
    )
    return MergedMeasurements(tuple(regions), tuple(readers), acquisition, statuses)


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


def _region_rows(patient_id: str, result: PatientMeasures) -> list[dict[str, Any]]:
    return [
        {**asdict(one), "patient_id": patient_id, "level": one.level, "flags": ";".join(one.flags)}
        for one in result.readings
    ]


def _reader_rows(patient_id: str, result: PatientMeasures) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name, values in result.readers.items():
        on_ct, on_mr = result.drew(name, "CT"), result.drew(name, "MR")
        ratio = result.ratios[name]
        rows.append(
            {
                **asdict(values),
                "patient_id": patient_id,
                "reader": name,
                "level_used": result.level.name if on_ct else "",
                "csf_level": result.csf_level.name if on_mr else "",
                "hu_ratio": ratio.value,
                "flags": ";".join(ratio.flags),
            }
        )
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
    }
    return [*rows, combined]


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
