"""The picture behind each measured region: a crop of its slice, in patient orientation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonehold.imaging.geometry import SliceGeometry, Vector
from bonehold.imaging.measuring_rules import ImagingRules
from bonehold.imaging.outlines import Outline
from bonehold.imaging.patient import OpenedPatient, measured_shape
from bonehold.imaging.region_statistics import MeasuredShape, patches_of
from bonehold.imaging.series import Series
from bonehold.imaging.shapes import Contours, Voxels
from bonehold.roi_names import Modality

LETTERS = (("R", "L"), ("A", "P"), ("F", "H"))
"""Patient directions of the negative and positive LPS axes."""

WIDTH_MM: dict[Modality, float] = {"CT": 100.0, "MR": 80.0}
"""Field that a section shows around its regions."""

MARGIN_MM = 10.0
"""Least distance from a region to the edge of its section."""


@dataclass(frozen=True, eq=False)
class DrawnRegion:
    """A measured region as it is drawn: who drew it, its outlines and what was measured.

    `outlines` are closed polygons, each (corners, 2) as (column, row) in pixels of the section: one for an ellipse
    or a polygon, as many as a label has parts.
    """

    reader: str
    outlines: tuple[NDArray[np.float64], ...]
    mean: float
    n: int
    flags: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Section:
    """A crop of one slice with the regions of one name on it.

    Attributes:
        roi: name of the regions.
        modality: CT or MR.
        image: (rows, columns) HU or signal.
        pixel_mm: (row spacing, column spacing).
        edges: orientation letters at the left, right, top and bottom edge.
        regions: what each reader drew there.
    """

    roi: str
    modality: Modality
    image: NDArray[np.float64]
    pixel_mm: tuple[float, float]
    edges: tuple[str, str, str, str]
    regions: tuple[DrawnRegion, ...]


def sections(
    opened: OpenedPatient, modality: Modality, rows: list[dict[str, Any]], rules: ImagingRules
) -> list[Section]:
    """One section for each region name and slice; readers who drew on the same slice share it.

    Of a region on several slices the one with most of its pixels is shown; repeated readings are not.

    Args:
        opened: the patient's series, chosen as they were when the regions were measured.
        modality: CT or MR.
        rows: the `rois` of ct.json or mr.json.
        rules: how the regions were measured.
    """
    series = opened.choices[modality].series
    measured = [row for row in rows if row["mean"] is not None and row.get("session", 1) == 1]
    if series is None or not measured:
        return []
    read = opened.reader(series)
    wanted = {(row["reader"], row["roi"]) for row in measured}
    shapes = {
        (region.reader, str(region.name)): measured_shape(region, series, opened.series, rules.line_width_mm)
        for region in opened.regions_of(modality)
        if region.session == 1 and (region.reader, str(region.name)) in wanted
    }
    found = []
    for roi, index in sorted({(row["roi"], row["slice"]) for row in measured}):
        if series.slices[index].burned_in_text:
            continue  # a picture of it would show what is written in it
        plane = series.plane(index)
        drawn = [
            DrawnRegion(
                row["reader"],
                _outlines(shapes[row["reader"], roi], series, index),
                row["mean"],
                row["n"],
                tuple(row["flags"]),
            )
            for row in measured
            if (row["roi"], row["slice"]) == (roi, index)
        ]
        found.append(_section(roi, modality, drawn, plane, read(index).values))
    return found


def _outlines(shape: MeasuredShape, series: Series, index: int) -> tuple[Vector, ...]:
    """The outlines of a region on a slice as polygons of (column, row); an oblique one is projected."""
    plane = series.plane(index)
    patches = {patch.slice_index: patch.outline for patch in patches_of(shape, series)}
    outline: Outline
    if index in patches:
        outline = patches[index]
    else:
        assert not isinstance(shape, Contours | Voxels)
        outline = shape.on(plane)
    spacing = np.array(plane.spacing_mm)
    return tuple(np.asarray(polygon / spacing, dtype=np.float64) for polygon in outline.polygons())


def edge_letters(plane: SliceGeometry) -> tuple[str, str, str, str]:
    """Which side of the patient is at the left, right, top and bottom edge of the image.

    >>> from bonehold.imaging.geometry import axial
    >>> edge_letters(axial(rows=2, columns=2, spacing_mm=1.0))
    ('R', 'L', 'A', 'P')
    """
    left, right = _ends(plane.along_row)
    top, bottom = _ends(plane.along_column)
    return left, right, top, bottom


def _ends(direction: Vector) -> tuple[str, str]:
    axis = int(np.argmax(np.abs(direction)))
    negative, positive = LETTERS[axis]
    return (negative, positive) if direction[axis] > 0 else (positive, negative)


def _section(
    roi: str, modality: Modality, drawn: list[DrawnRegion], plane: SliceGeometry, image: NDArray[np.float64]
) -> Section:
    together = np.concatenate([polygon for region in drawn for polygon in region.outlines])
    spacing = np.array(plane.spacing_mm)
    reach = np.ptp(together, axis=0) * spacing / 2 + MARGIN_MM
    half = np.ceil(max(WIDTH_MM[modality] / 2, reach.max()) / spacing).astype(int)
    middle = np.round((together.min(axis=0) + together.max(axis=0)) / 2).astype(int)
    low = np.maximum(middle - half, 0)
    high = middle + half + 1
    return Section(
        roi=roi,
        modality=modality,
        image=image[low[1] : high[1], low[0] : high[0]],
        pixel_mm=(plane.row_spacing_mm, plane.column_spacing_mm),
        edges=edge_letters(plane),
        regions=tuple(
            replace(region, outlines=tuple(polygon - low for polygon in region.outlines)) for region in drawn
        ),
    )
