"""Give regions drawn in the pixels of an image their place in the patient, and hold files to what they say of images.

A file of DICOM regions names the images it was drawn on. Regions on images that are not this patient's, or of
another series than the one that is measured, are refused: their numbers would be somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bonehold.imaging.annotations import Annotation
from bonehold.imaging.dicom.headers import ImageHeader
from bonehold.imaging.drawings import Binding
from bonehold.imaging.series import Series
from bonehold.imaging.shapes import Ellipse, OnImage, Polygon, placed

ELSEWHERE = "was drawn on an image that is not in this patient's folder"


def placed_regions(regions: Iterable[Annotation], images: Sequence[ImageHeader]) -> tuple[Annotation, ...]:
    """The regions, those in pixels of an image turned into shapes of the patient.

    Args:
        regions: as the readers' files hold them.
        images: all images of the patient's folder.
    """
    by_uid: dict[str, list[ImageHeader]] = {}
    for image in images:
        if image.sop_instance_uid:
            by_uid.setdefault(image.sop_instance_uid, []).append(image)
    return tuple(_placed(region, by_uid) for region in regions)


def _placed(region: Annotation, images: dict[str, list[ImageHeader]]) -> Annotation:
    if not isinstance(region.shape, OnImage):
        return region
    shape = _in_patient(region.shape, images.get(region.shape.image, []))
    return (
        replace(region, shape=None, refused=shape) if isinstance(shape, str) else replace(region, shape=shape)
    )


def _in_patient(shape: OnImage, images: list[ImageHeader]) -> Ellipse | Polygon | str:
    """The shape in the patient, or why it has no place there."""
    if not images:
        return ELSEWHERE
    if len(images) > 1 and images[0].frame is None:
        if not _at_one_place(images):
            return "was drawn on an image whose identifier other images bear too"
        images = images[:1]  # the same file twice in the folder
    if images[0].frame is not None:
        if shape.frame is None and len(images) > 1:
            return "does not say on which frame of the image it was drawn"
        images = [image for image in images if image.frame == (shape.frame or 1) - 1]
    if not images:
        return "was drawn on a frame that the image has not"
    plane = images[0].geometry
    if plane is None:
        return "was drawn on an image that does not say where it lies"
    return placed(shape, plane)


def _at_one_place(images: Sequence[ImageHeader]) -> bool:
    origins = [tuple(image.geometry.origin) if image.geometry else None for image in images]
    return len(set(origins)) == 1


def binding_refusal(bound: Binding, series: Series, others: Sequence[Series]) -> str:
    """Why a region does not belong to a series; empty when it does, or when its file does not say.

    Args:
        bound: what the region's file says.
        series: the series that is measured.
        others: all series of the patient's folder.
    """
    if bound.images and not bound.images & series.sop_instance_uids:
        drawn_on = [other.ordinal for other in others if bound.images & other.sop_instance_uids]
        return _not_this(series, drawn_on) if drawn_on else ELSEWHERE
    own = {header.series_uid for header in series.slices}
    if not bound.images and bound.series and bound.series not in own:
        drawn_on = [other.ordinal for other in others if bound.series == other.any_header.series_uid]
        return _not_this(series, drawn_on) if drawn_on else ELSEWHERE
    frames = {header.frame_of_reference for header in series.slices} - {""}
    if bound.frame_of_reference and frames and bound.frame_of_reference not in frames:
        return "is bound to another examination or patient (frame of reference)"
    return ""


def _not_this(series: Series, drawn_on: list[int]) -> str:
    return f"was drawn on series {drawn_on[0]}, but series {series.ordinal} is measured"
