"""Decode one image into HU or signal: the modality LUT of that image, in float64, nothing resampled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonehold.imaging.dicom.headers import ImageHeader

FloatImage = NDArray[np.float64]
Stored = NDArray[np.integer[Any]]

LOWEST_HU = -1500.0
"""A CT reports nothing below air (-1000) and its noise: lower values fill what lies outside the reconstruction."""

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"


class UnreadablePixels(Exception):
    """The pixels of a slice cannot be had; the message says why, without naming the file."""


@dataclass(frozen=True, eq=False)
class SlicePixels:
    """Values of a slice, (rows, columns), and where it is padding rather than measurement."""

    values: FloatImage
    padding: NDArray[np.bool_]


def read_slice(header: ImageHeader) -> SlicePixels:
    """Decode an image and apply its Modality LUT (PS3.3 C.11.1): stored value x slope + intercept, or the table.

    An absent slope is 1, an absent intercept 0. PhotometricInterpretation is for display: MONOCHROME1 does not turn
    HU round.

    Raises:
        UnreadablePixels: the data are cut short, have another size than the header says, or no decoder serves.
    """
    if header.cut_short:
        raise UnreadablePixels("the pixel data of the slice are cut short")
    if header.samples_per_pixel != 1:
        raise UnreadablePixels("the slice is a colour image")
    try:
        stored, values = _as_it_stands(header) if _plain(header) else _by_pydicom(header)
    except Exception as error:  # decoders raise nearly anything, some of it with file names in the text
        raise UnreadablePixels(
            f"the pixels of the slice cannot be decoded ({type(error).__name__})"
        ) from None
    if values.shape != (header.rows, header.columns):
        raise UnreadablePixels("the pixels of the slice have another size than its header says")
    return SlicePixels(values, _padding(stored, values, header))


def _plain(header: ImageHeader) -> bool:
    """Whether numpy can read the pixels as they stand in the file."""
    return (
        header.pixel_offset is not None
        and header.transfer_syntax in (IMPLICIT, EXPLICIT)
        and header.bits_allocated in (8, 16, 32)
        and header.high_bit == header.bits_stored - 1
        and 0 < header.bits_stored <= header.bits_allocated
        and not header.has_lut_sequence
    )


def _as_it_stands(header: ImageHeader) -> tuple[Stored, FloatImage]:
    kind = np.dtype(f"<{'i' if header.signed else 'u'}{header.bits_allocated // 8}")
    stored = np.fromfile(
        header.file.path, dtype=kind, count=header.rows * header.columns, offset=header.pixel_offset or 0
    ).reshape(header.rows, header.columns)
    unused = header.bits_allocated - header.bits_stored
    if unused:  # what the unused bits hold means nothing (PS3.5 8.1.1)
        stored = np.right_shift(np.left_shift(stored, unused), unused)
    return stored, _rescaled(stored, header)


def _by_pydicom(header: ImageHeader) -> tuple[Stored, FloatImage]:
    import warnings

    from bonehold.imaging.dicom.guarded_pydicom import apply_modality_lut, pixel_array
    from bonehold.imaging.dicom.pydicom_headers import open_dataset

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset, _ = open_dataset(header.file.path, pixels=True)
        if "TransferSyntaxUID" not in getattr(dataset, "file_meta", ()):
            stored: Stored = dataset.pixel_array
        else:
            stored = pixel_array(dataset, index=header.frame)
        if header.has_lut_sequence:
            return stored, np.asarray(apply_modality_lut(stored, dataset), dtype=np.float64)
        return stored, _rescaled(stored, header)


def _rescaled(stored: Stored, header: ImageHeader) -> FloatImage:
    slope = 1.0 if header.slope is None else header.slope
    intercept = 0.0 if header.intercept is None else header.intercept
    return np.asarray(stored.astype(np.float64) * slope + intercept)


def _padding(stored: Stored, values: FloatImage, header: ImageHeader) -> NDArray[np.bool_]:
    """Declared padding, and on a CT what is darker than anything that can be measured."""
    padding = np.zeros(stored.shape, dtype=bool)
    if header.padding is not None:
        padding |= (stored >= header.padding[0]) & (stored <= header.padding[1])
    if header.modality == "CT" and header.has_modality_lut:
        padding |= values < LOWEST_HU
    return padding


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
