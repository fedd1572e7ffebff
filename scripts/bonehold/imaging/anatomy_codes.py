"""Coded anatomy (SNOMED) of the regions: which codes name a region, and which are written for one.

Level, pedicle, cerebrospinal fluid and side have codes. The *body* planes and the *trajectory* have none (there
is no code for cancellous bone of a vertebral body, nor for a planned screw's path), so codes alone never name
those: the level's code says only which vertebra.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from bonehold.roi_names import RoiName

SNOMED_RT = {"SRT", "SNM3", "99SDM"}
"""Designators under which the older SNOMED-RT codes were written (PS3.16 section 8)."""


class Code(NamedTuple):
    """A code as a file holds it: its scheme and value; the meaning only where it is free text."""

    scheme: str
    value: str
    meaning: str = ""


class Concept(NamedTuple):
    """One concept with its SNOMED CT and its SNOMED-RT code."""

    sct: str
    srt: str
    meaning: str

    def is_meant_by(self, code: Code) -> bool:
        """Whether a code of either scheme is this concept."""
        if code.scheme == "SCT":
            return code.value == self.sct
        return code.scheme in SNOMED_RT and code.value == self.srt


LEVELS = {
    "L1": Concept("66794005", "T-11910", "L1 vertebra"),
    "L2": Concept("14293000", "T-11920", "L2 vertebra"),
    "L3": Concept("36470004", "T-11930", "L3 vertebra"),
    "L4": Concept("11994002", "T-11940", "L4 vertebra"),
    "L5": Concept("49668003", "T-11950", "L5 vertebra"),
}
"""PS3.16 CID 7602 and 7603."""

SIDES = {
    "left": Concept("7771000", "G-A101", "Left"),
    "right": Concept("24028007", "G-A100", "Right"),
}
"""PS3.16 CID 244."""

PEDICLE = Concept("78972004", "T-11515", "Pedicle of vertebra")
"""PS3.16 CID 6115, used as topographical modifier of the level."""

CEREBROSPINAL_FLUID = Concept("65216001", "T-A1000", "Cerebrospinal fluid")
SUBARACHNOID_SPACE = Concept("35951006", "T-A1500", "Subarachnoid space")
"""PS3.16 CID 7151; either is read as the CSF region, the space is what is written."""


def name_from_codes(codes: Iterable[Code]) -> str:
    """The region that a set of codes names without doubt: pedicle (level, side) or CSF (level); else empty.

    >>> name_from_codes([Code("SCT", "66794005"), Code("SCT", "78972004"), Code("SRT", "G-A101")])
    'L1_pedicle_left'
    >>> name_from_codes([Code("SCT", "36470004")])
    ''
    """
    given = list(codes)
    levels = [level for level, concept in LEVELS.items() if _any(concept, given)]
    sides = [side for side, concept in SIDES.items() if _any(concept, given)]
    pedicle = _any(PEDICLE, given)
    fluid = _any(CEREBROSPINAL_FLUID, given) or _any(SUBARACHNOID_SPACE, given)
    if len(levels) != 1 or pedicle == fluid:
        return ""
    if fluid:
        return str(RoiName(levels[0], "csf"))
    return str(RoiName(levels[0], "pedicle", sides[0])) if len(sides) == 1 else ""


class Site(NamedTuple):
    """A finding site to be written for a region: place, side and part of it, where coded."""

    place: Concept
    side: Concept | None = None
    part: Concept | None = None


def sites_of(name: RoiName) -> tuple[Site, ...]:
    """The finding sites of a region; a trajectory has its side but no part, a body plane neither."""
    level = LEVELS[name.level]
    if name.what == "csf":
        return Site(level), Site(SUBARACHNOID_SPACE)
    return (Site(level, SIDES.get(name.where), PEDICLE if name.what == "pedicle" else None),)


def _any(concept: Concept, codes: list[Code]) -> bool:
    return any(concept.is_meant_by(code) for code in codes)
