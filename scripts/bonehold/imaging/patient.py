"""Measure one patient: find the series, read the drawings, measure each region, say what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

from bonehold.imaging.acquisition import acquisition_facts, series_facts
from bonehold.imaging.annotations import Annotation, read_annotations
from bonehold.imaging.dicom_folder import index_folder
from bonehold.imaging.metal import has_metal
from bonehold.imaging.pixel_values import SlicePixels, UnreadablePixels, philips_factors, read_slice
from bonehold.imaging.region_statistics import RegionRefused, measure_region
from bonehold.imaging.series import Series, group_series
from bonehold.imaging.series_choice import Choice, SeriesVerdict, choose_series
from bonehold.imaging.series_criteria import Wanted
from bonehold.imaging.series_rules import SeriesRules
from bonehold.imaging.shapes import Contours, FlatShape, OnImage, Voxels, flat_shape
from bonehold.problems import Problem
from bonehold.roi_names import Modality

MODALITIES: tuple[Modality, ...] = ("CT", "MR")


@dataclass(frozen=True)
class PatientImages:
    """Where a patient's images and drawings lie, and what the tables say of them.

    Attributes:
        patient_id: the group's own code.
        cohort: the cohort folder; nothing outside it is read.
        dicom: folder of the images, None if there is none.
        annotations: folder with one folder per reader, None if there is none.
        series_numbers: modality -> SeriesNumber, the user's override.
        days_to_surgery: modality -> days from examination to operation, negative = before.
        surgery_date: read for comparison with header dates, never written.
    """

    patient_id: str
    cohort: Path
    dicom: Path | None
    annotations: Path | None
    series_numbers: Mapping[str, int]
    days_to_surgery: Mapping[str, float]
    surgery_date: date | None = None


@dataclass(frozen=True)
class PatientMeasurement:
    """The three documents of a patient: series seen and chosen, regions measured on CT and on MR."""

    series: dict[str, Any]
    ct: dict[str, Any]
    mr: dict[str, Any]


@dataclass(frozen=True, eq=False)
class OpenedPatient:
    """Series found and chosen, and regions drawn; what both measuring and drawing start from.

    `reader` gives the one reader of a series: what was decoded to choose it is not decoded again to measure.
    """

    choices: Mapping[Modality, Choice]
    regions: tuple[Annotation, ...]
    files: int
    problems: tuple[Problem, ...]
    reader: Callable[[Series], SliceReader]

    def regions_of(self, modality: Modality) -> tuple[Annotation, ...]:
        """The regions that are drawn on one modality."""
        return tuple(region for region in self.regions if region.name.modality == modality)


class SliceReader:
    """Decodes the slices of a series that are asked for, each once; Philips slices on a common scale."""

    def __init__(self, series: Series) -> None:
        self._series = series
        self._seen: dict[int, SlicePixels] = {}

    @cached_property
    def _factors(self) -> tuple[float, ...] | None:
        return philips_factors(self._series.slices) if self._series.any_header.modality == "MR" else None

    @property
    def rescaled(self) -> bool:
        """Whether values were brought from display values to a common scale."""
        return self._factors is not None

    def __call__(self, index: int) -> SlicePixels:
        """The pixels of the slice with this index in the series."""
        if index not in self._seen:
            header = self._series.slices[index]
            if header.modality == "MR" and header.intercept not in (None, 0.0):
                raise UnreadablePixels("the MR has a RescaleIntercept that does not cancel in a ratio")
            pixels = read_slice(header)
            if self._factors is not None:
                pixels = SlicePixels(pixels.values * self._factors[index], pixels.padding)
            self._seen[index] = pixels
        return self._seen[index]


def measure_patient(patient: PatientImages, line_width_mm: float, rules: SeriesRules) -> PatientMeasurement:
    """Measure all regions of a patient.

    Args:
        patient: the folders and what the tables say.
        line_width_mm: full width of the rectangle around a Line.
        rules: by which the series are chosen.

    Returns:
        Documents ready for JSON; every refusal and every unusable file is in them, nothing is raised for bad input.
    """
    opened = open_patient(patient, rules)
    series = {
        "schema": "series/1",
        "patient_id": patient.patient_id,
        "status": "indexed",
        "files": opened.files,
        "series": [_verdict_facts(verdict, opened.choices) for verdict in _all_verdicts(opened)],
        "chosen": {
            modality: {
                "series": choice.series.ordinal if choice.series else None,
                "reason": choice.reason,
                "overridden": choice.overridden,
                "drawbacks": list(choice.drawbacks),
            }
            for modality, choice in opened.choices.items()
        },
        "problems": [asdict(problem) for problem in opened.problems],
    }
    ct = _measured(patient, opened, "CT", line_width_mm)
    mr = _measured(patient, opened, "MR", line_width_mm)
    return PatientMeasurement(series, ct, mr)


def failed_measurement(patient_id: str, fault: Exception) -> PatientMeasurement:
    """The documents of a patient at whom the program itself failed: the kind of fault, without its text."""
    problem = Problem(
        "measure_patient",
        f"an unforeseen fault ({type(fault).__name__})",
        "please report it; its details are in the log of this patient",
        patient_id,
    )
    common = {"patient_id": patient_id, "status": "error", "problems": [asdict(problem)]}
    ct: dict[str, Any] = {"schema": "measured/1", **common, "modality": "CT", "acquisition": {}, "rois": []}
    series: dict[str, Any] = {"schema": "series/1", **common, "files": 0, "series": [], "chosen": {}}
    return PatientMeasurement(series, ct, {**ct, "modality": "MR"})


def open_patient(patient: PatientImages, rules: SeriesRules) -> OpenedPatient:
    """Index the folder, read the drawings, choose the series."""
    problems: list[Problem] = []
    regions: tuple[Annotation, ...] = ()
    found: tuple[Series, ...] = ()
    files = 0
    if patient.annotations is not None:
        annotations = read_annotations(patient.annotations, patient.cohort, patient.patient_id)
        regions, problems = annotations.regions, [*annotations.problems]
    if patient.dicom is not None:
        index = index_folder(patient.dicom, inside=patient.cohort)
        found, files = group_series(index.images), index.files
        problems += index.problems
    reader = cache(SliceReader)
    choices = {
        modality: _choose(modality, found, _wanted(patient, modality, regions), rules, reader)
        for modality in MODALITIES
    }
    own = tuple(replace(problem, patient_id=patient.patient_id) for problem in problems)
    return OpenedPatient(choices, regions, files, own, reader)


def region_shape(region: Annotation, series: Series, line_width_mm: float) -> FlatShape:
    """The flat region that a drawing means on a series.

    Raises:
        RegionRefused: the drawing has no usable shape.
    """
    if region.shape is None:
        raise RegionRefused(region.refused)
    if isinstance(region.shape, Contours | Voxels | OnImage):
        raise RegionRefused("is of a kind that is not measured")
    try:
        return flat_shape(region.shape, region.name, series.normal, line_width_mm)
    except ValueError as reason:
        raise RegionRefused(str(reason)) from None


def _choose(
    modality: Modality,
    found: Sequence[Series],
    wanted: Wanted,
    rules: SeriesRules,
    reader: Callable[[Series], SliceReader],
) -> Choice:
    def metal_at_the_level(series: Series) -> bool:
        return has_metal(series, wanted.regions, reader(series))

    return choose_series(modality, found, wanted, rules, metal_at_the_level)


def _wanted(patient: PatientImages, modality: Modality, regions: Sequence[Annotation]) -> Wanted:
    centers = [
        r.shape.center
        for r in regions
        if r.name.modality == modality and r.shape is not None and not isinstance(r.shape, OnImage)
    ]
    return Wanted(
        regions=np.array(centers).reshape(-1, 3),
        series_number=patient.series_numbers.get(modality),
        days_to_surgery=patient.days_to_surgery.get(modality),
        surgery_date=patient.surgery_date,
    )


def _measured(
    patient: PatientImages, opened: OpenedPatient, modality: Modality, line_width_mm: float
) -> dict[str, Any]:
    choice = opened.choices[modality]
    regions = opened.regions_of(modality)
    problems: list[Problem] = []
    rows: list[dict[str, Any]] = []
    if choice.series is None:
        problems.append(
            Problem(
                "dicom folder" if patient.dicom else "patients.csv",
                choice.reason if patient.dicom else f"no {modality} images",
                f"add the preoperative {modality} series, name it in {modality.lower()}_series, or enter PACS values",
                patient.patient_id,
            )
        )
        rows = [_refused_row(region, f"no {modality} series to measure on") for region in regions]
    else:
        read = opened.reader(choice.series)
        for region in regions:
            row = _region_row(region, choice, read, line_width_mm)
            rows.append(row)
    if choice.series is not None and not regions:
        problems.append(
            Problem(
                "annotations folder",
                f"no {modality} region is drawn",
                "draw L3 (or L2, L4) regions as the README shows",
                patient.patient_id,
            )
        )
    problems += [
        Problem(
            f"reader {row['reader']}, {row['roi']}",
            row["reason"],
            "look at it in 3D Slicer and redraw it",
            patient.patient_id,
        )
        for row in rows
        if row["reason"]
    ]
    return {
        "schema": "measured/1",
        "patient_id": patient.patient_id,
        "modality": modality,
        "status": "no_series" if choice.series is None else "measured" if regions else "no_annotations",
        "series": choice.series.ordinal if choice.series else None,
        "problems": [asdict(problem) for problem in problems],
        "acquisition": acquisition_facts(choice.series) if choice.series else {},
        "rois": rows,
    }


def _region_row(
    region: Annotation, choice: Choice, read: SliceReader, line_width_mm: float
) -> dict[str, Any]:
    series = choice.series
    assert series is not None
    try:
        shape = region_shape(region, series, line_width_mm)
        measured = measure_region(shape, series, read)
    except (RegionRefused, UnreadablePixels) as reason:
        return _refused_row(region, str(reason))
    return {
        **_names(region),
        "mean": measured.mean,
        "sd": measured.sd,
        "minimum": measured.minimum,
        "maximum": measured.maximum,
        "n": measured.n,
        "area_mm2": measured.area_mm2,
        "mean_cubic": measured.mean_cubic,
        "flags": [*measured.flags, *choice.drawbacks, *(["philips_scale"] if read.rescaled else [])],
        "reason": "",
        "slice": measured.slice_index,
    }


def _refused_row(region: Annotation, reason: str) -> dict[str, Any]:
    numbers = ("mean", "sd", "minimum", "maximum", "n", "area_mm2", "mean_cubic")
    return {
        **_names(region),
        **dict.fromkeys(numbers),
        "flags": ["refused"],
        "reason": reason,
        "slice": None,
    }


def _names(region: Annotation) -> dict[str, Any]:
    return {"reader": region.reader, "roi": str(region.name), "level": region.name.level}


def _all_verdicts(opened: OpenedPatient) -> list[SeriesVerdict]:
    verdicts = [verdict for choice in opened.choices.values() for verdict in choice.verdicts]
    return sorted(verdicts, key=lambda verdict: verdict.series.ordinal)


def _verdict_facts(verdict: SeriesVerdict, choices: Mapping[Modality, Choice]) -> dict[str, Any]:
    return {
        **series_facts(verdict.series),
        "chosen": any(choice.series is verdict.series for choice in choices.values()),
        "refused_because": list(verdict.refusals),
        "score": verdict.score,
        "contributions": [asdict(one) for one in verdict.contributions],
        "drawbacks": list(verdict.drawbacks),
    }
