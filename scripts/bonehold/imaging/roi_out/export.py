"""The regions of one reader of one patient as they are measured, ready to be written."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bonehold.imaging.annotations import Annotation
from bonehold.imaging.dicom.headers import ImageHeader
from bonehold.imaging.dicom.pydicom_headers import opened
from bonehold.imaging.measuring import measure_patient
from bonehold.imaging.measuring_rules import ImagingRules
from bonehold.imaging.patient import OpenedPatient, PatientImages, measured_shape, open_patient
from bonehold.imaging.roi_out.markups import markup, markups_file
from bonehold.imaging.roi_out.regions import ImageReference, MeasuredRegion, NotExportable, on_slice
from bonehold.imaging.roi_out.report import exact_32_bit, report_file
from bonehold.imaging.series import Series
from bonehold.imaging.shapes import Ellipse, Polygon
from bonehold.roi_names import Modality, RoiName

IDENTIFIERS = (
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "FrameOfReferenceUID",
)


@dataclass(frozen=True)
class Exported:
    """Files by their names, and a line for each region that is not in one of them."""

    files: Mapping[str, bytes]
    left_out: tuple[str, ...]


def export_regions(patient: PatientImages, reader: str, rules: ImagingRules) -> Exported:
    """Measure a patient and write the regions of one reader (first session): markups and SR, CT and MR apart.

    Args:
        patient: the folders and what the tables say.
        reader: whose regions.
        rules: how regions are measured.
    """
    files: dict[str, bytes] = {}
    left_out: list[str] = []
    opened, measured = open_patient(patient, rules), measure_patient(patient, rules)
    documents: dict[Modality, Mapping[str, Any]] = {"CT": measured.ct, "MR": measured.mr}
    for modality, document in documents.items():
        rows = {row["roi"]: row for row in document["rois"] if (row["reader"], row["session"]) == (reader, 1)}
        drawn = [
            region for region in opened.regions_of(modality) if (region.reader, region.session) == (reader, 1)
        ]
        regions, refused = _measured_regions(drawn, rows, opened, modality, rules)
        left_out += refused
        name = f"{patient.patient_id}_{reader}_{modality}"
        for suffix, tried, written in (
            (".mrk.json", markup, markups_file),
            (".sr.dcm", exact_32_bit, _report_of(patient.patient_id, reader, modality)),
        ):
            held, refused = _held(regions, tried)
            left_out += [f"{line} (in {suffix})" for line in refused]
            if held:
                try:
                    files[name + suffix] = written(held)
                except NotExportable as reason:
                    left_out.append(f"all {modality} regions: {reason} (in {suffix})")
    return Exported(files, tuple(left_out))


def _report_of(
    patient_id: str, reader: str, modality: Modality
) -> Callable[[Sequence[MeasuredRegion]], bytes]:
    return lambda regions: report_file(patient_id, reader, modality, regions)


def _held(
    regions: Sequence[MeasuredRegion], tried: Callable[[MeasuredRegion], Any]
) -> tuple[list[MeasuredRegion], list[str]]:
    held, refused = [], []
    for region in regions:
        try:
            tried(region)
            held.append(region)
        except NotExportable as reason:
            refused.append(f"{region.name}: {reason}")
    return held, refused


def _measured_regions(
    drawn: Sequence[Annotation],
    rows: Mapping[str, Mapping[str, Any]],
    opened: OpenedPatient,
    modality: Modality,
    rules: ImagingRules,
) -> tuple[list[MeasuredRegion], list[str]]:
    series = opened.choices[modality].series
    regions, refused = [], []
    for annotation in drawn:
        row = rows.get(str(annotation.name), {"reason": "was not measured"})
        if row["reason"] or series is None:
            refused.append(f"{annotation.name}: {row['reason']}")
            continue
        shape = measured_shape(annotation, series, opened.series, rules.line_width_mm)
        if isinstance(shape, Ellipse | Polygon):
            regions.append(_region(shape, annotation.name, row, series))
        else:
            refused.append(f"{annotation.name}: has no single outline; keep the file it was drawn in")
    return regions, refused


def _region(
    shape: Ellipse | Polygon, name: RoiName, row: Mapping[str, Any], series: Series
) -> MeasuredRegion:
    header = series.slices[row["slice"]]
    plane = series.plane(row["slice"])
    oblique = "oblique" in row["flags"]
    return MeasuredRegion(
        name=name,
        shape=shape if oblique else on_slice(shape, plane),
        plane=plane,
        oblique=oblique,
        mean=row["mean"],
        sd=row["sd"],
        image=_reference(header),
    )


def _reference(header: ImageHeader) -> ImageReference:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's tell values
        with opened(header.file.path) as file:
            return ImageReference(*(str(file.dataset.get(keyword, "")) for keyword in IDENTIFIERS))
