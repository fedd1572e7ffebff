"""A label map in a file, as its header describes it, and its voxels read in pieces.

The header is checked before anything is unpacked, and the voxels pass by in blocks of 2^20: a header that claims
more than is there, or a gzip bomb, costs no memory. Nothing is resampled and no axis is turned: a voxel's centre is
the origin and its index times the grid's steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

import numpy as np
from numpy.typing import NDArray

from bonehold.imaging.drawings import LARGEST_COORDINATE, UnreadableRoi
from bonehold.imaging.geometry import Vector

MOST_VOXELS = 2**28
LARGEST_UNPACKED_BYTES = 512 * 2**20
VOXELS_AT_ONCE = 2**20
SMALLEST_STEP_MM = 1e-3
LARGEST_STEP_MM = 1e3
LEAST_DETERMINANT = 1e-3
"""Of the three unit directions: below it they lie in one plane."""

LARGEST_LABEL = 2**32 - 1

Labels = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class VoxelGrid:
    """What the header says of the voxels.

    Attributes:
        size: voxels along the three axes of the file, the fastest first.
        origin: centre of the first voxel, LPS mm, (3,).
        steps: from a voxel to the next along each axis, one row each, LPS mm, (3, 3).
        kind: type of the values, with their byte order.
        layers: how many maps lie over each other (overlapping segments).
        layers_first: whether the layer is the fastest index, or else the slowest.
        slope: stored values are multiplied by it ...
        intercept: ... and this is added.
    """

    size: tuple[int, int, int]
    origin: Vector
    steps: Vector
    kind: np.dtype[np.generic]
    layers: int = 1
    layers_first: bool = True
    slope: float = 1.0
    intercept: float = 0.0

    @property
    def values(self) -> int:
        """Number of stored values."""
        return self.size[0] * self.size[1] * self.size[2] * self.layers

    def centers(self, voxels: Labels) -> Vector:
        """Centres of voxels.

        Args:
            voxels: (n,) numbers of voxels within a layer, in the order of the file.

        Returns:
            (n, 3), LPS mm.
        """
        index = np.stack(np.unravel_index(voxels, self.size, order="F"), axis=-1)
        return np.asarray(self.origin + index @ self.steps)

    def layer_and_voxel(self, stored: Labels) -> tuple[Labels, Labels]:
        """The layer, and the number of the voxel in it, of stored values by their place in the file."""
        if self.layers_first:
            voxel, layer = np.divmod(stored, self.layers)
        else:
            layer, voxel = np.divmod(stored, self.values // self.layers)
        return layer, voxel


def checked(grid: VoxelGrid) -> VoxelGrid:
    """The grid, if it is one.

    Raises:
        UnreadableRoi: too large, not finite, or its axes do not span space.
    """
    if min(*grid.size, grid.layers) < 1:
        raise UnreadableRoi("is a label map without voxels; save it again")
    if grid.values > MOST_VOXELS or grid.values * grid.kind.itemsize > LARGEST_UNPACKED_BYTES:
        raise UnreadableRoi("is a label map of more than 268 million voxels or 512 MB; crop it to the spine")
    if not np.isfinite(grid.steps).all() or not (np.abs(grid.origin) < LARGEST_COORDINATE).all():
        raise UnreadableRoi("does not say in finite numbers where its voxels lie; save it again")
    lengths = np.linalg.norm(grid.steps, axis=1)
    if not ((lengths > SMALLEST_STEP_MM) & (lengths < LARGEST_STEP_MM)).all():
        raise UnreadableRoi("has a voxel spacing that no image has; save it again in mm")
    if abs(np.linalg.det(grid.steps / lengths[:, None])) < LEAST_DETERMINANT:
        raise UnreadableRoi("has voxel axes that lie in one plane; save it again")
    return grid


def label_blocks(stream: IO[bytes], grid: VoxelGrid) -> Iterator[tuple[Labels, Labels]]:
    """The labelled values of a map, block by block.

    Args:
        stream: stands at the first value.
        grid: the header.

    Yields:
        Places in the file and labels, (n,) each, of the values that are not 0.

    Raises:
        UnreadableRoi: the data end early, or are no labels (fractions, negative numbers).
    """
    for start in range(0, grid.values, VOXELS_AT_ONCE):
        count = min(VOXELS_AT_ONCE, grid.values - start)
        data = read_exactly(stream, count * grid.kind.itemsize)
        places, labels = _labels(np.frombuffer(data, dtype=grid.kind), grid)
        yield places + start, labels


def read_exactly(stream: IO[bytes], count: int) -> bytes:
    """So many bytes of a stream.

    Raises:
        UnreadableRoi: it ends before.
    """
    data = stream.read(count)
    if len(data) != count:
        raise UnreadableRoi("is cut short; save it again")
    return data


def _labels(stored: NDArray[np.generic], grid: VoxelGrid) -> tuple[Labels, Labels]:
    values = np.asarray(stored)
    if (grid.slope, grid.intercept) != (1.0, 0.0):
        values = values * grid.slope + grid.intercept
    places = np.flatnonzero(values)
    labels = values[places]
    if labels.dtype.kind == "f" and not (np.isfinite(labels).all() and (labels == np.rint(labels)).all()):
        raise UnreadableRoi(
            "holds fractions (probabilities), not labels; threshold it and save whole numbers"
        )
    if labels.size and (labels.min() < 0 or labels.max() > LARGEST_LABEL):
        raise UnreadableRoi("holds negative or huge numbers, so it is an image; save the label map")
    return places.astype(np.int64), labels.astype(np.int64)


def finite(values: Sequence[float], what: str) -> Vector:
    """Numbers of a header as an array.

    Raises:
        UnreadableRoi: one is NaN or infinite.
    """
    array = np.array(values, dtype=float)
    if not np.isfinite(array).all():
        raise UnreadableRoi(f"has a {what} that is not finite; save it again")
    return array
