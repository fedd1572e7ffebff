"""Laws of net benefit, thresholds and the table of four counts."""

import numpy as np
import pytest
from bonehold.modelling.decision.net_benefit import (
    THRESHOLDS,
    flagged,
    interventions_avoided,
    net_benefit,
    treat_all,
)
from bonehold.modelling.decision.thresholds import SENSITIVE, STEP, sensitive_threshold, threshold_rows
from bonehold.modelling.performance.cross_table import cross_table, likelihood_ratio
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=80, deadline=None)
risks = st.one_of(st.integers(1, 99).map(lambda percent: percent / 100), st.floats(0.001, 0.999))
patients = st.lists(st.tuples(risks, st.booleans()), min_size=2, max_size=60).filter(
    lambda pairs: 0 < sum(event for _, event in pairs) < len(pairs)
)


def arrays(pairs):
    risk, event = zip(*pairs, strict=True)
    return np.array(risk), np.array(event, dtype=float)


def benefit_of(risk, y, thresholds):
    thresholds = np.array(thresholds, dtype=float)
    true, false = flagged(risk[None], y, np.ones((1, len(y))), thresholds)
    return net_benefit(true, false, thresholds)[0]


@few
@given(patients)
def test_counts_are_those_of_a_plain_comparison(pairs):
    risk, y = arrays(pairs)
    expected = [
        (y * (risk >= t)).sum() / len(y) - ((1 - y) * (risk >= t)).sum() / len(y) * t / (1 - t)
        for t in THRESHOLDS
    ]
    assert benefit_of(risk, y, THRESHOLDS) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@few
@given(st.integers(1, 19), st.integers(1, 19))
def test_a_group_whose_share_of_events_is_the_threshold_is_at_it(some, others):
    # The risks that a model of two groups of 20 estimates, as a computer comes by them.
    log_odds = np.log(some / (20 - some)), np.log(others / (20 - others))
    risk = np.repeat(1 / (1 + np.exp(-np.array(log_odds))), 20)
    y = np.concatenate([np.arange(20) < some, np.arange(20) < others]).astype(float)
    true, false = flagged(risk[None], y, np.ones((1, 40)), np.array(THRESHOLDS))
    expected = {t: 20 * ((some / 20 >= t) + (others / 20 >= t)) for t in THRESHOLDS}
    assert dict(zip(THRESHOLDS, np.round(40 * (true + false)[0]), strict=True)) == expected
    for row in threshold_rows(risk, y, float(risk.max())):
        assert row["rule"] != STEP or row["flagged"] == expected[row["threshold"]]


@few
@given(patients)
def test_below_every_risk_the_model_treats_all_and_above_every_risk_nobody(pairs):
    risk, y = arrays(pairs)
    low, high = risk.min() / 2, (1 + risk.max()) / 2
    found = benefit_of(risk, y, [low, high])
    assert found[0] == pytest.approx(treat_all(y.mean(), np.array([low]))[0])
    assert found[1] == 0


@few
@given(patients)
def test_treating_all_at_the_prevalence_is_worth_nothing(pairs):
    _, y = arrays(pairs)
    assert treat_all(y.mean(), np.array([y.mean()]))[0] == pytest.approx(0, abs=1e-12)


@few
@given(patients)
def test_net_benefit_never_exceeds_the_prevalence(pairs):
    risk, y = arrays(pairs)
    assert (benefit_of(risk, y, THRESHOLDS) <= y.mean() + 1e-12).all()


@few
@given(patients)
def test_treating_nobody_avoids_all_interventions_that_are_in_vain(pairs):
    _, y = arrays(pairs)
    t = np.array([0.2])
    avoided = interventions_avoided(np.zeros(1), y.mean(), t)[0]
    assert avoided == pytest.approx(100 * ((1 - y.mean()) - y.mean() * 4))


@few
@given(patients, st.randoms(use_true_random=False))
def test_weights_are_repeated_patients(pairs, random):
    risk, y = arrays(pairs)
    times = np.array([random.randint(0, 3) for _ in y])
    if not times.any():
        times[0] = 1
    t = np.array(THRESHOLDS)
    weighted = flagged(risk[None], y, times[None].astype(float), t)
    again_risk, again_y = np.repeat(risk, times), np.repeat(y, times)
    repeated = flagged(again_risk[None], again_y, np.ones((1, len(again_y))), t)
    for one, other in zip(weighted, repeated, strict=True):
        assert one == pytest.approx(other, abs=1e-12)


@few
@given(patients)
def test_the_sensitive_threshold_is_the_highest_that_finds_nine_tenths(pairs):
    risk, y = arrays(pairs)
    threshold = sensitive_threshold(risk, y)
    assert (risk[y == 1] >= threshold).mean() >= 0.9 - 1e-12
    higher = risk[(y == 1) & (risk > threshold)]
    if len(higher):
        assert (risk[y == 1] >= higher.min()).mean() < 0.9
    rows = list(threshold_rows(risk, y, 0.3))
    assert [row["threshold"] for row in rows] == sorted(row["threshold"] for row in rows)
    (row,) = (one for one in rows if one["rule"] == SENSITIVE)
    assert row["sensitivity"] >= 0.9 - 1e-12


@few
@given(patients)
def test_the_four_counts_add_up_and_intervals_hold_their_shares(pairs):
    risk, y = arrays(pairs)
    table = cross_table(risk >= 0.5, y)
    assert table.tp + table.fn == y.sum() and table.fp + table.tn == (1 - y).sum()
    found = table.columns()
    for name in ("sensitivity", "specificity", "ppv", "npv"):
        if found[name] is not None:
            assert found[f"{name}_ci_low"] <= found[name] <= found[f"{name}_ci_high"]
    for name in ("lr_positive", "lr_negative"):
        if found[f"{name}_ci_low"] is not None:
            assert found[f"{name}_ci_low"] <= found[name] <= found[f"{name}_ci_high"]


def test_likelihood_ratio_by_hand():
    ratio, low, high = likelihood_ratio(36, 45, 32, 268)
    assert ratio == pytest.approx((36 / 45) / (32 / 268))
    spread = 1.959963984540054 * (1 / 36 - 1 / 45 + 1 / 32 - 1 / 268) ** 0.5
    assert (low, high) == pytest.approx((ratio / np.exp(spread), ratio * np.exp(spread)))
    assert likelihood_ratio(3, 5, 0, 9) == (None, None, None)
    assert likelihood_ratio(0, 5, 3, 9) == (0, None, None)
