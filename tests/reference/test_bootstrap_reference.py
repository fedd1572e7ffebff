"""The bootstrap against R: fixed resamples to the digit, own resamples within Monte-Carlo bands."""

import numpy as np
import pandas as pd
import pytest
from bonehold.modelling.performance.calibration import calibration_curve
from bonehold.modelling.performance.optimism import refit, resampled_auc, resampled_brier
from bonehold.modelling.performance.recalibration import calibration_lines
from bonehold.modelling.performance.resampling import counts
from bonehold.modelling.performance.validation import performance_rows, validate
from bonehold.modelling.regression.batched_newton import Status, fit_samples
from modelling_examples import (
    REFERENCE_SETS,
    data_of,
    reference_development,
    reference_table,
    reference_values,
)

pytestmark = [pytest.mark.shared, pytest.mark.parametrize("name", REFERENCE_SETS)]


@pytest.fixture
def data(shared, name):
    return data_of(reference_development(shared, name).model, reference_table(shared, name))


@pytest.fixture
def weights(shared, name, data):
    drawn = pd.read_csv(shared / "reference" / "statistics" / f"{name}_boot60_indices_1based.csv").to_numpy()
    return counts(drawn.T - 1, len(data.y))


@pytest.fixture
def results(shared, name):
    return pd.read_csv(shared / "reference" / "statistics" / f"{name}_boot60_results.csv")


def test_the_same_resamples_separate(name, data, weights, results):
    converged = fit_samples(data.sets[0].X, data.y, weights).having(Status.CONVERGED)
    assert (converged == (results["separated_or_aliased"].to_numpy() == 0)).all()


def test_every_measure_of_every_resample(name, data, weights, results):
    plain = results["separated_or_aliased"].to_numpy() == 0
    refits = refit(data.sets[0].X, data.y, weights[plain])
    expected = results[plain]
    area, brier = resampled_auc(refits, data.y), resampled_brier(refits, data.y)
    lines = calibration_lines(refits.log_odds, data.y)
    instability = np.abs(refits.risk - data.risk).mean(axis=1)
    for found, column in (
        (area.in_sample, "auc_train"),
        (area.in_original, "auc_test"),
        (brier.in_sample, "brier_train"),
        (brier.in_original, "brier_test"),
        (lines[:, 0], "intercept_joint"),
        (lines[:, 1], "slope"),
        (instability, "mape_instability"),
    ):
        assert found == pytest.approx(expected[column].to_numpy(), abs=1e-9), column


def test_the_calibration_curve_of_the_resamples_that_do_not_separate(shared, name, data, weights, results):
    plain = results["separated_or_aliased"].to_numpy() == 0
    refits = refit(data.sets[0].X, data.y, weights[plain])
    curve = calibration_curve(data.risk, data.y, refits.risk, refits.weights)
    expected = pd.read_csv(shared / "reference" / "statistics" / f"{name}_boot60_calibration.csv")
    assert curve.resamples.tolist() == expected["n_used"].tolist()
    for found, column in (
        (curve.predicted, "predy"),
        (curve.apparent, "orig"),
        (curve.optimism, "optimism"),
        (curve.corrected, "corrected"),
    ):
        assert found == pytest.approx(expected[column].to_numpy(), abs=1e-7), column


def test_own_resamples_give_the_same_optimism(shared, name, data):
    reference = reference_values(shared, name)
    full, calibrate = reference["boot_full_ml"], reference["calibrate"]
    model = reference_development(shared, name).model
    validation = validate(model, data, repetitions=1000, seed=20260101)
    rows = {row["measure"]: row for row in performance_rows(validation)}
    assert rows["auc"]["corrected"] == pytest.approx(np.mean(full["auc_corrected"]), abs=0.004)
    assert rows["brier"]["corrected"] == pytest.approx(np.mean(full["brier_corrected"]), abs=0.002)
    assert np.median(validation.slopes) == pytest.approx(np.mean(full["slope_median"]), abs=0.03)
    if name == "pbc312":  # the mean slope means something only where few resamples separate
        assert validation.slopes.mean() == pytest.approx(np.mean(full["slope"]), abs=0.025)
    assert validation.error.mae == pytest.approx(
        np.mean([seed["mae"] for seed in calibrate["mae"]]), abs=0.003
    )
    assert np.abs(validation.curve.corrected - np.array(calibrate["corrected_mean"])).max() < 0.012
    assert 20 < validation.refits.separated.sum() < 220
