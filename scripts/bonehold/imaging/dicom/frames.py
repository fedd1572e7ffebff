"""One frame of pixel data out of a file, and out of its compression, with no more memory than the frame needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonehold.imaging.dicom.apart import apart
from bonehold.imaging.dicom.codestream import refuse_other_size
from bonehold.imaging.dicom.guarded_pydicom import Dataset, apply_modality_lut, pixel_array, pydicom
from bonehold.imaging.dicom.pydicom_headers import OpenFile, opened

_OFFSETS = ("ExtendedOffsetTable", "ExtendedOffsetTableLengths")


def decode_frame(path: Path, frame: int, frames: int) -> tuple[NDArray[np.integer[Any]], Dataset]:
    """The stored values of a frame, and the data set they are from.

    Args:
        path: the file.
        frame: index of the frame.
        frames: how many there are.

    Raises:
        OtherSize: the compressed frame claims another size than the header.
        NotDecoded: the decoder failed, in a process of its own.
        Exception: pydicom's and the decoders' own, of any kind.
    """
    with opened(path) as file:
        dataset = file.dataset
        index = (
            _keep_encapsulated(file, frame, frames)
            if file.pixels_length is None
            else _keep_native(file, frame)
        )
        if file.pixels_length is not None:
            return pixel_array(dataset, index=index), dataset
        return apart(lambda: pixel_array(dataset, index=index)), dataset


def table_values(stored: NDArray[np.integer[Any]], dataset: Dataset) -> NDArray[np.float64]:
    """Stored values through the Modality LUT sequence."""
    return np.asarray(apply_modality_lut(stored, dataset), dtype=np.float64)


def _keep_encapsulated(file: OpenFile, frame: int, frames: int) -> int:
    """Have the frame alone in the data set; its size is looked at before a decoder takes it at its word."""
    dataset = file.dataset
    tables = tuple(dataset[keyword].value for keyword in _OFFSETS if keyword in dataset)
    file.stream.seek(file.pixels_at)
    offsets = tables if len(tables) == len(_OFFSETS) else None
    data = pydicom.encaps.get_frame(file.stream, frame, extended_offsets=offsets, number_of_frames=frames)
    refuse_other_size(data, str(dataset.file_meta.TransferSyntaxUID), dataset.Rows, dataset.Columns)
    for keyword in _OFFSETS:
        dataset.pop(keyword, None)
    dataset.NumberOfFrames = 1
    dataset.PixelData = pydicom.encaps.encapsulate([data])
    dataset["PixelData"].VR = "OB"
    return 0


def _keep_native(file: OpenFile, frame: int) -> int:
    """Have the frame alone in the data set, where its bytes stand by themselves."""
    dataset = file.dataset
    file.stream.seek(file.pixels_at)
    bits = dataset.Rows * dataset.Columns * dataset.SamplesPerPixel * dataset.BitsAllocated
    if (
        dataset.BitsAllocated % 16
    ):  # frames of bits and of big-endian bytes do not begin at a place of their own
        dataset.PixelData = file.stream.read(file.pixels_length or 0)
        dataset["PixelData"].VR = file.pixels_vr
        return frame
    file.stream.seek(frame * bits // 8, 1)
    dataset.NumberOfFrames = 1
    dataset.PixelData = file.stream.read(bits // 8)
    dataset["PixelData"].VR = file.pixels_vr
    return 0
