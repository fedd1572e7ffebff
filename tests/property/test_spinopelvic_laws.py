"""Laws of the spinopelvic angles that hold for any pelvis and any film of it."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from bonehold.imaging.radiographs import Film, in_mm
from bonehold.imaging.spinopelvic import on_film, spinopelvic_angles
from hypothesis import given, settings
from hypothesis import strategies as st
from landmarks import pelvis, placed_on_film

quick = settings(max_examples=100, deadline=None)
tilts = st.floats(-15, 40)
slopes = st.floats(16, 60)
lordoses = st.floats(-20, 85)
sizes = st.floats(0.05, 0.5)


@quick
@given(tilts, slopes, lordoses, sizes, sizes, st.sampled_from([1, -1]))
def test_any_film_of_a_pelvis_gives_its_angles_and_pi_is_pt_plus_ss(
    pt: float, ss: float, ll: float, row_mm: float, column_mm: float, front: int
) -> None:
    size = (row_mm, column_mm)
    film = Film(100_000, 100_000, size, None)
    flat, _ = in_mm(placed_on_film(pelvis(pt, ss, ll), size_mm=size, front=front), [film])
    found = spinopelvic_angles(on_film(flat))
    assert asdict(found) == pytest.approx({"pi": pt + ss, "pt": pt, "ss": ss, "ll": ll}, abs=1e-6)
    assert found.pi == pytest.approx(found.pt + found.ss, abs=1e-9)


@quick
@given(tilts, slopes, lordoses, st.floats(0.01, 100), st.floats(-500, 500))
def test_scaling_and_moving_change_nothing(
    pt: float, ss: float, ll: float, scale: float, shift: float
) -> None:
    points = pelvis(pt, ss, ll)
    moved = {name: scale * p + shift for name, p in points.items()}
    first, second = spinopelvic_angles(points), spinopelvic_angles(moved)
    assert asdict(first) == pytest.approx(asdict(second), abs=1e-6)


@quick
@given(st.floats(-5, 25), st.floats(25, 45), lordoses, st.floats(-15, 15))
def test_leaning_moves_pt_and_ss_by_the_same_and_leaves_pi_and_ll(
    pt: float, ss: float, ll: float, degrees: float
) -> None:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    points = pelvis(pt, ss, ll)
    leaned = spinopelvic_angles({name: np.array([[c, -s], [s, c]]) @ p for name, p in points.items()})
    expected = {"pi": pt + ss, "pt": pt + degrees, "ss": ss - degrees, "ll": ll}
    assert asdict(leaned) == pytest.approx(expected, abs=1e-6)
