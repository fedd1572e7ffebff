"""The header elements that measuring needs, as text values: one table for both ways of reading a header.

`tag_walker` reads plain files, `pydicom_headers` everything else; both give `Elements`, and a test holds that they
agree on every file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Values = Mapping[str, tuple[str, ...]]
"""Keyword -> values as text, without padding; absent and empty elements are not in it."""

TEXT = frozenset(["AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "SH", "TM", "UI"])
NUMBERS = {"US": ("H", 2), "SS": ("h", 2), "UL": ("I", 4), "SL": ("i", 4), "FL": ("f", 4), "FD": ("d", 8)}
"""VR -> struct code and size of a value."""

WANTED: Mapping[int, tuple[str, str]] = {
    0x00080008: ("ImageType", "CS"),
    0x00080016: ("SOPClassUID", "UI"),
    0x00080018: ("SOPInstanceUID", "UI"),
    0x00080020: ("StudyDate", "DA"),
    0x00080021: ("SeriesDate", "DA"),
    0x00080022: ("AcquisitionDate", "DA"),
    0x0008002A: ("AcquisitionDateTime", "DT"),
    0x00080060: ("Modality", "CS"),
    0x00080070: ("Manufacturer", "LO"),
    0x0008103E: ("SeriesDescription", "LO"),
    0x00180010: ("ContrastBolusAgent", "LO"),
    0x00180022: ("ScanOptions", "CS"),
    0x00180050: ("SliceThickness", "DS"),
    0x00180060: ("KVP", "DS"),
    0x00180080: ("RepetitionTime", "DS"),
    0x00180081: ("EchoTime", "DS"),
    0x00180082: ("InversionTime", "DS"),
    0x00180087: ("MagneticFieldStrength", "DS"),
    0x00181030: ("ProtocolName", "LO"),
    0x00181164: ("ImagerPixelSpacing", "DS"),
    0x00181210: ("ConvolutionKernel", "SH"),
    0x00189025: ("SpectrallySelectedSuppression", "CS"),
    0x00189026: ("SpectrallySelectedExcitation", "CS"),
    0x0020000E: ("SeriesInstanceUID", "UI"),
    0x00200011: ("SeriesNumber", "IS"),
    0x00200032: ("ImagePositionPatient", "DS"),
    0x00200037: ("ImageOrientationPatient", "DS"),
    0x00200052: ("FrameOfReferenceUID", "UI"),
    0x00280002: ("SamplesPerPixel", "US"),
    0x00280004: ("PhotometricInterpretation", "CS"),
    0x00280008: ("NumberOfFrames", "IS"),
    0x00280010: ("Rows", "US"),
    0x00280011: ("Columns", "US"),
    0x00280030: ("PixelSpacing", "DS"),
    0x00280100: ("BitsAllocated", "US"),
    0x00280101: ("BitsStored", "US"),
    0x00280102: ("HighBit", "US"),
    0x00280103: ("PixelRepresentation", "US"),
    0x00280120: ("PixelPaddingValue", "US"),
    0x00280121: ("PixelPaddingRangeLimit", "US"),
    0x00280301: ("BurnedInAnnotation", "CS"),
    0x00281052: ("RescaleIntercept", "DS"),
    0x00281053: ("RescaleSlope", "DS"),
    0x00281054: ("RescaleType", "LO"),
    0x00282110: ("LossyImageCompression", "CS"),
    0x2005100E: ("PhilipsScaleSlope", "FL"),
}
"""Tag -> keyword and the VR that implicit files imply. The last is Philips's private MR scale slope."""

OF_THE_META: Mapping[int, str] = {0x00020002: "SOPClassUID", 0x00020003: "SOPInstanceUID"}
"""The meta information says these too; it serves where anonymisers have emptied the data set's own."""

CONTRAST_SEQUENCE = 0x00180012
SOME_AGENT = ("unnamed",)
"""ContrastBolusAgent where only the sequence of agents says that there was one."""

MODALITY_LUT_SEQUENCE = 0x00283000
SHARED_GROUPS, FRAME_GROUPS = 0x52009229, 0x52009230
PIXEL_DATA = 0x7FE00010


@dataclass(frozen=True)
class Elements:
    """What one file's header says.

    Attributes:
        transfer_syntax: TransferSyntaxUID, empty where the file has no meta information.
        values: the wanted elements of the data set itself.
        has_modality_lut_sequence: whether stored values become HU or signal by a table.
        pixel_offset: where in the file the pixel data begin; None where there are none or they are not in the file
            as they stand (deflated).
        pixel_length: their length in bytes, 0 where there are none; None for encapsulated or deflated data.
        frames: for multi-frame objects, the values of each frame in place of those of the data set.
    """

    transfer_syntax: str
    values: Values
    has_modality_lut_sequence: bool
    pixel_offset: int | None
    pixel_length: int | None
    frames: tuple[Values, ...] = ()


def split_text(raw: str) -> tuple[str, ...]:
    """The values of a text element, backslashes between them; none at all where every one is blank."""
    values = tuple(value.strip(" \0") for value in raw.split("\\"))
    return values if any(values) else ()
