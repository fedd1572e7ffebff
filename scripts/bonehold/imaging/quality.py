"""What is suspicious about a measured region: flags for a reader to look at, none of which changes a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonehold.imaging.coverage import Patch
from bonehold.imaging.cylinder import CylinderStatistics
from bonehold.imaging.dicom.pixels import SlicePixels
from bonehold.imaging.geometry import SliceGeometry
from bonehold.roi_names import RoiName

FEW_PIXELS = 30

RAYLEIGH_CV = 0.5227
"""SD over mean of the magnitude of pure noise, sqrt(4 / pi - 1) (Gudbjartsson & Patz, Magn Reson Med 1995;34:910)."""

RAYLEIGH_MEAN = 1.2533
"""Mean of that magnitude over the SD of the noise, sqrt(pi / 2)."""

AIR_SHARE = 16
"""Noise is looked for in the four corners of an image, each 1/16 of its rows and columns."""


@dataclass(frozen=True)
class QualityLimits:
    """Beyond what a region is flagged; `config.yaml: quality`.

    Attributes:
        metal_hu: a CT pixel above this is metal.
        metal_near_mm: how far around a region metal is looked for.
        cortex_hu: a pixel above this in a vertebral body is cortex or a bone island.
        cortex_share: share of such pixels.
        cortex_maximum_hu: a single pixel above this.
        cortex_sd_hu: standard deviation.
        pedicle_cv: standard deviation over mean of a pedicle on T1; its cortex is dark.
        outside_hu: a pixel of a trajectory below this lies in fat or air.
        outside_share: share of such pixels.
        surface_hu: HU by which the cortex at the entry of a trajectory is known.
        csf_noise_ratio: CSF below so many times the noise.
    """

    metal_hu: float = 2500.0
    metal_near_mm: float = 10.0
    cortex_hu: float = 400.0
    cortex_share: float = 0.05
    cortex_maximum_hu: float = 800.0
    cortex_sd_hu: float = 120.0
    pedicle_cv: float = 0.35
    outside_hu: float = -30.0
    outside_share: float = 0.2
    surface_hu: float = 200.0
    csf_noise_ratio: float = 3.0


def quality_limits(options: Mapping[str, Any]) -> QualityLimits:
    """The limits as `config.yaml: quality` has them; keys that are not about regions are left alone."""
    known = QualityLimits.__dataclass_fields__
    return QualityLimits(**{key: float(value) for key, value in options.items() if key in known})


def region_flags(
    name: RoiName,
    values: NDArray[np.float64],
    limits: QualityLimits,
    cylinder: CylinderStatistics | None = None,
) -> tuple[str, ...]:
    """Flags of a region by its own pixels.

    Args:
        name: what it is of.
        values: its pixels, HU or signal, (n,).
        limits: beyond what it is flagged.
        cylinder: the screw in three dimensions, where it was measured.

    Returns:
        `small_roi`, `metal`, `cortex`, `outside_bone` as they apply.
    """
    flags = ["small_roi"] if len(values) < FEW_PIXELS else []
    if name.modality == "CT" and values.max() > limits.metal_hu:
        flags.append("metal")
    if _holds_cortex(name, values, limits):
        flags.append("cortex")
    if name.what == "trajectory" and _leaves_bone(values, limits, cylinder):
        flags.append("outside_bone")
    return tuple(flags)


def surroundings_flags(
    name: RoiName,
    mean: float,
    sd: float,
    patches: Sequence[tuple[Patch, SliceGeometry, SlicePixels]],
    limits: QualityLimits,
) -> tuple[str, ...]:
    """Flags of a region by the slices it lies on.

    Args:
        name: what it is of.
        mean: its mean, HU or signal.
        sd: its standard deviation; noise cannot be larger.
        patches: its parts, each with the plane and the pixels of its slice.
        limits: beyond what it is flagged.

    Returns:
        `metal_near`, `csf_near_noise` as they apply.
    """
    flags = []
    if name.modality == "CT" and any(_metal_near(*each, limits) for each in patches):
        flags.append("metal_near")
    if name.what == "csf":
        noise = [found for _, _, pixels in patches if (found := noise_sd(pixels)) is not None]
        if noise and mean < limits.csf_noise_ratio * min(max(noise), sd):
            flags.append("csf_near_noise")
    return tuple(flags)


def noise_sd(pixels: SlicePixels) -> float | None:
    """SD of the noise of a magnitude image from the air in its corners; None where no corner looks like air.

    In air the magnitude is Rayleigh distributed (Gudbjartsson & Patz 1995): its SD is 0.52 of its mean, and its mean
    1.25 times the SD of the noise.
    """
    rows, columns = (max(4, size // AIR_SHARE) for size in pixels.values.shape)
    corners = [
        pixels.values[down, right]
        for down in (slice(None, rows), slice(-rows, None))
        for right in (slice(None, columns), slice(-columns, None))
    ]
    air = [
        float(corner.mean()) / RAYLEIGH_MEAN
        for corner in corners
        if corner.mean() > 0 and abs(corner.std() / corner.mean() - RAYLEIGH_CV) < 0.12
    ]
    return min(air) if air else None


def _holds_cortex(name: RoiName, values: NDArray[np.float64], limits: QualityLimits) -> bool:
    if name.what == "body":
        return bool(
            (values > limits.cortex_hu).mean() > limits.cortex_share
            or values.max() > limits.cortex_maximum_hu
            or values.std(ddof=1) > limits.cortex_sd_hu
        )
    if name.what == "pedicle" and values.mean() > 0:
        return bool(values.std(ddof=1) > limits.pedicle_cv * values.mean())
    return False


def _leaves_bone(
    values: NDArray[np.float64], limits: QualityLimits, cylinder: CylinderStatistics | None
) -> bool:
    """Too much fat or air in the rectangle, or too long a way to the bone's surface."""
    if (values < limits.outside_hu).mean() > limits.outside_share:
        return True
    if cylinder is None or cylinder.outside_mm is None:
        return False
    return cylinder.outside_mm > limits.outside_share * len(cylinder.profile)


def _metal_near(patch: Patch, plane: SliceGeometry, pixels: SlicePixels, limits: QualityLimits) -> bool:
    low, high = patch.outline.bounds()
    spacing = np.array(plane.spacing_mm)
    first = np.maximum(np.floor((low - limits.metal_near_mm) / spacing), 0).astype(int)
    last = np.maximum(np.ceil((high + limits.metal_near_mm) / spacing), 0).astype(int) + 1
    return bool((pixels.values[first[1] : last[1], first[0] : last[0]] > limits.metal_hu).any())
