"""Read headers with pydicom: files that are not plain, and the frames of multi-frame objects.

pydicom meets hostile bytes here and raises nearly anything; the caller takes any exception for "no DICOM file".
"""

from __future__ import annotations

import io
import warnings
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from bonehold.imaging.dicom.elements import (
    CONTRAST_SEQUENCE,
    SOME_AGENT,
    WANTED,
    Elements,
    Values,
    split_text,
)
from bonehold.imaging.dicom.guarded_pydicom import (
    Dataset,
    ExplicitVRLittleEndian,
    FileMetaDataset,
    pydicom,
)

DEFLATED = "1.2.840.10008.1.2.1.99"
META_BYTES = 64 * 1024
MOST_INFLATED_BYTES = 256 * 1024 * 1024
"""A deflated file may unpack to this much and no more: a small file can hold gigabytes of zeros."""

MOST_FRAMES = 10_000

_SHARED, _PER_FRAME = "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"
_OF_FRAMES = {
    "FrameType": "ImageType",
    "EffectiveEchoTime": "EchoTime",
    "InversionTimes": "InversionTime",
    "PhilipsScaleSlope": "PhilipsScaleSlope",
}
"""Elements of functional groups that say what another element says of a classic image."""


class TooLarge(Exception):
    """The file unpacks to more than can be read; the message says so in words."""


def open_dataset(path: Path, *, pixels: bool) -> tuple[Dataset, int | None]:
    """A data set and where in the file its pixel data begin (None where they are not there as they stand).

    Args:
        path: the file.
        pixels: read the pixel data too.

    Raises:
        TooLarge: a deflated file that unpacks to more than 256 MB.
    """
    with warnings.catch_warnings(), path.open("rb") as handle:
        warnings.simplefilter("ignore")
        head = handle.read(META_BYTES)
        handle.seek(0)
        if DEFLATED.encode() in head[:4096]:
            return _inflated(handle.read(), pixels), None
        dataset = pydicom.dcmread(handle, stop_before_pixels=not pixels, force=True)
        return dataset, None if pixels else handle.tell()


def _inflated(data: bytes, pixels: bool) -> Dataset:
    """A deflated data set (PS3.5 A.5), unpacked within bounds."""
    if data[132:136] != b"\x02\0\0\0":
        raise ValueError("the meta information does not say how long it is")
    begin = 144 + int.from_bytes(data[140:144], "little")
    unpacker = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    plain = unpacker.decompress(data[begin:], MOST_INFLATED_BYTES)
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise TooLarge
    dataset = pydicom.filereader.read_dataset(
        io.BytesIO(plain),
        is_implicit_VR=False,
        is_little_endian=True,
        stop_when=None if pixels else lambda tag, _vr, _length: tag >= 0x7FE00008,
    )
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return dataset


def read_elements(path: Path) -> tuple[Elements, Dataset]:
    """The wanted header elements of a file, and the data set they are from.

    Raises:
        TooLarge: as `open_dataset`.
        Exception: pydicom's own, of any kind, for damaged files.
    """
    dataset, offset = open_dataset(path, pixels=False)
    syntax = _syntax(dataset)
    length = None
    if offset is not None and syntax in ("", *_NATIVE):
        length = path.stat().st_size - offset - (8 if syntax in ("", "1.2.840.10008.1.2") else 12)
    values = values_of(dataset)
    elements = Elements(
        transfer_syntax=syntax,
        values=values,
        has_modality_lut_sequence=bool(dataset.get("ModalityLUTSequence")),
        pixel_offset=None,
        pixel_length=length,
        frames=tuple(_frames(dataset)) if _PER_FRAME in dataset or _SHARED in dataset else (),
    )
    return elements, dataset


_NATIVE = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2")


def _syntax(dataset: Dataset) -> str:
    return str(getattr(dataset.file_meta, "TransferSyntaxUID", "")) if hasattr(dataset, "file_meta") else ""


def values_of(dataset: Dataset) -> dict[str, tuple[str, ...]]:
    """The wanted elements that stand in a data set itself."""
    values: dict[str, tuple[str, ...]] = {}
    if CONTRAST_SEQUENCE in dataset and dataset[CONTRAST_SEQUENCE].value:
        values["ContrastBolusAgent"] = SOME_AGENT
    for tag, (keyword, _) in WANTED.items():
        if tag in dataset and (found := _texts(dataset, tag)):
            values[keyword] = found
    return values


def _texts(dataset: Dataset, tag: int) -> tuple[str, ...]:
    try:
        value = dataset[tag].value
    except Exception:  # a malformed element raises when it is converted, each kind in its own way
        return ()
    if value is None:
        return ()
    items = value if isinstance(value, Sequence) and not isinstance(value, str | bytes) else [value]
    return split_text("\\".join(str(item) for item in items))


def _frames(dataset: Dataset) -> Iterator[Values]:
    """The values of each frame: its own functional groups, else the shared ones (PS3.3 C.7.6.16)."""
    shared = _group_values(_first_item(dataset, _SHARED))
    for number, item in enumerate(dataset.get(_PER_FRAME) or ()):
        if number >= MOST_FRAMES:
            raise TooLarge
        yield {**shared, **_group_values(item)}


def _first_item(dataset: Dataset, keyword: str) -> Dataset:
    sequence = dataset.get(keyword)
    return sequence[0] if sequence else Dataset()


def _group_values(item: Dataset) -> dict[str, tuple[str, ...]]:
    """Wanted elements in the functional groups of one item; each group is a sequence of one item."""
    found: dict[str, tuple[str, ...]] = {}
    for element in item:
        if element.VR != "SQ" or not element.value:
            continue
        for group in element.value[:1]:
            found |= values_of(group)
            for keyword, meaning in _OF_FRAMES.items():
                if keyword in group:
                    values = _texts(group, group.data_element(keyword).tag)
                    if values:
                        found[meaning] = values
    return found
