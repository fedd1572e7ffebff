from functools import cache

import numpy as np
import pytest
from bonehold.modelling.survival.concordance import concordance
from bonehold.modelling.survival.cox import fit_cox
from bonehold.modelling.survival.kaplan_meier import kaplan_meier
from bonehold.modelling.survival.turnbull import turnbull
from bonehold.modelling.survival.weibull import fit_weibull
from hypothesis import given, settings
from hypothesis import strategies as st
from survival_examples import course

few = settings(max_examples=8, deadline=None)
many = settings(max_examples=60, deadline=None)
TIMES = st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=2, max_size=30)


@cache
def fitted():
    made = course(150, 21)
    return (
        made,
        fit_weibull(made.X, made.lower, made.upper),
        fit_cox(made.X, made.time, made.event),
    )


@few
@given(st.sampled_from([1 / 12, 30.4375, 1e-3, 1e4]))
def test_the_unit_of_time_changes_the_scale_and_nothing_else(unit):
    made, plain, cox = fitted()
    other = fit_weibull(made.X, unit * made.lower, unit * made.upper)
    b, b_other = plain.parameters, other.parameters
    moved = np.array([0, 0, np.log(unit), 0])
    assert b_other.values - moved == pytest.approx(b.values, abs=1e-5)
    assert b_other.std_errors == pytest.approx(b.std_errors, rel=1e-4)
    assert other.log_likelihood == pytest.approx(plain.log_likelihood, rel=1e-8)
    same = plain.mean_survival(made.X, 12.0), other.mean_survival(made.X, 12.0 * unit)
    assert same[1].values == pytest.approx(same[0].values, abs=1e-6)
    assert fit_cox(made.X, unit * made.time, made.event).log_hazard_ratios.values == pytest.approx(
        cox.log_hazard_ratios.values, rel=1e-9
    )


@few
@given(st.sampled_from([(0.0, 10.0), (-60.0, 1.0), (1e4, 0.1)]))
def test_origin_and_unit_of_a_predictor_change_its_own_numbers_by_just_that(change):
    shift, scale = change
    made, plain, cox = fitted()
    X = np.column_stack([(made.X[:, 0] + shift) * scale, made.X[:, 1]])
    other, unit = fit_weibull(X, made.lower, made.upper), np.array([scale, 1.0])
    assert other.log_hazard_ratios.values * unit == pytest.approx(plain.log_hazard_ratios.values, abs=1e-5)
    assert other.log_hazard_ratios.std_errors * unit == pytest.approx(
        plain.log_hazard_ratios.std_errors, rel=1e-4
    )
    same = fit_cox(X, made.time, made.event)
    assert same.log_hazard_ratios.values * unit == pytest.approx(cox.log_hazard_ratios.values, rel=1e-7)
    assert np.argsort(same.scores, kind="stable").tolist() == np.argsort(cox.scores, kind="stable").tolist()


def test_another_reference_level_and_another_order_of_levels_change_no_prediction():
    made, *_ = fitted()
    level = np.arange(150) % 3
    by_first = np.column_stack([made.X, level == 1, level == 2]).astype(float)
    by_last = np.column_stack([level == 1, level == 0, made.X]).astype(float)
    one, two = (fit_weibull(X, made.lower, made.upper) for X in (by_first, by_last))
    assert one.log_likelihood == pytest.approx(two.log_likelihood, rel=1e-9)
    chosen = level == 2
    risks = (
        one.mean_survival(by_first[chosen], 12.0),
        two.mean_survival(by_last[chosen], 12.0),
    )
    assert risks[0].values == pytest.approx(risks[1].values, abs=1e-6)
    assert risks[0].std_errors == pytest.approx(risks[1].std_errors, rel=1e-4)
    cox = [fit_cox(X, made.time, made.event) for X in (by_first, by_last)]
    assert cox[0].log_likelihood == pytest.approx(cox[1].log_likelihood, rel=1e-12)
    assert np.ptp(cox[0].scores - cox[1].scores) == pytest.approx(0, abs=1e-8)


@few
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_patients_changes_nothing(random):
    made, plain, cox = fitted()
    order = list(range(150))
    random.shuffle(order)
    X, lower, upper = made.X[order], made.lower[order], made.upper[order]
    assert fit_weibull(X, lower, upper).parameters.values == pytest.approx(plain.parameters.values, abs=1e-5)
    assert fit_cox(X, made.time[order], made.event[order]).log_hazard_ratios.values == pytest.approx(
        cox.log_hazard_ratios.values, rel=1e-9
    )
    assert turnbull(lower, upper).share == pytest.approx(turnbull(made.lower, made.upper).share, abs=1e-6)


@many
@given(TIMES)
def test_kaplan_meier_falls_and_its_counts_add_up(patients):
    time = np.array([float(months) for months, _ in patients])
    event = np.array([loose for _, loose in patients])
    curve = kaplan_meier(time, event)
    survival = [step.survival for step in curve]
    assert survival == sorted(survival, reverse=True) and survival[0] == 1
    assert sum(step.events + step.censored for step in curve) == len(patients) == curve[0].n_at_risk
    for step in curve:
        if step.ci_low is not None:
            assert 0 <= step.ci_low <= step.survival <= step.ci_high <= 1
    if event.all():
        assert survival[-1] == pytest.approx(0, abs=1e-12)


@many
@given(TIMES)
def test_turnbull_holds_every_patient(patients):
    """Shares are no negative ones, and no other distribution over the same intervals is likelier."""
    upper = np.array([float(months) if loose else np.inf for months, loose in patients])
    lower = np.array([float(months // 2) if loose else float(months) for months, loose in patients])
    found = turnbull(lower, upper)
    assert (found.share > 0).all() and found.share.sum() <= 1 + 1e-9
    assert (np.diff(found.left) >= 0).all() and (found.left < found.right).all()

    def likelihood(share, beyond):
        inside = (lower[:, None] <= found.left) & (found.right <= upper[:, None])
        return np.log(inside @ share + np.isinf(upper) * beyond).sum()

    beyond = 1 - found.share.sum()
    best = likelihood(found.share, beyond)
    if len(found.share) > 1:
        moved = found.share + np.array([1e-4, -1e-4, *[0.0] * (len(found.share) - 2)])
        if moved.min() > 0:
            assert likelihood(moved, beyond) <= best + 1e-6


@many
@given(TIMES, st.integers(0, 1000))
def test_concordance_of_the_reversed_score_is_the_rest(patients, seed):
    time = np.array([float(months) for months, _ in patients])
    event = np.array([loose for _, loose in patients])
    score = np.random.default_rng(seed).integers(0, 5, len(patients)).astype(float)
    one, other = concordance(score, time, event), concordance(-score, time, event)
    if one is None:
        assert other is None
        return
    assert one.estimate + other.estimate == pytest.approx(1)
    assert one.std_error == pytest.approx(other.std_error, abs=1e-12)
