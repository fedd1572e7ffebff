"""Laws of geometry and measuring that hold for any image and any region."""

from __future__ import annotations

import numpy as np
from bonehold.imaging.geometry import SliceGeometry, axial
from bonehold.imaging.outlines import PolygonOutline
from bonehold.imaging.rasterise import pixels_inside
from bonehold.imaging.shapes import Ellipse, rectangle
from bonehold.imaging.spline import closed_curve, interpolate_cubic
from hypothesis import given, settings
from hypothesis import strategies as st

quick = settings(max_examples=60, deadline=None)
angles = st.floats(0, 2 * np.pi)
lengths = st.floats(1.5, 12)
places = st.floats(20, 40)


def turned(angle: float) -> tuple[np.ndarray, np.ndarray]:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([c, s, 0.0]), np.array([-s, c, 0.0])


def ellipse(x: float, y: float, a: float, b: float, angle: float) -> Ellipse:
    u, v = turned(angle)
    return Ellipse(np.array([x, y, 0.0]), u, v, (a, b))


@quick
@given(places, places, lengths, lengths, angles)
def test_pixels_of_an_ellipse_are_those_of_its_equation(
    x: float, y: float, a: float, b: float, angle: float
) -> None:
    plane = axial(rows=61, columns=61, spacing_mm=1.0)
    inside = {tuple(p) for p in pixels_inside(ellipse(x, y, a, b, angle).on(plane), plane).tolist()}
    u, v = turned(angle)
    for column in range(61):
        for row in range(61):
            offset = np.array([column - x, row - y])
            value = (offset @ u[:2] / a) ** 2 + (offset @ v[:2] / b) ** 2
            if abs(value - 1) > 1e-5:
                assert ((column, row) in inside) == (value < 1)


@quick
@given(places, places, lengths, lengths, angles, st.integers(-5, 5), st.integers(-5, 5))
def test_moving_region_and_image_together_changes_nothing(
    x: float, y: float, a: float, b: float, angle: float, dx: int, dy: int
) -> None:
    here = axial(rows=61, columns=61, spacing_mm=1.0)
    shift = np.array([dx * 7.0, dy * 3.0, 0.0])
    there = SliceGeometry(here.origin + shift, here.along_row, here.along_column, 1.0, 1.0, 61, 61)
    shape = ellipse(x, y, a, b, angle)
    moved = Ellipse(shape.center + shift, shape.axis_u, shape.axis_v, shape.semi_axes_mm)
    first, second = pixels_inside(shape.on(here), here), pixels_inside(moved.on(there), there)
    assert abs(len(first) - len(second)) <= 1  # a centre within rounding of the outline
    if len(first) == len(second):
        assert (first == second).all()


@quick
@given(places, places, lengths, lengths, angles)
def test_the_area_of_the_pixels_is_that_of_the_region(
    x: float, y: float, a: float, b: float, angle: float
) -> None:
    plane = axial(rows=601, columns=601, spacing_mm=0.1)
    n = len(pixels_inside(rectangle(np.array([x, y, 0.0]), *turned(angle), (a, b)).on(plane), plane))
    # Each pixel on the outline may be off by no more than itself.
    assert abs(n * 0.01 - a * b) < 0.1 * 2 * (a + b) * 0.8 + 0.1


@quick
@given(st.lists(st.tuples(st.floats(0, 30), st.floats(0, 30)), min_size=3, max_size=9), st.integers(0, 8))
def test_it_does_not_matter_at_which_corner_a_polygon_starts(
    corners: list[tuple[float, float]], start: int
) -> None:
    grid = np.stack(np.meshgrid(np.arange(31.0) + 0.123, np.arange(31.0) + 0.456), axis=-1)
    one = PolygonOutline((np.array(corners),))
    other = PolygonOutline((np.roll(np.array(corners), start, axis=0),))
    mirrored = PolygonOutline((np.array(corners)[::-1],))
    differing = (one.contains(grid) != other.contains(grid)) | (one.contains(grid) != mirrored.contains(grid))
    assert differing.sum() <= 1


@quick
@given(st.integers(3, 15), st.floats(0.5, 20), places, places)
def test_a_closed_curve_passes_through_its_points_and_turns_with_them(
    n: int, r: float, x: float, y: float
) -> None:
    angle = 2 * np.pi * np.arange(n) / n
    points = np.stack([x + r * np.cos(angle), y + 2 * r * np.sin(angle), np.zeros(n)], axis=-1)
    curve = closed_curve(points)
    assert np.allclose(curve[::10], points, atol=1e-9)
    rolled = closed_curve(np.roll(points, 1, axis=0))
    assert np.allclose(np.roll(curve, 10, axis=0), rolled, atol=1e-9)


@quick
@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(-50, 50), st.floats(20, 27), st.floats(20, 27))
def test_cubic_interpolation_reproduces_planes(
    a: float, b: float, c: float, column: float, row: float
) -> None:
    rows, columns = np.mgrid[0:48, 0:48]
    value = interpolate_cubic(a * columns + b * rows + c, np.array([column]), np.array([row]))[0, 0]
    assert abs(value - (a * column + b * row + c)) < 1e-4


@quick
@given(st.tuples(*[st.floats(-100, 100)] * 3), angles, st.floats(-1, 1), st.floats(0, 30), st.floats(0, 30))
def test_pixel_to_patient_and_back(
    origin: tuple[float, float, float], angle: float, tilt: float, column: float, row: float
) -> None:
    u, v = turned(angle)
    v = np.cos(tilt) * v + np.sin(tilt) * np.array([0, 0, 1.0])
    plane = SliceGeometry(np.array(origin), u, v, 0.7, 0.4, 40, 40)
    there = plane.patient(np.array([column, row]))
    assert np.allclose(plane.column_row(there), [column, row], atol=1e-9)
    assert np.allclose(plane.column_row(there + 5 * plane.normal), [column, row], atol=1e-9)
