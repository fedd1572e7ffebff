"""DICOM SEG: binary, fractional and label map segmentations, overlapping or not, frames in any order.

A frame's place comes from its plane position, never from its number. A fractional segment holds the voxels of at
least half of the maximum fractional value. Frames are decoded one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bonehold.imaging.anatomy_codes import Code, name_from_codes
from bonehold.imaging.annotation_file import LARGEST_VOXEL_BYTES, AnnotationFile
from bonehold.imaging.drawings import Binding, Drawing, UnreadableRoi
from bonehold.imaging.geometry import SliceGeometry, Vector, slice_geometry
from bonehold.imaging.roi_files._dicom import (
    Header,
    codes,
    damaged_is_refused,
    items,
    no_elements,
    numbers,
    read_header,
    sop_class,
    text,
    whole_number,
)
from bonehold.imaging.roi_files._frames import Frames, frames_of, read_frames
from bonehold.imaging.shapes import Voxels
from bonehold.roi_names import parse_roi_name

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
LABEL_MAP_SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.7"
KINDS = {"BINARY", "FRACTIONAL", "LABELMAP"}
BACKGROUND = Code("DCM", "125040")

MOST_VOXELS = 5_000_000
"""Of all segments of a file together; some twenty vertebrae of a thin-slice CT."""

SAME_STEP = 1e-3
"""Relative difference below which two steps of a grid are one; also how nearly frames must stand at whole steps."""

ANATOMY = {
    "SegmentedPropertyTypeCodeSequence": "SegmentedPropertyTypeModifierCodeSequence",
    "AnatomicRegionSequence": "AnatomicRegionModifierSequence",
    "PrimaryAnatomicStructureSequence": "PrimaryAnatomicStructureModifierSequence",
}
"""Sequences of codes that may name a segment, each with that of its modifiers (side, part)."""


def recognises(file: AnnotationFile) -> bool:
    """By the SOP class."""
    return sop_class(file) in {SEGMENTATION, LABEL_MAP_SEGMENTATION}


def read(file: AnnotationFile) -> list[Drawing]:
    """The segments of a segmentation.

    Raises:
        UnreadableRoi: damaged, too large, of an unknown kind, or without a place in the patient.
    """
    header = read_header(file, LARGEST_VOXEL_BYTES)
    with damaged_is_refused():
        dataset = header.dataset
        frames = frames_of(dataset)
        kind = text(dataset, "SegmentationType")
        if kind not in KINDS:
            raise UnreadableRoi(
                "is neither a binary, a fractional nor a label map segmentation; export it again"
            )
        segments = _segments(dataset)
        places = _frame_places(dataset, frames)
        voxels = _voxels(file, header, frames, places, segments)
        return [_drawing(dataset, name, voxels.get(number, []), places) for number, name in segments.items()]


@dataclass(frozen=True, eq=False)
class _Place:
    """Of one frame: its plane, the step to the next one where stated, its segment (None: a label map), its images."""

    plane: SliceGeometry
    step_mm: float | None
    segment: int | None
    images: frozenset[str]


_Found = list[tuple[int, NDArray[np.uint32]]]
"""Frame number and the flat indices of the voxels in it."""


def _segments(dataset: Dataset) -> dict[int, str]:
    """Segment number -> name; the background of a label map is no segment."""
    padding = whole_number(dataset, "PixelPaddingValue")
    is_label_map = text(dataset, "SegmentationType") == "LABELMAP"
    found = {}
    for item in items(dataset, "SegmentSequence"):
        number = whole_number(item, "SegmentNumber")
        kinds = codes(items(item, "SegmentedPropertyTypeCodeSequence"))
        is_background = any((code.scheme, code.value) == BACKGROUND[:2] for code in kinds)
        if number is None or is_background or (is_label_map and number in (0, padding)):
            continue
        found[number] = _name(item)
    if not found:
        raise UnreadableRoi("is a segmentation without segments; export it again")
    return found


def _name(segment: Dataset) -> str:
    """Label, else tracking id, else what the codes name; the label if none is a region's name."""
    label = text(segment, "SegmentLabel")
    for spelt in (label, text(segment, "TrackingID")):
        if parse_roi_name(spelt) is not None:
            return spelt
    coded: list[Code] = []
    for keyword, modifier in ANATOMY.items():
        structures = items(segment, keyword)
        coded += codes(structures)
        for holder in (segment, *structures):
            coded += codes(items(holder, modifier))
    return name_from_codes(coded) or label


def _frame_places(dataset: Dataset, frames: Frames) -> list[_Place]:
    shared = next(iter(items(dataset, "SharedFunctionalGroupsSequence")), no_elements())
    per_frame = items(dataset, "PerFrameFunctionalGroupsSequence")
    if len(per_frame) != frames.count:
        raise UnreadableRoi("does not say where each of its frames lies; export it again")
    return [_place((own, shared), frames) for own in per_frame]


