"""Decision curve, clinical impact, paired tests of areas and exclusive cut-offs against R."""

import numpy as np
import pytest
from bonehold.modelling.decision.decision_curve import decision_rows, decisions, impact_rows
from bonehold.modelling.performance.discrimination import delong_difference
from bonehold.modelling.performance.roc_tables import comparison_rows, roc_rows
from modelling_examples import (
    PREDICTORS,
    REFERENCE_SETS,
    data_of,
    reference_development,
    reference_table,
    reference_values,
)

pytestmark = [pytest.mark.shared, pytest.mark.parametrize("name", REFERENCE_SETS)]


@pytest.fixture
def model_and_data(shared, name):
    model = reference_development(shared, name).model
    return model, data_of(model, reference_table(shared, name))


def columns(rows, strategy, column):
    return np.array([row[column] for row in rows if row["strategy"] == strategy])


def test_decision_curve(shared, name, model_and_data):
    reference = reference_values(shared, name)["dca"]
    rows = list(decision_rows(decisions(*model_and_data, 20, 1)))
    assert columns(rows, "model", "threshold") == pytest.approx(reference["thresholds"], rel=1e-12)
    assert columns(rows, "model", "net_benefit") == pytest.approx(
        reference["dcurves_nb"], rel=1e-8, abs=1e-14
    )
    everybody = columns(rows, "treat_all", "net_benefit")
    assert everybody == pytest.approx(reference["dcurves_nb_all"], rel=1e-8, abs=1e-14)
    share = columns(rows, "model", "standardised_net_benefit")
    assert share == pytest.approx(reference["rmda_snb"], rel=1e-8, abs=1e-13)
    assert not columns(rows, "treat_none", "net_benefit").any()


def test_clinical_impact(shared, name, model_and_data):
    reference = reference_values(shared, name)["dca"]
    rows = list(impact_rows(decisions(*model_and_data, 20, 1)))
    for column, key in (
        ("high_risk", "impact_high_risk"),
        ("high_risk_with_event", "impact_high_risk_event"),
    ):
        assert [row[column] for row in rows] == pytest.approx(reference[key], rel=1e-8, abs=1e-10), column


def test_the_model_against_each_predictor(shared, name, model_and_data):
    rows = {row["marker"]: row for row in comparison_rows(*model_and_data)}
    compared = 0
    for test in reference_values(shared, name)["roc_delong_tests"]:
        assert test["a"] == "model"
        if test["b"] == PREDICTORS[name][-1].column:
            continue  # R enters a factor by its place in the list with the reference first
        row = rows[test["b"]]
        assert abs(row["z"]) == pytest.approx(abs(test["z"]), rel=1e-8)
        assert row["p_value"] == pytest.approx(test["p"], rel=1e-7)
        compared += 1
    assert compared >= 3


def test_a_factor_by_its_place_in_the_list_against_the_model(shared, name, model_and_data):
    factor = PREDICTORS[name][-1]
    (expected,) = (
        test for test in reference_values(shared, name)["roc_delong_tests"] if test["b"] == factor.column
    )
    (entry,) = (one for one in reference_values(shared, name)["roc"] if one["label"] == factor.column)
    _, data = model_and_data
    width = {"birthwt": 2, "pbc312": 2, "sim313": 3}[name]
    place = data.sets[0].X[:, -width:] @ np.arange(1.0, width + 1)
    high = place if entry["direction"] == "<" else -place
    found = delong_difference([data.sets[0].log_odds], [high], data.y)
    assert abs(found.z) == pytest.approx(abs(expected["z"]), rel=1e-8)


def test_the_exclusive_cutoff_is_that_of_medcalc(shared, name, model_and_data):
    rows = {row["marker"]: row for row in roc_rows(*model_and_data)}
    for entry in reference_values(shared, name)["roc"]:
        if entry["label"] != PREDICTORS[name][-1].column:
            found = rows[entry["label"]]["cutoff_exclusive"]
            assert found == pytest.approx(entry["youden"]["observed_gt"], rel=1e-8), entry["label"]
