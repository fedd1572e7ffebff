"""Read the header of a plain DICOM file: a small walk over its elements, up to the pixel data.

Only what most scanners write is walked: a preamble, explicit or implicit little endian, elements in ascending
order, ASCII text, pixel data at the end. Everything else is a surprise, for which the caller turns to pydicom: this
module never guesses. It exists because a patient's folder holds thousands of files, and importing pydicom alone
costs more than walking them.
"""

from __future__ import annotations

import os
import re
import struct
from functools import lru_cache
from pathlib import Path

from bonehold.imaging.dicom.elements import (
    CONTRAST_SEQUENCE,
    FRAME_GROUPS,
    MODALITY_LUT_SEQUENCE,
    NUMBERS,
    OF_THE_META,
    PIXEL_DATA,
    SHARED_GROUPS,
    SOME_AGENT,
    TEXT,
    WANTED,
    Elements,
    split_text,
)

FIRST_READ = 16 * 1024
MOST_HEADER = 1024 * 1024
"""A header that has not reached its pixel data by then is a surprise."""

IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
ENCAPSULATED = "1.2.840.10008.1.2."
LONG_FORM = frozenset(
    [b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"]
)
SHORT_FORM = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
DEEPEST = 16

PHILIPS_SCALE_SLOPE = 0x2005100E
PADDING = (0x00280120, 0x00280121)
SEQUENCES = frozenset([CONTRAST_SEQUENCE, MODALITY_LUT_SEQUENCE, SHARED_GROUPS, FRAME_GROUPS])
TRANSFER_SYNTAX = 0x00020010
NUMBER_TEXT = re.compile(r"\s*([+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?)?\s*")
"""A plain decimal, or nothing: what else passes for DS or IS, pydicom decides."""

BIG_ENDIAN, DEFLATED = "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"

_TAG = struct.Struct("<HH")
_EXPLICIT = struct.Struct("<HH2sH")
_IMPLICIT = struct.Struct("<HHI")
_LENGTH = struct.Struct("<I")


class Surprise(Exception):
    """The file is not plain; pydicom must read it."""


def walk(path: Path, size: int) -> Elements:
    """The wanted header elements of a plain file.

    Args:
        path: the file.
        size: its length in bytes.

    Raises:
        Surprise: anything that this walk does not know for certain.
        OSError: the file cannot be read.
    """
    file = os.open(path, os.O_RDONLY)  # a file object costs as much as reading the header
    try:
        return _walk(_Buffer(file, size))
    except (struct.error, UnicodeDecodeError, RecursionError):
        raise Surprise from None
    finally:
        os.close(file)


class _Buffer:
    """The first bytes of a file, and more of them when they are asked for."""

    def __init__(self, file: int, size: int) -> None:
        self._file = file
        self.size = size
        self.data = os.read(file, FIRST_READ)

    def need(self, end: int) -> None:
        """Have all bytes before `end` at hand."""
        if end <= len(self.data):
            return
        if end > self.size or end > MOST_HEADER:
            raise Surprise
        target = min(max(end, 4 * len(self.data)), self.size)
        while len(self.data) < target:
            more = os.read(self._file, target - len(self.data))
            if not more:
                raise Surprise
            self.data += more


def _walk(buffer: _Buffer) -> Elements:
    if buffer.data[128:132] != b"DICM":
        raise Surprise
    meta, position = _meta(buffer)
    syntax = meta.get(TRANSFER_SYNTAX, "")
    if syntax in (BIG_ENDIAN, DEFLATED) or not (syntax == IMPLICIT or syntax.startswith(ENCAPSULATED)):
        raise Surprise
    explicit = syntax != IMPLICIT
    values: dict[str, tuple[str, ...]] = {}
    raw_padding: dict[str, tuple[bytes, bytes]] = {}
    has_lut = False
    last = 0
    data, at_hand = buffer.data, len(buffer.data)
    while True:
        # the one loop that decides the speed of an index: hence no call where none is needed
        if position + 12 > at_hand:
            buffer.need(position + 12)
            data, at_hand = buffer.data, len(buffer.data)
        if explicit:
            group, number, vr, length = _EXPLICIT.unpack_from(data, position)
            start = position + 8
            if vr in LONG_FORM:
                (length,) = _LENGTH.unpack_from(data, start)
                start += 4
            elif vr not in SHORT_FORM:
                raise Surprise
        else:
            group, number, length = _IMPLICIT.unpack_from(data, position)
            vr, start = b"", position + 8
        tag = group << 16 | number
        if tag <= last:
            raise Surprise
        last = tag
        if tag >= PIXEL_DATA:
            break
        if length == UNDEFINED:
            if vr not in (b"SQ", b""):
                raise Surprise  # undefined lengths of other kinds follow rules of their own
            position = _after_items(buffer, start, explicit, 0)
        else:
            position = start + length
        if tag in WANTED:
            buffer.need(position)
            raw = buffer.data[start:position]
            keyword, implied = WANTED[tag]
            if tag in PADDING:
                raw_padding[keyword] = (vr, raw)
            elif length == UNDEFINED or (tag == PHILIPS_SCALE_SLOPE and not explicit):
                raise Surprise  # a private element tells its kind only in explicit files
            elif found := _decoded(raw, vr.decode("ascii") if explicit else implied, implied):
                values[keyword] = found
        elif tag in SEQUENCES:
            if tag in (SHARED_GROUPS, FRAME_GROUPS) or vr not in (b"SQ", b""):
                raise Surprise  # the frames of multi-frame objects are pydicom's
            holds_items = length != 0 and (length != UNDEFINED or position > start + 8)
            if tag == MODALITY_LUT_SEQUENCE:
                has_lut = holds_items
            elif holds_items:
                values.setdefault("ContrastBolusAgent", SOME_AGENT)
    if tag != PIXEL_DATA:
        raise Surprise
    values |= _padding(raw_padding, values)
    for own, keyword in OF_THE_META.items():
        if keyword not in values and meta.get(own):
            values[keyword] = (meta[own],)
    return Elements(
        transfer_syntax=syntax,
        values=values,
        has_modality_lut_sequence=has_lut,
        pixel_offset=start if length else None,
        pixel_length=None if length == UNDEFINED else length,
    )


def _meta(buffer: _Buffer) -> tuple[dict[int, str], int]:
    """The identifiers of the meta information by tag, and where the data set begins."""
    position, found = 132, {}
    while True:
        buffer.need(position + 8)
        group, _ = _TAG.unpack_from(buffer.data, position)
        if group != 2:
            break
        tag, vr, length, start = _element(buffer, position, explicit=True)
        position = start + length
        buffer.need(position)
        if vr == b"UI":
            found[tag] = buffer.data[start:position].decode("ascii").strip(" \0")
    return found, position


def _element(buffer: _Buffer, position: int, explicit: bool) -> tuple[int, bytes, int, int]:
    """Tag, VR (empty if implicit), length and start of the value of the element at a position."""
    buffer.need(position + 8)
    if not explicit:
        group, number, length = _IMPLICIT.unpack_from(buffer.data, position)
        return group << 16 | number, b"", length, position + 8
    group, number, vr, length = _EXPLICIT.unpack_from(buffer.data, position)
    start = position + 8
    if vr in LONG_FORM:
        buffer.need(start + 4)
        (length,) = _LENGTH.unpack_from(buffer.data, start)
        start += 4
    elif vr not in SHORT_FORM:
        raise Surprise
    return group << 16 | number, vr, length, start


def _after_items(buffer: _Buffer, position: int, explicit: bool, depth: int) -> int:
    """Where a sequence of undefined length ends."""
    if depth > DEEPEST:
        raise Surprise
    while True:
        buffer.need(position + 8)
        group, number, length = _IMPLICIT.unpack_from(buffer.data, position)
        tag = group << 16 | number
        position += 8
        if tag == SEQUENCE_END:
            return position
        if tag != ITEM:
            raise Surprise
        position = (
            position + length
            if length != UNDEFINED
            else _after_elements(buffer, position, explicit, depth + 1)
        )


def _after_elements(buffer: _Buffer, position: int, explicit: bool, depth: int) -> int:
    """Where an item of undefined length ends."""
    while True:
        buffer.need(position + 8)
        group, number, length = _IMPLICIT.unpack_from(buffer.data, position)
        if group << 16 | number == ITEM_END:
            return position + 8
        _, vr, length, start = _element(buffer, position, explicit)
        if length != UNDEFINED:
            position = start + length
        elif vr in (b"SQ", b""):
            position = _after_items(buffer, start, explicit, depth)
        else:
            raise Surprise


@lru_cache(maxsize=4096)
def _decoded(raw: bytes, vr: str, implied: str) -> tuple[str, ...]:
    """The values of a wanted element as text; a VR of another kind than the element's own is a surprise."""
    if vr in TEXT:
        if implied not in TEXT or not raw.isascii() or b"\x1b" in raw:
            raise Surprise
        found = split_text(raw.decode("ascii"))
        if vr in ("DS", "IS") and not all(map(NUMBER_TEXT.fullmatch, found)):
            raise Surprise
        return found
    if vr not in NUMBERS or implied in TEXT:
        raise Surprise
    code, size = NUMBERS[vr]
    if len(raw) % size:
        raise Surprise
    return tuple(str(number) for number in struct.unpack(f"<{len(raw) // size}{code}", raw))


def _padding(
    raw: dict[str, tuple[bytes, bytes]], values: dict[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Padding values of implicit files are of the kind of the pixels, signed or not (PS3.5, ambiguous VR)."""
    implied = "SS" if values.get("PixelRepresentation") == ("1",) else "US"
    if any(len(data) not in (0, 2) for _, data in raw.values()):
        raise Surprise  # a single value is meant; pydicom tells apart what several may be
    return {
        keyword: _decoded(data, vr.decode("ascii") or implied, "US")
        for keyword, (vr, data) in raw.items()
        if data
    }
