"""DICOM SR after TID 1500 (Enhanced, Comprehensive, Comprehensive 3D, Extensible): regions as SCOORD or SCOORD3D.

Only coordinates are read; a stated mean, and its unit, are ignored, for writers get both wrong. The region may be
a child of its measurement group (the template) or of a measurement in it (OHIF and others); the same coordinates
under several measurements are one region.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bonehold.imaging.anatomy_codes import Code, name_from_codes
from bonehold.imaging.annotation_file import AnnotationFile
from bonehold.imaging.drawings import MOST_POINTS, Binding, Drawing, UnreadableRoi
from bonehold.imaging.geometry import Vector
from bonehold.imaging.roi_files._dicom import (
    LARGEST_HEADER_BYTES,
    codes,
    damaged_is_refused,
    items,
    numbers,
    read_header,
    sop_class,
    text,
)
from bonehold.imaging.shapes import Ellipse, OnImage, Polygon, Shape
from bonehold.roi_names import parse_roi_name

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

SOP_CLASSES = {
    "1.2.840.10008.5.1.4.1.1.88.22",  # Enhanced SR
    "1.2.840.10008.5.1.4.1.1.88.33",  # Comprehensive SR
    "1.2.840.10008.5.1.4.1.1.88.34",  # Comprehensive 3D SR
    "1.2.840.10008.5.1.4.1.1.88.35",  # Extensible SR
}
MEASUREMENT_GROUP = Code("DCM", "125007")
TRACKING_IDENTIFIER = Code("DCM", "112039")
FREE_TEXT_CODES = {"CORNERSTONEFREETEXT", "CS3DTEXT"}
"""Codes by which OHIF and cornerstone3D carry a label as the meaning of a finding or finding site."""

DEEPEST_GROUP = 8
MOST_GROUPS = 1000
MOST_IN_GROUP = 2000
"""Content items of a group, with those it refers to: no more are walked through."""

AXES_MEET_WITHIN = 0.02
"""Share of the longer axis by which the middles of an ellipse's two axes may differ (rounded coordinates)."""

EVIDENCE = ("CurrentRequestedProcedureEvidenceSequence", "PertinentOtherEvidenceSequence")
REGIONS = {"SCOORD", "SCOORD3D"}


def recognises(file: AnnotationFile) -> bool:
    """By the SOP class."""
    return sop_class(file) in SOP_CLASSES


def read(file: AnnotationFile) -> list[Drawing]:
    """The regions of a structured report, one a measurement group.

    Raises:
        UnreadableRoi: damaged, or without any region.
    """
    root = read_header(file, LARGEST_HEADER_BYTES).dataset
    with damaged_is_refused():
        series_of_images = _series_of_images(root)
        groups = [_Group(tuple(_content(root, item)), series_of_images) for item in _groups(root)]
        if not any(group.regions for group in groups):
            raise UnreadableRoi(
                "is a structured report without regions; save them with coordinates (SCOORD, SCOORD3D) or as DICOM SEG"
            )
        return [_drawing(group) for group in groups]


@dataclass(frozen=True, eq=False)
class _Group:
    """A measurement group: all content items in it, and the series of the images that the document lists."""

    content: tuple[Dataset, ...]
    series_of_images: Mapping[str, str]

    @cached_property
    def regions(self) -> tuple[Dataset, ...]:
        """Its regions, those with the same coordinates on the same images once."""
        found = [item for item in self.content if text(item, "ValueType") in REGIONS]
        return tuple({_identity(region): region for region in found}.values())

    @cached_property
    def name(self) -> str:
        """Tracking identifier, else a label in free text, else what the codes name; failing all, the identifier."""
        coded = [code for item in self.content for code in codes(items(item, "ConceptCodeSequence"))]
        identifiers = [text(item, "TextValue") for item in self.content if _is(item, TRACKING_IDENTIFIER)]
        labels = [code.meaning for code in coded if code.value in FREE_TEXT_CODES]
        for spelt in (*identifiers, *labels):
            if parse_roi_name(spelt) is not None:
                return spelt
        return name_from_codes(coded) or next(iter(identifiers), "")


