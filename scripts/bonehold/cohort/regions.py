"""Which regions of interest make up which measure."""

from __future__ import annotations

from bonehold.roi_names import BODY_PLANES, SIDES, parse_roi_name

PEDICLE_LEVELS = ("L1", "L2", "L3", "L4")
DERIVED = ("b_hu", "st_hu", "pbq")
"""Measures that a PACS table may hold ready-made, in place of the regions they come from."""


def canonical(name: str) -> str | None:
    """The one spelling of a region or a ready-made measure, or None when it is neither.

    >>> canonical("l3-Body superior"), canonical("L3 CSF"), canonical("B_HU"), canonical("L3_disc")
    ('L3_body_superior', 'L3_csf', 'b_hu', None)
    """
    measure = "_".join(name.lower().replace("_", " ").replace("-", " ").split())
    if measure in DERIVED:
        return measure
    region = parse_roi_name(name)
    return str(region) if region else None


def level_of(roi: str) -> str:
    """Vertebral level of a canonical name; empty for a derived measure."""
    return "" if roi in DERIVED else roi[:2]


def modality_of(roi: str) -> str:
    """`CT` or `MR`: the image on which a region, or the regions of a derived measure, are drawn."""
    region = parse_roi_name(roi)
    return region.modality if region else "MR" if roi == "pbq" else "CT"


def bodies(level: str) -> tuple[str, ...]:
    """The three ellipses of B-HU at a level."""
    return tuple(f"{level}_body_{plane}" for plane in BODY_PLANES)


def trajectories(level: str) -> tuple[str, ...]:
    """The two rectangles of ST-HU at a level."""
    return tuple(f"{level}_trajectory_{side}" for side in SIDES)


def pedicles() -> tuple[tuple[str, ...], ...]:
    """The pedicles of L1 to L4, left and right of each level together."""
    return tuple(tuple(f"{level}_pedicle_{side}" for side in SIDES) for level in PEDICLE_LEVELS)


def other_side(roi: str) -> str:
    """The same region on the other side; empty for a region that has none.

    >>> other_side("L3_trajectory_left"), other_side("L3_csf")
    ('L3_trajectory_right', '')
    """
    stem, _, side = roi.rpartition("_")
    opposite = dict(zip(SIDES, reversed(SIDES), strict=True)).get(side)
    return f"{stem}_{opposite}" if opposite else ""


def csf(level: str) -> str:
    """The region of cerebrospinal fluid at a level."""
    return f"{level}_csf"
