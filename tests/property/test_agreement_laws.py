"""What holds for the agreement of any two readers."""

from __future__ import annotations

import math
import random

import pytest
from bonehold.cohort.agreement_of_grades import GradeAgreement, grade_agreement
from bonehold.cohort.agreement_of_values import Estimate, ValueAgreement, value_agreement
from hypothesis import given, settings
from hypothesis import strategies as st

GRADES = (0, 1, 2, 3, 4)
MANY = settings(max_examples=150, deadline=None)
quarters = st.integers(-4000, 4000).map(lambda number: number / 4)
readings = st.lists(st.tuples(quarters, quarters), min_size=3, max_size=25)
grades = st.lists(st.tuples(st.sampled_from(GRADES), st.sampled_from(GRADES)), min_size=3, max_size=30)
shuffler = st.randoms(use_true_random=False)

Pairs = list[tuple[float, float]]


def of_values(pairs: Pairs) -> ValueAgreement:
    return value_agreement([one for one, _ in pairs], [other for _, other in pairs])


def of_grades(pairs: list[tuple[int, int]]) -> GradeAgreement:
    return grade_agreement([one for one, _ in pairs], [other for _, other in pairs], GRADES)


def numbers(estimate: Estimate | None) -> list[float | None]:
    return [] if estimate is None else [estimate.value, estimate.low, estimate.high]


def same(found: list[float | None], expected: list[float | None]) -> bool:
    there = [number is not None for number in found] == [number is not None for number in expected]
    return there and [one for one in found if one is not None] == pytest.approx(
        [one for one in expected if one is not None], rel=1e-6, abs=1e-6
    )


@MANY
@given(readings)
def test_the_order_of_readers_turns_the_bias_only(pairs: Pairs) -> None:
    found, turned = of_values(pairs), of_values([(other, one) for one, other in pairs])
    assert same(numbers(found.icc), numbers(turned.icc))
    assert found.bias.value == pytest.approx(-turned.bias.value)
    assert found.upper_limit.value == pytest.approx(-turned.lower_limit.value)
    assert [found.sem, found.mdc95] == pytest.approx([turned.sem, turned.mdc95])


@MANY
@given(readings, shuffler)
def test_the_order_of_patients_never_matters(pairs: Pairs, shuffle: random.Random) -> None:
    found, mixed = of_values(pairs), of_values(shuffle.sample(pairs, len(pairs)))
    assert same(numbers(found.icc), numbers(mixed.icc))
    assert same(numbers(found.lower_limit), numbers(mixed.lower_limit))
    assert found.mdc95 == pytest.approx(mixed.mdc95)


@MANY
@given(readings, st.sampled_from([0.125, 2.0, 1000.0]), st.sampled_from([-64.0, 0.0, 1024.0]))
def test_units_and_origin_change_no_icc(pairs: Pairs, unit: float, origin: float) -> None:
    found = of_values(pairs)
    moved = of_values([(unit * one + origin, unit * other + origin) for one, other in pairs])
    assert same(numbers(found.icc), numbers(moved.icc))
    assert moved.mdc95 == pytest.approx(unit * found.mdc95)
    assert moved.bias.value == pytest.approx(unit * found.bias.value, abs=1e-9)


@MANY
@given(readings)
def test_intervals_contain_their_estimates(pairs: Pairs) -> None:
    found = of_values(pairs)
    for one in (found.bias, found.lower_limit, found.upper_limit, found.icc):
        if one is not None and one.low is not None and one.high is not None:
            assert one.low <= one.value + 1e-9 and one.value <= one.high + 1e-9
    assert found.icc is None or found.icc.value <= 1 + 1e-12
    assert all(
        number is None or math.isfinite(number)
        for one in (found.icc, found.icc_mean, found.bias, found.lower_limit, found.upper_limit)
        for number in numbers(one)
    )


@MANY
@given(st.lists(quarters, min_size=3, max_size=20, unique=True))
def test_identical_readings_agree_wholly(values: list[float]) -> None:
    found = of_values([(value, value) for value in values])
    assert numbers(found.icc) == numbers(found.icc_mean) == [1.0, 1.0, 1.0]
    assert found.bias.value == found.sd == found.sem == found.mdc95 == 0


@MANY
@given(readings, st.sampled_from([1.0, 50.0]))
def test_a_systematic_difference_lowers_the_icc_but_not_the_error(pairs: Pairs, shift: float) -> None:
    """Absolute agreement: what one reader reads higher throughout counts against him."""
    equal = [(one, one + (other - one) % 1) for one, other in pairs]
    found, shifted = of_values(equal), of_values([(one, other + shift) for one, other in equal])
    assert shifted.sem == pytest.approx(found.sem, abs=1e-9)
    if found.icc is not None and shifted.icc is not None and found.icc.value > 0:
        assert shifted.icc.value < found.icc.value + 1e-12


@MANY
@given(grades)
def test_coefficients_of_grades_keep_to_their_bounds(pairs: list[tuple[int, int]]) -> None:
    found = of_grades(pairs)
    assert 0 <= found.observed <= 1
    for kappa in found.kappa.values():
        assert all(number is None or -1 - 1e-12 <= number <= 1 + 1e-12 for number in numbers(kappa))
    for ac in found.gwet.values():  # AC2 has no least value of its own
        assert all(number is None or number <= 1 + 1e-12 for number in numbers(ac))


@MANY
@given(grades, shuffler)
def test_neither_order_matters_to_grades(pairs: list[tuple[int, int]], shuffle: random.Random) -> None:
    found = of_grades(pairs)
    others = (
        of_grades([(other, one) for one, other in pairs]),
        of_grades(shuffle.sample(pairs, len(pairs))),
        of_grades([(4 - one, 4 - other) for one, other in pairs]),
    )
    for other in others:
        assert other.observed == found.observed and other.reason == found.reason
        for kind, kappa in found.kappa.items():
            assert same(numbers(kappa), numbers(other.kappa[kind]))
        for kind, ac in found.gwet.items():
            assert same(numbers(ac), numbers(other.gwet[kind]))


@MANY
@given(st.lists(st.sampled_from(GRADES), min_size=3, max_size=20))
def test_identical_grades_agree_wholly(values: list[int]) -> None:
    found = of_grades([(value, value) for value in values])
    assert found.observed == 1
    assert all(ac.value == pytest.approx(1) for ac in found.gwet.values())
    assert all(kappa is None or kappa.value == pytest.approx(1) for kappa in found.kappa.values())
    assert (found.kappa["unweighted"] is None) == (len(set(values)) == 1)
