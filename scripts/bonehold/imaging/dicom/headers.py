"""One image (a file, or a frame of a multi-frame object) as its header describes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from bonehold.imaging.dicom.elements import Elements, Values
from bonehold.imaging.dicom.sop_classes import CLASS_OF_MODALITY, IMAGE_CLASSES, MULTI_FRAME_CLASSES
from bonehold.imaging.dicom.values import count, integer, number, numbers, pair, positive, text, words
from bonehold.imaging.geometry import SliceGeometry, slice_geometry
from bonehold.problems import Problem

MOST_PIXELS = 4096 * 4096
"""Rows x Columns beyond this are refused before anything is decoded."""

MOST_FRAMES = 10_000
MOST_BYTES = 2 * 1024**3
"""All frames of one object together; more is refused before anything is decoded."""

ALWAYS_LOSSY = {f"1.2.840.10008.1.2.4.{number}" for number in (50, 51, 52, 53, 54, 55, 56)}
PERHAPS_LOSSY = {f"1.2.840.10008.1.2.4.{number}" for number in (81, 91, 203)}
HOUNSFIELD = {"", "HU", "US"}
"""RescaleType of a CT: Hounsfield units, also where it is absent or "unspecified" (PS3.3 C.11.1.1.2)."""

FAT_SUPPRESSION = {"FAT", "FAT_AND_WATER"}
NATIVE_SYNTAXES = {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"}


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
        frames: how many frames the object has.
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
        other_units: whether a CT says that its values are no Hounsfield units (RescaleType).
        lossy: whether the image was compressed with loss, now or before.
        padding: stored values from the first to the second are padding, not measurement.
        pixel_offset: where the pixel data begin in the file, where numpy can read them as they stand.
        cut_short: pixel data shorter than Rows x Columns ask for (native transfer syntaxes only).
    """

    file: DicomFile
    frame: int | None
    frames: int
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
    other_units: bool
    lossy: bool
    padding: tuple[int, int] | None
    pixel_offset: int | None
    cut_short: bool


def image_headers(file: DicomFile, elements: Elements) -> list[ImageHeader] | Problem:
    """The images of a file: one, or one for each frame of a multi-frame object.

    Returns:
        headers; none for an object that is no image of ours; a problem for an image that cannot be used.
    """
    values = elements.values
    sop_class = _sop_class(values)
    if sop_class not in IMAGE_CLASSES:
        return []
    again = "export the series again; it was passed over"
    rows, columns = count(values, "Rows", 0), count(values, "Columns", 0)
    if rows == 0 or columns == 0:
        return Problem(str(file), "has no Rows or Columns", again)
    if elements.pixel_length == 0:
        return Problem(str(file), "is an image without pixels", again)
    if rows * columns > MOST_PIXELS:
        remedy = f"at most {MOST_PIXELS} are read; it was passed over"
        return Problem(str(file), f"claims {rows} x {columns} pixels", remedy)
    frames = count(values, "NumberOfFrames", 1)
    if sop_class not in MULTI_FRAME_CLASSES:
        if frames > 1:
            return Problem(str(file), f"is an image of one frame that claims {frames}", again)
        return [_header(file, elements, values, None, 1)]
    if elements.frames and len(elements.frames) != frames:
        problem = f"is a multi-frame object whose {frames} frames are described {len(elements.frames)} times"
        return Problem(str(file), problem, "export it again, or as single images; it was passed over")
    if frames > MOST_FRAMES or frames * _frame_bytes(values) > MOST_BYTES:
        remedy = f"at most {MOST_FRAMES} and {MOST_BYTES // 10**6} MB are read; it was passed over"
        return Problem(str(file), f"claims {frames} frames of {rows} x {columns} pixels", remedy)
    # where one frame lies, no other does: a position of the whole object is none of the frames'
    common = {keyword: value for keyword, value in values.items() if keyword != "ImagePositionPatient"}
    groups = elements.frames or ({},) * frames
    return [_header(file, elements, {**common, **group}, index, frames) for index, group in enumerate(groups)]


def _sop_class(values: Values) -> str:
    return text(values, "SOPClassUID") or CLASS_OF_MODALITY.get(text(values, "Modality").upper(), "")


def _frame_bytes(values: Values) -> int:
    """Size of one frame as it is decoded."""
    pixels = count(values, "Rows", 0) * count(values, "Columns", 0) * count(values, "SamplesPerPixel", 1)
    return pixels * count(values, "BitsAllocated", 16) // 8


