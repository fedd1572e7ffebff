"""Spinopelvic angles from six landmarks in the sagittal plane.

Sources: Duval-Beaupere G, Schmidt C, Cosson P. A barycentremetric study of the sagittal shape of spine and pelvis.
Ann Biomed Eng 1992; 20: 451-462. Legaye J, Duval-Beaupere G, Hecquet J, Marty C. Pelvic incidence: a fundamental
pelvic parameter for three-dimensional regulation of spinal sagittal curves. Eur Spine J 1998; 7: 99-103.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bonehold.imaging.geometry import Vector

LANDMARKS = (
    "S1_anterior",
    "S1_posterior",
    "L1_anterior",
    "L1_posterior",
    "femoral_head_left",
    "femoral_head_right",
)
"""Ends of the upper endplates of S1 and L1, and centres of the femoral heads."""

SHORTEST_ENDPLATE = 0.02
"""An endplate shorter than this share of the way from S1 to L1 is two points at the same place."""

LEAST_PI, GREATEST_PI = 0.0, 130.0
"""Degrees; as patients.csv allows."""

FLAT_MM = 0.5
"""Points of a film lie on one plane; those of a volume differ in height by a whole lumbar spine."""


class LandmarksRefused(Exception):
    """Landmarks that give no angles; the message is the reason, in words for a reader."""


@dataclass(frozen=True)
class SpinopelvicAngles:
    """In degrees.

    Attributes:
        pi: pelvic incidence, between the perpendicular to the S1 endplate at its middle and the line from there to
            the hip axis; does not depend on posture.
        pt: pelvic tilt, between the vertical and the line from the hip axis to the middle of the S1 endplate;
            positive when the hip axis is anterior to it.
        ss: sacral slope, between the S1 endplate and the horizontal; positive when it falls to the front.
        ll: lumbar lordosis, between the upper endplates of L1 and S1; positive in lordosis.
    """

    pi: float
    pt: float
    ss: float
    ll: float


def lie_on_a_film(points: Mapping[str, Vector]) -> bool:
    """Whether landmarks, (3,) each, were set on an image that does not say where it lies in the patient."""
    heights = [point[2] for point in points.values()]
    return bool(max(heights) - min(heights) < FLAT_MM)


def on_film(points: Mapping[str, Vector]) -> dict[str, Vector]:
    """Landmarks of a lateral film in the sagittal plane.

    The film may be mirrored or turned by quarter turns: the side of the film nearest to the way from S1 to L1 is up,
    and front is where the anterior ends of the endplates lie. The edge of the film is taken for the vertical.

    Args:
        points: name -> (2 or more,), to the right and down on the film, mm.

    Returns:
        name -> (2,), to the front and up, mm.

    Raises:
        LandmarksRefused: the endplates of S1 and L1 look to opposite sides.
    """
    flat = {name: np.array([point[0], -point[1]]) for name, point in points.items()}
    up = _nearest_axis(_middle(flat, "L1") - _middle(flat, "S1"))
    aside = np.array([up[1], -up[0]])
    front = [(flat[f"{level}_anterior"] - flat[f"{level}_posterior"]) @ aside for level in ("S1", "L1")]
    if front[0] * front[1] < 0:
        raise LandmarksRefused("the anterior ends of the S1 and L1 endplates lie on opposite sides")
    sign = 1.0 if sum(front) >= 0 else -1.0
    return {name: np.array([sign * (point @ aside), point @ up]) for name, point in flat.items()}


def in_patient(points: Mapping[str, Vector]) -> dict[str, Vector]:
    """Landmarks of a volume, projected on the sagittal plane of the patient's coordinates.

    Args:
        points: name -> (3,), LPS mm.

    Returns:
        name -> (2,), to the front and up, mm.

    Raises:
        LandmarksRefused: an anterior end lies behind its posterior end.
    """
    for level in ("S1", "L1"):
        if points[f"{level}_anterior"][1] > points[f"{level}_posterior"][1]:
            raise LandmarksRefused(f"the anterior end of the {level} endplate lies behind the posterior one")
    return {name: np.array([-point[1], point[2]]) for name, point in points.items()}


def spinopelvic_angles(points: Mapping[str, Vector]) -> SpinopelvicAngles:
    """The four angles.

    Args:
        points: each of LANDMARKS -> (2,), to the front and up, any unit.

    Raises:
        LandmarksRefused: points stand at the same place, or where no pelvis has them.
    """
    sacrum, lumbar = _endplate(points, "S1"), _endplate(points, "L1")
    hip_axis = (points["femoral_head_left"] + points["femoral_head_right"]) / 2
    to_hips = hip_axis - _middle(points, "S1")
    way = float(np.linalg.norm(_middle(points, "L1") - _middle(points, "S1")))
    for level, endplate in (("S1", sacrum), ("L1", lumbar)):
        if not np.linalg.norm(endplate) > SHORTEST_ENDPLATE * way:
            raise LandmarksRefused(f"the two ends of the {level} endplate stand at the same place")
    if not np.linalg.norm(to_hips) > SHORTEST_ENDPLATE * way:
        raise LandmarksRefused("the femoral heads stand at the same place as the S1 endplate")
    if _middle(points, "L1")[1] <= _middle(points, "S1")[1]:
        raise LandmarksRefused("L1 lies below S1")
    if to_hips[1] >= 0:
        raise LandmarksRefused("the femoral heads lie above the S1 endplate")
    pi = _turn(_turned_down(sacrum), to_hips)
    if not LEAST_PI <= pi <= GREATEST_PI:
        raise LandmarksRefused(f"they give a pelvic incidence of {pi:.0f} degrees, which no pelvis has")
    down, front = np.array([0.0, -1.0]), np.array([1.0, 0.0])
    return SpinopelvicAngles(
        pi=pi, pt=_turn(down, to_hips), ss=-_turn(front, sacrum), ll=_turn(sacrum, lumbar)
    )


def _middle(points: Mapping[str, Vector], level: str) -> Vector:
    return np.asarray((points[f"{level}_anterior"] + points[f"{level}_posterior"]) / 2)


def _endplate(points: Mapping[str, Vector], level: str) -> Vector:
    """From the posterior to the anterior end."""
    return np.asarray(points[f"{level}_anterior"] - points[f"{level}_posterior"])


def _turned_down(endplate: Vector) -> Vector:
    """Perpendicular to an endplate, to the side of the sacrum."""
    return np.array([endplate[1], -endplate[0]])


def _turn(start: Vector, end: Vector) -> float:
    """Degrees from one direction to another; positive from down to front, and from front to up."""
    cross = start[0] * end[1] - start[1] * end[0]
    return float(np.degrees(np.arctan2(cross, start @ end)))


def _nearest_axis(direction: Vector) -> Vector:
    along = int(np.argmax(np.abs(direction)))
    axis = np.zeros(2)
    axis[along] = 1.0 if direction[along] >= 0 else -1.0
    return axis
