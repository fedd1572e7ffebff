"""Regression and description against R (values and tolerances: reference/statistics/README.md)."""

import numpy as np
import pytest
from bonehold.modelling.decision.nomogram import nomogram, read_off
from bonehold.modelling.description.baseline import describe
from bonehold.modelling.description.fisher import fisher_exact
from bonehold.modelling.description.group_tests import compare_means, compare_ranks, quartiles_of_spss
from bonehold.modelling.inputs.checks import analysed_patients
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.performance.discrimination import auc, delong, roc_points, turned, youden_cutoff
from bonehold.modelling.performance.roc_tables import roc_rows
from bonehold.modelling.regression.logistic import fit_logistic
from bonehold.modelling.regression.observations import complete_cases
from modelling_examples import (
    OUTCOMES,
    PREDICTORS,
    REFERENCE_NAMES,
    REFERENCE_SETS,
    data_of,
    fixed_specification,
    reference_development,
    reference_table,
    reference_values,
)
from scipy import stats

pytestmark = [pytest.mark.shared, pytest.mark.parametrize("name", REFERENCE_SETS)]


def in_reference_order(name, reference_terms, values):
    """Values of R's terms (`ptl1`) in the order of ours (`ptl=1`)."""
    by_term = dict(zip(reference_terms, values, strict=True))
    return [by_term[term.replace("=", "")] for term in REFERENCE_NAMES[name]]


def listed(value):
    """R writes a list of one as its only item."""
    return value if isinstance(value, list) else [value]


def test_coefficients_odds_ratios_and_wald_inference(shared, name):
    glm = reference_values(shared, name)["glm"]
    rows = reference_development(shared, name).final
    for attribute, key, tolerance in (
        ("estimate", "coef", 1e-8),
        ("std_error", "se", 1e-7),
        ("statistic", "z", 1e-7),
        ("p_value", "p", 1e-6),
        ("odds_ratio", "or", 1e-8),
        ("ci_low", "or_wald_lo", 1e-7),
        ("ci_high", "or_wald_hi", 1e-7),
    ):
        expected = in_reference_order(name, glm["terms"], glm[key])
        assert [getattr(row, attribute) for row in rows] == pytest.approx(expected, rel=tolerance, abs=1e-12)


def test_covariance(shared, name):
    glm = reference_values(shared, name)["glm"]
    model = reference_development(shared, name).model
    order = [glm["terms"].index(term.replace("=", "")) for term in REFERENCE_NAMES[name]]
    assert tuple(model.coefficients) == REFERENCE_NAMES[name]
    expected = np.array(glm["vcov"])[np.ix_(order, order)]
    assert np.array(model.covariance) == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_univariable_models(shared, name):
    rows = reference_development(shared, name).univariable
    for single in reference_values(shared, name)["univariable"]:
        for place, term in enumerate(listed(single["terms"])):
            row = next(row for row in rows if row.term + row.level == term)
            # R stopped here by its default rule, so its standard errors are of the last but one iteration.
            for found, key, tolerance in (
                (row.estimate, "coef", 1e-8),
                (row.std_error, "se", 1e-6),
                (row.ci_low, "lo", 1e-6),
                (row.ci_high, "hi", 1e-6),
                (row.p_value, "p", 1e-5),
            ):
                assert found == pytest.approx(listed(single[key])[place], rel=tolerance), (term, key)


def test_fitted_risks_and_brier_score(shared, name):
    reference = reference_values(shared, name)
    data = data_of(reference_development(shared, name).model, reference_table(shared, name))
    risk = data.risk
    assert risk == pytest.approx(np.array(reference["fitted"]), rel=1e-8)
    assert ((risk - data.y) ** 2).mean() == pytest.approx(reference["brier"], rel=1e-8)


def test_area_delong_and_youden_in_three_conventions(shared, name):
    model = reference_development(shared, name).model
    data = data_of(model, reference_table(shared, name))
    rows = {row["marker"]: row for row in roc_rows(model, data)}
    for reference in reference_values(shared, name)["roc"]:
        if reference["label"] == "model":
            row = rows["model"]
        elif reference["label"] == PREDICTORS[name][-1].column:
            continue  # R enters a factor by its place in the list with the reference first: see below
        else:
            row = rows[reference["label"]]
        assert row["direction"] == {"<": ">=", ">": "<="}[reference["direction"]]
        found = [row["auc"], row["std_error"], row["ci_low"], row["ci_high"]]
        expected = [reference["auc"], reference["delong_se"], reference["lo"], min(1, reference["hi"])]
        assert found == pytest.approx(expected, rel=1e-8)
        youden = reference["youden"]
        assert row["cutoff_midpoint"] == pytest.approx(youden["pROC_threshold"], rel=1e-8)
        assert row["cutoff"] == pytest.approx(youden["observed_ge"], rel=1e-8)
        assert row["sensitivity"] == pytest.approx(youden["pROC_sens"])
        assert row["specificity"] == pytest.approx(youden["pROC_spec"])


