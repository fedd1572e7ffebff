import numpy as np
import pytest
from bonehold.modelling.missing.level_draws import drawn_grades, drawn_levels

N = 4000


def multinomial(random, X):
    """Levels with log-odds against the first that are linear in X."""
    eta = np.column_stack([np.zeros(len(X)), -0.5 + 1.2 * X[:, 0], -1.5 - 0.8 * X[:, 1]])
    p = np.exp(eta) / np.exp(eta).sum(axis=1, keepdims=True)
    return (random.random(len(X))[:, None] > np.cumsum(p, axis=1)[:, :2]).sum(axis=1), p


def ordered(random, X):
    """Grades of a proportional-odds model with three cuts."""
    at_most = 1 / (1 + np.exp(-(np.array([-2.0, -0.5, 1.5]) - (X @ np.array([1.0, -0.7]))[:, None])))
    return (random.random(len(X))[:, None] > at_most).sum(axis=1), np.diff(at_most, prepend=0, append=1)


@pytest.mark.parametrize(
    ("simulate", "draw"),
    [(multinomial, drawn_levels), (ordered, drawn_grades)],
    ids=["multinomial", "ordered"],
)
def test_draws_have_the_proportions_of_the_model_they_come_from(simulate, draw):
    random = np.random.default_rng(3)
    X = random.normal(size=(2 * N, 2))
    levels, p = simulate(random, X)
    drawn = draw(X[:N], levels[:N], p.shape[1], X[N:], random)
    assert set(drawn) <= set(range(p.shape[1]))
    # missing depends on X: proportions where x is high differ from those of the observed
    for half in (X[N:, 0] > 0.5, X[N:, 0] < -0.5, X[N:, 1] > 0.5):
        shares = np.bincount(drawn[half], minlength=p.shape[1]) / half.sum()
        assert shares == pytest.approx(p[N:][half].mean(axis=0), abs=0.05)


@pytest.mark.parametrize("draw", [drawn_levels, drawn_grades], ids=["multinomial", "ordered"])
def test_draws_carry_the_uncertainty_of_few_patients(draw):
    random = np.random.default_rng(4)
    X = random.normal(size=(30, 1))
    levels = np.repeat([0, 1, 2], 10)
    missing = np.zeros((400, 1))
    shares = [(draw(X, levels, 3, missing, random) == 0).mean() for _ in range(200)]
    # sampling of 400 cells alone has an SD of .024; the coefficients of 30 patients add .09
    assert np.mean(shares) == pytest.approx(1 / 3, abs=0.05)
    assert 0.05 < np.std(shares) < 0.15


def test_a_binary_level_that_separates_does_not_blow_up():
    random = np.random.default_rng(5)
    x = np.repeat([0.0, 1.0], 50)
    levels = np.repeat([0, 0, 1], [50, 20, 30])  # where x = 0 nobody has level 1
    X = np.column_stack([x, x, random.normal(size=100)])  # and two predictors are the same
    drawn = np.mean([drawn_levels(X, levels, 2, X, random) for _ in range(200)], axis=0)
    assert drawn[:50].mean() < 0.1
    assert drawn[50:].mean() == pytest.approx(0.6, abs=0.05)


@pytest.mark.parametrize("draw", [drawn_levels, drawn_grades], ids=["multinomial", "ordered"])
def test_levels_that_a_predictor_tells_apart_completely_are_told_apart(draw):
    random = np.random.default_rng(6)
    x = np.repeat([-1.2, 0.0, 1.2], 40)[:, None]
    levels = np.repeat([0, 1, 2], 40)
    drawn = np.array([draw(x, levels, 3, x, random) for _ in range(50)])
    assert (drawn == levels).mean() > 0.9
    assert set(np.unique(drawn)) <= {0, 1, 2}


def test_more_predictors_than_patients_and_a_constant_one_are_no_fault():
    random = np.random.default_rng(7)
    X = np.column_stack([np.ones(12), random.normal(size=(12, 20))])
    levels = np.arange(12) % 3
    for draw in (drawn_levels, drawn_grades):
        assert set(draw(X, levels, 3, X[:5], random)) <= {0, 1, 2}
