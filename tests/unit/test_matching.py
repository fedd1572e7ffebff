import numpy as np
import pytest
from bonehold.modelling.missing.matching import DONORS, matched_donors, nearest


def test_the_nearest_are_among_the_five_nearest():
    random = np.random.default_rng(1)
    observed, wanted = random.normal(size=60), random.normal(scale=3, size=500)
    distance = np.abs(observed[nearest(observed, wanted, random)] - wanted)
    fifth = np.sort(np.abs(observed[None] - wanted[:, None]), axis=1)[:, DONORS - 1]
    assert (distance <= fifth).all()


def test_each_of_the_five_nearest_is_taken_as_often():
    random = np.random.default_rng(2)
    observed = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 50.0, 60.0])
    chosen = nearest(observed, np.full(5000, 1.9), random)
    assert np.bincount(chosen, minlength=7) / 5000 == pytest.approx([0.2] * 5 + [0, 0], abs=0.03)


def test_among_equally_near_ones_chance_decides():
    random = np.random.default_rng(3)
    chosen = {int(nearest(np.zeros(20), np.zeros(1), random)[0]) for _ in range(400)}
    assert chosen == set(range(20))


def test_fewer_than_five_patients_are_all_donors():
    random = np.random.default_rng(4)
    assert set(nearest(np.array([1.0, 2.0]), np.full(50, 9.0), random)) == {0, 1}


def test_a_relation_is_carried_over_to_the_missing():
    random = np.random.default_rng(5)
    X = random.normal(size=(600, 2))
    y = 1e7 + 3 * X[:, 0] - X[:, 1] + random.normal(scale=0.5, size=600)  # a far origin costs nothing
    donors = matched_donors(X[:400], y[:400], X[400:], random)
    slopes = np.linalg.lstsq(np.column_stack([np.ones(200), X[400:]]), y[:400][donors] - 1e7, rcond=None)[0]
    assert slopes == pytest.approx([0, 3, -1], abs=0.2)
    assert np.std(y[:400][donors] - 1e7 - X[400:] @ [3, -1]) == pytest.approx(0.5, abs=0.15)


def test_aliased_constant_and_too_many_predictors_can_be_solved():
    random = np.random.default_rng(6)
    x = random.normal(size=(30, 1))
    aliased = np.hstack([x, 2 * x, np.ones((30, 1)), random.normal(size=(30, 40))])
    assert set(matched_donors(aliased, x[:, 0], aliased, random)) <= set(range(30))
    assert set(matched_donors(np.ones((4, 3)), np.full(4, 7.0), np.ones((9, 3)), random)) <= set(range(4))


def test_matching_carries_the_uncertainty_of_few_patients():
    random = np.random.default_rng(7)
    x = np.linspace(-1, 1, 25)[:, None]
    y = x[:, 0] + random.normal(scale=0.5, size=25)
    means = [y[matched_donors(x, y, np.zeros((300, 1)), random)].mean() for _ in range(200)]
    # by the estimated line alone it would be the same five donors each time, and an SD of .03
    assert np.std(means) > 0.1
