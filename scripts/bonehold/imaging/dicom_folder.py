"""Index a folder of DICOM files by their headers, whatever the files are called.

No name, identifier, date, UID or path of a file leaves this module's objects in text: a file is called by its
number in the folder and eight hexadecimal digits of the hash of its relative path (`make which` finds it).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import Dataset

from bonehold.imaging.file_listing import list_files, passed_over_problems, path_token
from bonehold.imaging.geometry import SliceGeometry, slice_geometry
from bonehold.problems import Problem

MOST_PIXELS = 4096 * 4096
"""Rows x Columns beyond this are refused before anything is decoded."""

NOT_IMAGES_OF_OURS = {"DICOMDIR"}

MEDIA_DIRECTORY = "1.2.840.10008.1.3.10"
IMPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2"
NATIVE_SYNTAXES = {IMPLICIT_LITTLE_ENDIAN, "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"}
DEFLATED = b"1.2.840.10008.1.2.1.99"
META_BYTES = 4096
"""The file meta information, which names the transfer syntax, lies within these first bytes."""
CT_CLASSES = {"1.2.840.10008.5.1.4.1.1.2"}
MR_CLASSES = {"1.2.840.10008.5.1.4.1.1.4"}
MULTI_FRAME_CLASSES = {
    "1.2.840.10008.5.1.4.1.1.2.1",
    "1.2.840.10008.5.1.4.1.1.2.2",
    "1.2.840.10008.5.1.4.1.1.4.1",
    "1.2.840.10008.5.1.4.1.1.4.4",
}


@dataclass(frozen=True)
class DicomFile:
    """A file of a patient's folder: its number among `of`, the hash by which it is called, and where it lies."""

    number: int
    of: int
    token: str
    path: Path = field(repr=False)

    def __str__(self) -> str:
        return f"dicom file {self.number} of {self.of} [{self.token}]"


@dataclass(frozen=True, eq=False)
class ImageHeader:
    """What the header of one CT or MR image says; values that are absent or malformed are None or empty.

    Attributes:
        file: the file it was read from.
        series_uid, description, acquisition_date: for grouping and choosing only; never written.
        image_type: ImageType values, upper case.
        geometry: the plane of the slice, None if the header does not say where it lies.
        slope, intercept: RescaleSlope and RescaleIntercept (None if absent).
        philips_scale_slope: MR scale slope of the private element (2005,100E).
        has_modality_lut: whether the header says how stored values become HU or signal.
        cut_short: pixel data shorter than Rows x Columns ask for (native transfer syntaxes only).
    """

    file: DicomFile
    modality: str
    sop_class: str
    transfer_syntax: str
    series_uid: str = field(repr=False)
    series_number: int | None
    description: str = field(repr=False)
    acquisition_date: str = field(repr=False)
    image_type: tuple[str, ...]
    rows: int
    columns: int
    samples_per_pixel: int
    geometry: SliceGeometry | None
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
    slope: float | None
    intercept: float | None
    philips_scale_slope: float | None
    has_modality_lut: bool
    multi_frame: bool
    cut_short: bool


@dataclass(frozen=True)
class FolderIndex:
    """The images found in a folder, how many files it holds, and what could not be used."""

    images: tuple[ImageHeader, ...]
    files: int
    problems: tuple[Problem, ...]


def dicom_files(folder: Path) -> list[DicomFile]:
    """The files of a patient's DICOM folder, numbered in the order of their relative paths."""
    names = [relative for relative, _ in list_files(folder).files]
    return [
        DicomFile(number, len(names), path_token(relative), folder / relative)
        for number, relative in enumerate(names, start=1)
    ]


def index_folder(folder: Path, inside: Path) -> FolderIndex:
    """Read the headers of all files below a folder.

    Args:
        folder: the patient's DICOM folder; any depth, any file names.
        inside: files that resolve to a place outside this folder (links) are refused.
    """
    files = dicom_files(folder)
    images: list[ImageHeader] = []
    problems = passed_over_problems("dicom", list_files(folder).passed_over)
    root = inside.resolve()
    for file in files:
        if file.path.name.upper() in NOT_IMAGES_OF_OURS:
            continue
        if file.path.is_symlink() and not file.path.resolve().is_relative_to(root):
            problems.append(
                Problem(str(file), "is a link to a place outside the cohort folder", "copy the file")
            )
            continue
        header = read_header(file)
        if isinstance(header, Problem):
            problems.append(header)
        elif header is not None:
            images.append(header)
            if header.cut_short:
                problems.append(
                    Problem(
                        str(file), "its pixel data are cut short", "export the series again from the PACS"
                    )
                )
    return FolderIndex(tuple(images), len(files), tuple(problems))


def read_header(file: DicomFile) -> ImageHeader | Problem | None:
    """The header of a CT or MR image; None for other DICOM objects; a problem if it is no DICOM file."""
    not_dicom = Problem(str(file), "is not a DICOM file", "remove it or export it again; it was passed over")
    try:
        with warnings.catch_warnings(), file.path.open("rb") as handle:
            warnings.simplefilter("ignore")
            if DEFLATED in handle.read(META_BYTES):
                # pydicom would unpack all of it at once; a small file may hold gigabytes.
                return Problem(
                    str(file), "is deflated as a whole, which is not read", "export it uncompressed"
                )
            handle.seek(0)
            dataset = pydicom.dcmread(handle, stop_before_pixels=True, force=True)
            pixel_offset = handle.tell()
            if "SOPClassUID" not in dataset or not str(dataset.get("Modality", "")).strip():
                known = dataset.get("MediaStorageSOPClassUID") or dataset.file_meta.get(
                    "MediaStorageSOPClassUID"
                )
                return None if known == MEDIA_DIRECTORY else not_dicom
            return _parsed(file, dataset, pixel_offset)
    except Exception:
        # pydicom meets hostile bytes here and raises nearly anything; the file is passed over, and named.
        return not_dicom


