"""One file of a reader's folder, as the format modules see it: its bytes, its name, and what lies beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

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
    def name(self) -> str:
        """The file's name in lower case, for telling formats apart by their suffix."""
        return self.path.name.lower()

    def stem(self, suffix: str) -> str:
        """The file's name as spelt, without a suffix: the region's name where the file itself has none."""
        name = self.path.name
        return name[: -len(suffix)] if name.lower().endswith(suffix) else name

    @cached_property
    def head(self) -> bytes:
        """The first 132 bytes, by which DICOM files are known."""
        with self.path.open("rb") as handle:
            return handle.read(132)

    def data(self, largest: int = LARGEST_JSON_BYTES) -> bytes:
        """The content.

        Raises:
            UnreadableRoi: larger than a file of its format can sensibly be.
            OSError: the file cannot be read.
        """
        self.refuse_larger_than(largest)
        return self.path.read_bytes()

    def refuse_larger_than(self, largest: int) -> None:
        """Make sure that the file is not larger than this many bytes.

        Raises:
            UnreadableRoi: it is.
        """
        if self.path.stat().st_size > largest:
            raise UnreadableRoi(f"is larger than {largest // 10**6} MB; save the regions alone")

    def beside(self, name: str) -> AnnotationFile | None:
        """The file of this name (in any case) in the same folder, unless it is a link to the outside."""
        for other in self.neighbours():
            if other.name == name.lower():
                return other
        return None

    def neighbours(self) -> tuple[AnnotationFile, ...]:
        """The other plain files of the same folder, by name; hidden ones and links to the outside left out."""
        root = self.root.resolve()
        return tuple(
            AnnotationFile(path, self.reader, self.patient_id, self.root)
            for path in sorted(self.path.parent.iterdir())
            if path != self.path
            and not path.name.startswith(".")
            and path.is_file()
            and path.resolve().is_relative_to(root)
        )
