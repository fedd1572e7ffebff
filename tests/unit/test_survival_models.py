"""Models of time on small and on simulated data."""

import numpy as np
import pandas as pd
import pytest
from bonehold.modelling.survival.concordance import concordance
from bonehold.modelling.survival.cox import fit_cox
from bonehold.modelling.survival.estimates import likelihood_ratio_test, wald_test
from bonehold.modelling.survival.kaplan_meier import kaplan_meier, log_rank, share_at
from bonehold.modelling.survival.monotone import monotone_between_visits, monotone_in_cox, times_vary
from bonehold.modelling.survival.risk_groups import groupings
from bonehold.modelling.survival.turnbull import turnbull
from bonehold.modelling.survival.weibull import fit_weibull, other_distributions
from lifelines import KaplanMeierFitter, WeibullAFTFitter
from scipy.stats import norm
from survival_examples import SCALE, SHAPE, SLOPES, course

INF = np.inf


def floats(*values):
    return np.array(values, dtype=float)


# --- the interval-censored model ---------------------------------------------------------------------------


def test_the_interval_censored_model_finds_the_parameters_again():
    """Over 25 simulated cohorts the estimates centre on the truth, and 95 % intervals hold it about as often."""
    truth = np.array([*SLOPES, np.log(SCALE), np.log(SHAPE)])
    estimates, inside = [], []
    for seed in range(25):
        made = course(300, seed)
        fit = fit_weibull(made.X, made.lower, made.upper).parameters
        estimates.append(fit.values)
        inside.append(np.abs(fit.values - truth) < norm.ppf(0.975) * fit.std_errors)
    error = np.mean(estimates, axis=0) - truth
    assert np.abs(error) == pytest.approx(0, abs=4 * np.std(estimates, axis=0).max() / np.sqrt(25))
    assert 0.88 < np.mean(inside) < 1  # of 100 intervals


def test_taking_the_visit_for_the_event_is_what_the_intervals_correct():
    made = course(2000, 3)
    between = fit_weibull(made.X, made.lower, made.upper)
    at_visit = fit_weibull(made.X, made.time, made.upper)
    assert between.parameters.values[2] == pytest.approx(np.log(SCALE), abs=0.1)
    assert at_visit.parameters.values[-1] > between.parameters.values[-1]


def test_known_times_give_the_right_censored_weibull_fit():
    made = course(300, 5)
    X, time, event = made.X, made.true_time, made.true_time < 30
    time = np.where(event, time, 30.0)
    fit = fit_weibull(X, time, np.where(event, time, INF))
    frame = pd.DataFrame(X, columns=["a", "b"]).assign(time=time, event=event)
    expected = WeibullAFTFitter().fit(frame, "time", "event", fit_options={"ftol": 1e-14})
    names = [("lambda_", "a"), ("lambda_", "b"), ("lambda_", "Intercept"), ("rho_", "Intercept")]
    assert fit.parameters.values == pytest.approx(expected.params_.loc[names].to_numpy(), abs=1e-5)
    assert fit.parameters.covariance == pytest.approx(
        expected.variance_matrix_.loc[names, names].to_numpy(), rel=1e-3, abs=1e-7
    )
    assert fit.log_likelihood == pytest.approx(expected.log_likelihood_, rel=1e-9)
    tiny = fit_weibull(X, np.where(event, time * (1 - 1e-6), time), np.where(event, time, INF))
    assert tiny.parameters.values == pytest.approx(fit.parameters.values, abs=1e-4)


def test_the_hazard_ratio_is_the_time_ratio_to_the_shape():
    made = course()
    fit = fit_weibull(made.X, made.lower, made.upper)
    shape = np.exp(fit.log_shape.values[0])
    assert fit.log_hazard_ratios.values == pytest.approx(-shape * fit.log_time_ratios.values)
    # the delta method against differences
    b, covariance = fit.parameters.values, fit.parameters.covariance

    def first(values):
        return -np.exp(values[-1]) * values[0]

    slope = np.array([(first(b + step) - first(b - step)) / 2e-6 for step in 1e-6 * np.eye(len(b))])
    assert fit.log_hazard_ratios.covariance[0, 0] == pytest.approx(slope @ covariance @ slope, rel=1e-6)


def test_the_mean_share_and_its_standard_error():
    made = course()
    fit = fit_weibull(made.X, made.lower, made.upper)
    b, covariance = fit.parameters.values, fit.parameters.covariance

    def share(values):
        scale = np.exp(made.X @ values[:2] + values[2])
        return np.exp(-((12 / scale) ** np.exp(values[3]))).mean()

    found = fit.mean_survival(made.X, 12.0)
    assert found.values[0] == pytest.approx(share(b))
    slope = np.array([(share(b + step) - share(b - step)) / 2e-6 for step in 1e-6 * np.eye(len(b))])
    assert found.std_errors[0] ** 2 == pytest.approx(slope @ covariance @ slope, rel=1e-6)


