import numpy as np
import pandas as pd
import pytest
from bonehold.modelling.description.collinearity_measures import conditioning, variance_inflation
from bonehold.modelling.description.correlation_measures import pearson, spearman
from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.specification import Candidate
from bonehold.modelling.missing.completed_tables import CompletedTables
from bonehold.modelling.regression.development import completed_cases
from bonehold.modelling.regression.linearity import linearity
from hypothesis import given, settings
from hypothesis import strategies as st
from modelling_examples import small_cohort, small_specification

few = settings(max_examples=40, deadline=None)
seeds = st.integers(0, 10**6)


def two_columns(seed, n=40):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return x, rng.uniform(-1, 1) * x + rng.normal(size=n)


@few
@given(seeds, st.sampled_from([pearson, spearman]))
def test_correlation_is_symmetric_and_blind_to_origin_and_unit(seed, measure):
    x, y = two_columns(seed)
    plain = measure(x, y)
    assert -1 <= plain.ci_low <= plain.value <= plain.ci_high <= 1
    for other in (measure(y, x), measure(3 * x - 7, y / 10 + 2)):
        assert vars(other) == pytest.approx(vars(plain), rel=1e-9, abs=1e-12)
    turned = measure(-x, y)
    assert (turned.value, turned.ci_low) == pytest.approx((-plain.value, -plain.ci_high), abs=1e-12)


@few
@given(seeds, st.integers(2, 5))
def test_variance_inflation_is_at_least_one_and_blind_to_origin_and_unit(seed, columns):
    rng = np.random.default_rng(seed)
    X = np.hstack([np.ones((50, 1)), rng.normal(size=(50, columns)) @ rng.normal(size=(columns, columns))])
    places = [slice(1, 2), slice(2, columns + 1)]
    vif = variance_inflation(X, places)
    assert (vif >= 1).all()
    moved = X.copy()
    moved[:, 1:] = 1000 * moved[:, 1:] + 5
    assert variance_inflation(moved, places) == pytest.approx(vif, rel=1e-6)
    # two terms inflate each other alike: both are det(R_a) det(R_b) / det(R)
    assert vif[0] == pytest.approx(vif[1], rel=1e-9)


@few
@given(seeds, st.integers(1, 5))
def test_eigenvalues_sum_to_the_columns_and_proportions_to_one(seed, columns):
    rng = np.random.default_rng(seed)
    X = np.hstack([np.ones((50, 1)), rng.normal(size=(50, columns)) + 2])
    found = conditioning(X)
    assert found.eigenvalues.sum() == pytest.approx(columns + 1)
    assert found.proportions.sum(axis=0) == pytest.approx(np.ones(columns + 1))
    assert found.condition_index[0] == 1 and (np.diff(found.condition_index) >= 0).all()


def age_is_linear(shift, scale):
    cohort = small_cohort()
    cohort["age"] = [repr((float(age) + shift) * scale) for age in cohort["age"]]
    table = AnalysisTable("cohort.csv", pd.DataFrame(cohort, index=range(2, 162)))
    specification = small_specification(final=("age", "grade"))
    candidates = [Candidate("age"), Candidate("grade", "1")]
    return linearity(
        "age", "final", completed_cases(specification, candidates, CompletedTables(table), Dictionary())
    )


@few
@given(st.sampled_from([-2000.0, 0.0, 1e4]), st.sampled_from([-1.0, 1e-3, 365.25, 1e3]))
def test_linearity_is_blind_to_origin_unit_and_direction(shift, scale):
    plain, moved = age_is_linear(0, 1), age_is_linear(shift, scale)
    assert moved.test.statistic >= 0
    assert moved.test.statistic == pytest.approx(plain.test.statistic, rel=1e-5)
    assert moved.test.p_value == pytest.approx(plain.test.p_value, rel=1e-5)