def _parsed(file: DicomFile, dataset: Dataset, pixel_offset: int) -> ImageHeader | Problem | None:
    modality = _text(dataset, "Modality").upper()
    sop_class = _text(dataset, "SOPClassUID")
    multi_frame = sop_class in MULTI_FRAME_CLASSES
    if not (multi_frame or sop_class in CT_CLASSES | MR_CLASSES):
        return None
    rows, columns = _integer(dataset, "Rows") or 0, _integer(dataset, "Columns") or 0
    if rows <= 0 or columns <= 0:
        return Problem(str(file), "has no Rows or Columns", "export the series again; it was passed over")
    if rows * columns > MOST_PIXELS:
        return Problem(
            str(file),
            f"claims {rows} x {columns} pixels",
            f"at most {MOST_PIXELS} are read; it was passed over",
        )
    syntax = str(getattr(dataset.file_meta, "TransferSyntaxUID", "")) if hasattr(dataset, "file_meta") else ""
    return ImageHeader(
        file=file,
        modality=modality,
        sop_class=sop_class,
        transfer_syntax=syntax,
        series_uid=_text(dataset, "SeriesInstanceUID"),
        series_number=_integer(dataset, "SeriesNumber"),
        description=f"{_text(dataset, 'SeriesDescription')} {_text(dataset, 'ProtocolName')}",
        acquisition_date=_text(dataset, "AcquisitionDate")
        or _text(dataset, "SeriesDate")
        or _text(dataset, "StudyDate"),
        image_type=tuple(value.upper() for value in _texts(dataset, "ImageType")),
        rows=rows,
        columns=columns,
        samples_per_pixel=_integer(dataset, "SamplesPerPixel") or 1,
        geometry=_geometry(dataset, rows, columns),
        slice_thickness_mm=_number(dataset, "SliceThickness"),
        manufacturer=_text(dataset, "Manufacturer"),
        kvp=_number(dataset, "KVP"),
        kernel=(_texts(dataset, "ConvolutionKernel") or ("",))[0],
        contrast=bool(_text(dataset, "ContrastBolusAgent")),
        repetition_time_ms=_number(dataset, "RepetitionTime"),
        echo_time_ms=_number(dataset, "EchoTime"),
        inversion_time_ms=_number(dataset, "InversionTime"),
        field_strength_t=_number(dataset, "MagneticFieldStrength"),
        scan_options=tuple(value.upper() for value in _texts(dataset, "ScanOptions")),
        slope=_number(dataset, "RescaleSlope"),
        intercept=_number(dataset, "RescaleIntercept"),
        philips_scale_slope=_philips_scale_slope(dataset),
        has_modality_lut="ModalityLUTSequence" in dataset or "RescaleSlope" in dataset,
        multi_frame=multi_frame,
        cut_short=_cut_short(dataset, syntax, file, pixel_offset),
    )


def _cut_short(dataset: Dataset, syntax: str, file: DicomFile, pixel_offset: int) -> bool:
    if syntax and syntax not in NATIVE_SYNTAXES:
        return False
    expected = 1
    for keyword, default in (("Rows", 0), ("Columns", 0), ("SamplesPerPixel", 1), ("BitsAllocated", 16)):
        expected *= _integer(dataset, keyword) or default
    element_header = 8 if syntax == IMPLICIT_LITTLE_ENDIAN else 12
    return file.path.stat().st_size - pixel_offset - element_header < expected // 8


def _geometry(dataset: Dataset, rows: int, columns: int) -> SliceGeometry | None:
    position = _numbers(dataset, "ImagePositionPatient", 3)
    orientation = _numbers(dataset, "ImageOrientationPatient", 6)
    spacing = _numbers(dataset, "PixelSpacing", 2)
    if position is None or orientation is None or spacing is None:
        return None
    try:
        return slice_geometry(position, orientation, spacing, rows, columns)
    except ValueError:
        return None


def _philips_scale_slope(dataset: Dataset) -> float | None:
    """MR scale slope (2005,100E); Philips only, whose private block this is."""
    if "PHILIPS" not in _text(dataset, "Manufacturer").upper() or (0x2005, 0x100E) not in dataset:
        return None
    try:
        return float(dataset[0x2005, 0x100E].value)
    except (TypeError, ValueError):
        return None


def _value(dataset: Dataset, keyword: str) -> Any:
    try:
        return dataset.get(keyword)
    except Exception:  # a malformed element raises when it is converted, each kind in its own way
        return None


def _texts(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    value = _value(dataset, keyword)
    if value is None:
        return ()
    values = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    return tuple(str(item).strip() for item in values)


def _text(dataset: Dataset, keyword: str) -> str:
    return " ".join(_texts(dataset, keyword))


def _numbers(dataset: Dataset, keyword: str, count: int) -> tuple[float, ...] | None:
    try:
        numbers = tuple(float(text) for text in _texts(dataset, keyword))
    except ValueError:
        return None
    finite = all(abs(number) < float("inf") for number in numbers)
    return numbers if len(numbers) == count and finite else None


def _number(dataset: Dataset, keyword: str) -> float | None:
    numbers = _numbers(dataset, keyword, 1)
    return numbers[0] if numbers else None


def _integer(dataset: Dataset, keyword: str) -> int | None:
    number = _number(dataset, keyword)
    return int(number) if number is not None else None
