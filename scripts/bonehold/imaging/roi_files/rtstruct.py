"""DICOM RTSTRUCT: closed planar contours in LPS mm, those of one plane filled together by the even-odd rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bonehold.imaging.annotation_file import AnnotationFile
from bonehold.imaging.drawings import MOST_POINTS, Binding, Drawing, UnreadableRoi
from bonehold.imaging.geometry import Vector
from bonehold.imaging.roi_files._dicom import (
    LARGEST_HEADER_BYTES,
    damaged_is_refused,
    items,
    numbers,
    read_header,
    sop_class,
    text,
)
from bonehold.imaging.shapes import Contours

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.481.3"

CLOSED_KINDS = {"CLOSED_PLANAR", "CLOSEDPLANAR_XOR"}
"""The second says outright what the even-odd rule does with holes."""

OTHER_KINDS = {
    "POINT": "a point",
    "OPEN_PLANAR": "an open line",
    "OPEN_NONPLANAR": "an open line",
}


def recognises(file: AnnotationFile) -> bool:
    """By the SOP class."""
    return sop_class(file) == SOP_CLASS


def read(file: AnnotationFile) -> list[Drawing]:
    """The structures that have contours, or of which it says why not.

    Raises:
        UnreadableRoi: damaged, or without structures.
    """
    dataset = read_header(file, LARGEST_HEADER_BYTES).dataset
    with damaged_is_refused():
        contours = {
            text(item, "ReferencedROINumber"): item for item in reversed(items(dataset, "ROIContourSequence"))
        }
        structures = items(dataset, "StructureSetROISequence")
        if not structures:
            raise UnreadableRoi("is a structure set without structures; export it again")
        series_of_images = _series_of_images(dataset)
        return [
            _drawing(dataset, structure, contours.get(text(structure, "ROINumber")), series_of_images)
            for structure in structures
        ]


def _drawing(
    dataset: Dataset, structure: Dataset, outline: Dataset | None, series_of_images: Mapping[str, str]
) -> Drawing:
    name = text(structure, "ROIName")
    contours = items(outline, "ContourSequence") if outline is not None else ()
    try:
        shape = Contours(_closed(contours))
    except UnreadableRoi as reason:
        return Drawing(name, None, str(reason))
    images = frozenset(
        text(image, "ReferencedSOPInstanceUID")
        for contour in contours
        for image in items(contour, "ContourImageSequence")
    )
    frame_of_reference = text(structure, "ReferencedFrameOfReferenceUID") or text(
        dataset, "FrameOfReferenceUID"
    )
    series = {series_of_images.get(image, "") for image in images}
    return Drawing(
        name, shape, bound=Binding(frame_of_reference, series.pop() if len(series) == 1 else "", images)
    )


def _closed(contours: Sequence[Dataset]) -> tuple[Vector, ...]:
    """The contours that enclose something; one of fewer than three corners does not."""
    found = [_corners(contour) for contour in contours]
    enclosing = tuple(corners for corners in found if len(corners) >= 3)
    if sum(len(corners) for corners in enclosing) > MOST_POINTS:
        raise UnreadableRoi("has more points than an outline can need; draw it again with fewer")
    if not enclosing:
        raise UnreadableRoi("has no contour that encloses pixels; draw it")
    return enclosing


def _corners(contour: Dataset) -> Vector:
    kind = text(contour, "ContourGeometricType")
    if kind not in CLOSED_KINDS:
        drawn = OTHER_KINDS.get(kind, "of a kind")
        raise UnreadableRoi(f"is {drawn}, which encloses no pixels; draw a closed contour")
    values = numbers(contour, "ContourData", 3 * MOST_POINTS)
    if len(values) % 3:
        raise UnreadableRoi("has an incomplete point; export it again")
    return values.reshape(-1, 3)


def _series_of_images(dataset: Dataset) -> dict[str, str]:
    """SOPInstanceUID -> SeriesInstanceUID, as the structure set lists them."""
    return {
        text(image, "ReferencedSOPInstanceUID"): text(series, "SeriesInstanceUID")
        for frame in items(dataset, "ReferencedFrameOfReferenceSequence")
        for study in items(frame, "RTReferencedStudySequence")
        for series in items(study, "RTReferencedSeriesSequence")
        for image in items(series, "ContourImageSequence")
    }
