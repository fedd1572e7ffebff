"""Decode one image into HU or signal: the modality LUT of that image, in float64, nothing resampled."""

from __future__ import annotations

import warnings
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

ORDER_OF_BYTES = {"1.2.840.10008.1.2": "<", "1.2.840.10008.1.2.1": "<", "1.2.840.10008.1.2.2": ">"}
RLE = "1.2.840.10008.1.2.5"


OTHER_SIZE = "the pixels of the slice have another size than its header says"


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
    if header.other_units:
        raise UnreadablePixels("the header says that the values of the slice are no Hounsfield units")
    if header.high_bit != header.bits_stored - 1 or header.bits_stored > header.bits_allocated:
        raise UnreadablePixels("the header contradicts itself on the bits of a pixel")
    raw, table = _as_it_stands(header) if _plain(header) else _by_pydicom(header)
    if raw.shape != (header.rows, header.columns):
        raise UnreadablePixels(OTHER_SIZE)
    stored = _used_bits(raw, header)
    values = _rescaled(stored, header) if table is None else table
    return SlicePixels(values, _padding(raw, stored, values, header))


def _plain(header: ImageHeader) -> bool:
    """Whether numpy can read the pixels as they stand in the file."""
    order = ORDER_OF_BYTES.get(header.transfer_syntax)
    return (
        header.pixel_offset is not None
        and header.bits_allocated in ((8, 16, 32) if order == "<" else (16, 32))
        and order is not None
        and not header.has_lut_sequence
    )


def _as_it_stands(header: ImageHeader) -> tuple[Stored, None]:
    order = ORDER_OF_BYTES[header.transfer_syntax]
    kind = np.dtype(f"{order}{'i' if header.signed else 'u'}{header.bits_allocated // 8}")
    pixels = header.rows * header.columns
    try:
        raw = np.fromfile(header.file.path, dtype=kind, count=pixels, offset=header.pixel_offset or 0)
    except OSError:
        raise UnreadablePixels("the file of the slice cannot be read") from None
    if len(raw) < pixels:
        raise UnreadablePixels("the pixel data of the slice are cut short")
    return raw.reshape(header.rows, header.columns).astype(kind.newbyteorder("="), copy=False), None


def _by_pydicom(header: ImageHeader) -> tuple[Stored, FloatImage | None]:
    """Stored values, and what a Modality LUT sequence makes of them where there is one."""
    from bonehold.imaging.dicom.codestream import OtherSize
    from bonehold.imaging.dicom.frames import decode_frame, table_values

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            raw, dataset = decode_frame(header.file.path, header.frame or 0, header.frames)
            return raw, table_values(_used_bits(raw, header), dataset) if header.has_lut_sequence else None
        except OtherSize:
            raise UnreadablePixels(OTHER_SIZE) from None
        except Exception as error:  # decoders raise nearly anything, some of it with file names in the text
            raise UnreadablePixels(_undecoded(header, error)) from None


def _undecoded(header: ImageHeader, error: Exception) -> str:
    from bonehold.imaging.dicom.guarded_pydicom import pydicom

    name = pydicom.uid.UID(
        header.transfer_syntax
    ).name  # the identifier itself where it is none that DICOM has
    known = "an unknown transfer syntax" if name == header.transfer_syntax else name
    return f"the pixels of the slice cannot be decoded from {known} ({type(error).__name__})"


def _used_bits(raw: Stored, header: ImageHeader) -> Stored:
    """Stored values without what the unused bits hold, which means nothing (PS3.5 8.1.1).

    JPEG decoders give the stored bits alone.
    """
    unused = 8 * raw.dtype.itemsize - header.bits_stored
    if unused <= 0 or header.transfer_syntax not in (*ORDER_OF_BYTES, RLE):
        return raw
    return np.right_shift(np.left_shift(raw, unused), unused)


def _rescaled(stored: Stored, header: ImageHeader) -> FloatImage:
    slope = 1.0 if header.slope is None else header.slope
    intercept = 0.0 if header.intercept is None else header.intercept
    values = stored.astype(np.float64)
    if slope != 1.0:
        values *= slope
    if intercept != 0.0:
        values += intercept
    return values


def _padding(raw: Stored, stored: Stored, values: FloatImage, header: ImageHeader) -> NDArray[np.bool_]:
    """Declared padding, and on a CT what is darker than anything that can be measured.

    Some writers set padding in the unused bits too, so it is also looked for in what stands there.
    """
    padding = (
        values <= LOWEST_HU
        if header.modality == "CT" and header.has_modality_lut
        else np.zeros(stored.shape, dtype=bool)
    )
    if header.padding is not None:
        first, last = header.padding
        padding |= ((stored >= first) & (stored <= last)) | ((raw >= first) & (raw <= last))
    return padding


def philips_factors(headers: Sequence[ImageHeader]) -> tuple[float, ...] | None:
    """What to multiply display values with so that slices of one Philips series compare: 1 / (RS x SS).

    FP = (PV x RS + RI) / (RS x SS) (Chenevert et al., Transl Oncol 2014;7:65). While RS and SS are the same in
    all slices they cancel in a ratio and the display values serve.

    Returns:
        One factor for each header, or None where display values already compare.

    Raises:
        UnreadablePixels: slices of a Philips series differ in scale and do not tell how, so they do not compare.
    """
    scales = {(header.slope, header.philips_scale_slope) for header in headers}
    if len(scales) == 1 or not any("PHILIPS" in header.manufacturer.upper() for header in headers):
        return None
    known = [header.philips_scale_slope for header in headers if header.philips_scale_slope]
    if not known:
        raise UnreadablePixels("the slices differ in scale and lack the Philips scale slope")
    if len(known) < len(headers):
        raise UnreadablePixels("some slices lack the Philips scale slope that the others have")
    return tuple(1.0 / ((header.slope or 1.0) * (header.philips_scale_slope or 1.0)) for header in headers)
