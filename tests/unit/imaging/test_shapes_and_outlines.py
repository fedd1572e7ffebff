import numpy as np
import pytest
from bonehold.imaging.geometry import axial, slice_geometry
from bonehold.imaging.rasterise import lies_in_image, pixels_inside
from bonehold.imaging.shapes import Box, Ellipse, Line, Polygon, flat_shape, rectangle
from bonehold.roi_names import RoiName, parse_roi_name

BODY = RoiName("L3", "body", "middle")
TRAJECTORY = RoiName("L3", "trajectory", "left")
X, Y, Z = np.eye(3)


def count(shape: Ellipse | Polygon, spacing_mm: float = 1.0) -> int:
    plane = axial(rows=60, columns=60, spacing_mm=spacing_mm)
    return len(pixels_inside(shape.on(plane), plane))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("L3_body_superior", "L3_body_superior"),
        ("l3 Body-INFERIOR", "L3_body_inferior"),
        ("L1_pedicle_left", "L1_pedicle_left"),
        ("L3-csf", "L3_csf"),
    ],
)
def test_a_region_is_known_in_any_spelling(text: str, name: str) -> None:
    assert str(parse_roi_name(text)) == name


@pytest.mark.parametrize(
    "text", ["", "L3", "L6_csf", "L3_csf_left", "L3_body_left", "L3_pedicle", "T12_body_middle", "a_b_c_d"]
)
def test_other_names_are_none_of_ours(text: str) -> None:
    assert parse_roi_name(text) is None


def test_a_pixel_on_the_outline_counts() -> None:
    circle = Ellipse(np.array([20.0, 20.0, 0.0]), X, Y, (3.0, 3.0))
    assert count(circle) == 29  # the lattice points with x² + y² <= 9
    square = rectangle(np.array([20.0, 20.0, 0.0]), X, Y, (4.0, 2.0))
    assert count(square) == 5 * 3


def test_a_pixel_beyond_the_tolerance_does_not_count() -> None:
    barely_smaller = rectangle(np.array([20.0, 20.0, 0.0]), X, Y, (4.0 - 1e-5, 2.0 - 1e-5))
    assert count(barely_smaller) == 3 * 1


def test_a_box_for_a_body_is_the_inscribed_ellipse_of_its_two_axes_in_the_slice() -> None:
    box = Box(np.array([20.0, 20.0, 0.0]), np.eye(3)[:, [2, 0, 1]], (5.0, 12.0, 8.0))  # its first axis is z
    shape = flat_shape(box, BODY, Z, 5.0)
    assert isinstance(shape, Ellipse)
    assert shape.semi_axes_mm == (6.0, 4.0)
    assert np.allclose(shape.axis_u, X) and np.allclose(shape.axis_v, Y)


def test_a_box_for_a_trajectory_is_a_rectangle() -> None:
    shape = flat_shape(Box(np.zeros(3), np.eye(3), (30.0, 5.0, 2.0)), TRAJECTORY, Z, 5.0)
    assert isinstance(shape, Polygon)
    assert shape.extent(X) == (-15.0, 15.0)
    assert shape.extent(Y) == (-2.5, 2.5)


def test_a_line_is_the_rectangle_of_its_length_and_the_configured_width_in_the_slice() -> None:
    shape = flat_shape(Line(np.array([10.0, 20.0, 0.0]), np.array([40.0, 20.0, 0.0])), TRAJECTORY, Z, 6.0)
    assert shape.extent(X) == (10.0, 40.0)
    assert shape.extent(Y) == (17.0, 23.0)
    assert shape.extent(Z) == (0.0, 0.0)


def test_a_line_that_stands_upright_on_the_slices_is_refused() -> None:
    with pytest.raises(ValueError, match="no length within the slices"):
        flat_shape(Line(np.zeros(3), np.array([0.0, 0.0, 30.0])), TRAJECTORY, Z, 5.0)


def test_a_self_crossing_polygon_is_filled_even_odd() -> None:
    bow = Polygon(np.array([[10.0, 10, 0], [30, 30, 0], [30, 10, 0], [10, 30, 0]]))
    plane = axial(rows=60, columns=60, spacing_mm=1.0)
    inside = {tuple(pixel) for pixel in pixels_inside(bow.on(plane), plane).tolist()}
    assert (12, 20) in inside and (28, 20) in inside
    assert (20, 12) not in inside and (20, 28) not in inside


def test_an_outline_beyond_the_edge_of_the_pixels_is_not_in_the_image() -> None:
    plane = axial(rows=10, columns=10, spacing_mm=2.0)
    assert lies_in_image(rectangle(np.array([0.0, 0, 0]), X, Y, (2.0, 2.0)).on(plane), plane)
    assert not lies_in_image(rectangle(np.array([0.0, 0, 0]), X, Y, (2.1, 2.0)).on(plane), plane)


def test_orientation_cosines_that_are_no_unit_vectors_are_refused() -> None:
    with pytest.raises(ValueError, match="unit vectors"):
        slice_geometry((0, 0, 0), (2, 0, 0, 0, 1, 0), (1, 1), 4, 4)
