"""Scan a subject: point spread, texture of the trabeculae and noise of the machine on the painted tissues."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from bonehold.sample.anatomy import Subject
from bonehold.sample.contrasts import Contrast
from bonehold.sample.grids import Floats, Grid
from bonehold.sample.phantom import painted

CT_PIXEL_MM, CT_SIZE, CT_SPACING_MM = 1.1, 128, 2.0
MR_PIXEL_MM, MR_ROWS, MR_COLUMNS, MR_SLICES, MR_SPACING_MM = 1.15, 196, 136, 15, 4.0
POINT_SPREAD_MM = 0.6
"""Standard deviation of the in-plane point spread of a soft kernel, and of the MR."""

CT_NOISE_HU, BONE_KERNEL_NOISE_HU = 11.0, 34.0
MR_NOISE = 5.0
TEXTURE_SHARE, TEXTURE_HU = 0.06, 4.0
"""Trabecular texture: standard deviation as a share of the body's HU, and what remains in empty bone."""


@dataclass(frozen=True)
class Scan:
    """One scan: rounded values (array axes as in `grid.order`) and where its voxels lie."""

    values: NDArray[np.int32]
    grid: Grid


def ct_grid(low_z: float, high_z: float, centre_x: float, centre_y: float) -> Grid:
    """Axial slices from `low_z` to `high_z` around a point (all mm)."""
    half = CT_PIXEL_MM * (CT_SIZE - 1) / 2
    across = np.round(np.linspace(-half, half, CT_SIZE), 4)
    count = int((high_z - low_z) // CT_SPACING_MM) + 1
    return Grid((2, 1, 0), centre_x + across, centre_y + across, low_z + CT_SPACING_MM * np.arange(count))


def mr_grid(left_x: float, front_y: float, top_z: float) -> Grid:
    """Sagittal slices from `left_x` rightwards, columns backwards from `front_y`, rows downwards from `top_z` (mm)."""
    return Grid(
        (0, 2, 1),
        left_x - MR_SPACING_MM * np.arange(MR_SLICES),
        front_y + MR_PIXEL_MM * np.arange(MR_COLUMNS),
        top_z - MR_PIXEL_MM * np.arange(MR_ROWS),
    )


def ct_scans(
    subject: Subject, grid: Grid, contrast: Contrast, decoy: slice, rng: np.random.Generator
) -> tuple[Scan, Scan]:
    """A subject's CT with a soft kernel, and some of its slices with a bone kernel.

    Args:
        subject: anatomy.
        grid: axial.
        contrast: HU and share of marrow (`phantom.hu_contrast`).
        decoy: slices of the bone kernel's series.
        rng: noise.

    Returns:
        HU with the soft kernel, and with the bone kernel.
    """
    hu, marrow = painted(subject, grid, contrast)
    amplitude = TEXTURE_SHARE * contrast["marrow"][0] + TEXTURE_HU
    hu += marrow * _texture(hu.shape, rng) * amplitude
    sharp = hu[decoy] + _noise(hu[decoy].shape, 0.45, rng) * BONE_KERNEL_NOISE_HU
    soft = spread(hu, CT_PIXEL_MM) + _noise(hu.shape, 0.75, rng) * CT_NOISE_HU
    return Scan(_rounded(soft, -1024), grid), Scan(
        _rounded(sharp, -1024), Grid(grid.order, grid.x, grid.y, grid.z[decoy])
    )


def mr_scans(subject: Subject, grid: Grid, contrast: Contrast, rng: np.random.Generator) -> tuple[Scan, Scan]:
    """A subject's T1 and T2 series (`phantom.spin_echo_contrast`); magnitude images, so the noise is Rician."""
    t1, t2, marrow = painted(subject, grid, contrast)
    bone = contrast["marrow"][0]
    t1 += marrow * _texture(t1.shape, rng) * (0.035 * bone)
    return Scan(_magnitude(t1, rng), grid), Scan(_magnitude(t2, rng), grid)


def localiser(scan: Scan) -> Scan:
    """The mean projection of a CT from front to back: one coronal picture, top row first."""
    picture = np.round(scan.values.mean(axis=1)).astype(np.int32)[::-1]
    grid = scan.grid
    return Scan(picture[None], Grid((1, 2, 0), grid.x, grid.y[:1], grid.z[::-1]))


def repeated(scan: Scan, shift_mm: float) -> Scan:
    """The same scan spoilt by movement: half of each slice's rays met the patient `shift_mm` further back."""
    pixels = round(shift_mm / CT_PIXEL_MM)
    moved = np.roll(scan.values, pixels, axis=1)
    return Scan((scan.values + moved) // 2, scan.grid)


def _texture(shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Pattern of standard deviation 1 between 2 and 6 mm in the plane; its mean over a region is nearly nil."""
    field = rng.standard_normal(shape, dtype=np.float32)
    fine = ndimage.gaussian_filter(field, (0, 0.8, 0.8), truncate=3)
    fine -= ndimage.gaussian_filter(fine, (0, 1.6, 1.6), truncate=3)
    return np.asarray(fine / fine.std(), dtype=np.float32)


def _noise(shape: tuple[int, ...], width: float, rng: np.random.Generator) -> Floats:
    field = ndimage.gaussian_filter(
        rng.standard_normal(shape, dtype=np.float32), (0, width, width), truncate=3
    )
    return np.asarray(field / field.std(), dtype=np.float32)


def spread(values: Floats, pixel_mm: float) -> Floats:
    """The tissues as the scanner blurs them in the plane of its slices."""
    width = POINT_SPREAD_MM / pixel_mm
    return np.asarray(ndimage.gaussian_filter(values, (0, width, width), truncate=3), dtype=np.float32)


def _magnitude(signal: Floats, rng: np.random.Generator) -> NDArray[np.int32]:
    real = spread(signal, MR_PIXEL_MM) + rng.standard_normal(signal.shape, dtype=np.float32) * MR_NOISE
    imaginary = rng.standard_normal(signal.shape, dtype=np.float32) * MR_NOISE
    return _rounded(np.hypot(real, imaginary), 0)


def _rounded(values: Floats, lowest: int) -> NDArray[np.int32]:
    return np.clip(np.round(values), lowest, 3071).astype(np.int32)
