"""Measured regions for tests of what is written from them, and the files read back."""

from __future__ import annotations

from typing import Any

import numpy as np
from annotation_files import annotation_file
from bonehold.imaging.geometry import SliceGeometry, slice_geometry
from bonehold.imaging.roi_files import reader_of
from bonehold.imaging.roi_out.regions import ImageReference, MeasuredRegion, on_slice
from bonehold.imaging.shapes import Box, Ellipse, FlatShape, Polygon, flat_shape
from bonehold.roi_names import parse_roi_name

IMAGE = ImageReference("1.2.840.10008.5.1.4.1.1.2", "2.25.11", "2.25.12", "2.25.13", "2.25.14")
AXIAL = slice_geometry((-120.3, -95.7, 412.5), (1, 0, 0, 0, 1, 0), (0.39, 0.39), 512, 512)
SAGITTAL = slice_geometry((14.2, -80.1, 233.3), (0, 1, 0, 0, 0, -1), (0.6, 0.6), 320, 320)


def measured(name: str, shape: FlatShape, plane: SliceGeometry = AXIAL, **fields: Any) -> MeasuredRegion:
    """A region as if it had been measured on a slice."""
    parsed = parse_roi_name(name)
    assert parsed is not None
    given = {"oblique": False, "mean": 153.25, "sd": 41.5, "image": IMAGE, **fields}
    on = shape if given["oblique"] else on_slice(shape, plane)
    return MeasuredRegion(parsed, on, plane, **given)


def placed(plane: SliceGeometry, column_row: Any) -> np.ndarray:
    """Places on a slice, in the patient."""
    return plane.patient(np.asarray(column_row, dtype=float))


def ellipse_on(
    plane: SliceGeometry, center: Any, semi_axes_mm: tuple[float, float], degrees: float = 0
) -> Ellipse:
    """An ellipse on a slice, by its centre in (column, row)."""
    angle = np.deg2rad(degrees)
    u = np.cos(angle) * plane.along_row + np.sin(angle) * plane.along_column
    return Ellipse(placed(plane, center), u, np.cross(plane.normal, u), semi_axes_mm)


def read_back(file_name: str, data: bytes, region: MeasuredRegion) -> FlatShape:
    """The flat region that a reader of Bonehold makes of a written file."""
    file = annotation_file(file_name, data)
    read = reader_of(file)
    assert read is not None
    (drawing,) = [drawing for drawing in read(file) if drawing.name == str(region.name)]
    assert drawing.shape is not None, drawing.refused
    assert isinstance(drawing.shape, Box | Ellipse | Polygon)
    return flat_shape(drawing.shape, region.name, region.plane.normal, 5.0)
