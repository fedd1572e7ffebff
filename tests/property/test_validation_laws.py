"""Laws of the internal validation."""

import numpy as np
import pytest
from bonehold.modelling.performance.measures import MEASURES, Sample, measured
from bonehold.modelling.performance.optimism import optimism_corrected, refit, resampled, resamples_of
from bonehold.modelling.performance.resampling import bootstrap_counts
from bonehold.modelling.regression.logistic import FIRTH, MAXIMUM_LIKELIHOOD
from hypothesis import given, settings
from hypothesis import strategies as st

GRID = np.linspace(0.1, 0.6, 5)
seeds = st.integers(0, 2**32 - 1)


def cohort(seed, n=70):
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, 2))
    y = (random.random(n) < 1 / (1 + np.exp(0.7 - 0.9 * x[:, 0]))).astype(float)
    y[:2] = [0, 1]
    return np.column_stack([np.ones(n), x]), y


def measures(X, y, weights, method=MAXIMUM_LIKELIHOOD):
    return resampled(resamples_of(refit(X, y, weights, method), y), GRID)


@settings(max_examples=20, deadline=None)
@given(seeds, st.sampled_from([MAXIMUM_LIKELIHOOD, FIRTH]))
def test_a_resample_with_everybody_once_has_no_optimism(seed, method):
    X, y = cohort(seed)
    found = measures(X, y, np.ones((2, len(y))), method)
    for name in MEASURES:
        corrected = optimism_corrected(0.5, found.in_sample[name], found.in_original[name])
        assert corrected.optimism == pytest.approx(0, abs=1e-6), name
    known = ~np.isnan(found.curves)
    assert found.curves[known] == pytest.approx(0, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_the_order_of_the_patients_and_the_units_change_nothing(seed):
    X, y = cohort(seed)
    weights = bootstrap_counts(len(y), 4, seed, "laws")
    order = np.random.default_rng(seed).permutation(len(y))
    as_given = measures(X, y, weights)
    shuffled = measures(X[order], y[order], weights[:, order])
    rescaled = measures(X * np.array([1.0, 250.0, 0.01]) + np.array([0.0, 1900.0, 3.0]), y, weights)
    for other in (shuffled, rescaled):
        assert other.tally == as_given.tally
        if as_given.tally.separated:
            continue  # where a separated fit stops is no property of the data
        for name in MEASURES:
            assert other.in_sample[name] == pytest.approx(as_given.in_sample[name], abs=1e-6, nan_ok=True)
            assert other.in_original[name] == pytest.approx(as_given.in_original[name], abs=1e-6, nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_the_area_is_the_share_of_pairs_in_order(seed):
    random = np.random.default_rng(seed)
    scores = random.integers(0, 6, (3, 30)).astype(float)
    y = (np.arange(30) < 9).astype(float)
    weights = random.integers(0, 3, (3, 30)).astype(float)
    weights[:, [0, -1]] = 1
    found = measured(Sample(scores, y, weights), GRID).values["auc"]
    for row in range(3):
        above = np.sign(scores[row][y == 1][:, None] - scores[row][y == 0][None])
        pairs = weights[row][y == 1][:, None] * weights[row][y == 0][None]
        assert found[row] == pytest.approx(((above + 1) / 2 * pairs).sum() / pairs.sum())
