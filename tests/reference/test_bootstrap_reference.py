"""The bootstrap against R: fixed resamples to the digit, own resamples within Monte-Carlo bands."""

import numpy as np
import pandas as pd
import pytest
from bonehold.modelling.performance.apparent import apparent_performance
from bonehold.modelling.performance.calibration import calibration_curve, calibration_grid
from bonehold.modelling.performance.hosmer_lemeshow import by_quantiles, by_ranks, spiegelhalter
from bonehold.modelling.performance.optimism import refit, resampled, resamples_of
from bonehold.modelling.performance.recalibration import largest_distance, recalibration
from bonehold.modelling.performance.resampling import counts
from bonehold.modelling.performance.validation import validate
from bonehold.modelling.performance.validation_tables import performance_rows
from bonehold.modelling.regression.batched_firth import fit_firth_samples
from bonehold.modelling.regression.batched_newton import Status, fit_samples
from modelling_examples import (
    REFERENCE_NAMES,
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
    found = resampled(resamples_of(refits, data.y), calibration_grid(data.risk))
    expected = results[plain]
    instability = np.abs(refits.risk - data.risk).mean(axis=1)
    for values, column in (
        (found.in_sample["auc"], "auc_train"),
        (found.in_original["auc"], "auc_test"),
        (found.in_sample["brier"], "brier_train"),
        (found.in_original["brier"], "brier_test"),
        (found.in_original["joint_intercept"], "intercept_joint"),
        (found.in_original["slope"], "slope"),
        (found.in_original["citl"], "citl_offset"),
        (instability, "mape_instability"),
    ):
        assert values == pytest.approx(expected[column].to_numpy(), abs=1e-9), column


def test_the_calibration_curve_of_the_resamples_that_do_not_separate(shared, name, data, weights, results):
    plain = results["separated_or_aliased"].to_numpy() == 0
    grid = calibration_grid(data.risk)
    found = resampled(resamples_of(refit(data.sets[0].X, data.y, weights[plain]), data.y), grid)
    curve = calibration_curve(grid, [data.risk], data.y, found.curves)
    expected = pd.read_csv(shared / "reference" / "statistics" / f"{name}_boot60_calibration.csv")
    assert curve.resamples.tolist() == expected["n_used"].tolist()
    for values, column in (
        (curve.predicted, "predy"),
        (curve.apparent, "orig"),
        (curve.optimism, "optimism"),
        (curve.corrected, "corrected"),
    ):
        assert values == pytest.approx(expected[column].to_numpy(), abs=1e-7), column


def test_calibration_of_the_model_in_its_own_patients(shared, name, data):
    reference, model = reference_values(shared, name), reference_development(shared, name).model
    found = apparent_performance(data, model.cutoff)
    own, smooth = reference["recal_apparent"], reference["val_prob"]
    assert (found["citl"].ci_low, found["citl"].ci_high) == pytest.approx(own["citl_ci"], rel=1e-4)
    assert (found["slope"].ci_low, found["slope"].ci_high) == pytest.approx(own["slope_ci"], rel=1e-4)
    for measure, key in (("emax", "Emax"), ("eavg", "Eavg"), ("e90", "E90")):
        assert found[measure].value == pytest.approx(smooth[key], abs=1e-6)
    assert found["brier"].value == pytest.approx(reference["brier"], rel=1e-8)
    assert spiegelhalter(data.risk, data.y).z == pytest.approx(smooth["S:z"], abs=1e-6)
    assert found["spiegelhalter_p"].value == pytest.approx(smooth["S:p"], abs=1e-6)


def test_recalibration_of_a_stretched_and_shifted_model(shared, name, data):
    expected = reference_values(shared, name)["recal_of_lp2"]
    found = recalibration(0.3 + 1.4 * data.sets[0].log_odds, data.y)
    assert found.citl.value == pytest.approx(expected["citl"], abs=1e-6)
    assert found.slope.value == pytest.approx(expected["slope"], abs=1e-6)
    assert found.joint_intercept.value == pytest.approx(expected["intercept_joint"], abs=1e-6)
    # R takes standard errors one iteration before the end of its default rule, here one early.
    assert found.citl.std_error == pytest.approx(expected["citl_se"], rel=1e-4)
    assert found.slope.std_error == pytest.approx(expected["slope_se"], rel=1e-4)


def test_hosmer_lemeshow_for_every_number_of_groups(shared, name, data):
    for expected in reference_values(shared, name)["hoslem"]:
        found = by_quantiles(data.risk, data.y, expected["g"])
        assert (found.df, found.size.tolist()) == (expected["df"], expected["size"])
        assert found.chi2 == pytest.approx(expected["chi2"], rel=1e-8)
        assert found.p_value == pytest.approx(expected["p"], rel=1e-8)
        assert found.observed.tolist() == expected["obs"]
        assert found.expected == pytest.approx(expected["exp"], rel=1e-8)
    by_rank = {"pbc312": (9.70, 0.287), "sim313": (9.67, 0.289)}.get(name)
    if by_rank:
        found = by_ranks(data.risk, data.y)
        assert (round(found.chi2, 2), round(found.p_value, 3)) == by_rank


def test_firths_fit_of_the_whole_sample(shared, name, data):
    expected = reference_values(shared, name)["firth"]
    ours = REFERENCE_NAMES[name]
    fits = fit_firth_samples(data.sets[0].X, data.y, np.ones((1, len(data.y))))
    assert len(ours) == len(expected["coef"])
    assert fits.coefficients[0] == pytest.approx(expected["coef"], rel=1e-6, abs=1e-6)


def test_own_resamples_give_the_same_optimism(shared, name, data):
    reference = reference_values(shared, name)
    full, calibrate = reference["boot_full_ml"], reference["calibrate"]
    line = dict(zip(reference["validate"]["rows"], reference["validate"]["mean"], strict=True))
    model = reference_development(shared, name).model
    validation = validate(model, data, repetitions=1000, seed=20260101)
    rows = {row["measure"]: row["corrected"] for row in performance_rows(validation)}
    assert rows["auc"] == pytest.approx(np.mean(full["auc_corrected"]), abs=0.004)
    assert rows["brier"] == pytest.approx(np.mean(full["brier_corrected"]), abs=0.002)
    assert rows["citl"] == pytest.approx(np.mean(full["citl_offset"]), abs=0.03)
    assert np.median(validation.slopes) == pytest.approx(np.mean(full["slope_median"]), abs=0.03)
    if name == "pbc312":  # the mean slope means something only where few resamples separate
        assert rows["slope"] == pytest.approx(np.mean(full["slope"]), abs=0.025)
        assert rows["joint_intercept"] == pytest.approx(np.mean(full["intercept_joint"]), abs=0.03)
        assert validation.largest_line_distance == pytest.approx(line["Emax"][-2], abs=0.012)
    assert largest_distance(line["Intercept"][-2], line["Slope"][-2]) == pytest.approx(
        line["Emax"][-2], abs=2e-5
    )
    assert validation.error.mae == pytest.approx(
        np.mean([seed["mae"] for seed in calibrate["mae"]]), abs=0.003
    )
    assert np.abs(validation.curve.corrected - np.array(calibrate["corrected_mean"])).max() < 0.012
    tally = validation.resampled.tally
    assert tally.drawn == 1000 == tally.used + tally.singular
    assert 20 < tally.separated < 220