def _content(root: Dataset, group: Dataset) -> list[Dataset]:
    """All items below a group; an item that only points to another place of the document is replaced by that one."""
    found: list[Dataset] = []
    waiting = [(child, True) for child in items(group, "ContentSequence")]
    while waiting:
        item, may_refer = waiting.pop(0)
        target = _target(root, item) if may_refer else None
        found.append(item if target is None else target)
        if len(found) + len(waiting) > MOST_IN_GROUP:
            raise UnreadableRoi("has a measurement group of too many items; save the regions alone")
        # What a reference leads to may refer no further: no circles.
        waiting += [(child, may_refer and target is None) for child in items(found[-1], "ContentSequence")]
    return found


def _target(root: Dataset, item: Dataset) -> Dataset | None:
    """The item that another one stands for, by its path of numbers from the root (PS3.3 C.17.3.2.5)."""
    path = numbers(item, "ReferencedContentItemIdentifier", DEEPEST_GROUP).astype(int)
    target = root if len(path) else None
    for position in path[1:]:
        children = items(target, "ContentSequence") if target is not None else ()
        target = children[position - 1] if 1 <= position <= len(children) else None
    return target


def _images(content: Iterable[Dataset]) -> list[Dataset]:
    """The references to images among content items."""
    return [
        reference
        for item in content
        if text(item, "ValueType") == "IMAGE"
        for reference in items(item, "ReferencedSOPSequence")
    ]


def _groups(root: Dataset) -> list[Dataset]:
    """The measurement groups of a document, in its order."""
    found: list[Dataset] = []
    level = [root]
    for _ in range(DEEPEST_GROUP):
        containers = [
            child
            for item in level
            for child in items(item, "ContentSequence")
            if text(child, "ValueType") == "CONTAINER"
        ]
        found += [item for item in containers if _is(item, MEASUREMENT_GROUP)]
        level = [item for item in containers if not _is(item, MEASUREMENT_GROUP)]
    if len(found) > MOST_GROUPS:
        raise UnreadableRoi(f"has more than {MOST_GROUPS} measurement groups; save the regions alone")
    return found


def _drawing(group: _Group) -> Drawing:
    try:
        if not group.regions:
            raise UnreadableRoi(_why_without_region(group))
        if len(group.regions) > 1:
            raise UnreadableRoi("has several regions in one measurement group; give each its own name")
        (region,) = group.regions
        draw = _on_image if text(region, "ValueType") == "SCOORD" else _in_patient
        return draw(group, region)
    except UnreadableRoi as reason:
        return Drawing(group.name, None, str(reason))


def _on_image(group: _Group, region: Dataset) -> Drawing:
    images = {
        (text(reference, "ReferencedSOPInstanceUID"), _frames(reference))
        for reference in _images(items(region, "ContentSequence"))
    }
    if len(images) != 1:
        raise UnreadableRoi("does not say on which one image it was drawn; draw it on one image")
    ((image, frames),) = images
    if len(frames) > 1:
        raise UnreadableRoi("lies on several frames of an image; draw it on one")
    frame = frames[0] if frames else None
    bound = Binding(series=group.series_of_images.get(image, ""), images=frozenset({image}))
    return Drawing(group.name, _pixel_shape(region, image, frame), bound=bound)


def _in_patient(group: _Group, region: Dataset) -> Drawing:
    own = _images(items(region, "ContentSequence")) or _images(group.content)
    images = frozenset(text(reference, "ReferencedSOPInstanceUID") for reference in own)
    series = {group.series_of_images.get(image, "") for image in images}
    bound = Binding(
        frame_of_reference=text(region, "ReferencedFrameOfReferenceUID"),
        series=series.pop() if len(series) == 1 else "",
        images=images,
    )
    return Drawing(group.name, _patient_shape(region), bound=bound)


def _pixel_shape(region: Dataset, image: str, frame: int | None) -> Shape:
    kind, points = _kind_and_points(region, 2)
    blank = OnImage(image, frame, "polygon", points)
    if kind == "CIRCLE":
        if len(points) != 2:
            raise UnreadableRoi("is a circle without centre and one point of its edge; draw it again")
        radius = float(np.linalg.norm(points[1] - points[0]))
        ends = points[0] + radius * np.array([[-1, 0], [1, 0], [0, -1], [0, 1]])
        return replace(blank, kind="ellipse", points=_ellipse_ends(ends))
    if kind == "ELLIPSE":
        return replace(blank, kind="ellipse", points=_ellipse_ends(points))
    if kind == "POLYLINE":
        return replace(blank, points=_corners(points))
    raise UnreadableRoi(_not_measured(kind))


