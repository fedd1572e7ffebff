"""Annotation files for tests of the format modules."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bonehold.imaging.annotation_file import AnnotationFile


def annotation_file(name: str, data: bytes, folder: Path | None = None) -> AnnotationFile:
    """A file of reader R1 of patient P1, in a folder of its own unless one is given."""
    place = folder or Path(tempfile.mkdtemp(prefix="bonehold-test-"))
    (place / name).write_bytes(data)
    return AnnotationFile(place / name, "R1", "P1", place)
