import math

import numpy as np
import pytest
from bonehold.modelling.performance.optimism import ResampledMeasure, optimism_corrected


def test_optimism_is_the_mean_difference():
    resampled = ResampledMeasure(np.array([0.9, 0.8, 0.85]), np.array([0.86, 0.79, 0.81]))
    corrected = optimism_corrected(0.84, resampled)
    assert corrected.optimism == pytest.approx(0.03)
    assert corrected.corrected == pytest.approx(0.81)


def test_the_interval_is_that_of_the_resamples_moved_down_by_the_optimism():
    in_sample = np.linspace(0.7, 0.9, 401)
    corrected = optimism_corrected(0.8, ResampledMeasure(in_sample, in_sample - 0.02))
    assert (corrected.ci_low, corrected.ci_high) == pytest.approx((0.705 - 0.02, 0.895 - 0.02))


def test_the_interval_stays_within_the_range_of_the_measure():
    high, low = np.linspace(0.9, 1.0, 401), np.linspace(0.0, 0.1, 401)
    assert optimism_corrected(0.95, ResampledMeasure(high, high + 0.02)).ci_high == 1
    assert optimism_corrected(0.05, ResampledMeasure(low, low - 0.02)).ci_low == 0


def test_without_a_usable_resample_nothing_is_claimed():
    corrected = optimism_corrected(0.8, ResampledMeasure(np.array([]), np.array([])))
    assert corrected.apparent == 0.8
    assert math.isnan(corrected.corrected)
