"""A pelvis and lumbar spine of known angles, its landmarks on films and in patients, and files that hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from dicom import markup, save_markups

LABELS = (
    "S1_anterior",
    "S1_posterior",
    "L1_anterior",
    "L1_posterior",
    "femoral_head_left",
    "femoral_head_right",
)


def pelvis(
    pt: float = 15.0, ss: float = 38.0, ll: float = 52.0, apart_mm: float = 6.0
) -> dict[str, np.ndarray]:
    """Landmarks to the front and up, mm, made from the definitions of the angles (degrees)."""
    tilt, slope, first = np.radians([pt, ss, ss - ll])
    sacrum = np.array([0.0, 0.0])
    lumbar = np.array([12.0, 160.0])
    hips = sacrum + 110 * np.array([np.sin(tilt), -np.cos(tilt)])
    along_s1, along_l1 = (np.array([np.cos(a), -np.sin(a)]) for a in (slope, first))
    aside = np.array([apart_mm, apart_mm / 2])
    ends = [sacrum + 18 * along_s1, sacrum - 18 * along_s1, lumbar + 16 * along_l1, lumbar - 16 * along_l1]
    return dict(zip(LABELS, [*ends, hips + aside, hips - aside], strict=True))


def placed_on_film(
    points: Mapping[str, np.ndarray],
    *,
    size_mm: tuple[float, float] = (0.2, 0.2),
    placed_mm: tuple[float, float] = (1.0, 1.0),
    front: int = 1,
) -> dict[str, np.ndarray]:
    """Where 3D Slicer has landmarks of a film whose pixels are `size_mm` (between rows, columns), LPS.

    Args:
        points: to the front and up, mm.
        size_mm: true size of a pixel.
        placed_mm: spacing by which 3D Slicer places the pixels.
        front: 1 where the film shows the front on the right, -1 on the left.
    """
    pixels = {
        name: (np.array([200 + front * p[0], 300 - p[1]])) / size_mm[::-1] for name, p in points.items()
    }
    return {name: np.array([*(pixel * placed_mm[::-1]), 0.0]) for name, pixel in pixels.items()}


def in_volume(points: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The same in a patient, LPS mm; what lies left or right is spread to the sides."""
    aside = {"femoral_head_left": 85.0, "femoral_head_right": -85.0}
    return {name: np.array([aside.get(name, 3.0), 40 - p[0], p[1] - 900]) for name, p in points.items()}


def control_points(points: Mapping[str, Sequence[float]]) -> list[dict[str, Any]]:
    """Labelled control points."""
    return [
        {"label": name, "position": [float(x) for x in position], "positionStatus": "defined"}
        for name, position in points.items()
    ]


def save_landmarks(folder: Path, points: Mapping[str, Sequence[float]], **fields: Any) -> Path:
    """A reader's file of landmarks."""
    path = folder / "spinopelvic.mrk.json"
    save_markups(path, markup("Fiducial", controlPoints=control_points(points), **fields))
    return path
