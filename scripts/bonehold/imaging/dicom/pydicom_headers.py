"""Read headers with pydicom: files that are not plain, and the frames of multi-frame objects.

pydicom meets hostile bytes here, warns with values in the text and raises nearly anything; the caller silences its
warnings and takes any exception for "no DICOM file".
"""

from __future__ import annotations

import contextlib
import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bonehold.imaging.dicom.elements import (
    CONTRAST_SEQUENCE,
    MODALITY_LUT_SEQUENCE,
    OF_THE_META,
    PIXEL_DATA,
    SOME_AGENT,
    WANTED,
    Elements,
    Values,
    split_text,
)
from bonehold.imaging.dicom.guarded_pydicom import Dataset, FileMetaDataset, pydicom
from bonehold.imaging.dicom.header_stream import header_stream
from bonehold.imaging.dicom.headers import MOST_FRAMES
from bonehold.imaging.dicom.values import count

DEFLATED = "1.2.840.10008.1.2.1.99"
MOST_INFLATED_BYTES = 256 * 1024 * 1024
"""A deflated file may unpack to this much and no more: a small file can hold gigabytes of zeros."""

_SHARED, _PER_FRAME = "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"
_OF_FRAMES = {
    "FrameType": "ImageType",
    "EffectiveEchoTime": "EchoTime",
    "InversionTimes": "InversionTime",
    "FrameAcquisitionDateTime": "AcquisitionDateTime",
}
"""Elements of functional groups that say what another element says of a classic image."""

_PHILIPS_SCALE_SLOPE = 0x2005100E


class TooLarge(Exception):
    """The file unpacks to more than can be read, or has too many frames."""


@dataclass(frozen=True)
class OpenFile:
    """A data set up to its pixel data, and the stream in which those follow.

    Attributes:
        dataset: everything before the pixel data; its file_meta tells the transfer syntax of `stream`.
        stream: the file, or what a deflated file unpacks to.
        pixels_at: where in the stream the pixel data begin.
        pixels_length: their length in bytes, 0 where there are none, None for encapsulated data.
        pixels_vr: OB or OW, the unit of which the bytes are swapped.
    """

    dataset: Dataset
    stream: BinaryIO
    pixels_at: int
    pixels_length: int | None
    pixels_vr: str


@contextlib.contextmanager
def opened(path: Path) -> Iterator[OpenFile]:
    """Open a file and read its header.

    Raises:
        TooLarge: a deflated file that unpacks to more than 256 MB.
        EndlessHeader: the header is beyond all bounds.
        Exception: pydicom's own, of any kind, for damaged files.
    """
    with path.open("rb") as file:
        header = header_stream(file)
        pydicom.filereader.read_preamble(header, force=True)
        syntax = str(pydicom.filereader._read_file_meta_info(header).get("TransferSyntaxUID", ""))
        if syntax == DEFLATED:
            stream: BinaryIO = io.BytesIO(_inflated(file))
            dataset = pydicom.filereader.read_dataset(
                header_stream(stream),
                is_implicit_VR=False,
                is_little_endian=True,
                stop_when=lambda tag, _vr, _length: tag >= PIXEL_DATA,
            )
            dataset.file_meta = FileMetaDataset()
            dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
        else:
            file.seek(0)
            stream = file
            dataset = pydicom.dcmread(header, stop_before_pixels=True, force=True)
            if not syntax:
                dataset.file_meta.TransferSyntaxUID = _syntax_of(dataset)
        little = dataset.file_meta.TransferSyntaxUID != pydicom.uid.ExplicitVRBigEndian
        yield OpenFile(dataset, stream, *_pixel_place(stream, "<" if little else ">"))


def _inflated(file: BinaryIO) -> bytes:
    """What follows the meta information of a deflated file (PS3.5 A.5), unpacked within bounds."""
    unpacker = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    plain = unpacker.decompress(file.read(), MOST_INFLATED_BYTES)
    if not unpacker.eof:
        raise TooLarge
    return plain


def _syntax_of(dataset: Dataset) -> pydicom.uid.UID:
    """The transfer syntax by which pydicom read a file that does not tell it."""
    implicit, little = dataset.original_encoding
    if implicit:
        return pydicom.uid.ImplicitVRLittleEndian
    return pydicom.uid.ExplicitVRBigEndian if little is False else pydicom.uid.ExplicitVRLittleEndian


