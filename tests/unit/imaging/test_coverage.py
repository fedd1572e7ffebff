"""Regions that are no single outline: contours and label maps, and when they do not fit the series."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bonehold.imaging.coverage import RegionRefused, contour_patches, voxel_patches
from bonehold.imaging.dicom.folder import index_folder
from bonehold.imaging.outlines import PixelOutline
from bonehold.imaging.rasterise import pixels_inside
from bonehold.imaging.region_statistics import measure_region
from bonehold.imaging.series import Series, group_series
from bonehold.imaging.shapes import Contours, Voxels
from bonehold.imaging.slice_reader import SliceReader
from dicom import write_series
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

SIZE = 30
TURNED = [0.8, 0.6, 0.0, -0.6, 0.8, 0.0]


def values(k: int) -> np.ndarray:
    rows, columns = np.mgrid[:SIZE, :SIZE]
    return 1024 + 100 * k + 3 * columns + rows


def series(tmp_path: Path, n: int = 5, step: float = 2.0, **elements: Any) -> Series:
    write_series(
        tmp_path,
        values,
        [(-7.0, 3.0, k * step) for k in range(n)],
        PixelSpacing=[0.5, 0.75],
        SliceThickness=step,
        **elements,
    )
    (found,) = group_series(index_folder(tmp_path, inside=tmp_path).images)
    return found


def voxels(stack: Series, pixels: list[tuple[int, int, int]], shift: Any = (0, 0, 0)) -> Voxels:
    """Voxels at (column, row, slice) of a series."""
    plane = stack.plane(0)
    steps = np.stack(
        [plane.along_row * 0.75, plane.along_column * 0.5, stack.normal * (stack.spacing_mm or 0)]
    )
    centers = np.array([plane.origin + np.array(pixel) @ steps for pixel in pixels])
    return Voxels(centers + np.array(shift), steps[::-1])


@pytest.mark.parametrize("orientation", [[1, 0, 0, 0, 1, 0], TURNED])
def test_the_pixels_of_a_label_map_are_measured_on_all_its_slices(
    tmp_path: Path, orientation: list[float]
) -> None:
    stack = series(tmp_path, ImageOrientationPatient=orientation)
    marked = [(c, r, k) for k in (1, 2) for c in range(4, 9) for r in range(7, 9 + k)]
    found = measure_region(voxels(stack, marked), stack, SliceReader(stack)).statistics
    expected = np.array([values(k)[r, c] - 1024 for c, r, k in marked])
    assert found.n == len(marked) and found.mean == pytest.approx(expected.mean(), abs=1e-12)
    assert found.sd == pytest.approx(expected.std(ddof=1)) and found.area_mm2 == len(marked) * 0.375
    assert found.flags == ("several_slices",) and found.slice_index == 2
    assert found.mean_cubic == pytest.approx(
        expected.mean(), abs=1e-3
    )  # linear, but for the mirror at the edge


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"shift": (0.002, 0, 0)}, "not those of the series"),
        ({"shift": (0, 0, 0.5)}, "not those of the series"),
        ({"shift": (0, 0, 100)}, "not those of the series"),
        ({"shift": (-9, 0, 0)}, "lies outside the image"),
    ],
)
def test_a_label_map_beside_the_pixels_is_refused(tmp_path: Path, change: Any, reason: str) -> None:
    stack = series(tmp_path)
    with pytest.raises(RegionRefused, match=reason):
        voxel_patches(voxels(stack, [(c, 5, 1) for c in range(12)], **change), stack)


def test_a_label_map_of_larger_voxels_is_refused_even_if_its_centres_fall_on_pixels(tmp_path: Path) -> None:
    stack = series(tmp_path)
    fine = voxels(stack, [(c, 6, 1) for c in range(0, 20, 2)])
    with pytest.raises(RegionRefused, match="of another grid"):
        voxel_patches(Voxels(fine.centers, fine.steps * 2), stack)


def test_contours_of_one_slice_are_filled_by_the_even_odd_rule(tmp_path: Path) -> None:
    stack = series(tmp_path)
    square = np.array([(-5.0, 5, 2.3), (5, 5, 2.3), (5, 13, 2.3), (-5, 13, 2.3)])
    hole = (square - square.mean(axis=0)) / 2 + square.mean(axis=0)
    ring = measure_region(Contours((square, hole)), stack, SliceReader(stack)).statistics
    whole = measure_region(Contours((square,)), stack, SliceReader(stack)).statistics
    inner = pixels_inside(contour_patches(Contours((hole,)), stack)[0].outline, stack.plane(1))
    edge = 2 * (7 + 9)  # pixels on the outline of the hole count with the ring as well
    assert ring.slice_index == 1 and whole.n - len(inner) <= ring.n <= whole.n - len(inner) + edge


def test_contours_on_several_slices_are_measured_together(tmp_path: Path) -> None:
    stack = series(tmp_path)
    square = np.array([(-5.0, 5, 2.0), (5, 5, 2.0), (5, 13, 2.0), (-5, 13, 2.0)])
    up = square + np.array([0, 0, 2.0])
    found = measure_region(Contours((square, up)), stack, SliceReader(stack)).statistics
    one = measure_region(Contours((square,)), stack, SliceReader(stack)).statistics
    assert found.n == 2 * one.n and found.mean == pytest.approx(one.mean + 50)
    leaning = square.copy()
    leaning[0, 2] += 9
    with pytest.raises(RegionRefused, match="on none of the slices"):
        contour_patches(Contours((leaning,)), stack)


@given(arrays(bool, (6, 7)).filter(lambda inside: bool(inside.any())))
def test_the_drawn_edges_of_a_label_map_enclose_its_pixels_and_no_others(inside: np.ndarray) -> None:
    outline = PixelOutline(np.array([3, 2]), inside, np.array([0.5, 0.7]))
    loops = outline.polygons()
    doubled_area = 0.0
    for loop in loops:
        x, y = loop.T
        doubled_area += float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))
    assert doubled_area / 2 == pytest.approx(outline.area_mm2())  # holes are walked the other way round
    steps = [np.abs(np.diff(np.vstack([loop, loop[:1]]), axis=0)).sum() for loop in loops]
    framed = np.pad(inside, 1)
    across = np.abs(np.diff(framed.astype(int), axis=1)).sum()
    down = np.abs(np.diff(framed.astype(int), axis=0)).sum()
    assert sum(steps) == pytest.approx(across * 0.7 + down * 0.5)


@given(st.integers(0, 10_000))
def test_a_label_map_is_the_pixels_of_the_outline_it_was_made_from(seed: int) -> None:
    generator = np.random.default_rng(seed)
    inside = generator.random((8, 9)) < 0.5
    inside[0, 0] = True
    outline = PixelOutline(np.array([2, 3]), inside, np.array([0.75, 0.5]))
    centres = (np.stack(np.nonzero(inside)[::-1], axis=-1) + outline.first) * outline.spacing_mm
    assert outline.contains(centres).all()
    assert outline.contains(centres + generator.uniform(-0.24, 0.24, centres.shape)).all()
    others = (np.stack(np.nonzero(~inside)[::-1], axis=-1) + outline.first) * outline.spacing_mm
    assert not outline.contains(others).any()
