"""Paint discs and vertebrae: cortex, endplates, marrow, pedicles, and the denser bone along the planned screw."""

from __future__ import annotations

import numpy as np

from bonehold.sample.anatomy import Subject, Trajectory, Vertebra, trajectory
from bonehold.sample.brush import ellipse, ellipsoid, paint, rod
from bonehold.sample.contrasts import Contrast
from bonehold.sample.grids import Floats, Grid

CORTEX_MM, ENDPLATE_MM, ARCH_CORTEX_MM = 0.9, 1.1, 1.3

TRAJECTORY_GRADIENT = 0.35
"""Bone is denser at the back of the trajectory than at its tip, by this share of its excess over the body each
way; linear, so that the mean over the planned rectangle is the stated value."""


def _local(vertebra: Vertebra, grid: Grid) -> tuple[Floats, Floats, Floats]:
    offsets = [along - np.float32(c) for along, c in zip(grid.open(), vertebra.centre, strict=True)]
    left, back, up = (
        sum(o * np.float32(a) for o, a in zip(offsets, axis, strict=True)) for axis in vertebra.axes
    )
    return left, back, up  # type: ignore[return-value]


def _body_outline(vertebra: Vertebra, left: Floats, back: Floats, up: Floats) -> Floats:
    """Distance to the body's side wall: an oval, waisted at mid height and hollow behind."""
    size = vertebra.size
    waist = 0.93 + 0.07 * (2 * up / size.height) ** 2
    oval = ellipse(left, back + 0.06 * size.depth, size.width / 2 * waist, size.depth * 0.56 * waist)
    return np.maximum(oval, back - size.depth / 2 + 1.8 - 0.006 * left**2)


def paint_disc(canvas: Floats, upper: Vertebra, lower: Vertebra, grid: Grid, contrast: Contrast) -> None:
    """Paint the disc between two bodies, a little too high: the bodies, painted later, shape its ends."""
    between = (upper.at(0, 0, -upper.size.height / 2) + lower.at(0, 0, lower.size.height / 2)) / 2
    frame = (upper.axes + lower.axes) / 2
    frame = frame / np.linalg.norm(frame, axis=1, keepdims=True)
    middle = Vertebra(upper.level, upper.size, between, frame)
    reach = np.array([32.0, 30.0, 20.0])
    window, part = grid.within(between - reach, between + reach)
    if 0 in part.shape:
        return
    left, back, up = _local(middle, part)
    size = upper.size
    outline = ellipse(left, back + 1.2, size.width / 2 + 1.0, size.depth / 2 + 1.0)
    slab = np.abs(up) - size.disc / 2 - 5.0
    paint(canvas[(slice(None), *window)], np.maximum(outline, slab), contrast["annulus"], grid.edge)
    nucleus = np.maximum(ellipse(left, back - 1.0, size.width * 0.33, size.depth * 0.30), slab)
    paint(canvas[(slice(None), *window)], nucleus, contrast["nucleus"], grid.edge)


def paint_vertebra(
    canvas: Floats, subject: Subject, vertebra: Vertebra, grid: Grid, contrast: Contrast
) -> None:
    """Paint one vertebra: the arch behind the canal, the body, the pedicles between them, the screw's bone."""
    low = vertebra.centre - np.array([48.0, 30.0, 42.0])
    high = vertebra.centre + np.array([48.0, 68.0, 30.0])
    window, part = grid.within(low, high)
    if 0 in part.shape:
        return
    view = canvas[(slice(None), *window)]
    edge = grid.edge
    local = _local(vertebra, part)
    left, back, up = local
    outside_canal = -ellipse(left, back - vertebra.canal_back, vertebra.size.canal_width / 2 - 0.7, 8.6)
    arch = np.maximum(_arch(vertebra, local), outside_canal)
    paint(view, arch, contrast["cortex"], edge)
    paint(view, arch + ARCH_CORTEX_MM, contrast["arch marrow"], edge)

    outline = _body_outline(vertebra, left, back, up)
    ends = np.abs(up) - vertebra.size.height / 2
    steepness = edge / max(edge, grid.height_step)  # an endplate lies along a thick slice, not across it
    body = np.maximum(outline, ends * steepness)
    marrow = np.maximum(outline + CORTEX_MM, (ends + ENDPLATE_MM) * steepness)
    paint(view, body, contrast["cortex"], edge)
    for side in ("left", "right"):
        shell, core = _pedicle(vertebra, side, local)
        paint(view, np.maximum(shell, -body), contrast["cortex"], edge)
        paint(view, core, contrast[f"{vertebra.level} pedicle"], edge)
    paint(view, marrow, contrast["marrow"], edge)
    for side in ("left", "right"):
        share = _along_trajectory(vertebra, side, part, marrow, local)
        for channel, excess in enumerate(contrast[f"{side} trajectory"]):
            view[channel] += share * excess
    if subject.bone_island == vertebra.level:
        paint(view, ellipsoid(local, (-3.0, -3.0, 1.0), (11.0, 9.0, 8.5)), contrast["cortex"], 4.0)


