import math

import numpy as np
import pytest
from bonehold.modelling.performance.discrimination import auc, delong, direction_of, roc_points, youden_cutoff


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
