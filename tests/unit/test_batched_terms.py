import numpy as np
import pytest
from bonehold.modelling.regression.batched_terms import term_tests
from bonehold.modelling.regression.logistic import FIRTH, MAXIMUM_LIKELIHOOD, fit_logistic
from bonehold.modelling.regression.pooling import overall_test, pool
from firthmodels import FirthLogisticRegression

POSITIONS = {"x": slice(1, 2), "grade": slice(2, 4)}


@pytest.fixture
def patients():
    random = np.random.default_rng(12)
    x = random.normal(1900, 20, 120)
    grade = random.integers(0, 3, 120)
    y = (random.random(120) < 1 / (1 + np.exp(-(x - 1905) / 15 - 0.5 * grade + 0.6))).astype(float)
    return np.column_stack([np.ones(120), x, grade == 1, grade == 2]).astype(float), y


def test_walds_test_is_that_of_each_copied_sample(patients):
    X, y = patients
    weights = np.random.default_rng(3).multinomial(120, np.full(120, 1 / 120), 5).astype(float)
    found = term_tests(X, POSITIONS, y, weights, MAXIMUM_LIKELIHOOD)
    for row, times in enumerate(weights.astype(int)):
        fit = pool([fit_logistic(np.repeat(X, times, axis=0), np.repeat(y, times))], 116)
        for column, places in POSITIONS.items():
            assert found.p_values[column][row] == pytest.approx(overall_test(fit, places).p_value, rel=1e-6)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_separated_sample_is_tested_by_firths_likelihood_ratio(patients):
    X, y = patients
    separated = np.where((X[:, 3] == 1) & (y == 0), 0.0, 1.0)
    constant = np.where(X[:, 2] == 1, 0.0, 1.0)
    weights = np.stack([separated, constant])
    found = term_tests(X, POSITIONS, y, weights, MAXIMUM_LIKELIHOOD)
    assert found.singular.tolist() == [False, True]
    assert np.isnan(found.p_values["x"][1])
    kept = separated == 1
    theirs = FirthLogisticRegression(backend="numpy", max_iter=2000, gtol=1e-9, xtol=1e-9)
    theirs.fit((X[kept, 1:] - [1900, 0, 0]) / [20, 1, 1], y[kept])
    theirs.lrt()
    assert found.p_values["x"][0] == pytest.approx(theirs.lrt_pvalues_[0], rel=1e-4)
    always = term_tests(X, POSITIONS, y, weights, FIRTH)
    assert always.p_values["grade"][0] == pytest.approx(found.p_values["grade"][0], rel=1e-9)
