"""Names of regions of interest: `<level>_<what>[_<where>][_<side>]`, read in any case and with any separator."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Modality = Literal["CT", "MR"]

LEVELS = ("L1", "L2", "L3", "L4", "L5")
BODY_PLANES = ("superior", "middle", "inferior")
SIDES = ("left", "right")
EXPECTED = "a name like L3_body_superior, L3_trajectory_left, L1_pedicle_right or L3_csf"

_PARTS: dict[str, tuple[Modality, tuple[str, ...]]] = {
    "body": ("CT", BODY_PLANES),
    "trajectory": ("CT", SIDES),
    "pedicle": ("MR", SIDES),
    "csf": ("MR", ()),
}


@dataclass(frozen=True, order=True)
class RoiName:
    """What a region is: vertebral level, structure, and which plane (body) or side (trajectory, pedicle)."""

    level: str
    what: str
    where: str = ""

    def __str__(self) -> str:
        return "_".join(part for part in (self.level, self.what, self.where) if part)

    @property
    def modality(self) -> Modality:
        """The image it is drawn on."""
        return _PARTS[self.what][0]


def parse_roi_name(text: str) -> RoiName | None:
    """The region that a reader's spelling means, or None if it is none of ours.

    Case does not matter; underscores, hyphens and spaces are the same.

    >>> str(parse_roi_name("l3-Body superior"))
    'L3_body_superior'
    >>> parse_roi_name("L3_body_left") is None
    True
    """
    words = [word for word in re.split(r"[\s_-]+", text.strip()) if word]
    if len(words) not in (2, 3) or words[0].upper() not in LEVELS:
        return None
    level, what, *rest = words[0].upper(), *(word.lower() for word in words[1:])
    if what not in _PARTS:
        return None
    where = rest[0] if rest else ""
    allowed = _PARTS[what][1] or ("",)
    return RoiName(level, what, where) if where in allowed else None
