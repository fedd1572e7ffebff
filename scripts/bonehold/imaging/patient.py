"""Open one patient: index the images, read the drawings, choose the series to measure on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np

from bonehold.imaging.annotations import Annotation, read_annotations
from bonehold.imaging.binding import binding_refusal, placed_regions
from bonehold.imaging.coverage import RegionRefused
from bonehold.imaging.dicom.folder import index_folder
from bonehold.imaging.dicom.headers import ImageHeader
from bonehold.imaging.measuring_rules import ImagingRules
from bonehold.imaging.metal import has_metal
from bonehold.imaging.region_statistics import MeasuredShape
from bonehold.imaging.series import Series, group_series
from bonehold.imaging.series_choice import Choice, choose_series
from bonehold.imaging.series_criteria import Wanted
from bonehold.imaging.shapes import Box, Line, OnImage, flat_shape
from bonehold.imaging.slice_reader import SliceReader
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


@dataclass(frozen=True, eq=False)
class OpenedPatient:
    """Series found and chosen, and regions drawn; what both measuring and drawing start from.

    `reader` gives the one reader of a series: what was decoded to choose it is not decoded again to measure.
    """

    choices: Mapping[Modality, Choice]
    series: tuple[Series, ...]
    regions: tuple[Annotation, ...]
    files: int
    problems: tuple[Problem, ...]
    reader: Callable[[Series], SliceReader]

    def regions_of(self, modality: Modality) -> tuple[Annotation, ...]:
        """The regions that are drawn on one modality."""
        return tuple(region for region in self.regions if region.name.modality == modality)


def open_patient(patient: PatientImages, rules: ImagingRules) -> OpenedPatient:
    """Index the folder, read the drawings, choose the series."""
    problems: list[Problem] = []
    regions: tuple[Annotation, ...] = ()
    images: tuple[ImageHeader, ...] = ()
    files = 0
    if patient.annotations is not None:
        annotations = read_annotations(patient.annotations, patient.cohort, patient.patient_id)
        regions, problems = annotations.regions, [*annotations.problems]
    if patient.dicom is not None:
        index = index_folder(patient.dicom, inside=patient.cohort)
        images, files = index.images, index.files
        problems += index.problems
    found = group_series(images)
    regions = placed_regions(regions, images)
    reader = cache(SliceReader)
    choices = {
        modality: _choose(modality, found, _wanted(patient, modality, regions), rules, reader)
        for modality in MODALITIES
    }
    own = tuple(replace(problem, patient_id=patient.patient_id) for problem in problems)
    return OpenedPatient(choices, found, regions, files, own, reader)


def measured_shape(
    region: Annotation, series: Series, others: Sequence[Series], line_width_mm: float
) -> MeasuredShape:
    """What a drawing means on a series.

    Args:
        region: the drawing.
        series: the series that is measured.
        others: all series of the patient's folder.
        line_width_mm: full width of the rectangle around a Line.

    Raises:
        RegionRefused: the drawing has no usable shape, or belongs to other images.
    """
    if region.shape is None or isinstance(region.shape, OnImage):
        raise RegionRefused(region.refused)
    foreign = binding_refusal(region.bound, series, others)
    if foreign:
        raise RegionRefused(foreign)
    if not isinstance(region.shape, Box | Line):
        return region.shape
    try:
        return flat_shape(region.shape, region.name, series.normal, line_width_mm)
    except ValueError as reason:
        raise RegionRefused(str(reason)) from None


def _choose(
    modality: Modality,
    found: Sequence[Series],
    wanted: Wanted,
    rules: ImagingRules,
    reader: Callable[[Series], SliceReader],
) -> Choice:
    def metal_at_the_level(series: Series) -> bool:
        return has_metal(series, wanted.regions, reader(series), rules.limits.metal_hu)

    return choose_series(modality, found, wanted, rules.series, metal_at_the_level)


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
