"""The header of an NRRD file and the segments that 3D Slicer describes in it (source: teem's NRRD file format)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO

import numpy as np

from bonehold.imaging.drawings import UnreadableRoi
from bonehold.imaging.label_table import MOST_LABELS
from bonehold.imaging.voxel_grid import VoxelGrid, checked, finite

LARGEST_HEADER = 2**20

TYPES = {
    "i1": ("signed char", "int8", "int8_t"),
    "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "i4": ("int", "signed int", "int32", "int32_t"),
    "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
    "i8": ("longlong", "long long", "long long int", "signed long long", "int64", "int64_t"),
    "u8": ("ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"),
    "f4": ("float",),
    "f8": ("double",),
}
KIND = {name: kind for kind, names in TYPES.items() for name in names}
SPACE_TO_LPS = {
    "left-posterior-superior": (1.0, 1.0, 1.0),
    "lps": (1.0, 1.0, 1.0),
    "right-anterior-superior": (-1.0, -1.0, 1.0),
    "ras": (-1.0, -1.0, 1.0),
    "left-anterior-superior": (1.0, -1.0, 1.0),
    "las": (1.0, -1.0, 1.0),
}
GZIP = ("gzip", "gz")
VECTOR = re.compile(r"\(([^()]*)\)|none")
SEGMENT = re.compile(r"Segment(\d{1,4})_(Name|LabelValue|Layer)")


@dataclass(frozen=True)
class Segment:
    """A segment of 3D Slicer: its name as spelt, in which layer it lies, and as which number."""

    name: str
    layer: int
    label: int


@dataclass(frozen=True, eq=False)
class NrrdHeader:
    """What precedes the voxels.

    Attributes:
        data_file: name of the file with the voxels; empty where they follow the header.
    """

    grid: VoxelGrid
    gzipped: bool
    data_file: str
    segments: tuple[Segment, ...]


def read_nrrd_header(stream: IO[bytes]) -> NrrdHeader:
    """The header of an NRRD file; the stream then stands behind it.

    Raises:
        UnreadableRoi: no NRRD file of labels in one piece that says where it lies.
    """
    fields, values = _lines(stream)
    encoding = fields.get("encoding", "").lower()
    if encoding not in ("raw", *GZIP):
        raise UnreadableRoi("is neither raw nor gzip; save it again as .nrrd")
    if any(fields.get(key, "0") != "0" for key in ("line skip", "byte skip", "lineskip", "byteskip")):
        raise UnreadableRoi("skips bytes before its voxels; save it again as .nrrd")
    if any(
        "Fractional" in values.get(f"Segmentation_{key}Representation", "") for key in ("Master", "Source")
    ):
        raise UnreadableRoi("is a fractional segmentation; save it as a binary label map")
    segments = _segments(values)
    grid = _grid(fields)
    if grid.layers > 1 and not segments:
        raise UnreadableRoi("holds several values for each voxel; save one label map")
    return NrrdHeader(grid, encoding in GZIP, fields.get("data file", fields.get("datafile", "")), segments)


def _lines(stream: IO[bytes]) -> tuple[dict[str, str], dict[str, str]]:
    """The fields (`key: value`) and the free values (`key:=value`) of a header."""
    fields: dict[str, str] = {}
    values: dict[str, str] = {}
    left = LARGEST_HEADER
    first = stream.readline(16)
    if not re.fullmatch(rb"NRRD000[1-5]\r?\n", first):
        raise UnreadableRoi("is not an NRRD file; save it again as .nrrd")
    while left > 0:
        line = stream.readline(left)
        left -= len(line)
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if not line or not text:
            return fields, values
        if text.startswith("#"):
            continue
        key, separator, value = text.partition(":")
        if value.startswith("="):
            values[key] = value[1:]
        elif separator and key.lower() not in fields:
            fields[key.lower()] = value.strip()
        else:
            raise UnreadableRoi("has a header that contradicts itself; save it again")
    raise UnreadableRoi("has a header of more than 1 MB; save it again")


def _grid(fields: Mapping[str, str]) -> VoxelGrid:
    to_lps = SPACE_TO_LPS.get(fields.get("space", "").lower())
    if to_lps is None or "space directions" not in fields or "space origin" not in fields:
        raise UnreadableRoi(
            "does not say where in the patient it lies (space, directions, origin); save it from 3D Slicer"
        )
    if set(re.findall(r'"([^"]*)"', fields.get("space units", ""))) - {"mm", ""}:
        raise UnreadableRoi("is not in mm; save it again in mm")
    sizes = _integers(fields.get("sizes", ""))
    directions = [_vector(found) for found in VECTOR.finditer(fields["space directions"])]
    axes = [axis for axis, direction in enumerate(directions) if direction is not None]
    lists = [axis for axis, direction in enumerate(directions) if direction is None]
    if len(sizes) != len(directions) or len(axes) != 3 or lists not in ([], [0], [3]):
        raise UnreadableRoi("is not a label map of three axes; save one volume")
    if fields.get("dimension") != str(len(sizes)):
        raise UnreadableRoi("has a header that contradicts itself; save it again")
    kind = KIND.get(fields.get("type", "").lower())
    if kind is None:
        raise UnreadableRoi("holds voxels that are no plain numbers; save labels as integers")
    order = {"little": "<", "big": ">"}.get(fields.get("endian", "").lower())
    if order is None and kind[1] != "1":
        raise UnreadableRoi("does not say its byte order; save it again")
    origin = VECTOR.fullmatch(fields["space origin"])
    start = _vector(origin) if origin else None
    if start is None:
        raise UnreadableRoi("has an origin that is not 3 numbers; save it again")
    return checked(
        VoxelGrid(
            (sizes[axes[0]], sizes[axes[1]], sizes[axes[2]]),
            finite(start, "origin") * to_lps,
            finite([value for axis in axes for value in directions[axis] or ()], "direction").reshape(3, 3)
            * to_lps,
            np.dtype((order or "<") + kind),
            layers=sizes[lists[0]] if lists else 1,
            layers_first=lists != [3],
        )
    )


def _vector(found: re.Match[str]) -> list[float] | None:
    """Three numbers in brackets; None for an axis outside space."""
    if found[1] is None:
        return None
    try:
        numbers = [float(part) for part in found[1].split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 3:
        raise UnreadableRoi("has an axis that is not 3 numbers; save it again")
    return numbers


def _integers(text: str) -> list[int]:
    parts = text.split()
    if not all(part.isdecimal() and len(part) <= 9 for part in parts):
        raise UnreadableRoi("has sizes that are no whole numbers; save it again")
    return [int(part) for part in parts]


def _segments(values: Mapping[str, str]) -> tuple[Segment, ...]:
    """The named segments; before layers were shared, segment n was layer n with the number 1.

    Where a segment lies is in the voxels; its Extent is only the box around it and is not needed.
    """
    found: dict[int, dict[str, str]] = {}
    for key, value in values.items():
        matched = SEGMENT.fullmatch(key)
        if matched:
            found.setdefault(int(matched[1]), {})[matched[2]] = value
    if len(found) > MOST_LABELS:
        raise UnreadableRoi(f"holds more than {MOST_LABELS} segments; keep those of the regions")
    return tuple(
        Segment(segment["Name"], _number(segment, "Layer", number), _number(segment, "LabelValue", 1))
        for number, segment in sorted(found.items())
        if "Name" in segment
    )


def _number(segment: Mapping[str, str], key: str, default: int) -> int:
    text = segment.get(key, str(default)).strip()
    if not text.isdecimal() or len(text) > 9:
        raise UnreadableRoi("has a segment whose layer or label is no number; save it again")
    return int(text)
