"""Structured reports, segmentations and structure sets for tests, written element by element.

Every label, name and UID that a message could leak contains `ZZCANARY` or the digits 31337.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

COMPREHENSIVE_3D = "1.2.840.10008.5.1.4.1.1.88.34"
COMPREHENSIVE = "1.2.840.10008.5.1.4.1.1.88.33"
SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
STRUCTURE_SET = "1.2.840.10008.5.1.4.1.1.481.3"
IMAGE, OTHER_IMAGE, SERIES, SPACE = "2.25.313371", "2.25.313372", "2.25.313373", "2.25.313374"

CodeTriple = tuple[str, str, str]
FINDING = ("121071", "DCM", "Finding")
FINDING_SITE = ("363698007", "SCT", "Finding Site")
LATERALITY = ("272741003", "SCT", "Laterality")
TOPOGRAPHY = ("106233006", "SCT", "Topographical modifier")
TRACKING = ("112039", "DCM", "Tracking Identifier")
REGION = ("111030", "DCM", "Image Region")
GROUP = ("125007", "DCM", "Measurement Group")
MEAN = ("112031", "DCM", "Attenuation Coefficient")


def dataset(**elements: Any) -> Dataset:
    """A data set of these elements."""
    made = Dataset()
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    return made


def file_bytes(made: Dataset, sop_class: str, syntax: str = ExplicitVRLittleEndian) -> bytes:
    """The data set as a DICOM file."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = UID(syntax)
    meta.MediaStorageSOPClassUID = UID(sop_class)
    meta.MediaStorageSOPInstanceUID = UID("2.25.313379")
    whole = FileDataset(
        None,
        made,
        file_meta=meta,
        preamble=b"\0" * 128,
        is_implicit_VR=UID(syntax).is_implicit_VR,
        is_little_endian=UID(syntax).is_little_endian,
    )
    whole.SOPClassUID, whole.SOPInstanceUID = sop_class, "2.25.313379"
    whole.PatientName = "ZZCANARY^NAME"
    stream = BytesIO()
    whole.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def code(triple: CodeTriple) -> Dataset:
    """A code item."""
    value, scheme, meaning = triple
    return dataset(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def content(
    value_type: str, concept: CodeTriple | None, relation: str = "CONTAINS", **elements: Any
) -> Dataset:
    """A content item."""
    item = dataset(RelationshipType=relation, ValueType=value_type, **elements)
    if concept is not None:
        item.ConceptNameCodeSequence = [code(concept)]
    return item


def coded(concept: CodeTriple, value: CodeTriple, *modifiers: Dataset) -> Dataset:
    """A CODE item, with items below it."""
    item = content("CODE", concept, "HAS CONCEPT MOD", ConceptCodeSequence=[code(value)])
    if modifiers:
        item.ContentSequence = list(modifiers)
    return item


def site(value: CodeTriple, side: CodeTriple | None = None, part: CodeTriple | None = None) -> Dataset:
    """A finding site with its modifiers."""
    modifiers = [coded(LATERALITY, side)] if side else []
    modifiers += [coded(TOPOGRAPHY, part)] if part else []
    return coded(FINDING_SITE, value, *modifiers)


def image(uid: str = IMAGE, **elements: Any) -> Dataset:
    """An IMAGE item."""
    reference = dataset(
        ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.2", ReferencedSOPInstanceUID=uid, **elements
    )
    return content("IMAGE", None, "SELECTED FROM", ReferencedSOPSequence=[reference])


def on_image(kind: str, points: Sequence[Sequence[float]], *images: Dataset, **elements: Any) -> Dataset:
    """A SCOORD item; on IMAGE unless others are given."""
    flat = [float(x) for point in points for x in point]
    return content(
        "SCOORD",
        REGION,
        GraphicType=kind,
        GraphicData=flat,
        ContentSequence=list(images or [image()]),
        **elements,
    )


def in_patient(kind: str, points: Sequence[Sequence[float]], **elements: Any) -> Dataset:
    """A SCOORD3D item."""
    flat = [float(x) for point in points for x in point]
    return content(
        "SCOORD3D",
        REGION,
        GraphicType=kind,
        GraphicData=flat,
        ReferencedFrameOfReferenceUID=SPACE,
        **elements,
    )


def value(number: str, unit: CodeTriple, *below: Dataset) -> Dataset:
    """A NUM item."""
    measured = dataset(NumericValue=number, MeasurementUnitsCodeSequence=[code(unit)])
    item = content("NUM", MEAN, MeasuredValueSequence=[measured])
    if below:
        item.ContentSequence = list(below)
    return item


def group(tracking: str, *children: Dataset) -> Dataset:
    """A measurement group; without a tracking identifier where it is empty."""
    named = [content("TEXT", TRACKING, "HAS OBS CONTEXT", TextValue=tracking)] if tracking else []
    return content("CONTAINER", GROUP, ContentSequence=[*named, *children])


def report(
    *groups: Dataset, sop_class: str = COMPREHENSIVE_3D, syntax: str = ExplicitVRLittleEndian
) -> bytes:
    """A TID 1500 report of these groups; IMAGE is listed as evidence of SERIES."""
    measurements = content(
        "CONTAINER", ("126010", "DCM", "Imaging Measurements"), ContentSequence=list(groups)
    )
    listed = dataset(
        SeriesInstanceUID=SERIES,
        ReferencedSOPSequence=[
            dataset(ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.2", ReferencedSOPInstanceUID=IMAGE)
        ],
    )
    root = dataset(
        Modality="SR",
        ValueType="CONTAINER",
        ConceptNameCodeSequence=[code(("126000", "DCM", "Imaging Measurement Report"))],
        ContentSequence=[measurements],
        CurrentRequestedProcedureEvidenceSequence=[
            dataset(StudyInstanceUID="2.25.313378", ReferencedSeriesSequence=[listed])
        ],
    )
    return file_bytes(root, sop_class, syntax)


def frame(position: Sequence[float], segment: int | None = 1, source: str = IMAGE, **groups: Any) -> Dataset:
    """The functional groups of one frame of a segmentation."""
    made = dataset(
        PlanePositionSequence=[dataset(ImagePositionPatient=[float(x) for x in position])],
        DerivationImageSequence=[dataset(SourceImageSequence=[dataset(ReferencedSOPInstanceUID=source)])],
        **groups,
    )
    if segment is not None:
        made.SegmentIdentificationSequence = [dataset(ReferencedSegmentNumber=segment)]
    return made


def segmentation(
    values: np.ndarray,
    frames: Sequence[Dataset],
    segments: Sequence[Dataset],
    *,
    kind: str = "BINARY",
    sop_class: str = SEGMENTATION,
    **elements: Any,
) -> bytes:
    """A segmentation of uncompressed frames, (frames, rows, columns); axial, spacing 0.5 x 0.8 mm, step 2 mm."""
    count, rows, columns = values.shape
    bits = 1 if kind == "BINARY" else values.dtype.itemsize * 8
    packed = np.packbits(values.ravel(), bitorder="little") if bits == 1 else values
    pixels = packed.tobytes()
    measures = dataset(PixelSpacing=[0.5, 0.8], SpacingBetweenSlices=2.0)
    made = dataset(
        Modality="SEG",
        FrameOfReferenceUID=SPACE,
        ReferencedSeriesSequence=[dataset(SeriesInstanceUID=SERIES)],
        SegmentationType=kind,
        SegmentSequence=list(segments),
        NumberOfFrames=count,
        Rows=rows,
        Columns=columns,
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        BitsAllocated=bits,
        BitsStored=bits,
        HighBit=bits - 1,
        PixelRepresentation=0,
        SharedFunctionalGroupsSequence=[
            dataset(
                PlaneOrientationSequence=[dataset(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
                PixelMeasuresSequence=[measures],
            )
        ],
        PerFrameFunctionalGroupsSequence=list(frames),
    )
    made.add_new("PixelData", "OW" if bits == 16 else "OB", pixels + b"\0" * (len(pixels) % 2))
    for keyword, given in elements.items():
        setattr(made, keyword, given)
    return file_bytes(made, sop_class)


def segment(number: int, label: str, **elements: Any) -> Dataset:
    """The description of a segment."""
    return dataset(SegmentNumber=number, SegmentLabel=label, **elements)


def structure(
    number: int, name: str, *contours: Sequence[Sequence[float]], kind: str = "CLOSED_PLANAR"
) -> tuple[Dataset, Dataset]:
    """A structure and its contours, drawn on IMAGE."""
    drawn = [
        dataset(
            ContourGeometricType=kind,
            NumberOfContourPoints=len(points),
            ContourData=[float(x) for point in points for x in point],
            ContourImageSequence=[dataset(ReferencedSOPInstanceUID=IMAGE)],
        )
        for points in contours
    ]
    return (
        dataset(ROINumber=number, ROIName=name, ReferencedFrameOfReferenceUID=SPACE),
        dataset(ReferencedROINumber=number, ContourSequence=drawn),
    )


def structure_set(*structures: tuple[Dataset, Dataset]) -> bytes:
    """A structure set; IMAGE is listed in SERIES."""
    series = dataset(SeriesInstanceUID=SERIES, ContourImageSequence=[dataset(ReferencedSOPInstanceUID=IMAGE)])
    study = dataset(ReferencedSOPInstanceUID="2.25.313378", RTReferencedSeriesSequence=[series])
    made = dataset(
        Modality="RTSTRUCT",
        ReferencedFrameOfReferenceSequence=[
            dataset(FrameOfReferenceUID=SPACE, RTReferencedStudySequence=[study])
        ],
        StructureSetROISequence=[named for named, _ in structures],
        ROIContourSequence=[drawn for _, drawn in structures],
    )
    return file_bytes(made, STRUCTURE_SET)
