import numpy as np
import pytest
from bonehold.modelling.performance.optimism import Refits
from bonehold.modelling.regression.development_data import DevelopmentData, DevelopmentSet
from bonehold.modelling.stability.instability import calibration_curves, instability
from scipy.special import logit

Y = np.array([0.0, 0.0, 1.0])


def one_set(*risks):
    return DevelopmentSet(np.ones((3, 1)), logit(np.array(risks)), {})


def models(*risks):
    log_odds = logit(np.array(risks))
    return Refits(np.ones_like(log_odds), log_odds, np.zeros(len(risks), dtype=bool), 0)


def test_differences_and_changes_of_side_are_counted_by_hand():
    data = DevelopmentData(Y, (one_set(0.1, 0.2, 0.6),))
    found = instability(data, [models([0.1, 0.4, 0.5], [0.3, 0.2, 0.8])], cutoff=0.25)
    assert found.risk == pytest.approx([0.1, 0.2, 0.6])
    assert found.mean == pytest.approx([0.2, 0.3, 0.65])
    assert found.mape == pytest.approx([0.1, 0.1, 0.15])
    assert found.changes == pytest.approx([0.5, 0.5, 0.0])
    assert found.ci_low == pytest.approx([0.105, 0.205, 0.5075])


def test_a_risk_at_the_cut_off_is_a_high_one():
    data = DevelopmentData(Y, (one_set(0.25, 0.2, 0.6),))
    low = np.nextafter(0.25, 0)
    found = instability(data, [models([0.25, 0.2, 0.6], [low - 1e-9, 0.2, 0.6])], cutoff=data.risk[0])
    assert found.changes == pytest.approx([0.5, 0, 0])


def test_every_completed_set_is_held_against_its_own_risks():
    """Models that say in each set what the model says there are stable, however the sets differ."""
    data = DevelopmentData(Y, (one_set(0.1, 0.2, 0.6), one_set(0.3, 0.2, 0.8)))
    found = instability(data, [models([0.1, 0.2, 0.6]), models([0.3, 0.2, 0.8])], cutoff=0.25)
    assert found.mape == pytest.approx([0, 0, 0], abs=1e-12) and not found.changes.any()
    assert found.risk == pytest.approx([0.2, 0.2, 0.7])
    assert found.mean == pytest.approx([0.2, 0.2, 0.7])


def test_identical_sets_are_like_one():
    one = DevelopmentData(Y, (one_set(0.1, 0.2, 0.6),))
    two = DevelopmentData(Y, (*one.sets, *one.sets))
    drawn = models([0.1, 0.4, 0.5], [0.3, 0.2, 0.8])
    alone, twice = instability(one, [drawn], 0.25), instability(two, [drawn, drawn], 0.25)
    for name in ("risk", "mean", "mape", "changes"):
        assert getattr(twice, name) == pytest.approx(getattr(alone, name))


def test_without_a_usable_resample_nothing_is_claimed():
    nothing = Refits(np.ones((0, 3)), np.ones((0, 3)), np.zeros(0, dtype=bool), 5)
    data = DevelopmentData(Y, (one_set(0.1, 0.2, 0.6),))
    found = instability(data, [nothing], 0.25)
    assert np.isnan(found.mape).all() and found.risk == pytest.approx([0.1, 0.2, 0.6])
    assert calibration_curves(data, [nothing], 10).shape == (1, 2, 50)


def test_curves_take_turns_between_the_sets():
    random = np.random.default_rng(1)
    y = (random.random(40) < 0.4).astype(float)

    def drawn(models_of_set):
        return Refits(
            np.ones((models_of_set, 40)), random.normal(size=(models_of_set, 40)), np.zeros(models_of_set), 0
        )

    first, second = drawn(3), drawn(1)
    own = DevelopmentSet(np.ones((40, 1)), random.normal(size=40), {})
    curves = calibration_curves(DevelopmentData(y, (own, own)), [first, second], 3)
    expected = [own.log_odds, first.log_odds[0], second.log_odds[0], first.log_odds[1]]
    for curve, log_odds in zip(curves, expected, strict=True):
        ordered = np.sort(1 / (1 + np.exp(-log_odds)))
        assert curve[0, [0, -1]] == pytest.approx(ordered[[4, -5]])
