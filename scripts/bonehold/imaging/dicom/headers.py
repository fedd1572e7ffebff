"""One image (a file, or a frame of a multi-frame object) as its header describes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from bonehold.imaging.dicom.elements import Elements, Values
from bonehold.imaging.geometry import SliceGeometry, slice_geometry
from bonehold.problems import Problem

MOST_PIXELS = 4096 * 4096
"""Rows x Columns beyond this are refused before anything is decoded."""

MOST_BYTES = 2 * 1024**3
"""All frames of one object together; more is refused before anything is decoded."""

NATIVE_SYNTAXES = {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"}

CLASSIC_CLASSES = {
    "1.2.840.10008.5.1.4.1.1.2": "CT",
    "1.2.840.10008.5.1.4.1.1.4": "MR",
}
MULTI_FRAME_CLASSES = {
    "1.2.840.10008.5.1.4.1.1.2.1": "CT",
    "1.2.840.10008.5.1.4.1.1.2.2": "CT",
    "1.2.840.10008.5.1.4.1.1.4.1": "MR",
    "1.2.840.10008.5.1.4.1.1.4.4": "MR",
}
RADIOGRAPH_CLASSES = {
    "1.2.840.10008.5.1.4.1.1.1": "CR",
    "1.2.840.10008.5.1.4.1.1.1.1": "DX",
    "1.2.840.10008.5.1.4.1.1.1.1.1": "DX",
}
IMAGE_CLASSES = CLASSIC_CLASSES | MULTI_FRAME_CLASSES | RADIOGRAPH_CLASSES


@dataclass(frozen=True)
class DicomFile:
    """A file of a patient's folder: its number among `of`, the hash by which it is called, and where it lies."""

    number: int
    of: int
    token: str
    path: Path = field(repr=False)
    size: int

    def __str__(self) -> str:
        return f"dicom file {self.number} of {self.of} [{self.token}]"


@dataclass(frozen=True, eq=False)
class ImageHeader:
    """What a header says of one CT, MR or radiograph; values that are absent or malformed are None or empty.

    Attributes:
        file: the file it was read from.
        frame: index of the frame in a multi-frame object, None for an image of one frame.
        sop_instance_uid, series_uid, frame_of_reference, description, acquisition_date: for grouping, choosing
            and comparing only; never written.
        image_type: ImageType (FrameType of a frame), upper case.
        geometry: the plane of the slice, None if the header does not say where it lies.
        pixel_spacing_mm: PixelSpacing, else ImagerPixelSpacing (between rows, between columns).
        detector_spacing_mm: ImagerPixelSpacing of a radiograph, likewise.
        slope, intercept: RescaleSlope and RescaleIntercept (None if absent).
        philips_scale_slope: MR scale slope of the private element (2005,100E).
        has_modality_lut: whether the header says how stored values become HU or signal.
        has_lut_sequence: whether it says so by a table.
        padding: stored values from the first to the second are padding, not measurement.
        pixel_offset: where the pixel data begin in the file, where numpy can read them as they stand.
        cut_short: pixel data shorter than Rows x Columns ask for (native transfer syntaxes only).
    """

    file: DicomFile
    frame: int | None
    modality: str
    sop_class: str
    sop_instance_uid: str = field(repr=False)
    transfer_syntax: str
    series_uid: str = field(repr=False)
    frame_of_reference: str = field(repr=False)
    series_number: int | None
    description: str = field(repr=False)
    acquisition_date: str = field(repr=False)
    image_type: tuple[str, ...]
    photometric: str
    rows: int
    columns: int
    samples_per_pixel: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    geometry: SliceGeometry | None
    pixel_spacing_mm: tuple[float, float] | None
    detector_spacing_mm: tuple[float, float] | None
    slice_thickness_mm: float | None
    manufacturer: str
    kvp: float | None
    kernel: str
    contrast: bool
    repetition_time_ms: float | None
    echo_time_ms: float | None
    inversion_time_ms: float | None
    field_strength_t: float | None
    scan_options: tuple[str, ...]
    burned_in_text: bool
    slope: float | None
    intercept: float | None
    philips_scale_slope: float | None
    has_modality_lut: bool
    has_lut_sequence: bool
    padding: tuple[int, int] | None
    pixel_offset: int | None
    cut_short: bool


