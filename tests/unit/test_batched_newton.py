import numpy as np
import pytest
from bonehold.modelling.regression.batched_newton import Status, fit_samples
from bonehold.modelling.regression.logistic import fit_logistic
from bonehold.modelling.regression.separation import aliased_coefficients, separating_coefficients


@pytest.fixture
def patients():
    random = np.random.default_rng(3)
    x = random.normal(50, 12, 80)
    rare = (np.arange(80) < 6).astype(float)
    y = (random.random(80) < 1 / (1 + np.exp(-(x - 55) / 10))).astype(float)
    y[:6] = [1, 0, 1, 0, 1, 0]
    return np.column_stack([np.ones(80), x, rare]), y


def test_weights_are_repeated_patients(patients):
    X, y = patients
    weights = np.random.default_rng(1).integers(1, 4, (3, 80)).astype(float)
    fits = fit_samples(X, y, weights)
    for coefficients, weight in zip(fits.coefficients, weights, strict=True):
        times = weight.astype(int)
        repeated = fit_logistic(np.repeat(X, times, axis=0), np.repeat(y, times))
        assert coefficients == pytest.approx(repeated.coefficients, rel=1e-9, abs=1e-9)


def test_each_fit_says_how_it_ended(patients):
    X, y = patients
    everybody = np.ones(80)
    without_rare = np.where(X[:, 2] == 1, 0.0, 1.0)  # the rare level is constant
    rare_events_only = np.where((X[:, 2] == 1) & (y == 0), 0.0, 1.0)  # the rare level separates
    no_event = 1 - y
    fits = fit_samples(X, y, np.stack([everybody, without_rare, rare_events_only, no_event]))
    assert list(fits.statuses) == [Status.CONVERGED, Status.SINGULAR, Status.SEPARATED, Status.SINGULAR]
    assert np.isnan(fits.coefficients[[1, 3]]).all()
    assert fits.coefficients[2, 2] > 10


def test_a_fit_does_not_depend_on_its_neighbours(patients):
    X, y = patients
    weights = np.random.default_rng(2).integers(0, 4, (20, 80)).astype(float)
    together = fit_samples(X, y, weights).coefficients
    alone = np.vstack([fit_samples(X, y, weight[None]).coefficients for weight in weights])
    assert together == pytest.approx(alone, rel=1e-9, nan_ok=True)


def test_separation_is_found_by_the_linear_programme(patients):
    X, y = patients
    assert separating_coefficients(X, y) == ()
    keep = ~((X[:, 2] == 1) & (y == 0))
    assert separating_coefficients(X[keep], y[keep]) == (2,)
    assert separating_coefficients(np.column_stack([np.ones(80), X[:, 1]]), (X[:, 1] > 50).astype(float)) == (
        1,
    )


def test_aliased_columns_are_found(patients):
    X, _ = patients
    assert aliased_coefficients(X) == ()
    assert aliased_coefficients(np.column_stack([X, X[:, 1] - 3 * X[:, 2]])) == (3,)
    assert aliased_coefficients(np.column_stack([X, np.full(80, 7.0)])) == (3,)
