"""A subject on the grid of a scan, free of noise.

Every tissue is an analytic shape given by its distance function, painted from the outside in: fat, muscle, skin,
canal, discs, bone. A voxel at an edge takes the share of the tissue that covers it.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from bonehold.sample.anatomy import Subject
from bonehold.sample.bone import paint_disc, paint_vertebra
from bonehold.sample.contrasts import Contrast
from bonehold.sample.grids import Floats, Grid
from bonehold.sample.soft_tissue import paint_soft_tissue


def painted(subject: Subject, grid: Grid, contrast: Contrast) -> Floats:
    """The subject on a grid, free of noise and blur.

    Args:
        subject: the anatomy.
        grid: voxel centres.
        contrast: tissue -> value in each channel.

    Returns:
        (channels, *grid.shape).
    """
    canvas = np.empty((len(contrast["fat"]), *grid.shape), dtype=np.float32)
    for channel, value in enumerate(contrast["fat"]):
        canvas[channel] = value
    paint_soft_tissue(canvas, subject, grid, contrast)
    vertebrae = subject.spine.vertebrae
    for upper, lower in pairwise(vertebrae):
        paint_disc(canvas, upper, lower, grid, contrast)
    for vertebra in vertebrae:
        paint_vertebra(canvas, subject, vertebra, grid, contrast)
    return canvas
