"""A region as a reader's file holds it, before it meets an image."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bonehold.imaging.geometry import Vector
from bonehold.imaging.shapes import Shape

DEEPEST_JSON = 40
MOST_POINTS = 10_000
LARGEST_COORDINATE = 1e6
"""Millimetres (or micrometres) beyond this are no place in a patient; NaN is not below it either."""


class UnreadableRoi(Exception):
    """A file or a region in it that cannot be used; the message says what and what to do, without quoting names."""


@dataclass(frozen=True)
class Binding:
    """The images that a file says its regions were drawn on; an empty field says nothing.

    Attributes:
        frame_of_reference: FrameOfReferenceUID.
        series: SeriesInstanceUID.
        images: SOPInstanceUIDs.
    """

    frame_of_reference: str = field(default="", repr=False)
    series: str = field(default="", repr=False)
    images: frozenset[str] = field(default=frozenset(), repr=False)


UNBOUND = Binding()


@dataclass(frozen=True, eq=False)
class Drawing:
    """One drawn region: the name its file gives it (as spelt) and its shape in LPS mm.

    `refused` is empty, or says why this one region of the file has no shape. `bound` names the images that the
    file says it belongs to; files of 3D Slicer and `roi.json` name none.
    """

    name: str
    shape: Shape | None
    refused: str = ""
    bound: Binding = UNBOUND


def parse_json(data: bytes) -> Any:
    """JSON of a reader's file.

    Raises:
        UnreadableRoi: not UTF-8 JSON, nested too deep, or holding NaN or Infinity.
    """
    try:
        value = json.loads(data.decode("utf-8-sig"), parse_constant=_no_constant)
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise UnreadableRoi("is not a JSON file; save the markup again") from None
    if _depth(value) > DEEPEST_JSON:
        raise UnreadableRoi("is nested too deep to be an annotation; save the markup again")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _depth(value: Any) -> int:
    level, deepest = [value], 0
    while level and deepest <= DEEPEST_JSON:
        deepest += 1
        level = [
            child
            for item in level
            for child in (item.values() if isinstance(item, dict) else item if isinstance(item, list) else ())
            if isinstance(child, dict | list)
        ]
    return deepest


def numbers(value: Any, count: int, what: str) -> Vector:
    """`count` finite numbers of a JSON list.

    Raises:
        UnreadableRoi: anything else.
    """
    if (
        not isinstance(value, Sequence)
        or isinstance(value, str)
        or len(value) != count
        or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in value)
        or not all(abs(v) < LARGEST_COORDINATE for v in value)
    ):
        raise UnreadableRoi(f"its {what} is not {count} finite numbers; save the markup again")
    return np.array(value, dtype=float)