def _header(
    file: DicomFile, elements: Elements, values: Values, frame: int | None, frames: int
) -> ImageHeader:
    sop_class = _sop_class(values)
    modality = text(values, "Modality").upper() or IMAGE_CLASSES[sop_class]
    rows, columns = count(values, "Rows", 0), count(values, "Columns", 0)
    allocated = count(values, "BitsAllocated", 16)
    stored = count(values, "BitsStored", allocated)
    high_bit = integer(values, "HighBit")
    signed = integer(values, "PixelRepresentation") == 1
    slope, intercept = number(values, "RescaleSlope"), number(values, "RescaleIntercept")
    frame_bytes = _frame_bytes(values)
    return ImageHeader(
        file=file,
        frame=frame,
        frames=frames,
        modality=modality,
        sop_class=sop_class,
        sop_instance_uid=text(values, "SOPInstanceUID"),
        transfer_syntax=elements.transfer_syntax,
        series_uid=text(values, "SeriesInstanceUID"),
        frame_of_reference=text(values, "FrameOfReferenceUID"),
        series_number=integer(values, "SeriesNumber"),
        description=f"{text(values, 'SeriesDescription')} {text(values, 'ProtocolName')}",
        acquisition_date=text(values, "AcquisitionDate")
        or text(values, "AcquisitionDateTime")[:8]
        or text(values, "SeriesDate")
        or text(values, "StudyDate"),
        image_type=words(values, "ImageType"),
        photometric=text(values, "PhotometricInterpretation"),
        rows=rows,
        columns=columns,
        samples_per_pixel=count(values, "SamplesPerPixel", 1),
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=stored - 1 if high_bit is None else high_bit,
        signed=signed,
        geometry=_geometry(values, rows, columns),
        pixel_spacing_mm=pair(values, "PixelSpacing") or pair(values, "ImagerPixelSpacing"),
        detector_spacing_mm=pair(values, "ImagerPixelSpacing"),
        slice_thickness_mm=positive(values, "SliceThickness"),
        manufacturer=text(values, "Manufacturer"),
        kvp=number(values, "KVP"),
        kernel=values.get("ConvolutionKernel", ("",))[0],
        contrast=bool(text(values, "ContrastBolusAgent")),
        repetition_time_ms=number(values, "RepetitionTime"),
        echo_time_ms=number(values, "EchoTime"),
        inversion_time_ms=number(values, "InversionTime"),
        field_strength_t=number(values, "MagneticFieldStrength"),
        scan_options=_scan_options(values),
        burned_in_text=text(values, "BurnedInAnnotation").upper() == "YES",
        slope=slope,
        intercept=intercept,
        philips_scale_slope=_philips_scale_slope(values),
        has_modality_lut=elements.has_modality_lut_sequence or (slope is not None and intercept is not None),
        has_lut_sequence=elements.has_modality_lut_sequence,
        other_units=modality == "CT" and text(values, "RescaleType").upper() not in HOUNSFIELD,
        lossy=_lossy(values, elements.transfer_syntax),
        padding=_padding(values, signed, allocated, stored),
        pixel_offset=None
        if elements.pixel_offset is None or elements.pixel_length is None
        else elements.pixel_offset + (frame or 0) * frame_bytes,
        cut_short=_cut_short(file, elements, frames * frame_bytes),
    )


def _lossy(values: Values, syntax: str) -> bool:
    """What was lost stays lost, so LossyImageCompression is never reset (PS3.3 C.7.6.1.1.5)."""
    said = text(values, "LossyImageCompression")
    return said == "01" or syntax in ALWAYS_LOSSY or (syntax in PERHAPS_LOSSY and said != "00")


def _scan_options(values: Values) -> tuple[str, ...]:
    """ScanOptions; newer elements that say that fat gives no signal are written as their `FS`."""
    suppressed = text(values, "SpectrallySelectedSuppression") in FAT_SUPPRESSION
    water_only = text(values, "SpectrallySelectedExcitation") == "WATER"
    return (*words(values, "ScanOptions"), *(["FS"] if suppressed or water_only else []))


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
    position = numbers(values, "ImagePositionPatient", 3)
    orientation = numbers(values, "ImageOrientationPatient", 6)
    spacing = numbers(values, "PixelSpacing", 2)
    if position is None or orientation is None or spacing is None:
        return None
    try:
        return slice_geometry(position, orientation, spacing, rows, columns)
    except ValueError:
        return None


def _philips_scale_slope(values: Values) -> float | None:
    """MR scale slope; Philips only, whose private block this is."""
    return number(values, "PhilipsScaleSlope") if "PHILIPS" in text(values, "Manufacturer").upper() else None


def _padding(values: Values, signed: bool, allocated: int, stored: int) -> tuple[int, int] | None:
    """The range from PixelPaddingValue to PixelPaddingRangeLimit (PS3.3 C.7.5.1.1.2)."""
    value = integer(values, "PixelPaddingValue")
    if value is None:
        return None
    limit = integer(values, "PixelPaddingRangeLimit")
    first, second = (
        _as_stored(number, signed, allocated, stored) for number in (value, value if limit is None else limit)
    )
    return min(first, second), max(first, second)


def _as_stored(value: int, signed: bool, allocated: int, stored: int) -> int:
    """A padding value as the pixels hold it: writers give it without its sign, or with one that pixels have not."""
    if not signed:
        return value % (1 << allocated)
    for bits in (stored, allocated):
        if 1 << (bits - 1) <= value < 1 << bits:
            return value - (1 << bits)
    return value
