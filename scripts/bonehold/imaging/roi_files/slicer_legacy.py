"""Point lists of 3D Slicer before version 5 (`.fcsv`, `.acsv`): known, and refused with what to do."""

from __future__ import annotations

from bonehold.imaging.annotation_file import AnnotationFile
from bonehold.imaging.drawings import Drawing, UnreadableRoi

REASONS = {
    ".fcsv": "is a point list of 3D Slicer (.fcsv), which holds no region; draw an ROI, curve or line instead",
    ".acsv": "is an annotation of an old 3D Slicer (.acsv); load it in a current one and save it as .mrk.json",
}


def recognises(file: AnnotationFile) -> bool:
    """By the suffix."""
    return file.name.endswith(tuple(REASONS))


def read(file: AnnotationFile) -> list[Drawing]:
    """Nothing can be measured in them.

    Raises:
        UnreadableRoi: always, naming the format.
    """
    raise UnreadableRoi(next(reason for suffix, reason in REASONS.items() if file.name.endswith(suffix)))
