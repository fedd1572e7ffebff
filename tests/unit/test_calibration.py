import numpy as np
import pandas as pd
import pytest
from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.specification import Candidate, Specification
from bonehold.modelling.performance.calibration import calibration_curve, calibration_grid
from bonehold.modelling.performance.measures import Sample
from bonehold.modelling.performance.optimism import Resamples, Tally, resampled
from bonehold.modelling.performance.smoothing import smooth_line, smoothed
from bonehold.modelling.performance.validation import validate
from modelling_examples import data_of, develop_on
from scipy.special import logit
from statsmodels.nonparametric.smoothers_lowess import lowess

LEVELS = {"1": (6, 20), "2": (5, 25), "3": (4, 18), "4": (30, 250)}
"""Events and patients: four of five patients share one predicted risk."""


@pytest.fixture
def table():
    cells = [
        (level, "1" if place < events else "0") for level, (events, n) in LEVELS.items() for place in range(n)
    ]
    return AnalysisTable("cohort.csv", pd.DataFrame(cells, columns=["goutallier", "loosening"]))


def test_a_saturated_model_is_calibrated_in_its_own_data(table):
    specification = Specification(
        "primary", None, "loosening", (Candidate("goutallier", "4"),), final=("goutallier",)
    )
    model = develop_on(specification, table, Dictionary()).model
    data = data_of(model, table)
    validation = validate(model, data, repetitions=50, seed=1)
    assert validation.curve.apparent == pytest.approx(validation.curve.predicted, abs=1e-6)
    assert validation.error.mae < 0.03
    assert np.abs(validation.curve.optimism).max() < 0.1
    observed = np.array([events / n for events, n in LEVELS.values()])
    risk = np.repeat(observed, [n for _, n in LEVELS.values()])
    order = np.argsort(data.sets[0].log_odds, kind="stable")
    assert smoothed(np.sort(risk), data.y[order], observed) == pytest.approx(observed, abs=1e-9)


def test_a_risk_shared_by_nearly_everybody_has_the_mean_of_their_outcomes():
    x = np.repeat([0.1, 0.2, 0.6], [10, 80, 10])
    y = np.zeros(100)
    y[[0, 10, 11, 12, 13, 90, 91, 92]] = 1
    assert smoothed(x, y, np.array([0.2]))[0] == pytest.approx(4 / 80, abs=1e-12)
    assert smoothed(np.full(9, 0.3), y[:9], np.array([0.3]))[0] == pytest.approx(1 / 9)


def test_one_resample_of_one_risk_is_averaged_with_the_others():
    risk = np.repeat([0.1, 0.5], [40, 10])
    y = np.zeros(50)
    y[[0, 1, 2, 3, 40, 41, 42, 43, 44]] = 1
    weights = np.stack([np.ones(50), np.repeat([1.0, 0.0], [40, 10])])
    log_odds = logit(np.stack([risk, risk]))
    grid = calibration_grid(risk)
    resamples = Resamples(Sample(log_odds, y, weights), Sample(log_odds, y, np.ones((2, 50))), Tally(2))
    curve = calibration_curve(grid, [risk], y, resampled(resamples, grid).curves)
    assert curve.apparent[[0, -1]] == pytest.approx([0.1, 0.5])
    assert curve.resamples[[0, -1]].tolist() == [2, 1]
    assert curve.optimism[[0, -1]] == pytest.approx([0.0, 0.0], abs=1e-12)


def test_without_heavy_ties_the_curve_is_that_of_statsmodels():
    random = np.random.default_rng(5)
    x = np.round(random.beta(1.5, 6, 313), 3)
    y = (random.random(313) < x).astype(float)
    theirs = lowess(y, x, frac=2 / 3, it=0, delta=0.01 * np.ptp(x))
    assert smoothed(x, y, theirs[:, 0]) == pytest.approx(theirs[:, 1], abs=1e-8)
    assert np.isnan(smoothed(x, y, np.array([-0.1, 1.1]))).all()


def test_counts_stand_for_copied_rows():
    random = np.random.default_rng(9)
    x = np.sort(np.round(random.beta(1.2, 5, 120), 2))
    y = (random.random(120) < x).astype(float)
    times = random.multinomial(120, np.full(120, 1 / 120)).astype(float)
    copied = smoothed(np.repeat(x, times.astype(int)), np.repeat(y, times.astype(int)), x)
    assert smooth_line(x, y, times).at(x) == pytest.approx(copied, abs=1e-12, nan_ok=True)


def test_a_far_cluster_costs_no_digits():
    random = np.random.default_rng(3)
    x = np.sort(np.concatenate([random.uniform(0, 1e-3, 60), random.uniform(0.93, 0.931, 140)]))
    y = (random.random(200) < 0.4).astype(float)
    theirs = lowess(y, x, frac=2 / 3, it=0, delta=0)
    ours = smoothed(x, y, x)
    assert np.isfinite(ours).all()
    assert ours[[0, -1]] == pytest.approx(
        theirs[[0, -1], 1], abs=0.3
    )  # both level off inside a narrow cluster
