"""Decode one slice into HU or signal: the modality LUT of that slice, in float64, nothing resampled."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.pixels.processing import apply_modality_lut

from bonehold.imaging.dicom_folder import ImageHeader

FloatImage = NDArray[np.float64]


class UnreadablePixels(Exception):
    """The pixels of a slice cannot be had; the message says why, without naming the file."""


@dataclass(frozen=True, eq=False)
class SlicePixels:
    """Values of a slice, (rows, columns), and where it is padding rather than measurement."""

    values: FloatImage
    padding: NDArray[np.bool_]


def read_slice(header: ImageHeader) -> SlicePixels:
    """Decode a slice and apply its Modality LUT (PS3.3 C.11.1): stored value x slope + intercept, or the table.

    PhotometricInterpretation is for display: MONOCHROME1 does not turn HU round.

    Raises:
        UnreadablePixels: the data are cut short, have another size than the header says, or no decoder serves.
    """
    if header.cut_short:
        raise UnreadablePixels("the pixel data of the slice are cut short")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = pydicom.dcmread(header.file.path, force=True)
            stored = dataset.pixel_array
            values = np.asarray(apply_modality_lut(stored, dataset), dtype=np.float64)
    except Exception as error:  # decoders raise nearly anything, some of it with file names in the text
        raise UnreadablePixels(
            f"the pixels of the slice cannot be decoded ({type(error).__name__})"
        ) from None
    if values.shape != (header.rows, header.columns):
        raise UnreadablePixels("the pixels of the slice have another size than its header says")
    return SlicePixels(values, _padding(dataset, stored))


def _padding(dataset: pydicom.Dataset, stored: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
    """Pixels in the range from PixelPaddingValue to PixelPaddingRangeLimit (PS3.3 C.7.5.1.1.2)."""
    value = dataset.get("PixelPaddingValue")
    if not isinstance(value, int):
        return np.zeros(stored.shape, dtype=bool)
    limit = dataset.get("PixelPaddingRangeLimit")
    low, high = sorted((value, limit if isinstance(limit, int) else value))
    return np.asarray((stored >= low) & (stored <= high))


def philips_factors(headers: Sequence[ImageHeader]) -> tuple[float, ...] | None:
    """What to multiply display values with so that slices of one Philips series compare: 1 / (RS x SS).

    FP = (PV x RS + RI) / (RS x SS) (Chenevert et al., Transl Oncol 2014;7:65). While RS and SS are the same in
    all slices they cancel in a ratio and the display values serve.

    Returns:
        One factor for each header, or None where display values already compare.

    Raises:
        UnreadablePixels: only some slices tell their scale, so their values do not compare.
    """
    scales = {(header.slope, header.philips_scale_slope) for header in headers}
    known = [header.philips_scale_slope for header in headers if header.philips_scale_slope]
    if len(scales) == 1 or not known:
        return None
    if len(known) < len(headers):
        raise UnreadablePixels("some slices lack the Philips scale slope that the others have")
    return tuple(1.0 / ((header.slope or 1.0) * (header.philips_scale_slope or 1.0)) for header in headers)
