"""Where the voxels of a scan lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Grid:
    """Voxel centres of a scan whose axes run along the patient's.

    Attributes:
        order: which coordinate (0 = x, 1 = y, 2 = z) each array axis runs along: axial (2, 1, 0), sagittal (0, 2, 1).
        x, y, z: coordinates in mm along each.
    """

    order: tuple[int, int, int]
    x: Floats
    y: Floats
    z: Floats

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the array."""
        return tuple((self.x, self.y, self.z)[axis].size for axis in self.order)

    @property
    def edge(self) -> float:
        """In-plane pixel size in mm: the width over which an edge is shared between pixels."""
        along = (self.x, self.y, self.z)[self.order[2]]
        return float(abs(along[1] - along[0]))

    @property
    def height_step(self) -> float:
        """Distance of neighbouring voxels along the body in mm: the slice spacing of an axial scan."""
        return float(abs(self.z[1] - self.z[0])) if self.z.size > 1 else self.edge

    def open(self) -> tuple[Floats, Floats, Floats]:
        """x, y, z shaped for broadcasting over the array."""
        shaped = []
        for axis, along in enumerate((self.x, self.y, self.z)):
            shape = [1, 1, 1]
            shape[self.order.index(axis)] = along.size
            shaped.append(along.reshape(shape).astype(np.float32))
        return shaped[0], shaped[1], shaped[2]

    def within(
        self, low: Sequence[float] | Floats, high: Sequence[float] | Floats
    ) -> tuple[tuple[slice, ...], Grid]:
        """The part of the grid inside a box: the array's slices and the smaller grid."""
        parts = []
        for along, lowest, highest in zip((self.x, self.y, self.z), low, high, strict=True):
            inside = np.flatnonzero((along >= lowest) & (along <= highest))
            parts.append(slice(inside[0], inside[-1] + 1) if inside.size else slice(0, 0))
        smaller = Grid(self.order, self.x[parts[0]], self.y[parts[1]], self.z[parts[2]])
        return tuple(parts[axis] for axis in self.order), smaller
