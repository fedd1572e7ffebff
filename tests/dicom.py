"""Small DICOM series and markups for tests, written to disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

CT_CLASS = "1.2.840.10008.5.1.4.1.1.2"
MR_CLASS = "1.2.840.10008.5.1.4.1.1.4"
AXIAL = (1, 0, 0, 0, 1, 0)
SAGITTAL = (0, 1, 0, 0, 0, -1)


def image(values: np.ndarray, position: Sequence[float], **elements: Any) -> FileDataset:
    """One CT slice (or what `elements` make of it); `values` are stored values, (rows, columns)."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = UID(elements.get("SOPClassUID", CT_CLASS))
    meta.MediaStorageSOPInstanceUID = UID("2.25.1")
    dataset = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    defaults: dict[str, Any] = {
        "SOPClassUID": CT_CLASS,
        "SOPInstanceUID": "2.25.1",
        "Modality": "CT",
        "SeriesInstanceUID": "2.25.7",
        "SeriesNumber": 2,
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "ImageOrientationPatient": list(AXIAL),
        "ImagePositionPatient": [float(x) for x in position],
        "PixelSpacing": [1.0, 1.0],
        "SliceThickness": 2.0,
        "KVP": 120,
        "ConvolutionKernel": "B30f",
        "RescaleSlope": 1,
        "RescaleIntercept": -1024,
        "BitsAllocated": 16,
        "BitsStored": 16,
        "HighBit": 15,
        "PixelRepresentation": 0,
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
    }
    dataset.Rows, dataset.Columns = values.shape
    for keyword, value in {**defaults, **elements}.items():
        if value is not None:
            setattr(dataset, keyword, value)
    kind = np.int16 if dataset.PixelRepresentation else np.uint16
    dataset.PixelData = values.astype(kind).tobytes()
    return dataset


def write_series(
    folder: Path,
    values: Callable[[int], np.ndarray],
    positions: Sequence[Sequence[float]],
    *,
    prefix: str = "IM",
    **elements: Any,
) -> list[Path]:
    """Write a series, one file a position, without extensions; gives the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for k, position in enumerate(positions):
        path = folder / f"{prefix}{k:06d}"
        image(values(k), position, **elements).save_as(path, enforce_file_format=True)
        paths.append(path)
    return paths


def markup(kind: str, **fields: Any) -> dict[str, Any]:
    """A 3D Slicer markup of a type."""
    return {"type": kind, "coordinateSystem": "LPS", "coordinateUnits": "mm", **fields}


def points(*positions: Sequence[float]) -> list[dict[str, Any]]:
    """Control points as Slicer saves them."""
    return [{"position": [float(x) for x in p], "positionStatus": "defined"} for p in positions]


def save_markups(path: Path, *markups: dict[str, Any]) -> None:
    """A `.mrk.json` file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"@schema": "markups-schema-v1.0.3.json#", "markups": list(markups)}))


def box(center: Sequence[float], size: Sequence[float], **fields: Any) -> dict[str, Any]:
    """An upright ROI box."""
    return markup(
        "ROI",
        roiType="Box",
        center=list(center),
        orientation=[1, 0, 0, 0, 1, 0, 0, 0, 1],
        size=list(size),
        **fields,
    )
