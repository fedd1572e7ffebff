import math

import numpy as np
import pytest
from bonehold.modelling.performance.discrimination import (
    auc,
    delong,
    delong_difference,
    direction_of,
    pooled_delong,
    roc_points,
    youden_cutoff,
)


def test_ties_count_half():
    assert auc(np.array([1.0, 1.0]), np.array([0.0, 1.0])) == 0.5


def test_a_perfect_marker_has_a_point_for_an_interval():
    area = delong(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.0, 0.0, 1.0, 1.0]))
    assert (area.auc, area.ci_low, area.ci_high, area.p_value) == (1.0, 1.0, 1.0, 0.0)


def test_the_interval_is_cut_to_possible_values():
    scores, y = np.array([1.0, 2.0, 3.0, 5.0, 4.0, 6.0]), np.array([0.0, 0.0, 0.0, 0.0, 1.0, 1.0])
    area = delong(scores, y)
    assert area.auc == 0.875
    assert area.ci_high == 1.0


def test_one_event_has_an_area_but_no_interval():
    area = delong(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.0, 1.0]))
    assert area.auc == 1.0
    assert math.isnan(area.ci_low)


def test_a_marker_that_falls_with_risk_is_turned():
    scores, y = np.array([4.0, 3.0, 2.0, 1.0]), np.array([0.0, 0.0, 1.0, 1.0])
    direction = direction_of(scores, y)
    assert direction == "<="
    cutoff = youden_cutoff(roc_points(scores, y, direction))
    assert (cutoff.cutoff, cutoff.midpoint, cutoff.sensitivity, cutoff.specificity) == (2.0, 2.5, 1.0, 1.0)


def test_the_cutoff_is_an_observed_value_and_counts_add_up():
    scores = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    y = np.array([0.0, 0.0, 1.0, 0.0, 1.0, 1.0])
    cutoff = youden_cutoff(roc_points(scores, y, ">="))
    assert cutoff.cutoff in scores
    assert (cutoff.tp, cutoff.fp, cutoff.tn, cutoff.fn) == (3, 1, 2, 0)


def test_of_equal_youden_indices_the_more_sensitive_is_taken():
    scores = np.array([1.0, 2.0, 3.0, 4.0])
    y = np.array([0.0, 1.0, 0.0, 1.0])  # J = .5 at 4 and at 2
    cutoff = youden_cutoff(roc_points(scores, y, ">="))
    assert (cutoff.cutoff, cutoff.sensitivity, cutoff.ties) == (2.0, 1.0, 2)


def test_the_curve_runs_from_nobody_to_everybody():
    points = roc_points(np.array([1.0, 2.0, 2.0]), np.array([0.0, 1.0, 0.0]), ">=")
    assert points.thresholds.tolist() == [np.inf, 2.0, 1.0]
    assert points.sensitivity.tolist() == [0.0, 1.0, 1.0]
    assert points.false_positive_rate == pytest.approx([0.0, 0.5, 1.0])


def test_over_several_sets_p_and_interval_of_an_area_agree():
    random = np.random.default_rng(1)
    y = np.r_[np.ones(8), np.zeros(16)]
    for _ in range(300):
        marker = random.normal(size=24) + 0.75 * y
        area = pooled_delong([marker + 0.5 * random.normal(size=24) for _ in range(5)], y)
        assert area.ci_method == "DeLong, pooled on the logit scale"
        assert (area.p_value < 0.05) == (not area.ci_low <= 0.5 <= area.ci_high)


def test_over_several_sets_p_and_interval_of_a_difference_agree():
    random = np.random.default_rng(2)
    y = np.r_[np.ones(8), np.zeros(16)]
    for _ in range(300):
        first = [random.normal(size=24) + 1.2 * y for _ in range(3)]
        found = delong_difference(first, [random.normal(size=24) for _ in range(3)], y)
        assert (found.p_value < 0.05) == (not found.ci_low <= 0 <= found.ci_high)


@pytest.mark.filterwarnings("error")
def test_one_event_gives_a_difference_without_a_test():
    y = np.array([1.0, 0.0, 0.0, 0.0, 0.0])
    first, second = np.array([2.0, 1.0, 0.0, 3.0, 1.0]), np.array([1.0, 1.0, 0.0, 3.0, 1.0])
    found = delong_difference([first], [second], y)
    assert found.difference == pytest.approx(0.25)
    assert math.isnan(found.std_error) and math.isnan(found.p_value)


def test_an_area_of_one_in_a_set_is_named_as_that_of_the_first():
    y = np.array([0.0, 0.0, 1.0, 1.0])
    area = pooled_delong([np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 3.0, 2.0, 4.0])], y)
    assert (area.auc, area.ci_method) == (1.0, "DeLong, normal, first completed set")
