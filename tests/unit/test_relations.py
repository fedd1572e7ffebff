"""Correlation, association, collinearity, linearity and nested models, held against independent computations."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from bonehold.files import csv_bytes, read_csv
from bonehold.modelling.decision.net_benefit import flagged, net_benefit
from bonehold.modelling.description.association import association_rows, ratio_correlation
from bonehold.modelling.description.collinearity import (
    PROPORTION,
    Diagnosed,
    collinearity_rows,
    proportion_columns,
)
from bonehold.modelling.description.correlation import correlated_pairs, correlation_rows
from bonehold.modelling.description.correlation_measures import (
    pearson,
    pearson_variance,
    pool_correlations,
)
from bonehold.modelling.description.diagnosed_models import developed_models, model_asked_for
from bonehold.modelling.description.level_tests import ANOVA, KRUSKAL_WALLIS, compare_levels
from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.specification import Candidate
from bonehold.modelling.missing.completed_tables import CompletedTables, ImputedCell, completed_tables
from bonehold.modelling.performance.incremental import Resampled, corrected_difference
from bonehold.modelling.performance.nested_models import (
    compare_models,
    incremental_rows,
    listed_models,
    named_thresholds,
)
from bonehold.modelling.regression.development import completed_cases
from bonehold.modelling.regression.linearity import (
    LINEARITY_COLUMNS,
    linearity,
    linearity_of_predictors,
    linearity_row,
)
from bonehold.modelling.regression.restricted_spline import harrell_knots, spline_columns
from bonehold.problems import InputError
from modelling_examples import develop_on, small_cohort, small_specification
from scipy import stats

NOTHING = Dictionary()
DEVIATION = 4.0


def small_table(**columns):
    cohort = small_cohort() | columns
    return AnalysisTable("cohort.csv", pd.DataFrame(cohort, index=range(2, 162)))


def with_gaps(values):
    """The small cohort with five ages missing, and completed sets that fill them with the given numbers."""
    table = small_table()
    table.cells.loc[range(2, 7), "age"] = ""
    cells = [
        ImputedCell(number, row, "age", f"{value + row}")
        for number, value in enumerate(values, start=1)
        for row in range(2, 7)
    ]
    return completed_tables(table, cells)


def numbers(table, column):
    return np.array([float(cell) for cell in table.column(column)])


def test_a_pair_that_cannot_be_correlated_says_why():
    table = small_table(technique=["TLIF"] * 160, odd=["x", *["1"] * 159])
    specification = small_specification(candidates=(Candidate("odd"), Candidate("grade", "1")))
    pairs = [("age", "noise"), ("age", "wide"), ("age", "grade"), ("age", "technique"), ("odd", "age")]
    usable, problems = correlated_pairs(pairs, specification, table)
    assert usable == (("age", "noise"),)
    found = [problem.line() for problem in problems]
    assert "has no column 'wide'" in found[0]
    assert "grade is a factor" in found[1] and "technique is a factor" in found[2]
    assert "a cell of odd is not a number" in found[3]


def test_patients_without_outcome_or_value_do_not_count():
    table = small_table()
    table.cells.loc[2, "loosening"] = ""
    table.cells.loc[3, "age"] = ""
    (row,) = correlation_rows(("age", "noise"), "loosening", CompletedTables(table), NOTHING)
    assert (row["n"], row["values"]) == (158, "observed")


def test_imputed_values_are_pooled_beside_the_observed_ones():
    patients = with_gaps([40.0, 60.0, 80.0])
    observed, pooled = correlation_rows(("age", "noise"), "loosening", patients, NOTHING)
    assert (observed["n"], pooled["n"], pooled["sets"]) == (155, 160, 3)
    each = [pearson(numbers(one, "age"), numbers(one, "noise")).value for one in patients.sets]
    assert pooled["pearson"] == pytest.approx(np.tanh(np.mean(np.arctanh(each))))
    assert pooled["pearson_ci_low"] < pooled["pearson"] < pooled["pearson_ci_high"]


def test_identical_sets_give_the_interval_of_one():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=400), rng.normal(size=400)
    one = pearson(x, y)
    pooled = pool_correlations([one.value] * 5, 400, pearson_variance)
    assert pooled.value == pytest.approx(one.value)
    assert pooled.ci_high == pytest.approx(one.ci_high, abs=2e-3)  # t with 394 df in place of z


@pytest.mark.parametrize("y", [np.ones(9), np.arange(9.0)])
def test_a_constant_column_has_no_correlation_and_a_copy_has_one(y):
    result = pearson(np.arange(9.0), y)
    if np.ptp(y):
        assert (result.value, result.ci_low, result.ci_high) == pytest.approx((1, 1, 1))
    else:
        assert np.isnan([result.value, result.ci_low, result.p_value]).all()


def test_division_alone_makes_a_correlation():
    """Over all pairs of numerator and denominator, as the formula says without forming them."""
    rng = np.random.default_rng(2)
    a, b = rng.uniform(100, 300, 60), rng.uniform(60, 200, 60)
    everyone_a, everyone_b = np.repeat(a, 60), np.tile(b, 60)
    ratio = everyone_a / everyone_b
    assert ratio_correlation(a, b, False) == pytest.approx(np.corrcoef(ratio, everyone_b)[0, 1])
    assert ratio_correlation(a, b, True) == pytest.approx(np.corrcoef(ratio, everyone_a)[0, 1])


def test_the_ratio_stands_beside_what_division_makes():
    rng = np.random.default_rng(3)
    st, b = rng.uniform(100, 300, 160), rng.uniform(60, 200, 160)
    columns = {"st_hu": st, "b_hu": b, "hu_ratio": st / b}
    table = small_table(**{name: [repr(float(v)) for v in values] for name, values in columns.items()})
    for pair, known in ((("hu_ratio", "b_hu"), True), (("hu_ratio", "age"), False)):
        (row,) = association_rows(pair, small_specification(), CompletedTables(table), NOTHING)
        assert (row["pearson_by_division"] is not None) == known


def test_a_factor_and_a_measure_are_compared_by_level():
    table = small_table()
    rows = list(association_rows(("age", "grade"), small_specification(), CompletedTables(table), NOTHING))
    head, *levels = rows
    assert [row["level"] for row in levels] == ["1", "2", "3"]
    assert (head["x"], head["y"], head["n"]) == ("grade", "age", 160)
    assert sum(row["n"] for row in levels) == 160
    ages = numbers(table, "age")
    assert levels[0]["median"] == np.median(ages[np.array(table.column("grade")) == "1"])


def test_the_shapiro_wilk_test_chooses_between_anova_and_ranks():
    rng = np.random.default_rng(4)
    normal = [rng.normal(place, 1, 30) for place in (0, 0.3, 0.8)]
    chosen = compare_levels(normal)
    fitted = sm.OLS(
        np.concatenate(normal), sm.add_constant(np.kron(np.eye(3)[:, 1:], np.ones((30, 1))))
    ).fit()
    assert (chosen.test, chosen.df, chosen.denominator_df) == (ANOVA, 2, 87)
    assert chosen.statistic == pytest.approx(fitted.fvalue)
    assert chosen.eta_squared == pytest.approx(fitted.rsquared)
    skewed = [np.exp(group * 2) for group in normal]
    ranks = compare_levels(skewed)
    assert ranks.test == KRUSKAL_WALLIS and ranks.denominator_df is None
    placed = stats.rankdata(np.concatenate(skewed))
    between = sum(30 * (part.mean() - placed.mean()) ** 2 for part in np.split(placed, 3))
    assert ranks.eta_squared == pytest.approx(between / ((placed - placed.mean()) ** 2).sum())


@pytest.mark.parametrize("groups", [[], [np.arange(5.0)], [np.ones(4), np.ones(4)]])
def test_nothing_to_compare_has_no_test(groups):
    assert compare_levels(groups).test == ""


def test_collinearity_of_final_and_multivariable_model_and_of_a_pair():
    patients, specification = CompletedTables(small_table()), small_specification()
    model = develop_on(specification, patients.observed).model
    models = developed_models(model, specification, patients, NOTHING)
    pair = model_asked_for(["a", "grade"], specification, patients, NOTHING)
    rows = [row for one in (*models, pair) for row in collinearity_rows(one)]
    assert {row["model"] for row in rows} == {"final", "multivariable", "a + grade"}
    assert {row["coding"] for row in rows} == {"levels", "numeric"}
    for row in rows:
        if row["term"] == "condition_index":
            continue
        assert row["tolerance"] * row["vif"] == pytest.approx(1)
        assert (row["vif"], row["vif_scaled"]) >= (1, 1)
        asked_for = row["model"] == "a + grade" or row["coding"] == "numeric"
        assert np.isnan(row.get("vif_logistic")) == asked_for
    for row in rows:
        if row["term"] == "condition_index":
            assert sum(key.startswith(PROPORTION) for key in row) in (3, 4, 5)
    assert f"{PROPORTION}(Intercept)" in proportion_columns(rows)


def test_a_model_of_aliased_or_absent_columns_is_left_out():
    patients = CompletedTables(small_table())
    for columns, word in ((["a", "b", "c"], "exact combination"), (["a", "wide"], "the column is absent")):
        with pytest.raises(InputError, match=word):
            model_asked_for(columns, small_specification(), patients, NOTHING)


def test_over_completed_sets_the_mean_stands_with_its_range():
    patients = with_gaps([20.0, 60.0, 130.0])
    specification = small_specification(final=("age", "a"))
    sets = completed_cases(specification, [Candidate("age"), Candidate("a")], patients, NOTHING)
    rows = list(collinearity_rows(Diagnosed("final", sets)))
    each = [next(iter(collinearity_rows(Diagnosed("final", (one,)))))["vif"] for one in sets]
    assert rows[0]["sets"] == 3
    assert rows[0]["vif"] == pytest.approx(np.mean(each))
    assert (rows[0]["vif_minimum"], rows[0]["vif_maximum"]) == (min(each), max(each))


def test_knots_are_harrells_and_few_values_have_none():
    many, few = np.arange(1.0, 302.0), np.arange(1.0, 51.0)
    assert harrell_knots(many, 301) == pytest.approx((16, 106, 196, 286))
    assert harrell_knots(few, 50) == (5, 25.5, 46)
    assert harrell_knots(np.repeat([1.0, 2.0], 100), 200) == ()
    assert harrell_knots(np.repeat([1.0, 2.0, 3.0], [40, 120, 40]), 200) == (1, 2, 3)


def test_a_spline_is_smooth_and_straight_beyond_its_knots():
    knots = (1.0, 2.0, 4.0, 7.0)
    x = np.linspace(-2, 12, 1401)
    columns = spline_columns(x, knots)
    assert columns.shape == (1401, 2)
    second = np.diff(columns, 2, axis=0) / 0.01**2
    outside = (x[1:-1] < 0.98) | (x[1:-1] > 7.02)
    assert np.abs(second[outside]).max() < 1e-8
    assert np.abs(np.diff(second, axis=0)).max() < 0.02  # no jump in curvature


def test_linearity_is_the_likelihood_ratio_of_two_fits():
    table = small_table()
    specification = small_specification(final=("age", "grade"))
    model = develop_on(specification, table).model
    (result,) = linearity_of_predictors(model, specification, CompletedTables(table), NOTHING)
    (one,) = result.observations
    x = one.X[:, 1]
    log_likelihoods = [
        sm.GLM(one.y, X, family=sm.families.Binomial()).fit(tol=1e-12).llf
        for X in (one.X, np.hstack([one.X, spline_columns(x, result.knots)]))
    ]
    assert result.test.statistic == pytest.approx(2 * (log_likelihoods[1] - log_likelihoods[0]), abs=1e-8)
    assert (result.test.df, result.test.name) == (2, "likelihood ratio")
    assert result.aic_linear == pytest.approx(2 * 4 - 2 * log_likelihoods[0])
    assert result.aic_spline == pytest.approx(2 * 6 - 2 * log_likelihoods[1])
    assert (result.curve.spline[1] < result.curve.spline[2]).all()


def test_a_bent_relation_is_found():
    rng = np.random.default_rng(5)
    x = rng.uniform(-2, 2, 160)
    bent = rng.random(160) < 1 / (1 + np.exp(2.5 - 2 * x**2))
    table = small_table(noise=[repr(v) for v in x.tolist()], loosening=["1" if e else "0" for e in bent])
    specification = small_specification(final=("noise",))
    sets = completed_cases(specification, [Candidate("noise")], CompletedTables(table), NOTHING)
    assert linearity("noise", "final", sets).test.p_value < 1e-4


def test_over_completed_sets_linearity_is_d3():
    patients = with_gaps([20.0, 45.0, 70.0, 100.0])
    specification = small_specification(final=("age",))
    sets = completed_cases(specification, [Candidate("age")], patients, NOTHING)
    result = linearity("age", "final", sets)
    assert (result.test.name, result.test.df, len(result.observations)) == ("D3", 2, 4)


def test_yes_and_no_is_linear_and_says_so():
    table = small_table(noise=["0", "1"] * 80)
    specification = small_specification(final=("noise",))
    sets = completed_cases(specification, [Candidate("noise")], CompletedTables(table), NOTHING)
    result = linearity("noise", "final", sets)
    assert result.test is None and "distinct" in result.note


def test_knots_below_zero_come_back_from_the_table(tmp_path):
    """A text of numbers that begins with a minus would be taken for a formula."""
    table = small_table()
    specification = small_specification(final=("noise",))
    sets = completed_cases(specification, [Candidate("noise")], CompletedTables(table), NOTHING)
    result = linearity("noise", "final", sets)
    (tmp_path / "linearity.csv").write_bytes(csv_bytes(LINEARITY_COLUMNS, [linearity_row(result)]))
    (row,) = read_csv(tmp_path / "linearity.csv")
    assert tuple(float(row[f"knot_{place}"]) for place in range(1, 5)) == result.knots
    assert result.knots[0] < 0


MODELS = (("grade",), ("grade", "age"), ("grade", "noise"), ("grade", "age", "noise"), ("grade", "wide"))


def compared(patients, models=MODELS, repetitions=60):
    specification = small_specification()
    listed = listed_models(models, specification, patients)
    thresholds = named_thresholds(0.25, [0.1])
    comparison = compare_models(listed, specification, patients, NOTHING, thresholds, repetitions, 1)
    return list(incremental_rows(comparison))


def test_nested_models_are_compared_with_base_and_with_what_is_right_inside():
    rows = compared(CompletedTables(small_table()))
    assert [(row["model"], row.get("against")) for row in rows] == [
        ("grade", "grade"),
        ("grade + age", "grade"),
        ("grade + noise", "grade"),
        ("grade + age + noise", "grade"),
        ("grade + age + noise", "grade + age"),
        ("grade + age + noise", "grade + noise"),
        ("grade + wide", None),
    ]
    base, age, _, both, *_, absent = rows
    assert absent["note"] == "wide: the column is absent"
    assert all(base[key] == 0 for key in base if "_difference" in key)
    assert "lr_statistic" not in base
    assert (age["lr_df"], both["lr_df"], age["n"]) == (1, 2, 160)
    assert age["label"] == "Base + age"


def test_the_likelihood_ratio_and_the_apparent_values_are_those_of_two_fits():
    table = small_table()
    rows = compared(CompletedTables(table))
    y = numbers(table, "loosening")
    grade = np.array(table.column("grade"))
    X = np.column_stack([np.ones(160), grade == "2", grade == "3", numbers(table, "age")]).astype(float)
    small, large = (sm.GLM(y, part, family=sm.families.Binomial()).fit(tol=1e-12) for part in (X[:, :3], X))
    row = rows[1]
    assert row["lr_statistic"] == pytest.approx(2 * (large.llf - small.llf), abs=1e-8)
    assert row["brier"] == pytest.approx(np.mean((large.fittedvalues - y) ** 2), rel=1e-8)
    expected = np.mean((large.fittedvalues - y) ** 2) - np.mean((small.fittedvalues - y) ** 2)
    assert row["brier_difference"] == pytest.approx(expected, rel=1e-7)
    high = large.fittedvalues >= 0.1
    benefit = (np.sum(high & (y == 1)) - np.sum(high & (y == 0)) / 9) / 160
    assert row["net_benefit_at_0.1"] == pytest.approx(benefit)


def test_noise_looks_better_than_it_is_and_is_corrected_downwards():
    rows = compared(CompletedTables(small_table()), repetitions=200)
    noise = rows[2]
    assert noise["auc_difference_corrected"] < noise["auc_difference"]
    assert noise["brier_difference_corrected"] > noise["brier_difference"]
    low, high = noise["auc_difference_corrected_ci_low"], noise["auc_difference_corrected_ci_high"]
    assert low <= noise["auc_difference_corrected"] <= high


def test_every_model_is_fitted_to_the_patients_that_all_can_be_fitted_to():
    table = small_table()
    table.cells.loc[range(2, 12), "noise"] = ""
    rows = compared(CompletedTables(table))
    assert {row["n"] for row in rows if "n" in row} == {150}


def test_over_completed_sets_the_test_is_d3_and_every_set_is_resampled():
    rows = compared(with_gaps([40.0, 60.0, 80.0]))
    assert (rows[1]["lr_test"], rows[1]["sets"], rows[1]["repetitions"]) == ("D3", 3, 180)


def test_aliased_models_say_so_and_the_others_go_on():
    rows = compared(CompletedTables(small_table()), models=(("a", "b"), ("a", "b", "c")))
    assert [row["note"] for row in rows][1].startswith("not fitted")
    assert rows[0]["n"] == 160


def test_without_any_model_every_row_says_why():
    rows = compared(CompletedTables(small_table()), models=(("wide",), ("high",)))
    assert [row["note"] for row in rows] == ["wide: the column is absent", "high: the column is absent"]


def test_resamples_that_one_model_lacks_count_for_neither():
    one = Resampled(0.8, np.array([0.8, 0.9, np.nan]), np.array([0.7, 0.8, np.nan]))
    other = Resampled(0.7, np.array([0.7, 0.7, 0.7]), np.array([0.7, 0.7, 0.7]))
    result = corrected_difference(one, other, np.array([True, True, False]))
    assert (result.apparent, result.optimism, result.corrected) == pytest.approx((0.1, 0.1, 0.0))


def test_net_benefit_of_treating_all_at_the_prevalence_is_zero():
    y = np.array([1.0, 0, 0, 0])
    prevalence = np.array([0.25])
    shares = flagged(np.ones((1, 4)), y, np.ones((1, 4)), prevalence)
    assert net_benefit(*shares, prevalence) == pytest.approx(0)


def test_a_risk_short_of_a_threshold_by_rounding_is_at_it():
    """So that a model fitted another way keeps the patient whose risk is the cut-off."""
    y, threshold = np.array([1.0, 0.0]), np.array([0.2168])
    (true,), (false,) = flagged(np.array([[0.2168 - 1e-14, 0.2167]]), y, np.ones((1, 2)), threshold)
    assert (true[0], false[0]) == (0.5, 0.0)