def test_the_right_distribution_has_the_lower_aic():
    made = course(2000, 2)
    others = other_distributions(made.X, made.lower, made.upper)
    assert set(others) == {"log_normal", "log_logistic"}
    assert fit_weibull(made.X, made.lower, made.upper).aic < min(others.values())


def test_the_likelihood_ratio_is_near_walds_chi_square():
    made = course(2000, 4)
    fit = fit_weibull(made.X, made.lower, made.upper)
    ratio = likelihood_ratio_test(fit.log_likelihood, fit.null_log_likelihood, 2)
    wald = wald_test(fit.log_hazard_ratios, slice(0, 2))
    assert ratio.statistic == pytest.approx(wald.statistic, rel=0.1)


# --- estimates that run away -------------------------------------------------------------------------------


def test_a_level_without_events_runs_away_in_both_models():
    made = course(200, 7)
    safe = (np.arange(200) < 20).astype(float)
    upper = np.where(safe == 1, INF, made.upper)
    lower = np.where((safe == 1) & (made.lower == 0), 3.0, made.lower)
    X = np.column_stack([made.X, safe])
    event = np.isfinite(upper)
    time = np.where(event, upper, lower)
    assert monotone_in_cox(X, time, event) == (2,)
    assert monotone_between_visits(X, lower, upper) == (2,)
    assert monotone_in_cox(made.X, made.time, made.event) == ()
    assert monotone_between_visits(made.X, made.lower, made.upper) == ()


def test_cox_is_monotone_where_whoever_loosens_next_is_always_the_highest():
    x = floats(5, 4, 3, 2, 1, 0)[:, None]
    time, event = floats(1, 2, 3, 4, 5, 6), np.array([True, True, True, False, False, False])
    assert monotone_in_cox(x, time, event) == (0,)
    swapped = floats(5, 3, 4, 2, 1, 0)[:, None]
    assert monotone_in_cox(swapped, time, event) == ()
    # who left before the first event is in nobody's risk set
    early = np.vstack([x, [[99.0]]])
    assert monotone_in_cox(early, np.append(time, 0.5), np.append(event, False)) == (0,)


def test_events_at_one_time_must_all_be_the_highest():
    x, time = floats(5, 4, 1, 0)[:, None], floats(1, 1, 2, 2)
    assert monotone_in_cox(x, time, np.array([True, True, False, False])) == ()
    x = floats(5, 5, 1, 0)[:, None]
    assert monotone_in_cox(x, time, np.array([True, True, False, False])) == (0,)


def test_visits_at_one_time_cannot_tell_the_shape():
    X = floats(1, 2, 3, 4)[:, None]
    assert not times_vary(X, floats(12, 0, 12, 0), floats(INF, 12, INF, 12))
    assert times_vary(X, floats(12, 0, 12, 0), floats(INF, 12, INF, 6))


# --- the share free of the event ---------------------------------------------------------------------------


def test_kaplan_meier_by_hand():
    curve = kaplan_meier(floats(2, 3, 3, 5, 8), np.array([True, True, False, False, True]))
    assert [(step.time, step.n_at_risk, step.events, step.censored) for step in curve] == [
        (0, 5, 0, 0),
        (2, 5, 1, 0),
        (3, 4, 1, 1),
        (5, 2, 0, 1),
        (8, 1, 1, 0),
    ]
    assert [step.survival for step in curve] == pytest.approx([1, 0.8, 0.6, 0.6, 0])
    greenwood = 0.6 * np.sqrt(1 / (5 * 4) + 1 / (4 * 3))
    assert curve[2].std_error == pytest.approx(greenwood)
    assert curve[0].ci_low is None and curve[-1].ci_low is None
    assert (curve[2].ci_low, curve[2].ci_high) == pytest.approx((0.1257, 0.8818), abs=1e-4)


def test_the_share_at_a_time():
    curve = kaplan_meier(floats(2, 3, 3, 5, 8), np.array([True, True, False, False, False]))
    between, at, beyond = (share_at(curve, time) for time in (2.5, 3, 9))
    assert (between.survival, between.n_at_risk) == (pytest.approx(0.8), 4)
    assert (at.survival, at.n_at_risk, at.events, at.censored) == (pytest.approx(0.6), 4, 2, 0)
    assert (beyond.survival, beyond.n_at_risk) == (None, 0)
    everybody = kaplan_meier(floats(2, 3), np.array([True, True]))
    assert share_at(everybody, 9).survival == 0


