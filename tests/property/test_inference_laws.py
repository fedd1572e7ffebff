"""What must hold of fits, limits and tests whatever the data."""

import numpy as np
import pandas as pd
import pytest
from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.specification import Candidate
from bonehold.modelling.regression.fitting import fit
from bonehold.modelling.regression.logistic import FIRTH, MAXIMUM_LIKELIHOOD, Z_95
from bonehold.modelling.regression.model import risk
from bonehold.modelling.regression.profile_likelihood import (
    fitted_likelihood,
    likelihood_ratio,
    profile_limits,
)
from bonehold.modelling.regression.separation import aliased_coefficients, separating_coefficients
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from modelling_examples import develop_on, small_cohort, small_specification

few = settings(max_examples=25, deadline=None)
seeds = st.integers(0, 2**32 - 1)
methods = st.sampled_from([MAXIMUM_LIKELIHOOD, FIRTH])


def sample(seed, n=60):
    """A continuous and a binary predictor; with small samples often separated."""
    random = np.random.default_rng(seed)
    X = np.column_stack([np.ones(n), random.normal(50, 12, n), random.random(n) < 0.15])
    log_odds = random.normal() + random.normal(0, 1.5) * (X[:, 1] - 50) / 12 + random.normal(0, 3) * X[:, 2]
    y = (random.random(n) < 1 / (1 + np.exp(-log_odds))).astype(float)
    assume(0 < y.sum() < n and not aliased_coefficients(X))
    return X, y


def model_of(cohort, reference="1", firth="when_separated", order=("age", "b")):
    """A fixed model of two numbers and a factor."""
    table = AnalysisTable("cohort.csv", pd.DataFrame(cohort, index=range(2, 2 + len(cohort["age"]))))
    candidates = (*map(Candidate, order), Candidate("grade", reference))
    specification = small_specification(
        candidates=candidates, a_priori=(), exclusive=(), final=("age", "b", "grade"), firth=firth
    )
    return develop_on(specification, table), table


@few
@given(seeds, methods)
def test_a_profile_interval_holds_its_estimate(seed, method):
    X, y = sample(seed)
    assume(method == FIRTH or not separating_coefficients(X, y))
    found = fit(X, y, method)
    limits = profile_limits(fitted_likelihood(X, y, found))
    assert (limits[:, 0] < found.coefficients).all() and (found.coefficients < limits[:, 1]).all()


@few
@given(seeds, methods, st.sampled_from([0.0, 2e6]), st.sampled_from([1e-3, 1.0, 1e3]))
def test_limits_and_tests_follow_origin_and_unit(seed, method, shift, scale):
    X, y = sample(seed)
    assume(method == FIRTH or not separating_coefficients(X, y))
    moved = X.copy()
    moved[:, 1] = (X[:, 1] + shift) * scale
    plain, other = (fitted_likelihood(one, y, fit(one, y, method)) for one in (X, moved))
    unit = np.array([scale, 1.0])[:, None]
    assert profile_limits(other)[1:] * unit == pytest.approx(profile_limits(plain)[1:], rel=1e-5, abs=1e-6)
    for place in (1, 2):
        tests = [likelihood_ratio(one, slice(place, place + 1)).statistic for one in (plain, other)]
        assert tests[0] == pytest.approx(tests[1], rel=1e-6, abs=1e-8)


@few
@given(seeds)
def test_a_limit_is_where_the_likelihood_ratio_is_that_of_the_95_percent_point(seed):
    X, y = sample(seed)
    assume(not separating_coefficients(X, y))
    fitted = fitted_likelihood(X, y, fit(X, y, MAXIMUM_LIKELIHOOD))
    for low_or_high in profile_limits(fitted)[1]:
        shifted = np.column_stack([X[:, 0], X[:, 2]])
        # the same model with the coefficient held there, fitted as an offset by plain Newton steps
        beta = np.zeros(2)
        for _ in range(100):
            mu = 1 / (1 + np.exp(-(X[:, 1] - 50) * low_or_high - shifted @ beta))
            beta = beta + np.linalg.solve(
                shifted.T @ (shifted * (mu * (1 - mu))[:, None]), shifted.T @ (y - mu)
            ).clip(-1, 1)
        log_odds = (X[:, 1] - 50) * low_or_high + shifted @ beta
        value = float(y @ log_odds - np.logaddexp(0, log_odds).sum())
        assert 2 * (fitted.top.value - value) == pytest.approx(Z_95**2, abs=1e-5)


@few
@given(seeds)
def test_firth_is_finite_on_separated_data_and_shrinks_the_rest(seed):
    X, y = sample(seed, 25)
    firth = fit(X, y, FIRTH)
    assert np.isfinite(firth.coefficients).all() and np.isfinite(firth.std_errors).all()
    if not separating_coefficients(X, y):
        # Firth maximises l + penalty, so its likelihood is lower and its penalty, the information, higher.
        plain = fit(X, y, MAXIMUM_LIKELIHOOD)
        assert (
            np.linalg.slogdet(firth_information(X, firth))[1]
            >= np.linalg.slogdet(firth_information(X, plain))[1] - 1e-9
        )


def firth_information(X, found):
    centred = X - np.array([0.0, 50.0, 0.0])
    mu = 1 / (1 + np.exp(-X @ found.coefficients))
    return centred.T @ (centred * (mu * (1 - mu))[:, None])


@few
@given(st.sampled_from(["1", "2", "3"]), st.sampled_from(["when_separated", "always"]))
def test_predictions_and_tests_of_a_factor_do_not_depend_on_its_reference(reference, firth):
    plain, table = model_of(small_cohort(), firth=firth)
    other, _ = model_of(small_cohort(), reference=reference, firth=firth)
    assert risk(other.model, table.cells) == pytest.approx(risk(plain.model, table.cells), abs=1e-8)
    for row, same in list(zip(plain.final, other.final, strict=True))[1:]:
        assert row.term == same.term
        for name in ("term_p_value", "lr_p_value", "lr_statistic"):
            assert getattr(same, name) == pytest.approx(getattr(row, name), rel=1e-6)


@few
@given(seeds, st.sampled_from(["when_separated", "always"]))
def test_order_of_rows_labels_and_columns_changes_nothing(seed, firth):
    plain, table = model_of(small_cohort(), firth=firth)
    order = np.random.default_rng(seed).permutation(160)
    names = {"1": "mild", "2": "absent", "3": "severe"}
    cohort = {column: [cells[place] for place in order] for column, cells in small_cohort().items()}
    cohort["grade"] = [names[cell] for cell in cohort["grade"]]
    other, shuffled = model_of(cohort, reference="mild", firth=firth, order=("b", "age"))
    assert risk(other.model, shuffled.cells) == pytest.approx(risk(plain.model, table.cells)[order], abs=1e-8)


@few
@given(st.sampled_from([("age", 1000.0, 0.0), ("b", 0.001, 0.0), ("age", 1.0, 2e6)]))
def test_units_change_no_prediction_of_firths_fit(change):
    column, scale, shift = change
    plain, table = model_of(small_cohort(), firth="always")
    cohort = small_cohort()
    cohort[column] = [repr((float(cell) + shift) * scale) for cell in cohort[column]]
    other, moved = model_of(cohort, firth="always")
    assert risk(other.model, moved.cells) == pytest.approx(risk(plain.model, table.cells), abs=1e-7)
