"""Formats in which readers save regions: one module each, all with the same one function.

`read(data: bytes, origin: Origin) -> list[Drawing]` gives what a file holds; the file's name names the region
where the file itself does not. A format is added by adding its module and one line to `READERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bonehold.imaging.drawings import Drawing, Origin, UnreadableRoi
from bonehold.imaging.roi_files import native, slicer_markups

Read = Callable[[bytes, Origin], list[Drawing]]

READERS: Mapping[str, Read] = {
    ".mrk.json": slicer_markups.read,
    ".json": native.read,
}
"""Suffix -> reader; the longest suffix that fits is taken."""


def reader_of(file_name: str) -> tuple[str, Read] | None:
    """Suffix and reader for a file's name, or None for a file that is no ROI format of ours."""
    lower = file_name.lower()
    suffixes = sorted((s for s in READERS if lower.endswith(s)), key=len, reverse=True)
    return (suffixes[0], READERS[suffixes[0]]) if suffixes else None


__all__ = ["READERS", "Drawing", "Origin", "UnreadableRoi", "reader_of"]
