"""Correlation and collinearity against R (values and tolerances: reference/statistics/README.md)."""

from dataclasses import replace

import numpy as np
import pytest
from bonehold.modelling.description.collinearity import Diagnosed, as_grades, collinearity_rows
from bonehold.modelling.description.collinearity_measures import conditioning, variance_inflation
from bonehold.modelling.description.correlation_measures import pearson, spearman
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.levels import number
from bonehold.modelling.inputs.specification import Candidate
from bonehold.modelling.regression.logistic import fit_logistic
from bonehold.modelling.regression.observations import complete_cases
from bonehold.modelling.regression.terms import term_positions
from modelling_examples import OUTCOMES, PREDICTORS, REFERENCE_SETS, reference_table, reference_values

pytestmark = [pytest.mark.shared, pytest.mark.parametrize("name", REFERENCE_SETS)]


def observations(shared, name):
    return complete_cases(reference_table(shared, name), OUTCOMES[name], PREDICTORS[name], Dictionary())


def by_rank(shared, name):
    """Factors as the place of their level among the levels, as the reference has them."""
    table = reference_table(shared, name)
    order = reference_values(shared, name)["reference_levels"]
    cells = table.cells.copy()
    predictors = []
    for candidate in PREDICTORS[name]:
        if candidate.reference is not None:
            first = order[candidate.column]
            levels = [first, *sorted(set(cells[candidate.column]) - {first})]
            cells[candidate.column] = [str(levels.index(cell) + 1) for cell in cells[candidate.column]]
        predictors.append(Candidate(candidate.column))
    return complete_cases(replace(table, cells=cells), OUTCOMES[name], predictors, Dictionary())


def compare_with_spss(expected, one):
    diagnosed = conditioning(one.X)
    vif = variance_inflation(one.X, list(term_positions(one.terms).values()))
    assert vif == pytest.approx(expected["vif"], rel=1e-8)
    assert 1 / vif == pytest.approx(expected["tolerance"], rel=1e-8)
    assert diagnosed.eigenvalues == pytest.approx(expected["eigenvalues"], rel=1e-8)
    assert diagnosed.condition_index == pytest.approx(expected["condition_index"], rel=1e-8)
    if "colldiag_pi" in expected:
        assert np.allclose(diagnosed.proportions, expected["colldiag_pi"], rtol=1e-8, atol=1e-12)


def test_pearson_and_spearman(shared, name):
    table = reference_table(shared, name)
    for expected in reference_values(shared, name)["correlation"]:
        x, y = (
            np.array([number(cell) for cell in table.column(expected[axis])], dtype=float) for axis in "ab"
        )
        linear, ranks = pearson(x, y), spearman(x, y)
        found = [linear.value, linear.p_value, linear.ci_low, linear.ci_high, ranks.value, ranks.p_value]
        keys = ("pearson", "pearson_p")
        wanted = [*(expected[key] for key in keys), *expected["pearson_ci"]]
        assert found == pytest.approx([*wanted, expected["spearman"], expected["spearman_p"]], rel=1e-8)


def test_variance_inflation_of_the_linear_and_of_the_logistic_model(shared, name):
    reference = reference_values(shared, name)
    one = observations(shared, name)
    covariance = fit_logistic(one.X, one.y).covariance
    rows = {
        row["term"]: row
        for row in collinearity_rows(Diagnosed("final", (one,), covariance))
        if row["coding"] == "levels"
    }
    for linear, logistic in zip(reference["vif_lm"], reference["vif_car"], strict=True):
        row = rows[linear["row"]]
        assert (row["df"], row["vif"]) == (linear["Df"], pytest.approx(linear["GVIF"], rel=1e-8))
        assert row["vif_scaled"] == pytest.approx(linear["GVIF^(1/(2*Df))"], rel=1e-8)
        assert row["vif_logistic"] == pytest.approx(logistic["GVIF"], rel=1e-8)


def test_condition_indices_and_variance_proportions_of_spss(shared, name):
    compare_with_spss(reference_values(shared, name)["spss_collinearity"], by_rank(shared, name))


def test_the_grade_as_a_number(shared, name):
    expected = reference_values(shared, name).get("spss_collinearity_numeric_grade")
    if expected is not None:
        compare_with_spss(expected, as_grades(observations(shared, name)))
