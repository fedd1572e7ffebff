"""Label maps: NIfTI, NRRD and the segmentations of 3D Slicer (`.seg.nrrd`); `imaging/label_maps.py` reads them."""

from __future__ import annotations

from bonehold.imaging.annotation_file import AnnotationFile
from bonehold.imaging.drawings import Drawing

SEGMENTATIONS = (".seg.nrrd", ".seg.nhdr")
SUFFIXES = (*SEGMENTATIONS, ".nrrd", ".nhdr", ".nii.gz", ".nii")


def recognises(file: AnnotationFile) -> bool:
    """By the suffix."""
    return file.name.endswith(SUFFIXES)


def read(file: AnnotationFile) -> list[Drawing]:
    """The regions of a label map; none where a scene beside it says that it is an image.

    Raises:
        UnreadableRoi: no label map that can be used, or nothing says which number is which region.
    """
    # not above: a folder of markups asks every format whether a file is its own
    from bonehold.imaging.label_maps import read_label_map

    suffix = next(suffix for suffix in SUFFIXES if file.name.endswith(suffix))
    return read_label_map(file, suffix)