def _pixel_place(stream: BinaryIO, order: str) -> tuple[int, int | None, str]:
    """Begin, length and VR of the pixel data, from their element, before which pydicom has stopped."""
    head = stream.read(12)
    if len(head) < 8 or struct.unpack(order + "HH", head[:4]) != (PIXEL_DATA >> 16, PIXEL_DATA & 0xFFFF):
        return stream.tell(), 0, "OW"
    explicit = head[4:8] in (b"OB\0\0", b"OW\0\0", b"UN\0\0") and len(head) == 12
    (length,) = struct.unpack(order + "I", head[8:12] if explicit else head[4:8])
    begin = stream.tell() - (0 if explicit else len(head) - 8)
    return begin, None if length == 0xFFFFFFFF else length, "OB" if head[4:6] == b"OB" and explicit else "OW"


def read_elements(path: Path) -> Elements:
    """The wanted header elements of a file.

    Raises:
        TooLarge: as `opened`; or an object of more than 10,000 frames.
        Exception: pydicom's own, of any kind, for damaged files.
    """
    with opened(path) as file:
        dataset = file.dataset
        values = values_of(dataset)
        for tag, keyword in OF_THE_META.items():
            if keyword not in values and (found := _texts(dataset.file_meta, tag)):
                values[keyword] = found
        inflated = isinstance(file.stream, io.BytesIO)
        return Elements(
            transfer_syntax=str(dataset.file_meta.TransferSyntaxUID),
            values=values,
            has_modality_lut_sequence=_holds_items(dataset, MODALITY_LUT_SEQUENCE),
            pixel_offset=None if inflated or file.pixels_length == 0 else file.pixels_at,
            pixel_length=None if inflated and file.pixels_length else file.pixels_length,
            frames=tuple(_frames(dataset, count(values, "NumberOfFrames", 1))),
        )


def values_of(dataset: Dataset) -> dict[str, tuple[str, ...]]:
    """The wanted elements that stand in a data set itself."""
    values: dict[str, tuple[str, ...]] = {}
    if _holds_items(dataset, CONTRAST_SEQUENCE):
        values["ContrastBolusAgent"] = SOME_AGENT
    for tag, (keyword, _) in WANTED.items():
        if found := _texts(dataset, tag):
            values[keyword] = found
    return values


def _holds_items(dataset: Dataset, tag: int) -> bool:
    """Whether a sequence has items, be they readable or not."""
    try:
        return tag in dataset and bool(dataset[tag].value)
    except Exception:  # of any kind, as it is converted
        return True


def _texts(dataset: Dataset, tag: int) -> tuple[str, ...]:
    if tag not in dataset:
        return ()
    try:
        value = dataset[tag].value
    except Exception:  # a malformed element raises when it is converted, each kind in its own way
        return ()
    if value is None:
        return ()
    items = value if isinstance(value, Sequence) and not isinstance(value, str | bytes) else [value]
    return split_text("\\".join(str(item) for item in items))


def _frames(dataset: Dataset, claimed: int) -> Iterator[Values]:
    """The values of each frame: its own functional groups, else the shared ones (PS3.3 C.7.6.16).

    Args:
        dataset: the multi-frame object; without functional groups it has no frames here.
        claimed: NumberOfFrames.
    """
    shared = _group_values(_first_item(dataset, _SHARED))
    own = dataset.get(_PER_FRAME) or [Dataset()] * (min(claimed, MOST_FRAMES) if shared else 0)
    if len(own) > MOST_FRAMES:
        raise TooLarge
    yield from ({**shared, **_group_values(item)} for item in own)


def _first_item(dataset: Dataset, keyword: str) -> Dataset:
    sequence = dataset.get(keyword)
    return sequence[0] if sequence else Dataset()


def _group_values(item: Dataset) -> dict[str, tuple[str, ...]]:
    """Wanted elements in the functional groups of one item; each group is a sequence of one item.

    Of private groups, which repeat elements in their own sense, the Philips scale slope alone is taken.
    """
    found: dict[str, tuple[str, ...]] = {}
    for element in item:
        if element.VR != "SQ" or not element.value:
            continue
        group = element.value[0]
        if element.tag.is_private:
            if scale := _texts(group, _PHILIPS_SCALE_SLOPE):
                found["PhilipsScaleSlope"] = scale
            continue
        found |= values_of(group)
        for keyword, meaning in _OF_FRAMES.items():
            if keyword in group and (values := _texts(group, group.data_element(keyword).tag)):
                found[meaning] = values
    return found
