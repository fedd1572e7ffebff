"""What the readers of DICOM objects share: a header read within bounds, and its values without surprises.

A reader's folder is as hostile as any: nothing is unpacked, and no more is parsed than a file of regions can
hold. Numbers are taken from the bytes, for a list of a million decimal strings would be a gigabyte of objects.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from bonehold.imaging.anatomy_codes import Code
from bonehold.imaging.annotation_file import AnnotationFile
from bonehold.imaging.drawings import LARGEST_COORDINATE, UnreadableRoi
from bonehold.imaging.geometry import Vector

if (
    TYPE_CHECKING
):  # pydicom takes longer to import than most files to read, and is not needed to know a format
    from pydicom.dataset import Dataset

HEAD_BYTES = 4096
"""The file's meta information, or what stands for it, lies within these."""

LARGEST_HEADER_BYTES = 10_000_000
"""All that is not pixel data; pydicom needs some fifty times as much memory for the smallest elements."""

MOST_ITEMS = 100_000
ITEM_TAGS = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")
PIXEL_DATA_TAG = b"\xe0\x7f\x10\x00"
DEFLATED = b"1.2.840.10008.1.2.1.99"
LAST_HEAD_TAG = 0x00080016
MEDIA_SOP_CLASS = re.compile(rb"\x02\x00\x02\x00UI(..)([0-9.]+)", re.DOTALL)
FIRST_GROUPS = (b"\x02\x00", b"\x08\x00")

DAMAGED = "is a damaged DICOM file; export it again"
BINARY_NUMBERS = {"FL": "f4", "FD": "f8", "UL": "u4", "US": "u2"}


@dataclass(frozen=True, eq=False)
class Header:
    """The elements of a file before its pixel data, and where those begin (None: there are none)."""

    dataset: Dataset
    pixels_at: int | None


def sop_class(file: AnnotationFile) -> str:
    """The SOP class of a DICOM file, of which only the first bytes are read; empty for anything else."""
    is_part_10 = file.head[128:132] == b"DICM"
    if not is_part_10 and file.head[:2] not in FIRST_GROUPS:
        return ""
    with file.path.open("rb") as handle:
        head = handle.read(HEAD_BYTES)
    stated = MEDIA_SOP_CLASS.search(head[132:]) if is_part_10 else None
    if stated is not None:
        return stated[2].decode()
    if DEFLATED in head:
        return ""
    from bonehold.imaging.dicom.guarded_pydicom import pydicom

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = pydicom.filereader.read_partial(
                BytesIO(head), lambda tag, vr, length: tag > LAST_HEAD_TAG, force=True
            )
            return str(dataset.get("SOPClassUID", ""))
    except Exception:  # these bytes are no DICOM after all, and pydicom says so in many ways
        return ""


def read_header(file: AnnotationFile, largest: int) -> Header:
    """Read all elements before the pixel data.

    Args:
        file: the DICOM file.
        largest: bytes beyond which the file is refused unread.

    Raises:
        UnreadableRoi: too large, deflated, or damaged.
    """
    file.refuse_larger_than(largest)
    with file.path.open("rb") as handle:
        head = handle.read(LARGEST_HEADER_BYTES)
        is_whole = not handle.read(1)
    if DEFLATED in head:
        # pydicom would unpack all of it at once; a small file may hold gigabytes.
        raise UnreadableRoi("is deflated as a whole, which is not read; export it uncompressed")
    if sum(head.count(tag) for tag in ITEM_TAGS) > MOST_ITEMS:
        raise UnreadableRoi("holds more items than regions can need; save the regions alone")
    from bonehold.imaging.dicom.guarded_pydicom import pydicom

    with damaged_is_refused():
        stream = BytesIO(head)
        dataset = pydicom.dcmread(stream, stop_before_pixels=True, force=True)
        at = stream.tell()
        _refuse_cut_short(dataset)
    if head[at : at + 4] == PIXEL_DATA_TAG:
        return Header(dataset, at)
    if not is_whole:
        raise UnreadableRoi("holds more than regions can need; save the regions alone")
    return Header(dataset, None)


@contextmanager
def damaged_is_refused() -> Iterator[None]:
    """Turn whatever pydicom raises on hostile bytes into one reason, without a value of the file in it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except UnreadableRoi:
        raise
    except Exception:  # nearly anything: pydicom converts elements when they are looked at
        raise UnreadableRoi(DAMAGED) from None


def items(dataset: Dataset, keyword: str) -> Sequence[Dataset]:
    """The items of a sequence; none where it is absent or is no sequence."""
    from bonehold.imaging.dicom.guarded_pydicom import pydicom

    value = dataset.get(keyword)
    return value if isinstance(value, pydicom.Sequence) else ()


def no_elements() -> Dataset:
    """A data set that says nothing."""
    from bonehold.imaging.dicom.guarded_pydicom import pydicom

    return pydicom.Dataset()


def text(dataset: Dataset, keyword: str) -> str:
    """A text value; empty where it is absent."""
    value = dataset.get(keyword)
    return "" if value is None else str(value).strip()


def whole_number(dataset: Dataset, keyword: str, default: int | None = None) -> int | None:
    """A whole number; the default where it is absent or is none."""
    try:
        return int(text(dataset, keyword))
    except ValueError:
        return default


def numbers(dataset: Dataset, keyword: str, most: int) -> Vector:
    """The numbers of a DS, IS, FL, FD, UL or US element, shape (n,); n = 0 where it is absent.

    Raises:
        UnreadableRoi: more than `most` of them, or one that is no place in a patient.
    """
    element = dataset.get_item(keyword)
    if element is None or element.value is None:
        return np.empty(0)
    found = _parsed(element, keyword, most)
    if len(found) > most:
        raise UnreadableRoi("has more points than an outline can need; draw it again with fewer")
    if not (np.abs(found) < LARGEST_COORDINATE).all():
        raise UnreadableRoi("has a coordinate that is no finite number of mm; draw it again")
    return found


def codes(items_with_codes: Sequence[Dataset]) -> list[Code]:
    """The codes in the items of a code sequence."""
    return [
        Code(
            text(item, "CodingSchemeDesignator"),
            text(item, "CodeValue") or text(item, "LongCodeValue"),
            text(item, "CodeMeaning"),
        )
        for item in items_with_codes
    ]


def _parsed(element: Any, keyword: str, most: int) -> Vector:
    value = element.value
    if not isinstance(value, bytes):
        several = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        return np.array([float(part) for part in several if part != ""])
    from bonehold.imaging.dicom.guarded_pydicom import pydicom

    kind = (
        element.VR if element.VR in {"DS", "IS", *BINARY_NUMBERS} else pydicom.datadict.dictionary_VR(keyword)
    )
    if kind in BINARY_NUMBERS:
        order = "<" if element.is_little_endian else ">"
        return np.frombuffer(value, order + BINARY_NUMBERS[kind]).astype(float)
    parts = value.split(b"\\", maxsplit=most)
    if len(parts) > most:
        raise UnreadableRoi("has more points than an outline can need; draw it again with fewer")
    return np.array([float(part) for part in parts if part.strip(b" \0")])


def _refuse_cut_short(dataset: Dataset) -> None:
    """An element that has fewer bytes than it announces was cut off; pydicom keeps what there is."""
    for tag in dataset.keys():  # noqa: SIM118 - a Dataset iterates over converted elements, keys() over tags
        element = dataset.get_item(tag)
        length = getattr(element, "length", None)
        if isinstance(element.value, bytes) and length not in (None, 0xFFFFFFFF, len(element.value)):
            raise UnreadableRoi(DAMAGED)
