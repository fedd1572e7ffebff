import pytest
from bonehold.modelling.analysis_table import read_analysis_table
from bonehold.modelling.development import develop
from bonehold.modelling.dictionary import Dictionary
from bonehold.modelling.nomogram import nomogram, pretty, read_off
from bonehold.problems import InputError
from modelling_examples import small_cohort, small_specification, write_table


@pytest.fixture
def model(tmp_path):
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", small_cohort()))
    return develop(small_specification(), table, Dictionary()).model


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
