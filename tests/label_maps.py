"""Label maps for tests, written by SimpleITK or byte by byte."""

from __future__ import annotations

import gzip
import json
import struct
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from bonehold.imaging.annotation_file import AnnotationFile
from bonehold.imaging.drawings import Drawing
from bonehold.imaging.roi_files import label_map

NAMES = {1: "L3_body_superior", 2: "L3_body_middle", 3: "L3_csf"}


def in_folder(name: str, data: bytes, table: Mapping[int, str] | None = None) -> AnnotationFile:
    """A label map of reader R1 in a folder of its own, with `labels.json` beside it."""
    folder = Path(tempfile.mkdtemp(prefix="bonehold-test-"))
    (folder / name).write_bytes(data)
    if table is not None:
        (folder / "labels.json").write_text(json.dumps({str(key): value for key, value in table.items()}))
    return AnnotationFile(folder / name, "R1", "P1", folder)


def read_map(name: str, data: bytes, table: Mapping[int, str] | None = NAMES) -> list[Drawing]:
    """The regions of a label map."""
    return label_map.read(in_folder(name, data, table))


def itk_bytes(image: sitk.Image, name: str) -> bytes:
    """The file that SimpleITK writes."""
    with tempfile.TemporaryDirectory() as folder:
        sitk.WriteImage(image, f"{folder}/{name}", useCompression=True)
        return Path(folder, name).read_bytes()


def labelled(voxels: np.ndarray, **geometry: Any) -> sitk.Image:
    """An image (z, y, x) with its place in space."""
    image = sitk.GetImageFromArray(voxels)
    image.SetOrigin(geometry.get("origin", (-10.0, 20.0, -30.0)))
    image.SetSpacing(geometry.get("spacing", (0.5, 0.75, 2.0)))
    image.SetDirection(geometry.get("direction", np.eye(3).ravel().tolist()))
    return image


def nifti(
    voxels: np.ndarray,
    *,
    sform: np.ndarray | None = None,
    qform: Sequence[float] | None = None,
    spacing: Sequence[float] = (1, 1, 1, 1),
    kind: int = 2,
    sizes: Sequence[int] | None = None,
    units: int = 2,
    scale: tuple[float, float] = (0.0, 0.0),
) -> bytes:
    """A NIfTI-1 file; `voxels` (x, y, z) in the order of the file, `qform` = (b, c, d, x, y, z)."""
    header = bytearray(348)
    shape = list(sizes or voxels.shape)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into(f"<{len(shape) + 1}h", header, 40, len(shape), *shape)
    struct.pack_into("<hh", header, 70, kind, voxels.dtype.itemsize * 8)
    struct.pack_into("<4f", header, 76, *spacing)
    struct.pack_into("<3f", header, 108, 352.0, *scale)
    header[123] = units
    struct.pack_into("<hh", header, 252, int(qform is not None), int(sform is not None))
    if qform is not None:
        struct.pack_into("<6f", header, 256, *qform)
    if sform is not None:
        struct.pack_into("<12f", header, 280, *np.asarray(sform).ravel())
    header[344:348] = b"n+1\0"
    return bytes(header) + b"\0\0\0\0" + voxels.tobytes(order="F")


def nrrd(voxels: bytes, *lines: str, encoding: str = "gzip", **fields: str) -> bytes:
    """An NRRD file of 4 x 3 x 2 bytes in LPS unless the fields say otherwise; an empty field is left out."""
    header = {
        "type": "uint8",
        "dimension": "3",
        "space": "left-posterior-superior",
        "sizes": "4 3 2",
        "space directions": "(1,0,0) (0,1,0) (0,0,2)",
        "encoding": encoding,
        "space origin": "(10,20,30)",
        **{key.replace("_", " "): value for key, value in fields.items()},
    }
    text = ["NRRD0005", *(f"{key}: {value}" for key, value in header.items() if value), *lines, "", ""]
    return "\n".join(text).encode() + (gzip.compress(voxels) if encoding == "gzip" else voxels)
