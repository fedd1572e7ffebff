"""Paint skin, fat, muscles, vessels and the contents of the canal."""

from __future__ import annotations

import numpy as np

from bonehold.sample.anatomy import Subject
from bonehold.sample.brush import blend, ellipse, paint
from bonehold.sample.contrasts import Contrast
from bonehold.sample.grids import Floats, Grid


def paint_soft_tissue(canvas: Floats, subject: Subject, grid: Grid, contrast: Contrast) -> None:
    """Paint what surrounds the spine, and the contents of the canal; the canvas is fat before."""
    x, y, z = grid.open()
    edge = grid.edge
    body_x, body_y = (line.astype(np.float32) for line in subject.spine.body_line(z))
    across, behind = x - body_x, y - body_y
    height = z / 100.0
    for centre, radii, tissue in (
        ((0.0, -78.0), (85.0, 34.0), "bowel"),
        ((9.0, -29.0), (9.5, 9.0), "vessel"),
        ((-14.0, -28.0), (11.5, 8.0), "vessel"),
    ):
        paint(canvas, ellipse(across - centre[0], behind - centre[1], *radii), contrast[tissue], edge)
    for side in (-1.0, 1.0):
        psoas = np.clip(15.0 - 14.0 * height, 5.0, 24.0)
        paint(
            canvas,
            ellipse(side * across - 24.0 - 0.85 * psoas, behind - 2.0, 0.85 * psoas, 1.1 * psoas),
            contrast["muscle"],
            edge,
        )
        quadratus = ellipse(side * across - 56.0, behind - 22.0, 11.0, 7.0)
        paint(canvas, quadratus, contrast["muscle"], edge)
    skin = 70.0 + subject.fat_mm + 0.5 * body_y - 0.0032 * across**2
    paint(canvas, skin - 2.0 - y, contrast["skin"], edge)
    paint(canvas, skin - y, contrast["air"], edge)
    _paint_back_muscles(canvas, subject, grid, contrast)
    _paint_canal(canvas, subject, grid, contrast)


def _paint_back_muscles(canvas: Floats, subject: Subject, grid: Grid, contrast: Contrast) -> None:
    """Erector spinae and multifidus of both sides, streaked with fat."""
    course = subject.spine.body_line(grid.z)[1]
    window, part = grid.within((-90, course.min() + 24, -1e3), (90, course.max() + 66, 1e3))
    if 0 in part.shape:
        return
    view = canvas[(slice(None), *window)]
    x, y, z = part.open()
    body_x, body_y = (line.astype(np.float32) for line in subject.spine.body_line(z))
    fat = _streaks(subject, x, y, z)
    for side in (-1.0, 1.0):
        for centre, radii in (((40.0, 47.0), (22.0, 14.5)), ((14.0, 46.0), (11.5, 16.5))):
            distance = ellipse(side * (x - body_x) - centre[0], y - body_y - centre[1], *radii)
            share = np.clip(0.5 - distance / grid.edge, 0, 1)
            blend(view, share, contrast["muscle"])
            blend(view, share * fat, contrast["muscle fat"])


def _streaks(subject: Subject, x: Floats, y: Floats, z: Floats) -> Floats:
    """Share of fat in each voxel of muscle: waves across the fibres, cut so that the mean is `muscle_fat`."""
    rng = np.random.default_rng(subject.streaks)
    pattern = np.zeros(np.broadcast_shapes(x.shape, y.shape, z.shape), dtype=np.float32)
    for wavelength, angle, slope, phase in zip(
        rng.uniform(3.5, 11, 9),
        rng.uniform(0, np.pi, 9),
        rng.normal(0, 0.12, 9),
        rng.uniform(0, 6.28, 9),
        strict=True,
    ):
        wave = 2 * np.pi / np.float32(wavelength)
        pattern += np.sin(
            wave * (np.cos(angle) * x + np.sin(angle) * y + slope * z).astype(np.float32) + phase
        )
    threshold = np.quantile(pattern[::3, ::3, ::3], 1 - subject.muscle_fat)
    return np.asarray(np.clip(0.5 + (pattern - threshold) / 2.5, 0, 1), dtype=np.float32)


def _paint_canal(canvas: Floats, subject: Subject, grid: Grid, contrast: Contrast) -> None:
    """Epidural fat, the dural sac, its CSF, the roots that lie at the back of it, and the end of the cord."""
    x, y, z = grid.open()
    edge = grid.edge
    centre_x, centre_y = (line.astype(np.float32) for line in subject.spine.canal_line(z))
    across, behind = x - centre_x, y - centre_y
    paint(canvas, ellipse(across, behind - 0.5, 11.5, 9.3), contrast["fat"], edge)
    paint(canvas, ellipse(across, behind + 0.6, 9.3, 7.6), contrast["ligament"], edge)
    paint(canvas, ellipse(across, behind + 0.6, 8.8, 7.1), contrast["csf"], edge)
    conus = float(subject.spine["L1"].centre[2])
    cord = np.clip((z - conus + 5) / 6, 0, 4.2)
    paint(canvas, ellipse(across, behind - 0.5, cord + 0.01, 0.8 * cord + 0.01), contrast["nerve"], edge)
    for position in np.linspace(-1, 1, 9):
        root_x = 6.0 * position + 0.4 * np.sin(z / 9 + 5 * position)
        root_y = 4.6 - 2.2 * position**2 + 0.4 * np.cos(z / 7 + 9 * position)
        paint(canvas, np.hypot(across - root_x, behind - root_y) - 0.9, contrast["nerve"], edge)
