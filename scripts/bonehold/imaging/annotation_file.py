"""One file of a reader's folder, as the format modules see it: its bytes, its name, and what lies beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO

from bonehold.imaging.drawings import UnreadableRoi

LARGEST_JSON_BYTES = 20_000_000
"""Markups and tables beyond this are no drawing."""

LARGEST_VOXEL_BYTES = 300_000_000
"""Label maps, segmentations and scenes beyond this are refused unread."""


@dataclass(frozen=True)
class AnnotationFile:
    """A file below a reader's folder.

    Attributes:
        path: where it lies; never printed, for file names carry people's names.
        reader: the reader whose folder it is in.
        patient_id: the patient whose folder it is in.
        root: the cohort folder; nothing outside it is read.
    """

    path: Path = field(repr=False)
    reader: str
    patient_id: str
    root: Path = field(repr=False)

    @property
    def spelling(self) -> str:
        """The file's name as spelt; never printed."""
        return self.path.name

    @property
    def name(self) -> str:
        """The file's name in lower case, for telling formats apart by their suffix."""
        return self.spelling.lower()

    def stem(self, suffix: str) -> str:
        """The file's name as spelt, without a suffix: the region's name where the file itself has none."""
        name = self.spelling
        return name[: -len(suffix)] if name.lower().endswith(suffix) else name

    def open(self) -> IO[bytes]:
        """The content as a stream; the caller closes it.

        Raises:
            OSError: the file cannot be read.
        """
        return self.path.open("rb")

    @property
    def size(self) -> int:
        """Bytes of content."""
        return self.path.stat().st_size

    @cached_property
    def head(self) -> bytes:
        """The first 132 bytes, by which DICOM files are known."""
        with self.open() as handle:
            return handle.read(132)

    def data(self, largest: int = LARGEST_JSON_BYTES) -> bytes:
        """The content.

        Raises:
            UnreadableRoi: larger than a file of its format can sensibly be.
            OSError: the file cannot be read.
        """
        self.refuse_larger_than(largest)
        with self.open() as handle:
            return handle.read(largest)

    def refuse_larger_than(self, largest: int) -> None:
        """Make sure that the file is not larger than this many bytes.

        Raises:
            UnreadableRoi: it is.
        """
        if self.size > largest:
            raise UnreadableRoi(f"is larger than {largest // 10**6} MB; save the regions alone")

    def beside(self, name: str) -> AnnotationFile | None:
        """The file of this name (in any case) in the same folder, unless it is a link to the outside."""
        for other in self.neighbours():
            if other.name == name.lower():
                return other
        return None

    def neighbours(self) -> tuple[AnnotationFile, ...]:
        """The other plain files of the same folder, by name; hidden ones and links to the outside left out."""
        return tuple(
            self._other(path)
            for path in sorted(self.path.parent.iterdir())
            if path != self.path and self._may_read(path)
        )

    def at(self, relative: str) -> AnnotationFile | None:
        """The file at a relative path (`/` between folders) from this file's folder, never outside that folder."""
        parts = PurePosixPath(relative).parts
        path = self.path.parent.joinpath(*parts)
        inside = bool(parts) and ".." not in parts and not PurePosixPath(relative).is_absolute()
        return self._other(path) if inside and self._may_read(path) else None

    def scenes(self) -> tuple[tuple[AnnotationFile, str], ...]:
        """Scenes (`.mrml`) in this folder or above it in the reader's, each with this file's path from it."""
        found: list[tuple[AnnotationFile, str]] = []
        for folder in self.path.parents:
            if not folder.resolve().is_relative_to(self.root.resolve()):
                break
            found += [
                (self._other(path), self.path.relative_to(folder).as_posix())
                for path in sorted(path for path in folder.iterdir() if path.name.lower().endswith(".mrml"))
                if path != self.path and self._may_read(path)
            ]
            if folder.name == self.reader:
                break
        return tuple(found)

    def _other(self, path: Path) -> AnnotationFile:
        return AnnotationFile(path, self.reader, self.patient_id, self.root)

    def _may_read(self, path: Path) -> bool:
        return (
            not path.name.startswith(".")
            and path.is_file()
            and path.resolve().is_relative_to(self.root.resolve())
        )