def image_headers(file: DicomFile, elements: Elements) -> list[ImageHeader] | Problem:
    """The images of a file: one, or one for each frame of a multi-frame object.

    Returns:
        headers; none for an object that is no image of ours; a problem for an image that cannot be used.
    """
    values = elements.values
    sop_class = _text(values, "SOPClassUID")
    if sop_class not in IMAGE_CLASSES:
        return []
    rows, columns = _integer(values, "Rows") or 0, _integer(values, "Columns") or 0
    if rows <= 0 or columns <= 0:
        return Problem(str(file), "has no Rows or Columns", "export the series again; it was passed over")
    if rows * columns > MOST_PIXELS:
        remedy = f"at most {MOST_PIXELS} are read; it was passed over"
        return Problem(str(file), f"claims {rows} x {columns} pixels", remedy)
    if sop_class not in MULTI_FRAME_CLASSES:
        return [_header(file, elements, values, None, 1)]
    frames = _integer(values, "NumberOfFrames") or 1
    if not elements.frames or len(elements.frames) != frames:
        problem = f"is a multi-frame object whose {frames} frames are described {len(elements.frames)} times"
        return Problem(str(file), problem, "export it again, or as single images; it was passed over")
    if frames * rows * columns * (_integer(values, "BitsAllocated") or 16) // 8 > MOST_BYTES:
        remedy = f"at most {MOST_BYTES // 10**6} MB are read; it was passed over"
        return Problem(str(file), f"claims {frames} frames of {rows} x {columns} pixels", remedy)
    return list(_frame_headers(file, elements, frames))


def _frame_headers(file: DicomFile, elements: Elements, frames: int) -> Iterator[ImageHeader]:
    for index, frame in enumerate(elements.frames):
        yield _header(file, elements, {**elements.values, **frame}, index, frames)


def _header(
    file: DicomFile, elements: Elements, values: Values, frame: int | None, frames: int
) -> ImageHeader:
    sop_class = _text(values, "SOPClassUID")
    rows, columns = _integer(values, "Rows") or 0, _integer(values, "Columns") or 0
    bits = _integer(values, "BitsAllocated") or 16
    stored = _integer(values, "BitsStored") or bits
    high_bit = _integer(values, "HighBit")
    samples = _integer(values, "SamplesPerPixel") or 1
    signed = _integer(values, "PixelRepresentation") == 1
    slope, intercept = _number(values, "RescaleSlope"), _number(values, "RescaleIntercept")
    frame_bytes = rows * columns * samples * bits // 8
    return ImageHeader(
        file=file,
        frame=frame,
        modality=_text(values, "Modality").upper() or IMAGE_CLASSES[sop_class],
        sop_class=sop_class,
        sop_instance_uid=_text(values, "SOPInstanceUID"),
        transfer_syntax=elements.transfer_syntax,
        series_uid=_text(values, "SeriesInstanceUID"),
        frame_of_reference=_text(values, "FrameOfReferenceUID"),
        series_number=_integer(values, "SeriesNumber"),
        description=f"{_text(values, 'SeriesDescription')} {_text(values, 'ProtocolName')}",
        acquisition_date=_text(values, "AcquisitionDate")
        or _text(values, "SeriesDate")
        or _text(values, "StudyDate"),
        image_type=tuple(value.upper() for value in values.get("ImageType", ())),
        photometric=_text(values, "PhotometricInterpretation"),
        rows=rows,
        columns=columns,
        samples_per_pixel=samples,
        bits_allocated=bits,
        bits_stored=stored,
        high_bit=stored - 1 if high_bit is None else high_bit,
        signed=signed,
        geometry=_geometry(values, rows, columns),
        pixel_spacing_mm=_pair(values, "PixelSpacing") or _pair(values, "ImagerPixelSpacing"),
        detector_spacing_mm=_pair(values, "ImagerPixelSpacing"),
        slice_thickness_mm=_number(values, "SliceThickness"),
        manufacturer=_text(values, "Manufacturer"),
        kvp=_number(values, "KVP"),
        kernel=values.get("ConvolutionKernel", ("",))[0],
        contrast=bool(_text(values, "ContrastBolusAgent")),
        repetition_time_ms=_number(values, "RepetitionTime"),
        echo_time_ms=_number(values, "EchoTime"),
        inversion_time_ms=_number(values, "InversionTime"),
        field_strength_t=_number(values, "MagneticFieldStrength"),
        scan_options=tuple(value.upper() for value in values.get("ScanOptions", ())),
        burned_in_text=_text(values, "BurnedInAnnotation").upper() == "YES",
        slope=slope,
        intercept=intercept,
        philips_scale_slope=_philips_scale_slope(values),
        has_modality_lut=elements.has_modality_lut_sequence or (slope is not None and intercept is not None),
        has_lut_sequence=elements.has_modality_lut_sequence,
        padding=_padding(values, signed, bits),
        pixel_offset=None
        if elements.pixel_offset is None or elements.pixel_length is None
        else elements.pixel_offset + (frame or 0) * frame_bytes,
        cut_short=_cut_short(file, elements, frames * frame_bytes),
    )


