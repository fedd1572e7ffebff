"""Label maps: NIfTI, NRRD and the segmentations of 3D Slicer (`.seg.nrrd`).

Which number is which region says the table of the reader (`label_table.py`), else the names of the segments.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO, cast

import numpy as np

from bonehold.imaging.annotation_file import LARGEST_VOXEL_BYTES, AnnotationFile
from bonehold.imaging.drawings import Drawing, UnreadableRoi
from bonehold.imaging.label_table import MOST_LABELS, label_table
from bonehold.imaging.nifti_header import read_nifti_header
from bonehold.imaging.nrrd_header import Segment, read_nrrd_header
from bonehold.imaging.placement import Placement, moved, placement_of
from bonehold.imaging.shapes import Voxels
from bonehold.imaging.voxel_grid import Labels, VoxelGrid, label_blocks
from bonehold.roi_names import parse_roi_name

MOST_REGION_VOXELS = 2_000_000
MOST_VOXELS_KEPT = 8_000_000
LISTED = 10

Key = tuple[int, int]
"""A layer and the number of a label in it."""


@dataclass(eq=False)
class _Found:
    """What passed by in the map: every label there is, and the voxels of those that are wanted."""

    present: set[Key] = field(default_factory=set)
    pieces: dict[Key, list[Labels]] = field(default_factory=dict)
    too_large: set[Key] = field(default_factory=set)


def read_label_map(file: AnnotationFile, suffix: str) -> list[Drawing]:
    """The regions of a label map; none where a scene beside it says that it is an image.

    Args:
        file: the label map.
        suffix: the suffix by which its format was known.

    Raises:
        UnreadableRoi: no label map that can be used, or nothing says which number is which region.
    """
    placement = placement_of(file)
    if placement.is_image:
        return []
    table = label_table(file, file.stem(suffix))
    with ExitStack() as stack:
        try:
            stream, grid, segments = _opened(file, stack)
            names = _names(table, segments, grid)
            found = _collect(stream, grid, {key for key, name in names.items() if parse_roi_name(name)})
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise UnreadableRoi("is cut short or damaged; save it again") from None
    return [
        *(_drawing(name, key, found, grid, placement) for key, name in names.items()),
        *_unnamed(key[1] for key in found.present - set(names)),
    ]


def _opened(file: AnnotationFile, stack: ExitStack) -> tuple[IO[bytes], VoxelGrid, tuple[Segment, ...]]:
    """The unpacked voxels as a stream, the grid, and the segments that the file names."""
    file.refuse_larger_than(LARGEST_VOXEL_BYTES)
    stream = stack.enter_context(file.open())
    if file.name.endswith((".nii", ".nii.gz")):
        if file.name.endswith(".gz"):
            stream = _unpacked(stream, stack)
        return stream, read_nifti_header(stream), ()
    header = read_nrrd_header(stream)
    if header.data_file:
        stream = stack.enter_context(_detached(file, header.data_file).open())
    if header.gzipped:
        stream = _unpacked(stream, stack)
    return stream, header.grid, header.segments


def _unpacked(stream: IO[bytes], stack: ExitStack) -> IO[bytes]:
    return stack.enter_context(cast("IO[bytes]", gzip.GzipFile(fileobj=stream)))


def _detached(file: AnnotationFile, name: str) -> AnnotationFile:
    """The file with the voxels of a detached header: a neighbour, nothing elsewhere."""
    data = file.at(name) if PurePosixPath(name).name == name else None
    if data is None:
        raise UnreadableRoi("keeps its voxels in a file that is not beside it; save it as one .nrrd")
    data.refuse_larger_than(LARGEST_VOXEL_BYTES)
    return data


def _names(table: Mapping[int, str] | None, segments: Iterable[Segment], grid: VoxelGrid) -> dict[Key, str]:
    if table is not None:
        if grid.layers > 1:
            raise UnreadableRoi(
                "has layers, in which a number means several segments; take its label table away"
            )
        return {(0, label): name for label, name in table.items()}
    names: dict[Key, str] = {}
    for segment in segments:
        key = (segment.layer, segment.label)
        if key in names or segment.layer >= grid.layers:
            raise UnreadableRoi("names two segments for the same voxels, or none; save it again")
        names[key] = segment.name
    if not names:
        raise UnreadableRoi("has no label table; put labels.json beside it")
    return names


def _collect(stream: IO[bytes], grid: VoxelGrid, wanted: set[Key]) -> _Found:
    found = _Found()
    counts = dict.fromkeys(wanted, 0)
    kept = 0
    for places, labels in label_blocks(stream, grid):
        layers, voxels = grid.layer_and_voxel(places)
        for layer in _distinct(layers):
            here = layers == layer
            for label in _distinct(labels[here]):
                key = (layer, label)
                found.present.add(key)
                if key not in wanted or key in found.too_large:
                    continue
                piece = voxels[here & (labels == label)]
                counts[key] += len(piece)
                kept += len(piece)
                found.pieces.setdefault(key, []).append(piece)
                if counts[key] > MOST_REGION_VOXELS:
                    found.too_large.add(key)
                    found.pieces.pop(key)
                    kept -= counts[key]
        if len(found.present) > MOST_LABELS:
            raise UnreadableRoi(
                f"holds more than {MOST_LABELS} numbers, so it is an image; save the label map"
            )
        if kept > MOST_VOXELS_KEPT:
            raise UnreadableRoi("holds regions of more than 8 million voxels; save the regions alone")
    return found


def _distinct(numbers: Labels) -> list[int]:
    """The different numbers of a block; counted, not sorted, where they are small."""
    if numbers.size and numbers.max() < 2**16:
        return [int(number) for number in np.flatnonzero(np.bincount(numbers))]
    return [int(number) for number in np.unique(numbers)]


def _drawing(name: str, key: Key, found: _Found, grid: VoxelGrid, placement: Placement) -> Drawing:
    if key in found.too_large:
        return Drawing(name, None, "is a label of more than 2 million voxels; draw the region alone")
    if key not in found.pieces:
        return Drawing(name, None, "has no voxel in the label map; draw it, or take it out of the table")
    voxels = Voxels(grid.centers(np.concatenate(found.pieces[key])), grid.steps)
    return Drawing(name, moved(voxels, placement.to_patient))


def _unnamed(labels: Iterable[int]) -> list[Drawing]:
    """One line for the labels of a map that the table does not name."""
    numbers = sorted(set(labels))
    if not numbers:
        return []
    more = f" and {len(numbers) - LISTED} more" if len(numbers) > LISTED else ""
    listed = ", ".join(str(number) for number in numbers[:LISTED])
    return [Drawing("", None, f"holds labels without a name: {listed}{more}; name them in the label table")]