def _arch(vertebra: Vertebra, local: tuple[Floats, ...]) -> Floats:
    """Distance to laminae, articular, spinous and transverse processes."""
    size, middle, back = (
        vertebra.size,
        vertebra.canal_back,
        vertebra.canal_back + vertebra.size.canal_depth / 2,
    )
    beside = vertebra.pedicle_offset
    parts = [rod(local, (0.0, back + 3.0, -6.0), (0.0, back + 26.0, -11.0), 3.1, 2.9)]
    for side in (-1.0, 1.0):
        parts += [
            rod(local, (side * beside * 0.95, middle + 3.5, 0.0), (0.0, back + 3.0, -7.0), 3.2, 2.6),
            ellipsoid(local, (side * (beside + 2.0), middle + 4.0, 9.0), (6.2, 5.5, 9.5)),
            ellipsoid(local, (side * (beside - 2.5), middle + 11.0, -16.5), (5.4, 5.0, 9.5)),
            rod(
                local,
                (side * beside, vertebra.pedicle_back + 4, 4.0),
                (side * (beside + 0.5 * size.width), vertebra.pedicle_back + 10, 4.0),
                3.2,
                1.5,
            ),
        ]
    distance = parts[0]
    for part in parts[1:]:
        distance = np.minimum(distance, part)
    return distance


def _pedicle(vertebra: Vertebra, side: str, local: tuple[Floats, ...]) -> tuple[Floats, Floats]:
    """Distances to a pedicle's surface and to its cancellous core, which ends in the lateral mass behind."""
    sign = 1.0 if side == "left" else -1.0
    left, back, up = local
    run = back - vertebra.pedicle_back
    across = sign * left - vertebra.pedicle_offset - vertebra.pedicle_convergence * run
    flare = 1 + 0.0012 * np.clip(run + 1, -12, 12) ** 2  # the isthmus is the narrowest part
    half_width, half_height = vertebra.size.pedicle_width / 2, vertebra.size.pedicle_height / 2
    shell = ellipse(across, up - vertebra.pedicle_up, half_width * flare, half_height * flare)
    core = ellipse(
        across, up - vertebra.pedicle_up, half_width * flare - CORTEX_MM, half_height * flare - CORTEX_MM
    )
    reach = np.maximum(
        run - 10.0, -17.0 - run
    )  # in front it opens into the body, whose wall is oblique there
    return np.maximum(shell, reach), np.maximum(core, reach + CORTEX_MM)


def _along_trajectory(
    vertebra: Vertebra, side: str, grid: Grid, marrow: Floats, local: tuple[Floats, ...]
) -> Floats:
    """Where bone is denser than the body because a screw would run there: the pedicle's core and a band before it.

    1 on average over the planned rectangle. In the body the band is no higher than one slice needs, so that the
    body's own regions stay clear of it.
    """
    planned = trajectory(vertebra, side)
    x, y, z = grid.open()
    along, beside = _course(planned, x, y)
    gain = 1 - TRAJECTORY_GRADIENT * along / 15.0
    in_band = np.clip((7.0 - np.abs(beside)) / 3.2, 0, 1) * np.clip((19.5 - along) / 3.0, 0, 1)
    in_band = (
        in_band * np.clip((1.9 - np.abs(z - planned.middle[2])) / 0.8, 0, 1) * np.clip(0.5 - marrow, 0, 1)
    )
    core = np.clip(0.5 - _pedicle(vertebra, side, local)[1], 0, 1) * np.clip(1.3 + marrow / 1.5, 0, 1)
    return np.asarray(np.maximum(in_band, core) * gain, dtype=np.float32)


def _course(planned: Trajectory, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Place along a trajectory (mm from its middle, forwards) and beside it (mm)."""
    direction, middle = planned.direction, planned.middle
    dx, dy = x - np.float32(middle[0]), y - np.float32(middle[1])
    return dx * direction[0] + dy * direction[1], dx * direction[1] - dy * direction[0]
