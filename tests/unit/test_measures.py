"""Every measure of a batch against the plain computation on copied rows."""

import numpy as np
import pytest
from bonehold.modelling.performance.discrimination import HIGH_IS_RISK, auc, roc_points, youden_cutoff
from bonehold.modelling.performance.hosmer_lemeshow import by_quantiles, by_ranks
from bonehold.modelling.performance.measures import LARGEST_THRESHOLD, MEASURES, Sample, measured
from bonehold.modelling.performance.recalibration import (
    calibration_in_the_large,
    largest_distance,
    recalibration,
)
from bonehold.modelling.performance.smoothing import smoothed
from scipy.special import expit, logit
from sklearn.metrics import brier_score_loss, confusion_matrix
from statsmodels.api import GLM, add_constant, families

N = 80
GRID = np.array([0.2, 0.3, 0.4])


@pytest.fixture
def samples():
    random = np.random.default_rng(8)
    log_odds = np.round(random.normal(-0.8, 1.2, (6, N)), 1)  # with ties
    y = (random.random(N) < 0.35).astype(float)
    return log_odds, y, random.multinomial(N, np.full(N, 1 / N), 6).astype(float)


def copied(log_odds, y, weights, row):
    times = weights[row].astype(int)
    return np.repeat(log_odds[row], times), np.repeat(y, times)


def test_each_measure_is_that_of_the_copied_rows(samples):
    log_odds, y, weights = samples
    found = measured(Sample(log_odds, y, weights), GRID)
    assert set(found.values) == set(MEASURES)
    for row in range(len(log_odds)):
        lp, events = copied(log_odds, y, weights, row)
        risk = expit(lp)
        share = events.mean()
        brier = brier_score_loss(events, risk)
        distance = np.abs(risk - smoothed(risk, events, risk))
        cut = youden_cutoff(roc_points(lp, events, HIGH_IS_RISK))
        (tn, fp), (fn, tp) = confusion_matrix(events, lp >= cut.cutoff)
        threshold = expit(cut.cutoff)
        offset = GLM(events, np.ones(len(lp)), family=families.Binomial(), offset=lp).fit(tol=1e-12)
        line = GLM(events, add_constant(lp), family=families.Binomial()).fit(tol=1e-12)
        expected = {
            "auc": auc(lp, events),
            "brier": brier,
            "scaled_brier": 1 - brier / (share * (1 - share)),
            "citl": offset.params[0],
            "slope": line.params[1],
            "joint_intercept": line.params[0],
            "emax": distance.max(),
            "eavg": distance.mean(),
            "e50": np.quantile(distance, 0.5),
            "e90": np.quantile(distance, 0.9),
            "sensitivity": tp / (tp + fn),
            "specificity": tn / (tn + fp),
            "ppv": tp / (tp + fp),
            "npv": tn / (tn + fn),
            "youden": cut.youden,
            "net_benefit": (tp - fp * threshold / (1 - threshold)) / N,
        }
        assert found.cutoffs[row] == cut.cutoff
        assert {name: values[row] for name, values in found.values.items()} == pytest.approx(
            expected, abs=1e-8
        )
        assert found.curve[row] == pytest.approx(smoothed(risk, events, GRID), nan_ok=True)


def test_patients_of_no_weight_do_not_count(samples):
    log_odds, y, weights = samples
    odd = np.where(weights > 0, log_odds, 40.0)
    as_found, as_odd = (measured(Sample(one, y, weights), GRID).values for one in (log_odds, odd))
    for name in MEASURES:
        assert as_odd[name] == pytest.approx(as_found[name], abs=1e-7), name


def test_an_intercept_alone_has_an_area_of_a_half_and_no_slope():
    y = np.repeat([1.0, 0.0], [10, 30])
    found = measured(Sample(np.full((1, 40), logit(0.25)), y, np.ones((1, 40))), GRID).values
    assert found["auc"][0] == 0.5
    assert np.isnan(found["slope"][0])
    assert found["citl"][0] == pytest.approx(0, abs=1e-9)
    assert found["emax"][0] == pytest.approx(0, abs=1e-12)
    assert (found["sensitivity"][0], found["specificity"][0]) == (1, 0)


def test_the_offset_intercept_is_found_where_newtons_method_runs_away():
    log_odds = np.array([[60.0, -55.0, 48.0, -70.0, 45.0, -45.0], [0.1, -0.2, 0.3, 0.0, 0.5, -0.5]])
    y = np.array([1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
    shift = calibration_in_the_large(log_odds, y, np.ones((2, 6)))
    assert np.isfinite(shift).all()
    assert expit(log_odds + shift[:, None]).sum(axis=1) == pytest.approx([2, 2], abs=1e-6)
    assert np.isnan(calibration_in_the_large(log_odds, np.zeros(6), np.ones((2, 6)))).all()


def test_a_cut_off_of_a_separated_resample_does_not_decide_the_net_benefit():
    log_odds, y = np.array([[90.0, 80.0, -80.0, -90.0]]), np.array([1.0, 0.0, 0.0, 0.0])
    found = measured(Sample(log_odds, y, np.ones((1, 4))), GRID, cutoffs=np.array([80.0])).values
    odds = LARGEST_THRESHOLD / (1 - LARGEST_THRESHOLD)
    assert found["net_benefit"][0] == pytest.approx((1 - odds) / 4)


def test_the_line_of_a_perfect_model_lies_on_the_diagonal():
    assert largest_distance(0, 1) == pytest.approx(0, abs=1e-12)
    assert largest_distance(0, 0) == pytest.approx(0.5, abs=1e-3)
    assert np.isnan(largest_distance(np.nan, 1))


def test_a_stretched_model_is_told_so():
    random = np.random.default_rng(2)
    truth = random.normal(-1, 1.2, 4000)
    y = (random.random(4000) < expit(truth)).astype(float)
    found = recalibration(2 * truth, y)
    assert abs(found.slope.value - 0.5) < 3 * found.slope.std_error
    assert found.citl.value != pytest.approx(found.joint_intercept.value, abs=0.05)


def test_groups_of_equal_risks_stay_together():
    risk = np.repeat([0.1, 0.2, 0.6], [12, 30, 8])
    y = (np.arange(50) % 4 == 0).astype(float)
    assert by_ranks(risk, y).size.tolist() == [12, 30, 8]
    tied = by_quantiles(risk, y)
    assert tied.df == len(tied.size) - 2 and tied.size.sum() == 50
