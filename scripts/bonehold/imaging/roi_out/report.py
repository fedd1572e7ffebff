"""Measured regions as DICOM SR after TID 1500: SCOORD3D outlines with mean and standard deviation.

The data set that highdicom is given as evidence is a skeleton: the identifiers by which the file finds its images,
the study code and the reader's code. No name, number, date or institution of the images' headers is copied. The
same regions give the same bytes: identifiers are derived by hash, dates are fixed.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from bonehold.imaging.anatomy_codes import Concept, sites_of
from bonehold.imaging.dicom.guarded_pydicom import Dataset
from bonehold.imaging.geometry import Vector
from bonehold.imaging.roi_out.regions import MeasuredRegion, NotExportable, same_pixels
from bonehold.imaging.shapes import Ellipse, FlatShape, Polygon
from bonehold.roi_names import Modality

if TYPE_CHECKING:
    from highdicom.sr import PlanarROIMeasurementsAndQualitativeEvaluations

NO_DATE, NO_TIME = "19000101", "000000"
MANUFACTURER = "Bonehold"

GROWTH_MM = (0.0, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, -2e-5, -5e-5, -1e-4)
"""Coordinates of an SR have 32 bits, about 3e-5 mm in a body. Where rounding would let a pixel on the outline slip,
the outline is moved by the first of these that keeps all pixels."""


def report_file(patient_id: str, reader: str, modality: Modality, regions: Sequence[MeasuredRegion]) -> bytes:
    """A Comprehensive 3D SR file of the regions of one reader on one modality.

    Raises:
        NotExportable: there is none, or one of them cannot be written (see `exact_32_bit`).
    """
    from highdicom import sr
    from pydicom.sr.codedict import codes

    if not regions:
        raise NotExportable("no region was measured")
    evidence = list({region.image: _skeleton(patient_id, region, modality) for region in regions}.values())
    identity = [
        patient_id,
        reader,
        modality,
        *(f"{r.name} {r.image.sop_instance} {r.mean!r}" for r in regions),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a reader's code is no name of two parts
        observer = sr.ObserverContext(codes.DCM.Person, sr.PersonObserverIdentifyingAttributes(name=reader))
        content = sr.MeasurementReport(
            observation_context=sr.ObservationContext(observer_person_context=observer),
            procedure_reported=(
                codes.LN.CTUnspecifiedBodyRegion if modality == "CT" else codes.LN.MRIUnspecifiedBodyRegion
            ),
            imaging_measurements=[_group(region, _uid(*identity, str(region.name))) for region in regions],
        )
        document = sr.Comprehensive3DSR(
            evidence=evidence,
            content=content[0],
            series_instance_uid=_uid("series", *identity),
            series_number=1,
            sop_instance_uid=_uid("instance", *identity),
            instance_number=1,
            manufacturer=MANUFACTURER,
            content_date=NO_DATE,
            content_time=NO_TIME,
        )
    document["InstanceCreationDate"].value = NO_DATE
    document["InstanceCreationTime"].value = NO_TIME
    for equipment in document.ContributingEquipmentSequence:
        equipment["ContributionDateTime"].value = NO_DATE + NO_TIME
    stream = BytesIO()
    document.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def exact_32_bit(region: MeasuredRegion) -> FlatShape:
    """The shape whose coordinates, rounded to 32 bits, hold the same pixels.

    Raises:
        NotExportable: there is none within half a micrometre.
    """
    for growth in GROWTH_MM:
        grown = _grown(region.shape, growth)
        if region.oblique or same_pixels(_rounded(grown), region.shape, region.plane):
            return grown
    raise NotExportable("has pixels so near its outline that 32-bit coordinates do not hold them")


def _group(region: MeasuredRegion, uid: str) -> PlanarROIMeasurementsAndQualitativeEvaluations:
    from highdicom import sr
    from pydicom.sr.codedict import codes

    if not region.image.frame_of_reference:
        raise NotExportable("lies on an image without a frame of reference")
    is_ct = region.name.modality == "CT"
    quantity = codes.DCM.AttenuationCoefficient if is_ct else codes.DCM.T1WeightedMRSignalIntensity
    unit = codes.UCUM.HounsfieldUnit if is_ct else codes.UCUM.NoUnits
    source = sr.SourceImageForMeasurement(region.image.sop_class, region.image.sop_instance)
    kind, points = _graphic(exact_32_bit(region))
    try:
        outline = sr.ImageRegion3D(kind, points, region.image.frame_of_reference)
    except ValueError:
        raise NotExportable("does not lie in one plane") from None
    return sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(uid=uid, identifier=str(region.name)),
        referenced_region=outline,
        finding_sites=[
            sr.FindingSite(
                _code(site.place),
                laterality=_code(site.side) if site.side else None,
                topographical_modifier=_code(site.part) if site.part else None,
            )
            for site in sites_of(region.name)
        ],
        measurements=[
            sr.Measurement(quantity, value, unit, derivation=derivation, referenced_images=[source])
            for value, derivation in (
                (region.mean, codes.SCT.Mean),
                (region.sd, codes.SCT.StandardDeviation),
            )
        ],
    )


def _code(concept: Concept) -> Any:
    from pydicom.sr.coding import Code

    return Code(concept.sct, "SCT", concept.meaning)


def _graphic(shape: FlatShape) -> tuple[str, Vector]:
    """Graphic type and points: the ends of the longer axis, then of the shorter; or the corners, closed."""
    if isinstance(shape, Polygon):
        return "POLYGON", np.vstack([shape.points, shape.points[:1]])
    halves = [shape.semi_axes_mm[0] * shape.axis_u, shape.semi_axes_mm[1] * shape.axis_v]
    longer, shorter = sorted(halves, key=lambda half: -float(np.linalg.norm(half)))
    return "ELLIPSE", np.stack([shape.center + step for step in (-longer, longer, -shorter, shorter)])


def _grown(shape: FlatShape, by_mm: float) -> FlatShape:
    if isinstance(shape, Ellipse):
        a, b = shape.semi_axes_mm
        return Ellipse(shape.center, shape.axis_u, shape.axis_v, (a + by_mm, b + by_mm))
    outward = shape.points - shape.center
    distance = np.linalg.norm(outward, axis=1, keepdims=True)
    return Polygon(shape.points + by_mm * outward / np.where(distance > 0, distance, 1.0))


def _rounded(shape: FlatShape) -> FlatShape:
    """The shape as it is read back from 32-bit coordinates."""
    points = _graphic(shape)[1].astype(np.float32).astype(float)
    if isinstance(shape, Polygon):
        return Polygon(points[:-1])
    halves = (points[1] - points[0]) / 2, (points[3] - points[2]) / 2
    lengths = float(np.linalg.norm(halves[0])), float(np.linalg.norm(halves[1]))
    return Ellipse(points.mean(axis=0), halves[0] / lengths[0], halves[1] / lengths[1], lengths)


def _skeleton(patient_id: str, region: MeasuredRegion, modality: Modality) -> Dataset:
    """What an SR may know of an image: where to find it, under the study's own code."""
    image = Dataset()
    image.SOPClassUID, image.SOPInstanceUID = region.image.sop_class, region.image.sop_instance
    image.StudyInstanceUID, image.SeriesInstanceUID = region.image.study, region.image.series
    image.Modality, image.PatientID = modality, patient_id
    for keyword in (
        "PatientName",
        "PatientBirthDate",
        "PatientSex",
        "AccessionNumber",
        "StudyID",
        "StudyDate",
        "StudyTime",
        "ReferringPhysicianName",
    ):
        setattr(image, keyword, None)
    return image


def _uid(*parts: str) -> str:
    """A UID of its own for the same parts, always the same (PS3.5 B.2)."""
    return f"2.25.{int.from_bytes(hashlib.sha256(chr(0).join(parts).encode()).digest()[:16], 'big')}"
