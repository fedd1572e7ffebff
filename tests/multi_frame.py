"""Small enhanced multi-frame CT and MR objects for tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from dicom import AXIAL, image
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence as Items

ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.1"
ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4.1"
LEGACY_CT = "1.2.840.10008.5.1.4.1.1.2.2"
IN_GROUPS = (
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "SliceThickness",
    "KVP",
    "ConvolutionKernel",
    "RescaleSlope",
    "RescaleIntercept",
    "ImageType",
)
"""What of a classic image an enhanced one says in its functional groups."""


def group(name: str, **elements: Any) -> dict[str, Items]:
    """A functional group: a sequence of one item."""
    item = Dataset()
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    return {name: Items([item])}


def position(place: Sequence[float]) -> dict[str, Items]:
    """The group that says where a frame lies."""
    return group("PlanePositionSequence", ImagePositionPatient=[float(x) for x in place])


def rescale(slope: float, intercept: float) -> dict[str, Items]:
    """The group that says how stored values become HU."""
    return group(
        "PixelValueTransformationSequence", RescaleSlope=slope, RescaleIntercept=intercept, RescaleType="HU"
    )


SHARED = {
    **group("PlaneOrientationSequence", ImageOrientationPatient=list(AXIAL)),
    **group("PixelMeasuresSequence", PixelSpacing=[1.0, 1.0], SliceThickness=2.0),
    **group("CTImageFrameTypeSequence", FrameType=["ORIGINAL", "PRIMARY", "AXIAL", "NONE"]),
    **group("CTReconstructionSequence", ConvolutionKernel="B30f"),
    **group("CTXRayDetailsSequence", KVP=120),
}


def multi_frame(
    values: Callable[[int], np.ndarray],
    positions: Sequence[Sequence[float]],
    *,
    shared: dict[str, Items] | None = None,
    each: Callable[[int], dict[str, Items]] = lambda _: {},
    **elements: Any,
) -> FileDataset:
    """An enhanced object of one frame a position.

    Args:
        values: gives the stored values of a frame.
        positions: where the frames lie.
        shared: groups of all frames; orientation, spacing, kernel, kVp and a rescale of 1 and -1024 by default.
        each: further groups of a frame.
        elements: of the object itself.
    """
    frames = [values(k) for k in range(len(positions))]
    top = {"SOPClassUID": ENHANCED_CT, **dict.fromkeys(IN_GROUPS), **elements}
    dataset = image(frames[0], (0, 0, 0), **top)
    dataset.NumberOfFrames = len(frames)
    dataset.PixelData = np.stack(frames).astype(np.uint16).tobytes()
    common = {**SHARED, **rescale(1, -1024)} if shared is None else shared
    dataset.SharedFunctionalGroupsSequence = Items([_item(common)])
    dataset.PerFrameFunctionalGroupsSequence = Items(
        [_item({**position(place), **each(k)}) for k, place in enumerate(positions)]
    )
    return dataset


def _item(groups: dict[str, Items]) -> Dataset:
    item = Dataset()
    for name, items in groups.items():
        setattr(item, name, items)
    return item
