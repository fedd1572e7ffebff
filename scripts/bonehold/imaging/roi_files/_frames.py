"""The frames of a multi-frame DICOM file, one at a time, sizes refused before anything is decoded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bonehold.imaging.annotation_file import AnnotationFile
from bonehold.imaging.drawings import UnreadableRoi
from bonehold.imaging.roi_files._dicom import Header, damaged_is_refused, whole_number

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

MOST_PIXELS = 4096 * 4096
"""Of a frame."""

MOST_FRAMES = 20_000
MOST_PIXELS_OF_ALL = 1_000_000_000
BITS = {1, 8, 16}

NATIVE = {"1.2.840.10008.1.2": 8, "1.2.840.10008.1.2.1": 12}
"""Uncompressed transfer syntaxes and the length of their pixel element's own header."""

ENCAPSULATED_HEADER = 12
"""Length of the pixel element's own header where it is compressed."""

DECODERS = {
    "1.2.840.10008.1.2.5": "pydicom",  # RLE
    "1.2.840.10008.1.2.4.80": "pyjpegls",  # JPEG-LS lossless
    "1.2.840.10008.1.2.4.90": "pillow",  # JPEG 2000 lossless
}
"""Compressed transfer syntaxes in which segments are saved, each with the decoder that damaged data do not crash."""


@dataclass(frozen=True)
class Frames:
    """How many frames there are and how large they are; `bits` as stored."""

    count: int
    rows: int
    columns: int
    bits: int

    @property
    def pixels(self) -> int:
        """Pixels of a frame."""
        return self.rows * self.columns


def frames_of(dataset: Dataset) -> Frames:
    """The sizes that a header claims.

    Raises:
        UnreadableRoi: they are impossible, or larger than is decoded.
    """
    frames = Frames(
        whole_number(dataset, "NumberOfFrames", 1) or 0,
        whole_number(dataset, "Rows") or 0,
        whole_number(dataset, "Columns") or 0,
        whole_number(dataset, "BitsAllocated") or 0,
    )
    if min(frames.count, frames.rows, frames.columns) <= 0 or frames.bits not in BITS:
        raise UnreadableRoi("does not say how large its frames are; export it again")
    if (whole_number(dataset, "SamplesPerPixel", 1), whole_number(dataset, "PixelRepresentation", 0)) != (
        1,
        0,
    ):
        raise UnreadableRoi("has frames in colour or with a sign, which segments have not; export it again")
    if (
        frames.pixels > MOST_PIXELS
        or frames.count > MOST_FRAMES
        or frames.pixels * frames.count > MOST_PIXELS_OF_ALL
    ):
        raise UnreadableRoi("claims more pixels than are decoded; save the regions alone")
    return frames


def read_frames(file: AnnotationFile, header: Header, frames: Frames) -> Iterator[NDArray[np.integer]]:
    """The frames of a file as stored values, each flat, (rows x columns,).

    Raises:
        UnreadableRoi: no pixel data, cut short, or in a transfer syntax that is not decoded.
    """
    if header.pixels_at is None:
        raise UnreadableRoi("holds no pixel data; export it again")
    syntax = str(header.dataset.file_meta.get("TransferSyntaxUID", ""))
    if syntax in NATIVE:
        yield from _native(file, header.pixels_at + NATIVE[syntax], frames)
    elif syntax in DECODERS:
        _refuse_other_sizes(file, header.pixels_at + ENCAPSULATED_HEADER, frames, syntax)
        yield from _encapsulated(file, frames, DECODERS[syntax])
    else:
        raise UnreadableRoi("is compressed in a way that is not read; export it uncompressed")


def _native(file: AnnotationFile, start: int, frames: Frames) -> Iterator[NDArray[np.integer]]:
    """Uncompressed frames; those of one bit follow each other without a gap (PS3.5 8.1.1)."""
    bits_of_frame = frames.pixels * frames.bits
    if file.path.stat().st_size < start + -(-bits_of_frame * frames.count // 8):
        raise UnreadableRoi("its pixel data are cut short; export it again")
    with file.path.open("rb") as handle:
        for number in range(frames.count):
            first, skipped = divmod(number * bits_of_frame, 8)
            handle.seek(start + first)
            data = handle.read(-(-(skipped + bits_of_frame) // 8))
            if frames.bits == 1:
                bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
                yield bits[skipped : skipped + bits_of_frame]
            else:
                yield np.frombuffer(data, np.uint8 if frames.bits == 8 else "<u2")


def _refuse_other_sizes(file: AnnotationFile, start: int, frames: Frames, syntax: str) -> None:
    """Look at the size in each compressed frame before a decoder takes it at its word and allocates it."""
    from bonehold.imaging.dicom.codestream import OtherSize, refuse_other_size
    from bonehold.imaging.dicom.guarded_pydicom import pydicom

    with file.path.open("rb") as handle, damaged_is_refused():
        handle.seek(start)
        try:
            for frame in pydicom.encaps.generate_frames(handle, number_of_frames=frames.count):
                refuse_other_size(frame, syntax, frames.rows, frames.columns)
        except OtherSize:
            raise UnreadableRoi("has frames of another size than it says; export it again") from None


def _encapsulated(file: AnnotationFile, frames: Frames, decoder: str) -> Iterator[NDArray[np.integer]]:
    from bonehold.imaging.dicom.guarded_pydicom import iter_pixels

    count = 0
    for frame in iter_pixels(file.path, raw=True, decoding_plugin=decoder):
        count += 1
        if count > frames.count or frame.shape != (frames.rows, frames.columns):
            raise UnreadableRoi("has frames of another size than it says; export it again")
        yield frame.ravel()
    if count < frames.count:
        raise UnreadableRoi("its pixel data are cut short; export it again")
