"""Laws of regions written and read: whatever was measured is measured again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from annotation_files import annotation_file
from bonehold.imaging.geometry import SliceGeometry, slice_geometry
from bonehold.imaging.roi_files import rtstruct, segmentation
from bonehold.imaging.roi_out.markups import markups_file
from bonehold.imaging.roi_out.regions import MeasuredRegion, NotExportable, same_pixels
from bonehold.imaging.roi_out.report import report_file
from bonehold.imaging.shapes import Contours, Polygon, Voxels
from dicom_regions import frame, segment, structure, structure_set
from dicom_regions import segmentation as seg_bytes
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from measured_regions import ellipse_on, measured, placed, read_back

finite = st.floats(-300, 300).map(lambda x: round(x, 3))
angles = st.floats(-180, 180)


@st.composite
def planes(draw: st.DrawFn) -> SliceGeometry:
    """Slices in any orientation, near axial or far from it, with pixels that need not be square."""
    a, b = (np.deg2rad(draw(angles)) for _ in range(2))
    row = np.array([np.cos(a), np.sin(a) * np.cos(b), np.sin(a) * np.sin(b)])
    other = np.array([-np.sin(a), np.cos(a) * np.cos(b), np.cos(a) * np.sin(b)])
    spacing = draw(st.sampled_from([0.25, 0.39, 0.5, 0.7, 1.0])), draw(st.sampled_from([0.3, 0.5, 1.0]))
    return slice_geometry([draw(finite) for _ in range(3)], (*row, *other), spacing, 256, 256)


@st.composite
def regions(draw: st.DrawFn) -> MeasuredRegion:
    plane = draw(planes())
    center = draw(st.floats(100, 150)), draw(st.floats(100, 150))
    if draw(st.booleans()):
        semi = draw(st.floats(2, 15)), draw(st.floats(2, 15))
        return measured("L3_body_middle", ellipse_on(plane, center, semi, draw(angles)), plane)
    turns = np.sort(draw(arrays(float, draw(st.integers(3, 12)), elements=st.floats(0, 6.2), unique=True)))
    reach = draw(arrays(float, len(turns), elements=st.floats(5, 40)))
    corners = np.array(center) + np.stack([reach * np.cos(turns), reach * np.sin(turns)], axis=-1)
    return measured("L3_csf", Polygon(placed(plane, corners)), plane)


@pytest.mark.parametrize("kind", ["markups", "report"])
@settings(max_examples=40, deadline=None)
@given(region=regions())
def test_a_written_region_is_read_with_the_same_pixels(kind: str, region: MeasuredRegion) -> None:
    try:
        if kind == "markups":
            name, data = "a.mrk.json", markups_file([region])
        else:
            name, data = "a.dcm", report_file("P1", "R1", region.name.modality, [region])
    except NotExportable:
        reject()  # it is said, and nothing is written wrongly; too many of these fail the test
    assert same_pixels(read_back(name, data, region), region.shape, region.plane)


@settings(max_examples=60, deadline=None)
@given(
    values=arrays(
        np.uint8,
        st.tuples(st.integers(1, 4), st.integers(1, 9), st.integers(1, 9)),
        elements=st.integers(0, 1),
    ),
    origin=st.tuples(finite, finite, finite),
)
def test_every_voxel_of_a_segment_is_read_where_it_lies(
    values: np.ndarray, origin: tuple[float, ...]
) -> None:
    x, y, z = origin
    frames = [frame((x, y, z + 2.0 * k)) for k in range(len(values))]
    (drawing,) = segmentation.read(annotation_file("a", seg_bytes(values, frames, [segment(1, "L3_csf")])))
    if not values.any():
        assert drawing.shape is None
        return
    assert isinstance(drawing.shape, Voxels)
    expected = np.argwhere(values)[:, ::-1] * np.array([0.8, 0.5, 2.0]) + origin
    assert np.allclose(drawing.shape.centers, expected, atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    contours=st.lists(
        arrays(float, st.tuples(st.integers(3, 20), st.just(3)), elements=finite), min_size=1, max_size=4
    )
)
def test_contours_are_read_as_they_stand(contours: list[Any]) -> None:
    data = structure_set(structure(1, "L3_csf", *contours))
    (drawing,) = rtstruct.read(annotation_file("a", data))
    assert isinstance(drawing.shape, Contours)
    assert all(np.allclose(a, b) for a, b in zip(drawing.shape.contours, contours, strict=True))
