"""A file as pydicom may read its header: no more bytes and no more steps than a header can need.

pydicom reads every element before the pixel data, whatever its length says, and takes a file of zeros for elements
without end.
"""

from __future__ import annotations

import os
from typing import BinaryIO, cast

MOST_HEADER_BYTES = 32_000_000
MOST_READS = 1_000_000
"""Ten thousand frames, each described by fifty elements, need no more."""


class EndlessHeader(Exception):
    """The header is larger than any that an image has."""


def header_stream(file: BinaryIO) -> BinaryIO:
    """The stream of a file, within bounds; what is read of it moves the file on. It can read, seek and tell."""
    return cast(BinaryIO, _HeaderStream(file))


class _HeaderStream:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._bytes = MOST_HEADER_BYTES
        self._reads = MOST_READS
        self.name = ""  # pydicom keeps it; a path is nobody's business

    def read(self, size: int = -1) -> bytes:
        self._reads -= 1
        data = self._file.read(min(size, self._bytes + 1)) if size >= 0 else b""
        self._bytes -= len(data)
        if size < 0 or self._reads < 0 or self._bytes < 0:
            raise EndlessHeader
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()
