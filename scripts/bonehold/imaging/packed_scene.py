"""A scene of 3D Slicer in one file (`.mrb`, a zip archive), whose members look like files of a folder.

Nothing is unpacked to disk; a member is a stream that is read as far as its format needs. The directory of the
archive is checked before `zipfile` reads it, every member before any is opened.
"""

from __future__ import annotations

import posixpath
import stat
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import IO

from bonehold.imaging.annotation_file import AnnotationFile
from bonehold.imaging.drawings import UnreadableRoi

LARGEST_PACKED_BYTES = 4_000_000_000
"""A scene holds the images too; only the drawings in it are read."""

LARGEST_UNPACKED_BYTES = 20_000_000_000
MOST_RATIO = 200
MOST_MEMBERS = 20_000
LARGEST_DIRECTORY = 4_000_000
END_OF_DIRECTORY, ZIP64_LOCATOR = b"PK\5\6", b"PK\6\7"
FARTHEST_END = 22 + 65535
SPOILT = "is a 3D Slicer scene (.mrb) that cannot be read; save it again"
UNSAFE = "is a scene with members that point outside it, are links or encrypted; save it again from 3D Slicer"


@dataclass(frozen=True)
class Archive:
    """The members of a scene by their path in it."""

    zipped: zipfile.ZipFile = field(repr=False)
    members: dict[str, zipfile.ZipInfo] = field(repr=False)
    file: AnnotationFile = field(repr=False)

    def member(self, inner: str) -> PackedFile:
        """The member with this path."""
        return PackedFile(self.file.path, self.file.reader, self.file.patient_id, self.file.root, inner, self)


@dataclass(frozen=True)
class PackedFile(AnnotationFile):
    """A member of a scene.

    Attributes:
        inner: its path in the archive.
    """

    inner: str = field(repr=False)
    archive: Archive = field(repr=False)

    @property
    def spelling(self) -> str:
        """The member's name as spelt."""
        return posixpath.basename(self.inner)

    def open(self) -> IO[bytes]:
        """The member as a stream; the caller closes it."""
        return self.archive.zipped.open(self.archive.members[self.inner])

    @property
    def size(self) -> int:
        """Bytes when unpacked, as the archive states; a stream gives no more."""
        return self.archive.members[self.inner].file_size

    @cached_property
    def folder(self) -> str:
        """The member's folder in the archive."""
        return posixpath.dirname(self.inner)

    def neighbours(self) -> tuple[AnnotationFile, ...]:
        """The other members of the same folder, by name."""
        return tuple(
            self.archive.member(other)
            for other in sorted(self.archive.members)
            if other != self.inner and posixpath.dirname(other) == self.folder
        )

    def at(self, relative: str) -> AnnotationFile | None:
        """The member at a relative path from this one's folder."""
        inner = posixpath.normpath(posixpath.join(self.folder, relative))
        return self.archive.member(inner) if relative and inner in self.archive.members else None

    def scenes(self) -> tuple[tuple[AnnotationFile, str], ...]:
        """Scenes in this folder or above it in the archive."""
        above = [
            (other, posixpath.dirname(other))
            for other in sorted(self.archive.members)
            if other.lower().endswith(".mrml") and other != self.inner
        ]
        return tuple(
            (self.archive.member(other), posixpath.relpath(self.inner, folder or "."))
            for other, folder in above
            if not folder or self.inner.startswith(f"{folder}/")
        )


@contextmanager
def opened_archive(file: AnnotationFile) -> Iterator[Archive]:
    """The members of a `.mrb` file while it is open.

    Raises:
        UnreadableRoi: no zip archive, too large or too many members, or one that is unsafe.
    """
    file.refuse_larger_than(LARGEST_PACKED_BYTES)
    with file.open() as stream:
        _refuse_large_directory(stream, file.size)
        try:
            zipped = zipfile.ZipFile(stream)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error):
            raise UnreadableRoi(SPOILT) from None
        with zipped:
            yield Archive(zipped, _checked(zipped.infolist()), file)


def _refuse_large_directory(stream: IO[bytes], size: int) -> None:
    """An object is built for each entry of the directory, so its size is read before."""
    stream.seek(max(0, size - FARTHEST_END))
    tail = stream.read(FARTHEST_END)
    end = tail.rfind(END_OF_DIRECTORY)
    if end < 0 or len(tail) < end + 22:
        raise UnreadableRoi(SPOILT)
    (directory,) = struct.unpack("<I", tail[end + 12 : end + 16])
    if directory > LARGEST_DIRECTORY or tail[max(0, end - 20) :].startswith(ZIP64_LOCATOR):
        raise UnreadableRoi("is a scene with too many files; save the drawings without the images")
    stream.seek(0)


def _checked(infos: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    if not all(info.filename for info in infos):
        raise UnreadableRoi(UNSAFE)
    files = [info for info in infos if not info.is_dir()]
    members = {info.filename: info for info in files}
    if len(members) != len(files) or any(_unsafe(info) for info in infos):
        raise UnreadableRoi(UNSAFE)
    unpacked = sum(info.file_size for info in files)
    packed = sum(info.compress_size for info in files)
    too_large = unpacked > LARGEST_UNPACKED_BYTES or unpacked > MOST_RATIO * max(packed, 10_000)
    if too_large or len(files) > MOST_MEMBERS:
        raise UnreadableRoi(
            "is a scene that unpacks to far more than it should; save the drawings without the images"
        )
    return members


def _unsafe(info: zipfile.ZipInfo) -> bool:
    parts = info.filename.rstrip("/").split("/")
    return (
        any(part in ("", ".", "..") for part in parts)
        or "\\" in info.filename
        or ":" in parts[0]
        or "\0" in info.orig_filename
        or bool(info.flag_bits & 1)
        or stat.S_ISLNK(info.external_attr >> 16)
        or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    )
