"""What a compressed frame says of its own size, before a decoder believes it.

A header of 512 x 512 pixels may stand before a stream that claims 60,000 x 60,000, or one that unpacks without end:
decoders allocate what the stream says.
"""

from __future__ import annotations

import struct
from itertools import pairwise

RLE = "1.2.840.10008.1.2.5"
JPEG_2000 = {f"1.2.840.10008.1.2.4.{number}" for number in (90, 91, 92, 93, 201, 202, 203)}
JPEG = "1.2.840.10008.1.2.4."
JPEG_LS = {"1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81"}

START_OF_CODESTREAM = b"\xff\x4f\xff\x51"
START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
"""Second byte of the JPEG markers that tell the size; F7 is that of JPEG-LS."""

WITHOUT_LENGTH = frozenset([0x01, 0xFF, *range(0xD0, 0xDA)])
START_OF_SCAN = 0xDA
END_OF_IMAGE = b"\xff\xd9"
"""Nothing within a scan looks like it. CharLS reads zeros for seconds behind a JPEG-LS stream that lacks it."""


class OtherSize(Exception):
    """A compressed frame is not of the size that the header states."""


def refuse_other_size(frame: bytes, syntax: str, rows: int, columns: int) -> None:
    """Refuse a compressed frame of one sample whose own size is not that of the header.

    Args:
        frame: the compressed data of one frame.
        syntax: the transfer syntax.
        rows: Rows.
        columns: Columns.

    Raises:
        OtherSize: another size, or none can be found, or the stream is cut before its end.
    """
    if syntax == RLE:
        if rle_expands_beyond(frame, rows * columns):
            raise OtherSize
    elif syntax in JPEG_2000:
        if jpeg_2000_size(frame) != (rows, columns, 1):
            raise OtherSize
    elif syntax.startswith(JPEG):
        cut = syntax in JPEG_LS and END_OF_IMAGE not in frame
        if cut or jpeg_size(frame) != (rows, columns, 1):
            raise OtherSize


def jpeg_size(frame: bytes) -> tuple[int, int, int] | None:
    """(rows, columns, components) of a JPEG or JPEG-LS stream (ITU-T T.81 B.2.2); None if it does not tell."""
    position = 2 if frame[:2] == b"\xff\xd8" else len(frame)
    while position + 10 <= len(frame) and frame[position] == 0xFF:
        marker = frame[position + 1]
        if marker in START_OF_FRAME:
            rows, columns, components = struct.unpack_from(">HHB", frame, position + 5)
            return rows, columns, components
        if marker == START_OF_SCAN:
            return None
        if marker in WITHOUT_LENGTH:
            position += 1 if marker == 0xFF else 2
        else:
            position += 2 + int.from_bytes(frame[position + 2 : position + 4])
    return None


def jpeg_2000_size(frame: bytes) -> tuple[int, int, int] | None:
    """(rows, columns, components) of a JPEG 2000 stream (ITU-T T.800 A.5.1); None if it does not tell."""
    begin = frame[:4096].find(START_OF_CODESTREAM)
    if begin < 0 or len(frame) < begin + 42:
        return None
    right, bottom, left, top = struct.unpack_from(">4I", frame, begin + 8)
    (components,) = struct.unpack_from(">H", frame, begin + 40)
    return bottom - top, right - left, components


def rle_expands_beyond(frame: bytes, pixels: int) -> bool:
    """Whether a segment of an RLE frame holds more than a byte for each pixel (PS3.5 G.3), a padding byte aside."""
    header = struct.unpack("<16I", frame[:64].ljust(64, b"\0"))
    starts = [*header[1 : 1 + min(header[0], 15)], len(frame)]
    return any(_rle_exceeds(frame[start:end], pixels + 1) for start, end in pairwise(starts))


def _rle_exceeds(segment: bytes, most: int) -> bool:
    position = total = 0
    while position < len(segment) and total <= most:
        control = segment[position]
        if control < 128:
            total += control + 1
            position += control + 2
        elif control > 128:
            total += 257 - control
            position += 2
        else:
            position += 1
    return total > most
