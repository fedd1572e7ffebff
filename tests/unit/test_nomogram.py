from dataclasses import replace

import pytest
from bonehold.modelling.decision.nomogram import has_reading, nomogram, pretty, read_off
from bonehold.modelling.inputs.analysis_table import read_analysis_table
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.problems import InputError
from modelling_examples import develop_on, small_cohort, small_specification, write_table


@pytest.fixture
def model(tmp_path):
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", small_cohort()))
    return develop_on(small_specification(), table, Dictionary()).model


@pytest.mark.parametrize(
    ("low", "high", "first", "last", "step"),
    [(26, 87, 25, 90, 5), (1.5, 4.96, 1.5, 5, 0.5), (0.89, 3.4, 0.8, 3.4, 0.2), (0, 315, 0, 350, 50)],
)
def test_axes_end_on_round_numbers(low, high, first, last, step):
    ticks = pretty(low, high, 10)
    assert (ticks[0], ticks[-1]) == (first, last)
    assert ticks[1] - ticks[0] == pytest.approx(step)


def test_a_range_of_one_value_is_one_tick():
    assert pretty(3, 3, 10) == (3.0,)


def test_the_widest_axis_has_100_points_and_each_begins_at_0(model):
    axes = nomogram(model).axes
    assert max(max(axis.points) for axis in axes) == pytest.approx(100)
    assert all(min(axis.points) == 0 for axis in axes)


def test_the_total_axis_holds_every_patient_on_the_axes(model):
    layout = nomogram(model)
    assert layout.total_ticks[-1] >= sum(max(axis.points) for axis in layout.axes)


def test_risks_stand_where_the_scale_puts_them(model):
    layout = nomogram(model)
    for risk, points in zip(layout.risk_ticks, layout.risk_points, strict=True):
        assert layout.risk(points) == pytest.approx(risk, abs=1e-12)


def test_a_level_without_coefficient_cannot_be_read_off(model):
    with pytest.raises(InputError, match="grade = '7'"):
        read_off(model, {"age": 60, "grade": 7})


@pytest.mark.parametrize("odds", [0.0, -4.0, 3.0])
@pytest.mark.parametrize("strength", [1.0, 0.2, 0.03])
def test_a_narrow_range_of_risks_has_ticks_too(model, odds, strength):
    coefficients = {name: value * strength for name, value in model.coefficients.items()}
    middle = sum(coefficients[name] * value for name, value in (("age", 60.0), ("grade=2", 1.0)))
    weak = replace(model, coefficients=coefficients | {"(Intercept)": odds - middle})
    layout = nomogram(weak)
    assert len(layout.risk_ticks) >= 4
    assert min(layout.risk_points) >= 0 and max(layout.risk_points) <= layout.total_ticks[-1] + 1e-9
    for risk, points in zip(layout.risk_ticks, layout.risk_points, strict=True):
        assert layout.risk(points) == pytest.approx(risk, abs=1e-12)


@pytest.mark.parametrize(
    ("patient", "readable"),
    [
        ({"age": 60, "grade": 2}, True),
        ({"age": "60", "grade": "2.0"}, True),
        ({"age": 20, "grade": 2}, False),
        ({"age": 120, "grade": 2}, False),
        ({"age": "old", "grade": 2}, False),
        ({"age": 60, "grade": 9}, False),
        ({"age": 60}, False),
    ],
)
def test_an_example_must_stand_on_every_axis(model, patient, readable):
    assert has_reading(model, patient) is readable