def test_no_event_no_interval():
    (_, last) = kaplan_meier(floats(4, 4), np.array([False, False]))
    assert (last.survival, last.ci_low, last.ci_high) == (1, None, None)


def test_turnbull_tells_intervals_that_touch_apart():
    """Half loosen in (0, 6] and half in (6, 12]: at 6 months exactly half are loose."""
    found = turnbull(floats(0, 0, 6, 6), floats(6, 6, 12, 12))
    assert list(zip(found.left, found.right, found.share, strict=True)) == [
        (0, 6, pytest.approx(0.5)),
        (6, 12, pytest.approx(0.5)),
    ]
    times, free = found.steps()
    assert times.tolist() == [0, 0, 6, 6, 12]
    assert free == pytest.approx([1, 1, 0.5, 0.5, 0])


def test_turnbull_of_known_times_is_kaplan_meier():
    random = np.random.default_rng(2)
    time, event = np.round(random.exponential(10, 60), 1) + 0.1, random.random(60) < 0.6
    found = turnbull(time, np.where(event, time, INF))
    steps = [step for step in kaplan_meier(time, event) if step.events]
    assert found.right == pytest.approx([step.time for step in steps])
    assert 1 - np.cumsum(found.share) == pytest.approx([step.survival for step in steps], abs=1e-6)


def test_turnbull_is_that_of_lifelines_with_ends_moved_apart():
    made = course(150, 9)
    found = turnbull(made.lower, made.upper)
    fitter = KaplanMeierFitter()
    at = floats(4, 9, 15, 21)
    fitter.fit_interval_censoring(made.lower + 1e-7, made.upper, timeline=at, tol=1e-10)
    low = 1 - np.array([found.share[found.left < time].sum() for time in at])
    high = 1 - np.array([found.share[found.right <= time].sum() for time in at])
    theirs = fitter.survival_function_.to_numpy()
    determined = np.isclose(low, high)
    assert determined.any()
    assert theirs[determined, 0] == pytest.approx(low[determined], abs=2e-3)


def test_log_rank_where_a_group_left_before_the_first_event():
    time, event = floats(1, 1, 5, 6, 7, 8), np.array([False, False, True, False, True, False])
    found = log_rank(time, event, np.array([0, 0, 1, 1, 2, 2]))
    assert np.isfinite(found.statistic) and 0 <= found.p_value <= 1


# --- concordance and groups --------------------------------------------------------------------------------


def test_concordance_by_hand():
    time, event = floats(1, 2, 3, 4), np.array([True, False, True, False])
    # comparable: 1 with the other three, 3 with 4
    assert concordance(floats(4, 3, 2, 1), time, event).estimate == 1
    assert concordance(floats(1, 1, 1, 1), time, event).estimate == 0.5
    assert concordance(floats(2, 3, 1, 1), time, event).estimate == pytest.approx((0 + 1 + 1 + 0.5) / 4)
    assert concordance(floats(4, 3, 2, 1), time, np.zeros(4, dtype=bool)) is None


def test_the_standard_error_of_concordance_is_that_of_resamples():
    made = course(300, 11)
    score = -made.X @ SLOPES
    found = concordance(score, made.time, made.event)
    random = np.random.default_rng(0)
    resampled = [
        concordance(score[rows], made.time[rows], made.event[rows]).estimate
        for rows in (random.integers(0, 300, 300) for _ in range(150))
    ]
    assert found.std_error == pytest.approx(np.std(resampled), rel=0.25)


def test_proportional_hazards_are_doubted_where_hazards_cross():
    random = np.random.default_rng(1)
    x = np.repeat([0.0, 1.0], 200)
    time = np.where(x == 0, 10 * random.weibull(0.6, 400), 10 * random.weibull(3, 400))
    event = np.ones(400, dtype=bool)
    (crossing,) = fit_cox(x[:, None], time, event).proportionality
    (proportional,) = fit_cox(x[:, None], 10 * np.exp(-x) * random.weibull(2, 400), event).proportionality
    assert crossing.p_value < 1e-6 < 0.001 < proportional.p_value


def test_groups_by_cutoff_and_thirds():
    by_cutoff, by_thirds = groupings(floats(0.1, 0.2, 0.3, 0.4, 0.5, 0.6), 0.3)
    assert [(name, of.tolist()) for name, of in by_cutoff.occupied()] == [
        ("low", [True, True, False, False, False, False]),
        ("high", [False, False, True, True, True, True]),
    ]
    assert [int(of.sum()) for _, of in by_thirds.occupied()] == [2, 2, 2]
    alone, _ = groupings(floats(0.4, 0.5), 0.3)
    assert [name for name, _ in alone.occupied()] == ["high"]