def _cut_short(file: DicomFile, elements: Elements, expected: int) -> bool:
    """Whether a native image has fewer bytes of pixels than its size asks for, in its length or in the file."""
    if elements.transfer_syntax and elements.transfer_syntax not in NATIVE_SYNTAXES:
        return False
    if elements.pixel_length is None:
        return False
    there = elements.pixel_length
    if elements.pixel_offset is not None:
        there = min(there, file.size - elements.pixel_offset)
    return there < expected


def _geometry(values: Values, rows: int, columns: int) -> SliceGeometry | None:
    position = _numbers(values, "ImagePositionPatient", 3)
    orientation = _numbers(values, "ImageOrientationPatient", 6)
    spacing = _numbers(values, "PixelSpacing", 2)
    if position is None or orientation is None or spacing is None:
        return None
    try:
        return slice_geometry(position, orientation, spacing, rows, columns)
    except ValueError:
        return None


def _philips_scale_slope(values: Values) -> float | None:
    """MR scale slope; Philips only, whose private block this is."""
    return (
        _number(values, "PhilipsScaleSlope") if "PHILIPS" in _text(values, "Manufacturer").upper() else None
    )


def _padding(values: Values, signed: bool, bits: int) -> tuple[int, int] | None:
    """The range from PixelPaddingValue to PixelPaddingRangeLimit (PS3.3 C.7.5.1.1.2).

    Some writers give the value of signed pixels without its sign.
    """
    value = _integer(values, "PixelPaddingValue")
    if value is None:
        return None
    limit = _integer(values, "PixelPaddingRangeLimit")
    half = 1 << (bits - 1)
    first, second = (
        number - 2 * half if signed and number >= half else number
        for number in (value, value if limit is None else limit)
    )
    return min(first, second), max(first, second)


def _text(values: Values, keyword: str) -> str:
    return " ".join(values.get(keyword, ()))


def _numbers(values: Values, keyword: str, count: int) -> tuple[float, ...] | None:
    return _parsed(values.get(keyword, ()), count)


@lru_cache(maxsize=4096)
def _parsed(texts: tuple[str, ...], count: int) -> tuple[float, ...] | None:
    """So many finite numbers, or None; the slices of a series say the same over and over."""
    if len(texts) != count:
        return None
    try:
        numbers = tuple(float(text) for text in texts)
    except ValueError:
        return None
    return numbers if all(abs(number) < float("inf") for number in numbers) else None


def _pair(values: Values, keyword: str) -> tuple[float, float] | None:
    numbers = _numbers(values, keyword, 2)
    return (numbers[0], numbers[1]) if numbers and min(numbers) > 0 else None


def _number(values: Values, keyword: str) -> float | None:
    numbers = _numbers(values, keyword, 1)
    return numbers[0] if numbers else None


def _integer(values: Values, keyword: str) -> int | None:
    number = _number(values, keyword)
    return int(number) if number is not None and number.is_integer() else None
