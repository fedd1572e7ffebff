"""What each tissue looks like: HU on CT, signal on MR."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bonehold.sample.anatomy import LEVELS

Contrast = Mapping[str, tuple[float, ...]]
"""Tissue -> its value in each channel; `left trajectory` and `right trajectory` are what the bone along the planned
screw has above the body's."""


def hu_contrast(b_hu: float, st_hu: Mapping[str, float]) -> Contrast:
    """HU of the tissues and the share of marrow.

    Textbook CT numbers: air -1000, fat -100 to -50, muscle 40-80, discs 50-100, CSF 0-15, cortex 400-1000 HU.

    Args:
        b_hu: cancellous bone of the bodies, HU.
        st_hu: side -> HU along the planned screw.
    """
    marrow = (b_hu, 1.0)
    return {
        "air": (-1000.0, 0.0),
        "skin": (20.0, 0.0),
        "fat": (-100.0, 0.0),
        "muscle": (55.0, 0.0),
        "muscle fat": (-70.0, 0.0),
        "bowel": (25.0, 0.0),
        "vessel": (42.0, 0.0),
        "ligament": (60.0, 0.0),
        "csf": (8.0, 0.0),
        "nerve": (35.0, 0.0),
        "annulus": (95.0, 0.0),
        "nucleus": (75.0, 0.0),
        "cortex": (780.0, 0.0),
        "arch marrow": (max(b_hu, 40.0) * 1.4, 1.0),
        "marrow": marrow,
        **{f"{level} pedicle": marrow for level in LEVELS},
        **{f"{side} trajectory": (value - b_hu, 0.0) for side, value in st_hu.items()},
    }


def spin_echo_contrast(csf: float, pedicles: Mapping[str, float]) -> Contrast:
    """T1 and T2 signal of the tissues in arbitrary units, and the share of marrow.

    A spin echo of TR 600 / TE 10 ms at 3 T with the relaxation times of a SyMRI series (PMC7410772) puts marrow at
    three to four times the signal of CSF; the rest follows by eye.

    Args:
        csf: T1 signal of CSF; the paper's PBQ divides by it.
        pedicles: level -> T1 signal of its pedicles.
    """
    bone = float(np.mean(list(pedicles.values())))
    t1_t2: dict[str, tuple[float, float]] = {
        "air": (0.0, 0.0),
        "skin": (380.0, 180.0),
        "fat": (900.0, 620.0),
        "muscle": (230.0, 130.0),
        "muscle fat": (800.0, 560.0),
        "bowel": (260.0, 260.0),
        "vessel": (35.0, 25.0),
        "ligament": (60.0, 40.0),
        "csf": (csf, 950.0),
        "nerve": (240.0, 330.0),
        "annulus": (170.0, 90.0),
        "nucleus": (200.0, 300.0),
        "cortex": (45.0, 25.0),
        "arch marrow": (bone * 1.05, 260.0),
        "marrow": (bone * 0.96, 250.0),
    }
    marrow = {"arch marrow", "marrow"}
    contrast = {name: (*values, float(name in marrow)) for name, values in t1_t2.items()}
    return {
        **contrast,
        **{f"{level} pedicle": (pedicles.get(level, bone), 260.0, 1.0) for level in LEVELS},
        **{f"{side} trajectory": (0.0, 0.0, 0.0) for side in ("left", "right")},
    }
