"""Group image headers into series of parallel slices and look at their geometry, which is never trusted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bonehold.imaging.dicom.headers import ImageHeader
from bonehold.imaging.geometry import SliceGeometry, Vector

SAME_PLACE_MM = 1e-3
"""Slices closer than this along the normal stand at the same place."""

SAME_DIRECTION = 1e-3
SAME_SPACING = 1e-4
UNEVEN_MM, UNEVEN_SHARE = 0.05, 0.02
TILT_MM = 0.1
"""A stack whose slices drift sideways by more than this is tilted against its normal."""


_Layout = tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Series:
    """Slices of one series with one orientation, size and pixel spacing, sorted along their normal.

    Attributes:
        ordinal: number by which the series is called, 1 for the first in the folder.
        slices: headers from the lowest to the highest position along the normal; those without a position are
            not here but counted in `unlocated`.
        unlocated: images of the series that do not say where they lie.
    """

    ordinal: int
    slices: tuple[ImageHeader, ...]
    unlocated: tuple[ImageHeader, ...]

    @property
    def any_header(self) -> ImageHeader:
        """A header that speaks for the series."""
        return (self.slices or self.unlocated)[0]

    @cached_property
    def normal(self) -> Vector:
        """Unit vector across the slices, (3,)."""
        return self.plane(0).normal

    def plane(self, index: int) -> SliceGeometry:
        """The plane of a slice."""
        geometry = self.slices[index].geometry
        assert geometry is not None  # slices are those that say where they lie
        return geometry

    @cached_property
    def positions_mm(self) -> Vector:
        """Position of each slice along the normal, ascending, (n,)."""
        return np.array([_origin(header) @ self.normal for header in self.slices])

    @cached_property
    def spacing_mm(self) -> float | None:
        """Distance between neighbouring slices: the median of the steps; the thickness if there is but one."""
        steps = np.diff(self.positions_mm)
        steps = steps[steps > SAME_PLACE_MM]
        return _median(steps) if len(steps) else self.any_header.slice_thickness_mm

    @cached_property
    def irregularities(self) -> tuple[str, ...]:
        """What is wrong with the stack: `missing_slices`, `uneven_spacing`, `duplicate_slices`, `tilted`,
        `unlocated_slices`, `lossy_compression`, `monochrome1`.
        """
        found = []
        steps = np.diff(self.positions_mm)
        real = steps[steps > SAME_PLACE_MM]
        if len(real) and (real > 1.5 * _median(real)).any():
            found.append("missing_slices")
        if len(real) and _uneven(real[real <= 1.5 * _median(real)]):
            found.append("uneven_spacing")
        if len(real) and len(real) < len(steps):
            found.append("duplicate_slices")
        if len(self.slices) > 1 and self._drift_mm() > TILT_MM:
            found.append("tilted")
        if self.unlocated:
            found.append("unlocated_slices")
        if any(header.lossy for header in self.slices):
            found.append("lossy_compression")
        if any(header.photometric == "MONOCHROME1" for header in self.slices):
            found.append("monochrome1")
        return tuple(found)

    def _drift_mm(self) -> float:
        first, last = _origin(self.slices[0]), _origin(self.slices[-1])
        step = last - first
        return float(np.linalg.norm(step - (step @ self.normal) * self.normal))

    @cached_property
    def sop_instance_uids(self) -> frozenset[str]:
        """The images of the series, for comparison with what a drawing says it was drawn on."""
        return frozenset(header.sop_instance_uid for header in self.slices)

    def is_localizer(self) -> bool:
        """Whether ImageType calls the images localisers."""
        return "LOCALIZER" in self.any_header.image_type


def group_series(headers: Iterable[ImageHeader]) -> tuple[Series, ...]:
    """Series by SeriesInstanceUID, split where orientation, size, spacing or kind of image differ.

    A localiser with the UID of the stack it plans thus becomes a series of its own. Where anonymisers have emptied
    the UIDs, number, description, kernel and date tell series apart. Series are numbered by SeriesNumber, then by
    their first file.
    """
    kinds: dict[tuple[object, ...], list[tuple[_Layout, list[ImageHeader]]]] = defaultdict(list)
    for header in headers:
        stacks, own = kinds[_kind(header)], _layout(header)
        like = next((stack for layout, stack in stacks if _same_layout(layout, own)), None)
        if like is None:
            stacks.append((own, [header]))
        else:
            like.append(header)
    ordered = sorted((stack for stacks in kinds.values() for _, stack in stacks), key=_order)
    return tuple(_series(ordinal, stack) for ordinal, stack in enumerate(ordered, start=1))


def _kind(header: ImageHeader) -> tuple[object, ...]:
    localizer = "LOCALIZER" in header.image_type
    return (
        header.series_uid or _named(header),
        header.modality,
        header.rows,
        header.columns,
        localizer,
        header.geometry is None,
    )


def _named(header: ImageHeader) -> tuple[object, ...]:
    return header.series_number, header.description, header.kernel, header.acquisition_date


def _layout(header: ImageHeader) -> _Layout:
    """The axes of a slice, six cosines, and its pixel spacing; empty if the slice has no place."""
    plane = header.geometry
    return (*plane.along_row.tolist(), *plane.along_column.tolist(), *plane.spacing_mm) if plane else ()


def _same_layout(one: _Layout, other: _Layout) -> bool:
    """Whether two slices of a kind lie parallel and have the same pixels (both within rounding).

    Plain numbers, first difference first: a hostile series may hold thousands of orientations.
    """
    if one == other:
        return True
    for a, b in zip(one[:6], other[:6], strict=True):
        if abs(a - b) > SAME_DIRECTION:
            return False
    return all(abs(a - b) <= SAME_SPACING * b for a, b in zip(one[6:], other[6:], strict=True))


def _order(stack: list[ImageHeader]) -> tuple[int, int]:
    first = stack[0]
    return (first.series_number if first.series_number is not None else 10**9, first.file.number)


def _series(ordinal: int, stack: list[ImageHeader]) -> Series:
    located = [header for header in stack if header.geometry is not None]
    unlocated = tuple(header for header in stack if header.geometry is None)
    if not located:
        return Series(ordinal, (), unlocated)
    assert located[0].geometry is not None
    normal = located[0].geometry.normal
    located.sort(key=lambda header: (float(_origin(header) @ normal), header.file.number))
    return Series(ordinal, tuple(located), unlocated)


def _median(values: Vector) -> float:
    """The median; numpy's own imports its masked arrays first, which takes longer than indexing a series."""
    ordered = np.sort(values)
    middle = len(ordered) // 2
    return float(ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2)


def _uneven(steps: Vector) -> bool:
    """Whether slices stand at distances that differ by more than the rounding of positions."""
    tolerance = max(UNEVEN_MM, UNEVEN_SHARE * _median(steps))
    return bool((np.abs(steps - _median(steps)) > tolerance).any())


def _origin(header: ImageHeader) -> Vector:
    assert header.geometry is not None
    return header.geometry.origin