def _place(groups: tuple[Dataset, Dataset], frames: Frames) -> _Place:
    """The place of a frame, from the frame's own functional groups or else those that all frames share."""

    def group(keyword: str) -> Dataset:
        return next((item for holder in groups for item in items(holder, keyword)), no_elements())

    measures = group("PixelMeasuresSequence")
    position = numbers(group("PlanePositionSequence"), "ImagePositionPatient", 3)
    orientation = numbers(group("PlaneOrientationSequence"), "ImageOrientationPatient", 6)
    spacing = numbers(measures, "PixelSpacing", 2)
    if (len(position), len(orientation), len(spacing)) != (3, 6, 2):
        raise UnreadableRoi("does not say where its frames lie in the patient; export it again")
    try:
        plane = slice_geometry(position, orientation, spacing, frames.rows, frames.columns)
    except ValueError:
        raise UnreadableRoi("has a frame whose axes or spacing are impossible; export it again") from None
    step = numbers(measures, "SpacingBetweenSlices", 1)
    images = frozenset(
        text(source, "ReferencedSOPInstanceUID")
        for derivation in items(_holder(groups, "DerivationImageSequence"), "DerivationImageSequence")
        for source in items(derivation, "SourceImageSequence")
    )
    return _Place(
        plane,
        float(step[0]) if len(step) and step[0] > 0 else None,
        whole_number(group("SegmentIdentificationSequence"), "ReferencedSegmentNumber"),
        images,
    )


def _holder(groups: tuple[Dataset, Dataset], keyword: str) -> Dataset:
    """The functional groups, the frame's own first, that hold a sequence."""
    return next((holder for holder in groups if items(holder, keyword)), no_elements())


def _voxels(
    file: AnnotationFile, header: Header, frames: Frames, places: list[_Place], segments: Mapping[int, str]
) -> dict[int, _Found]:
    """Segment number -> its voxels, frame by frame."""
    found: dict[int, _Found] = defaultdict(list)
    total = 0
    for number, frame in enumerate(read_frames(file, header, frames)):
        for segment, inside in _inside(header.dataset, frame, places[number], segments):
            if len(inside):
                total += len(inside)
                found[segment].append((number, inside.astype(np.uint32)))
        if total > MOST_VOXELS:
            raise UnreadableRoi(
                f"holds more than {MOST_VOXELS // 10**6} million voxels; save the segments of the regions alone"
            )
    return found


def _inside(
    dataset: Dataset, frame: NDArray[np.integer], place: _Place, segments: Mapping[int, str]
) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """The segments of a frame, each with the flat indices of its voxels."""
    kind = text(dataset, "SegmentationType")
    if kind == "LABELMAP":
        for segment in np.intersect1d(np.unique(frame), list(segments)):
            yield int(segment), np.flatnonzero(frame == segment)
        return
    if place.segment is None:
        raise UnreadableRoi("has a frame that belongs to no segment; export it again")
    if place.segment in segments:
        most = whole_number(dataset, "MaximumFractionalValue", 0) if kind == "FRACTIONAL" else 1
        if not most:
            raise UnreadableRoi("is fractional without its maximum value; export it again")
        yield place.segment, np.flatnonzero(frame >= (most + 1) // 2)


def _drawing(dataset: Dataset, name: str, found: _Found, places: list[_Place]) -> Drawing:
    if not found:
        return Drawing(name, None, "is an empty segment; draw it")
    own = [places[number] for number, _ in found]
    first = own[0].plane
    steps = _in_plane_steps(first)
    if any(not _same_steps(_in_plane_steps(place.plane), steps) for place in own):
        return Drawing(
            name, None, "lies on frames of different orientation or spacing; segment it on one series"
        )
    centers = np.concatenate([_centers(places[number].plane, inside) for number, inside in found])
    third = _third_step(own)
    return Drawing(
        name,
        Voxels(centers, steps if third is None else np.vstack([steps, third])),
        bound=_binding(dataset, own),
    )


def _in_plane_steps(plane: SliceGeometry) -> Vector:
    return np.stack([plane.along_row * plane.column_spacing_mm, plane.along_column * plane.row_spacing_mm])


def _same_steps(one: Vector, other: Vector) -> bool:
    return bool(np.abs(one - other).max() <= SAME_STEP * np.abs(other).max())


def _centers(plane: SliceGeometry, inside: NDArray[np.uint32]) -> Vector:
    rows, columns = np.divmod(inside.astype(np.int64), plane.columns)
    return plane.patient(np.stack([columns, rows], axis=-1).astype(float))


def _third_step(places: list[_Place]) -> Vector | None:
    """The step from plane to plane where it is stated and the planes stand at multiples of it."""
    step, normal = places[0].step_mm, places[0].plane.normal
    if step is None:
        return None
    offsets = np.array([place.plane.origin - places[0].plane.origin for place in places])
    multiples = offsets @ normal / step
    whole = np.round(multiples)
    on_grid = np.abs(offsets - whole[:, None] * step * normal).max() <= SAME_STEP * step * max(
        1.0, float(np.abs(whole).max())
    )
    return np.asarray(step * normal) if on_grid else None


def _binding(dataset: Dataset, places: list[_Place]) -> Binding:
    series = {text(item, "SeriesInstanceUID") for item in items(dataset, "ReferencedSeriesSequence")}
    return Binding(
        frame_of_reference=text(dataset, "FrameOfReferenceUID"),
        series=series.pop() if len(series) == 1 else "",
        images=frozenset().union(*(place.images for place in places)),
    )