def test_a_factor_by_its_place_in_the_list(shared, name):
    factor = PREDICTORS[name][-1]
    observations = complete_cases(
        reference_table(shared, name), OUTCOMES[name], PREDICTORS[name], Dictionary()
    )
    place = observations.X[:, -2] + 2 * observations.X[:, -1]
    if name == "sim313":
        place = observations.X[:, -3:] @ np.array([1.0, 2.0, 3.0])
    (reference,) = (
        entry for entry in reference_values(shared, name)["roc"] if entry["label"] == factor.column
    )
    direction = {"<": ">=", ">": "<="}[reference["direction"]]
    assert delong(turned(place, direction), observations.y).auc == pytest.approx(reference["auc"], rel=1e-8)
    assert youden_cutoff(roc_points(place, observations.y, direction)).youden == pytest.approx(
        reference["youden"]["pROC_sens"] + reference["youden"]["pROC_spec"] - 1
    )


def test_nomogram_axes_points_and_totals(shared, name):
    reference = reference_values(shared, name)["nomogram"]
    model = reference_development(shared, name).model
    layout = nomogram(model)
    assert layout.points_per_log_odds == pytest.approx(reference["scale_points_per_lp"], rel=1e-9)
    assert layout.log_odds_at_zero == pytest.approx(reference["intercept_at_zero_points"], rel=1e-9)
    for axis, expected in zip(layout.axes, reference["axes"], strict=True):
        ours = dict(zip(axis.values, axis.points, strict=True))
        theirs = dict(zip(expected["values"], expected["points"], strict=True))
        assert ours == pytest.approx(theirs, abs=1e-6)
    cells = reference_table(shared, name).cells
    examples = reference["examples"]
    for row, total, risk in zip(examples["rows"], examples["total_points"], examples["risk"], strict=True):
        reading = read_off(model, cells.iloc[row - 1].to_dict())
        assert reading.total == pytest.approx(total, abs=1e-6)
        assert reading.risk == pytest.approx(risk, abs=1e-9)


def described(shared, name):
    table = reference_table(shared, name)
    specification = fixed_specification(name)
    rows = describe(specification, analysed_patients(specification, table), Dictionary())
    event = np.array([cell == "1" for cell in table.column(OUTCOMES[name])])
    return table, event, {(row.variable, row.level): row for row in rows}


def test_tests_of_two_groups(shared, name):
    table, event, rows = described(shared, name)
    for reference in reference_values(shared, name)["groups"]:
        values = np.array([float(cell) for cell in table.column(reference["var"])])
        without, with_event = values[~event], values[event]
        student, welch_p = compare_means(without, with_event)
        assert student.statistic == pytest.approx(reference["t_student"][0], rel=1e-8)
        assert student.df == reference["t_student"][1]
        assert student.p_value == pytest.approx(reference["t_student"][2], rel=1e-7)
        assert welch_p == pytest.approx(reference["t_welch"][2], rel=1e-7)
        ranks = compare_ranks(without, with_event)
        assert ranks.statistic == reference["mw_W"]
        assert ranks.p_value == pytest.approx(reference["mw_p_nocorrect"], rel=1e-7)
        quartiles = [q for group in (with_event, without) for q in quartiles_of_spss(group)]
        assert quartiles == pytest.approx(reference["q_type6_spss"])
        mean_sd = [one for group in (with_event, without) for one in (group.mean(), group.std(ddof=1))]
        assert mean_sd == pytest.approx(reference["mean_sd"], rel=1e-10)
        row = rows.get((reference["var"], ""))
        if row is None:
            continue
        assert row.shapiro_p_with == pytest.approx(reference["shapiro_event"][1], rel=1e-4)
        assert row.shapiro_p_without == pytest.approx(reference["shapiro_nonevent"][1], rel=1e-4)
        normal = min(reference["shapiro_event"][1], reference["shapiro_nonevent"][1]) >= 0.05
        assert row.test == ("Student t" if normal else "Mann-Whitney")
        assert row.p_value == pytest.approx(student.p_value if normal else ranks.p_value, rel=1e-12)
        assert (row.without_n, row.with_n) == (len(without), len(with_event))


def test_tests_of_categories(shared, name):
    _, _, rows = described(shared, name)
    for reference in reference_values(shared, name)["chisq"]:
        counts = np.array(reference["table"])
        assert fisher_exact(counts) == pytest.approx(reference["fisher_p"], rel=1e-6)
        row = rows[reference["var"], ""]
        if reference["expected_min"] < 5:
            assert (row.test, row.statistic, row.df) == ("Fisher exact", None, None)
            assert row.p_value == pytest.approx(reference["fisher_p"], rel=1e-6)
        else:
            assert (row.test, row.df) == ("chi-square", reference["df"])
            assert row.statistic == pytest.approx(reference["pearson"], rel=1e-8)
            assert row.p_value == pytest.approx(reference["p"], rel=1e-7)
        chi2 = stats.chi2_contingency(counts, correction=False)
        assert chi2.statistic == pytest.approx(reference["pearson"], rel=1e-8)


def test_a_fit_of_our_own_is_that_of_the_model(shared, name):
    observations = complete_cases(
        reference_table(shared, name), OUTCOMES[name], PREDICTORS[name], Dictionary()
    )
    fit = fit_logistic(observations.X, observations.y)
    specification = fixed_specification(name)
    assert specification.final == tuple(term.column for term in observations.terms)
    assert auc(observations.X @ fit.coefficients, observations.y) == pytest.approx(
        reference_development(shared, name).model.auc, abs=1e-12
    )
