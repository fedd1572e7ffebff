"""Measure one patient: every region on the chosen series, with what is suspicious about it, as documents for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bonehold.imaging.acquisition import acquisition_facts, series_facts
from bonehold.imaging.annotations import Annotation
from bonehold.imaging.coverage import RegionRefused
from bonehold.imaging.cylinder import CylinderStatistics, measure_cylinder
from bonehold.imaging.dicom.pixels import UnreadablePixels
from bonehold.imaging.measuring_rules import ImagingRules
from bonehold.imaging.patient import OpenedPatient, PatientImages, measured_shape, open_patient
from bonehold.imaging.quality import region_flags, surroundings_flags
from bonehold.imaging.radiographs import films
from bonehold.imaging.region_statistics import measure_region
from bonehold.imaging.series import Series
from bonehold.imaging.series_choice import Choice, SeriesVerdict
from bonehold.imaging.shapes import Line
from bonehold.imaging.slice_reader import SliceReader
from bonehold.imaging.spinopelvic_readings import (
    SPINOPELVIC,
    SpinopelvicReading,
    spinopelvic_document,
    spinopelvic_readings,
)
from bonehold.problems import Problem
from bonehold.roi_names import Modality


@dataclass(frozen=True)
class PatientMeasurement:
    """The documents of a patient: series seen and chosen, regions measured on CT and on MR, spinopelvic angles."""

    series: dict[str, Any]
    ct: dict[str, Any]
    mr: dict[str, Any]
    spinopelvic: dict[str, Any]


@dataclass(frozen=True, eq=False)
class _Measuring:
    """What measuring the regions of one modality needs."""

    opened: OpenedPatient
    modality: Modality
    series: Series
    read: SliceReader
    rules: ImagingRules

    @property
    def flags(self) -> list[str]:
        """Flags of the series, which every region on it bears."""
        scaled = ["philips_scale"] if self.read.rescaled else []
        return [*self.opened.choices[self.modality].drawbacks, *scaled]


def measure_patient(patient: PatientImages, rules: ImagingRules) -> PatientMeasurement:
    """Measure all regions of a patient.

    Args:
        patient: the folders and what the tables say.
        rules: how series are chosen and regions measured.

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
    ct = _measured(patient, opened, "CT", rules)
    mr = _measured(patient, opened, "MR", rules)
    angles = spinopelvic_document(patient.patient_id, _angles(patient, opened))
    return PatientMeasurement(series, ct, mr, angles)


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
    angles: dict[str, Any] = {"schema": SPINOPELVIC, **common, "readings": []}
    return PatientMeasurement(series, ct, {**ct, "modality": "MR"}, angles)


def _angles(patient: PatientImages, opened: OpenedPatient) -> tuple[SpinopelvicReading, ...]:
    if patient.annotations is None:
        return ()
    return spinopelvic_readings(patient.annotations, patient.cohort, patient.patient_id, films(opened.series))


def _measured(
    patient: PatientImages, opened: OpenedPatient, modality: Modality, rules: ImagingRules
) -> dict[str, Any]:
    choice = opened.choices[modality]
    regions = opened.regions_of(modality)
    problems: list[Problem] = []
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
        measuring = _Measuring(opened, modality, choice.series, opened.reader(choice.series), rules)
        rows = [_region_row(region, measuring) for region in regions]
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
            f"reader {row['reader']}, {_called(row)}",
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


def _called(row: Mapping[str, Any]) -> str:
    """A region by its name, and by its session where that is a repeated one."""
    return row["roi"] if row["session"] == 1 else f"{row['roi']} (session {row['session']})"


def _region_row(region: Annotation, measuring: _Measuring) -> dict[str, Any]:
    opened, series, read, rules = measuring.opened, measuring.series, measuring.read, measuring.rules
    try:
        shape = measured_shape(region, series, opened.series, rules.line_width_mm)
        measured = measure_region(shape, series, read)
        flags = measuring.flags  # a series whose scale is unknown is refused here
    except (RegionRefused, UnreadablePixels) as reason:
        return _refused_row(region, str(reason))
    cylinder = _cylinder(region, measuring)
    statistics = measured.statistics
    found = cylinder if isinstance(cylinder, CylinderStatistics) else None
    around = [(patch, series.plane(patch.slice_index), read(patch.slice_index)) for patch in measured.patches]
    suspicions = [
        *statistics.flags,
        *region_flags(region.name, measured.values, rules.limits, found),
        *surroundings_flags(region.name, statistics.mean, statistics.sd, around, rules.limits),
    ]
    return {
        **_names(region),
        "mean": statistics.mean,
        "sd": statistics.sd,
        "minimum": statistics.minimum,
        "maximum": statistics.maximum,
        "n": statistics.n,
        "area_mm2": statistics.area_mm2,
        "mean_cubic": statistics.mean_cubic,
        "flags": [*suspicions, *(found.flags if found else ()), *flags],
        "reason": "",
        "slice": statistics.slice_index,
        **_cylinder_columns(cylinder),
    }


def _cylinder(region: Annotation, measuring: _Measuring) -> CylinderStatistics | str | None:
    """The cylinder around a Line, or why there is none; None where no line was drawn."""
    if not isinstance(region.shape, Line) or region.name.what != "trajectory":
        return None
    radius = region.shape.radius_mm or measuring.rules.radius_mm
    surface = measuring.rules.limits.surface_hu
    try:
        return measure_cylinder(region.shape, radius, surface, measuring.series, measuring.read)
    except (RegionRefused, UnreadablePixels) as reason:
        return str(reason)


def _cylinder_columns(cylinder: CylinderStatistics | str | None) -> dict[str, Any]:
    if cylinder is None:
        return {}
    if isinstance(cylinder, str):
        return {"cylinder_reason": cylinder}
    return {
        "cylinder_mean": cylinder.mean,
        "cylinder_sd": cylinder.sd,
        "cylinder_n": cylinder.n,
        "cylinder_bone_mean": cylinder.bone_mean,
        "cylinder_bone_sd": cylinder.bone_sd,
        "cylinder_bone_n": cylinder.bone_n,
        "cylinder_outside_mm": cylinder.outside_mm,
        "cylinder_profile": list(cylinder.profile),
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
    return {
        "reader": region.reader,
        "session": region.session,
        "roi": str(region.name),
        "level": region.name.level,
    }


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
