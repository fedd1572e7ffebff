"""The landmarks of a lateral radiograph, as a reader saves them from 3D Slicer: a point list with six labels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from bonehold.imaging.annotation_file import AnnotationFile
from bonehold.imaging.drawings import MOST_POINTS, UnreadableRoi, numbers, parse_json
from bonehold.imaging.geometry import Vector
from bonehold.imaging.placement import placement_of
from bonehold.imaging.roi_files.slicer_markups import to_lps_of, unit_mm
from bonehold.imaging.spinopelvic import LANDMARKS, LandmarksRefused

POINT_LIST = "Fiducial"

_BY_SPELLING = {re.sub(r"[_\- ]", "", name).lower(): name for name in LANDMARKS}


def read_landmarks(file: AnnotationFile) -> dict[str, Vector]:
    """The six landmarks of a file; points with other labels are left alone.

    Returns:
        name -> (3,) LPS mm.

    Raises:
        UnreadableRoi: not a markups file, or under a transform that is not applied.
        LandmarksRefused: a landmark is missing, was never placed, or stands twice.
    """
    document = parse_json(file.data())
    markups = document.get("markups") if isinstance(document, Mapping) else None
    if not isinstance(markups, list) or not all(isinstance(markup, Mapping) for markup in markups):
        raise UnreadableRoi("holds no markups; save it from 3D Slicer as .mrk.json")
    points = [found for markup in markups if markup.get("type") == POINT_LIST for found in _points(markup)]
    if not points:
        raise LandmarksRefused("it holds no point list; set the six landmarks as a point list")
    times = Counter(name for name, _ in points)
    twice = [name for name in LANDMARKS if times[name] > 1]
    if twice:
        raise LandmarksRefused(f"{_listed(twice)} {_stand(twice, 'stands', 'stand')} twice")
    placed = {name: position for name, position in points if position is not None}
    missing = [name for name in LANDMARKS if name not in placed]
    if missing:
        raise LandmarksRefused(f"{_listed(missing)} {_stand(missing, 'is', 'are')} missing or not placed")
    to_patient = placement_of(file).to_patient
    return {name: to_patient[:3, :3] @ placed[name] + to_patient[:3, 3] for name in LANDMARKS}


def _points(markup: Mapping[str, Any]) -> list[tuple[str, Vector | None]]:
    """Landmarks of a point list; those that were never placed have no position."""
    to_lps = to_lps_of(markup) * unit_mm(markup)
    given = markup.get("controlPoints")
    if not isinstance(given, list) or len(given) > MOST_POINTS:
        raise UnreadableRoi(f"has no list of at most {MOST_POINTS} control points; set the landmarks again")
    found: list[tuple[str, Vector | None]] = []
    for point in given:
        label = point.get("label") if isinstance(point, Mapping) else None
        name = _BY_SPELLING.get(re.sub(r"[_\- ]", "", label).lower()) if isinstance(label, str) else None
        if name is None:
            continue
        placed = point.get("positionStatus", "defined") == "defined"
        position = numbers(point.get("position"), 3, name) * to_lps if placed else None
        found.append((name, position))
    return found


def _listed(names: list[str]) -> str:
    return ", ".join(names)


def _stand(names: list[str], one: str, many: str) -> str:
    return one if len(names) == 1 else many
