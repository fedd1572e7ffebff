import numpy as np
import pytest
from bonehold.modelling.performance.optimism import refit
from bonehold.modelling.regression.batched_firth import fit_firth_samples
from bonehold.modelling.regression.batched_newton import Status
from bonehold.modelling.regression.logistic import FIRTH
from firthmodels import FirthLogisticRegression


@pytest.fixture
def patients():
    random = np.random.default_rng(11)
    x = random.normal(2000, 12, 90)
    rare = (np.arange(90) < 7).astype(float)
    y = (random.random(90) < 1 / (1 + np.exp(-(x - 2005) / 10))).astype(float)
    y[:7] = [1, 0, 1, 0, 1, 0, 1]
    return np.column_stack([np.ones(90), x, rare]), y


def theirs(X, y):
    """Estimates of firthmodels, intercept first."""
    model = FirthLogisticRegression(backend="numpy", max_iter=2000, gtol=1e-9, xtol=1e-9)
    centred = X[:, 1:] - X[:, 1:].mean(axis=0)
    model.fit(centred, y)
    return np.concatenate([[model.intercept_ - model.coef_ @ X[:, 1:].mean(axis=0)], model.coef_])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_every_sample_has_the_estimates_of_firthmodels_on_its_copied_rows(patients):
    X, y = patients
    weights = np.random.default_rng(1).multinomial(90, np.full(90, 1 / 90), 12).astype(float)
    weights[0] = np.where((X[:, 2] == 1) & (y == 0), 0.0, 1.0)  # the rare level separates
    fits = fit_firth_samples(X, y, weights)
    assert fits.having(Status.CONVERGED).all()
    for coefficients, weight in zip(fits.coefficients, weights.astype(int), strict=True):
        expected = theirs(np.repeat(X, weight, axis=0), np.repeat(y, weight))
        assert coefficients[1:] == pytest.approx(expected[1:], rel=1e-5, abs=1e-6)
        assert coefficients[0] == pytest.approx(expected[0], rel=1e-5)


def test_a_constant_column_is_singular(patients):
    X, y = patients
    without_rare = np.where(X[:, 2] == 1, 0.0, 1.0)
    refits = refit(X, y, np.stack([np.ones(90), without_rare]), FIRTH)
    assert refits.singular == 1
    assert not refits.separated.any()
    assert len(refits.log_odds) == 1