def _patient_shape(region: Dataset) -> Shape:
    kind, points = _kind_and_points(region, 3)
    if kind == "ELLIPSE":
        ends = _ellipse_ends(points)
        halves = (ends[1] - ends[0]) / 2, (ends[3] - ends[2]) / 2
        lengths = float(np.linalg.norm(halves[0])), float(np.linalg.norm(halves[1]))
        return Ellipse(ends.mean(axis=0), halves[0] / lengths[0], halves[1] / lengths[1], lengths)
    if kind in {"POLYGON", "POLYLINE"}:
        return Polygon(_corners(points))
    raise UnreadableRoi(_not_measured(kind))


def _kind_and_points(region: Dataset, dimensions: int) -> tuple[str, Vector]:
    values = numbers(region, "GraphicData", MOST_POINTS * dimensions)
    if len(values) == 0 or len(values) % dimensions:
        raise UnreadableRoi("has an incomplete point; draw it again")
    return text(region, "GraphicType"), values.reshape(-1, dimensions)


def _ellipse_ends(points: Vector) -> Vector:
    """Ends of the one axis, then of the other (PS3.3 C.18.6.1.2), which halve each other."""
    if len(points) != 4:
        raise UnreadableRoi("is an ellipse without its four ends of axes; draw it again")
    axes = np.linalg.norm(points[1] - points[0]), np.linalg.norm(points[3] - points[2])
    apart = np.linalg.norm((points[0] + points[1]) - (points[2] + points[3])) / 2
    if min(axes) <= 0 or apart > AXES_MEET_WITHIN * max(axes):
        raise UnreadableRoi("is an ellipse whose axes do not halve each other; draw it again")
    return points


def _corners(points: Vector) -> Vector:
    """The corners without the first one repeated at the end."""
    corners = points[:-1] if len(points) > 1 and np.array_equal(points[0], points[-1]) else points
    if len(corners) < 3:
        raise UnreadableRoi("is a line, which encloses no pixels; draw an area")
    return corners


def _not_measured(kind: str) -> str:
    known = {"POINT": "a point", "MULTIPOINT": "a set of points", "ELLIPSOID": "an ellipsoid"}
    return f"is {known.get(kind, 'of a kind')}, which is not measured; draw an ellipse or a closed outline"


def _why_without_region(group: _Group) -> str:
    if any("ReferencedSegmentNumber" in reference for reference in _images(group.content)):
        return "refers to a segment of a DICOM SEG; put that file into the reader's folder"
    return "has a value but no region; a stated value is not taken, save its coordinates"


def _is(item: Dataset, concept: Code) -> bool:
    return any(
        (code.scheme, code.value) == (concept.scheme, concept.value)
        for code in codes(items(item, "ConceptNameCodeSequence"))
    )


def _frames(reference: Dataset) -> tuple[int, ...]:
    return tuple(int(value) for value in numbers(reference, "ReferencedFrameNumber", MOST_POINTS))


def _identity(region: Dataset) -> tuple[str, ...]:
    """What makes two regions the same: kind, coordinates and images."""
    coordinates = region.get_item("GraphicData")
    images = [
        f"{text(image, 'ReferencedSOPInstanceUID')}/{text(image, 'ReferencedFrameNumber')}"
        for image in _images(items(region, "ContentSequence"))
    ]
    return (text(region, "GraphicType"), str(coordinates.value if coordinates else ""), *images)


def _series_of_images(root: Dataset) -> dict[str, str]:
    """SOPInstanceUID -> SeriesInstanceUID, from the evidence that the document lists."""
    return {
        text(image, "ReferencedSOPInstanceUID"): text(series, "SeriesInstanceUID")
        for keyword in EVIDENCE
        for study in items(root, keyword)
        for series in items(study, "ReferencedSeriesSequence")
        for image in items(series, "ReferencedSOPSequence")
    }
