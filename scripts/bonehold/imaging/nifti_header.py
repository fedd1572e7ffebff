"""The header of a NIfTI-1 file (source: nifti1.h of the NIfTI Data Format Working Group)."""

from __future__ import annotations

import struct
from typing import IO

import numpy as np

from bonehold.imaging.drawings import UnreadableRoi
from bonehold.imaging.geometry import Vector
from bonehold.imaging.voxel_grid import VoxelGrid, checked, finite, read_exactly

HEADER_BYTES = 348
FARTHEST_DATA = 2**24
"""Extensions between header and voxels beyond this are refused."""

TYPES = {
    2: "u1",
    4: "i2",
    8: "i4",
    16: "f4",
    64: "f8",
    256: "i1",
    512: "u2",
    768: "u4",
    1024: "i8",
    1280: "u8",
}
MM, NOT_SAID = 2, 0
RAS_TO_LPS = np.array([-1.0, -1.0, 1.0])


def read_nifti_header(stream: IO[bytes]) -> VoxelGrid:
    """The grid of a NIfTI-1 file; the stream then stands at the first voxel.

    Raises:
        UnreadableRoi: no NIfTI-1 file of labels in one piece that says where it lies.
    """
    header = read_exactly(stream, HEADER_BYTES)
    order = next((o for o in "<>" if struct.unpack(f"{o}i", header[:4])[0] == HEADER_BYTES), None)
    if order is None or header[344:348] != b"n+1\0":
        raise UnreadableRoi("is not a NIfTI-1 file in one piece; save it as .nii.gz")
    axes, *sizes = struct.unpack(f"{order}8h", header[40:56])
    if not 2 <= axes <= 7 or any(size != 1 for size in sizes[3:axes]):
        raise UnreadableRoi("holds several volumes or none; save one label map")
    size = (sizes[0], sizes[1], sizes[2] if axes > 2 else 1)
    (kind,) = struct.unpack(f"{order}h", header[70:72])
    if kind not in TYPES:
        raise UnreadableRoi("holds voxels that are no plain numbers; save labels as integers")
    if header[123] & 7 not in (MM, NOT_SAID):
        raise UnreadableRoi("is not in mm; save it again in mm")
    offset, slope, intercept = finite(struct.unpack(f"{order}3f", header[108:120]), "number")
    if not HEADER_BYTES + 4 <= offset <= FARTHEST_DATA:
        raise UnreadableRoi("does not say where its voxels begin; save it again")
    affine = _affine(header, order, size)
    read_exactly(stream, int(offset) - HEADER_BYTES)
    return checked(
        VoxelGrid(
            size,
            affine[:, 3] * RAS_TO_LPS,
            affine[:, :3].T * RAS_TO_LPS,
            np.dtype(order + TYPES[kind]),
            slope=float(slope) or 1.0,
            intercept=float(intercept) if slope else 0.0,
        )
    )


def _affine(header: bytes, order: str, size: tuple[int, int, int]) -> Vector:
    """Index to RAS mm, (3, 4): the sform where there is one, else the qform.

    Programs differ in which of the two they take, so they must say the same within half a voxel. (Not closer: the
    qform's quaternion is rounded to 24 bits, which costs up to 0.1 mm at the far corner.)
    """
    qform_code, sform_code = struct.unpack(f"{order}2h", header[252:256])
    if qform_code <= 0 and sform_code <= 0:
        raise UnreadableRoi("does not say where in the patient it lies (no sform, no qform); save it again")
    qform = _qform(header, order) if qform_code > 0 else None
    if sform_code <= 0 and qform is not None:
        return qform
    sform = finite(struct.unpack(f"{order}12f", header[280:328]), "sform").reshape(3, 4)
    if qform is not None:
        corners = np.array([[i, j, k, 1] for i in (0, 1) for j in (0, 1) for k in (0, 1)], dtype=float)
        corners[:, :3] *= np.array(size, dtype=float) - 1
        half_a_voxel = np.linalg.norm(sform[:, :3], axis=0).min() / 2
        if np.linalg.norm(corners @ (sform - qform).T, axis=1).max() > half_a_voxel:
            raise UnreadableRoi("names two different places (sform and qform); save it again")
    return sform


def _qform(header: bytes, order: str) -> Vector:
    sign, *spacing = finite(struct.unpack(f"{order}4f", header[76:92]), "spacing")
    b, c, d, *origin = finite(struct.unpack(f"{order}6f", header[256:280]), "qform")
    rest = 1.0 - (b * b + c * c + d * d)
    if rest < -1e-5:
        raise UnreadableRoi("has a qform that is no rotation; save it again")
    a = np.sqrt(max(rest, 0.0))
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - c * c - b * b],
        ]
    )
    scale = np.array(spacing) * (1.0, 1.0, -1.0 if sign < 0 else 1.0)
    return np.column_stack([rotation * scale, origin])
