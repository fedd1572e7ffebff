"""Write scans as a PACS exports them: nested folders, no extensions, several series in a folder, shuffled numbers."""

from __future__ import annotations

import datetime
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, MRImageStorage

from bonehold.sample.scans import Scan

CT_INTERCEPT = -1024


@dataclass(frozen=True)
class Identity:
    """Who the files say they show; all of it made up.

    Attributes:
        patient_id: the group's code.
        seed: of the sample, so that two samples share no UID.
    """

    patient_id: str
    seed: int
    sex: str
    age: int

    def uid(self, *what: object) -> UID:
        """A UID of this person's: 2.25 and 122 bits of a hash (ITU-T X.667 form)."""
        text = "/".join(str(part) for part in (self.seed, self.patient_id, *what))
        return UID(f"2.25.{int.from_bytes(hashlib.sha256(text.encode()).digest()[:16]) >> 6}")


@dataclass(frozen=True)
class Series:
    """One series: a scan and what its header says beside the geometry.

    Attributes:
        modality: `CT` or `MR`.
        number: SeriesNumber.
        date: of the acquisition.
        thickness_mm: slice thickness.
        slope: stored value -> value.
        header: further elements by keyword.
        scale_slope: Philips' private scale slope (2005,100E); 0 = not written.
    """

    modality: str
    number: int
    description: str
    image_type: tuple[str, ...]
    date: datetime.date
    scan: Scan
    thickness_mm: float
    slope: float = 1.0
    header: Mapping[str, Any] = field(default_factory=dict)
    scale_slope: float = 0.0


def instances(identity: Identity, series: Series) -> list[bytes]:
    """The series' files, in the order of the scan's first axis."""
    return [_file(identity, series, number) for number in range(series.scan.values.shape[0])]


def in_folders(folders: Sequence[tuple[str, Iterable[bytes]]], rng: np.random.Generator) -> dict[str, bytes]:
    """Number the files of each folder in random order: relative path -> bytes."""
    files = {}
    for folder, contents in folders:
        held = list(contents)
        for number, place in enumerate(rng.permutation(len(held)), start=1):
            files[f"{folder}/IM{number:06d}"] = held[place]
    return files


def _file(identity: Identity, series: Series, number: int) -> bytes:
    sop_class = CTImageStorage if series.modality == "CT" else MRImageStorage
    instance = identity.uid(series.modality, series.number, number)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = instance
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = UID("2.25.305828488182831875890203105390285383139")
    meta.ImplementationVersionName = "BONEHOLD_SAMPLE"
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    _describe(dataset, identity, series)
    dataset.SOPClassUID = sop_class
    dataset.SOPInstanceUID = instance
    dataset.InstanceNumber = number + 1
    _locate(dataset, series.scan, number)
    stored = series.scan.values[number]
    intercept = CT_INTERCEPT if series.modality == "CT" else 0
    pixels = np.round((stored - intercept) / series.slope).astype("<u2")
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 0
    dataset.RescaleIntercept, dataset.RescaleSlope = intercept, series.slope
    if series.modality == "CT":
        dataset.RescaleType = "HU"
    dataset.add_new(0x7FE00010, "OW", pixels.tobytes())
    buffer = io.BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


def _describe(dataset: Dataset, identity: Identity, series: Series) -> None:
    day = series.date.strftime("%Y%m%d")
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.ImageType = list(series.image_type)
    dataset.StudyDate = dataset.SeriesDate = dataset.AcquisitionDate = dataset.ContentDate = day
    clock = f"10{series.number % 60:02d}00"
    dataset.StudyTime = "100000"
    dataset.SeriesTime = dataset.AcquisitionTime = dataset.ContentTime = clock
    dataset.AccessionNumber = ""
    dataset.Modality = series.modality
    dataset.ReferringPhysicianName = "Synthetic^Referrer"
    dataset.InstitutionName = "Synthetic Hospital"
    dataset.StudyDescription = f"{series.modality} lumbar spine"
    dataset.SeriesDescription = series.description
    dataset.PatientName = f"Synthetic^{identity.patient_id}"
    dataset.PatientID = f"SYN-{identity.patient_id}"
    dataset.PatientBirthDate = f"{series.date.year - identity.age:04d}0101"
    dataset.PatientSex = identity.sex
    dataset.PatientAge = f"{identity.age:03d}Y"
    dataset.BodyPartExamined = "LSPINE"
    dataset.PatientPosition = "HFS"
    dataset.SliceThickness = series.thickness_mm
    dataset.StudyInstanceUID = identity.uid(series.modality, "study")
    dataset.SeriesInstanceUID = identity.uid(series.modality, series.number)
    dataset.FrameOfReferenceUID = identity.uid(series.modality, "frame")
    dataset.PositionReferenceIndicator = ""
    dataset.StudyID = "1"
    dataset.SeriesNumber = series.number
    dataset.AcquisitionNumber = 1
    for keyword, value in series.header.items():
        setattr(dataset, keyword, value)
    if series.scale_slope:
        block = dataset.private_block(0x2005, "Philips MR Imaging DD 001", create=True)
        block.add_new(0x0E, "FL", series.scale_slope)


def _locate(dataset: Dataset, scan: Scan, number: int) -> None:
    grid = scan.grid
    along = (grid.x, grid.y, grid.z)
    slice_axis, row_axis, column_axis = grid.order
    position = [float(along[axis][0]) for axis in range(3)]
    position[slice_axis] = float(along[slice_axis][number])
    directions = []
    for axis in (column_axis, row_axis):
        direction = [0, 0, 0]
        direction[axis] = 1 if along[axis][1] > along[axis][0] else -1
        directions += direction
    dataset.ImagePositionPatient = [round(value, 4) for value in position]
    dataset.ImageOrientationPatient = directions
    dataset.PixelSpacing = [
        round(abs(float(along[axis][1] - along[axis][0])), 4) for axis in (row_axis, column_axis)
    ]
    dataset.SliceLocation = round(position[slice_axis], 4)
