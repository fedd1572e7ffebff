import math

import numpy as np
import pytest
from bonehold.modelling.performance.optimism import (
    optimism_corrected,
    refit,
    resampled,
    resamples_of,
    together,
)
from bonehold.modelling.regression.logistic import FIRTH


def test_optimism_is_the_mean_difference():
    corrected = optimism_corrected(0.84, np.array([0.9, 0.8, 0.85]), np.array([0.86, 0.79, 0.81]))
    assert corrected.optimism == pytest.approx(0.03)
    assert corrected.corrected == pytest.approx(0.81)
    assert corrected.resamples == 3


def test_the_interval_is_that_of_the_resamples_moved_down_by_the_optimism():
    in_sample = np.linspace(0.7, 0.9, 401)
    corrected = optimism_corrected(0.8, in_sample, in_sample - 0.02)
    assert (corrected.ci_low, corrected.ci_high) == pytest.approx((0.705 - 0.02, 0.895 - 0.02))


def test_an_interval_that_is_known_is_moved_instead():
    slopes = np.array([0.8, 0.9])
    corrected = optimism_corrected(1.0, np.ones(2), slopes, (-np.inf, np.inf), (0.7, 1.3))
    assert (corrected.corrected, corrected.ci_low, corrected.ci_high) == pytest.approx((0.85, 0.55, 1.15))


def test_the_interval_stays_within_the_range_of_the_measure():
    high, low = np.linspace(0.9, 1.0, 401), np.linspace(0.0, 0.1, 401)
    assert optimism_corrected(0.95, high, high + 0.02).ci_high == 1
    assert optimism_corrected(0.05, low, low - 0.02).ci_low == 0


def test_without_a_usable_resample_nothing_is_claimed():
    corrected = optimism_corrected(0.8, np.array([]), np.array([]))
    assert corrected.apparent == 0.8
    assert math.isnan(corrected.corrected)
    assert corrected.resamples == 0


def test_a_resample_in_which_a_measure_is_undefined_is_told_by_the_number():
    corrected = optimism_corrected(1.0, np.array([1.0, 1.0]), np.array([0.9, np.nan]))
    assert (corrected.optimism, corrected.resamples) == (pytest.approx(0.1), 1)


@pytest.fixture
def patients():
    random = np.random.default_rng(4)
    x = random.normal(size=(90, 2))
    y = (random.random(90) < 1 / (1 + np.exp(0.8 - x[:, 0]))).astype(float)
    return np.column_stack([np.ones(90), x]), y


def test_firths_slope_in_its_own_sample_is_measured_not_assumed(patients):
    X, y = patients
    weights = np.random.default_rng(1).multinomial(90, np.full(90, 1 / 90), 5).astype(float)
    grid = np.array([0.2, 0.4])
    plain = resampled(resamples_of(refit(X, y, weights), y), grid)
    firth = resampled(resamples_of(refit(X, y, weights, FIRTH), y), grid)
    assert (plain.in_sample["slope"] == 1).all() and (plain.in_sample["citl"] == 0).all()
    assert (firth.in_sample["slope"] > 1).all()  # shrunken coefficients have room to be stretched


def test_sets_put_together_count_every_resample(patients):
    X, y = patients
    weights = np.vstack([np.ones((2, 90)), 1 - y])
    parts = [resampled(resamples_of(refit(X, y, weights), y), np.array([0.3])) for _ in range(2)]
    both = together(parts)
    assert (both.tally.drawn, both.tally.used, both.tally.singular) == (6, 4, 2)
    assert len(both.in_sample["auc"]) == 4
