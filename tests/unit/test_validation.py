"""The whole validation of a model: variants, completed sets, imputation inside the resamples."""

import numpy as np
import pandas as pd
import pytest
from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.specification import Candidate, Specification
from bonehold.modelling.missing.completed_tables import CompletedTables, ImputedCell, completed_tables
from bonehold.modelling.performance.selection_refits import frequency_rows, selecting_resamples
from bonehold.modelling.performance.validation import validate, validate_imputing, validate_selection
from bonehold.modelling.performance.validation_tables import performance_rows, variant_content
from bonehold.modelling.regression.development import develop
from bonehold.modelling.regression.development_data import development_data
from bonehold.modelling.regression.logistic import FIRTH, MAXIMUM_LIKELIHOOD
from modelling_examples import data_of, develop_on, small_cohort, small_specification


def frame(**changes):
    return AnalysisTable("cohort.csv", pd.DataFrame(small_cohort(**changes)).set_axis(range(2, 162)))


@pytest.fixture(scope="module")
def table():
    return frame()


@pytest.fixture(scope="module")
def model(table):
    return develop_on(small_specification(), table).model


def test_every_measure_has_its_interval_and_its_method(table, model):
    validation = validate(model, data_of(model, table), 60, 3)
    rows = {row["measure"]: row for row in performance_rows(validation)}
    assert list(rows)[:3] == ["auc", "brier", "scaled_brier"]
    for measure in ("sensitivity", "specificity", "ppv", "npv"):
        assert rows[measure]["ci_method"] == "Clopper-Pearson"
    for measure, row in rows.items():
        if measure.startswith(("hosmer", "spiegel")):
            assert row["corrected"] is None and row["note"]
            continue
        assert row["ci_low"] < row["ci_high"] and row["ci_method"], measure
        assert row["corrected_ci_low"] < row["corrected_ci_high"], measure
        assert row["corrected"] == pytest.approx(row["apparent"] - row["optimism"])
        assert row["resamples"] == 60
    assert "10 groups by quantiles" in rows["hosmer_lemeshow_chi2"]["note"]
    assert rows["hosmer_lemeshow_rank_chi2"]["note"] != rows["hosmer_lemeshow_chi2"]["note"]


def test_firth_inside_the_bootstrap_is_told_and_shrinks(table, model):
    data = data_of(model, table)
    plain, firth = validate(model, data, 60, 3), validate(model, data, 60, 3, FIRTH)
    assert (plain.method, firth.method) == (MAXIMUM_LIKELIHOOD, FIRTH)
    assert firth.slopes.mean() > plain.slopes.mean()
    assert "Firth" in variant_content(firth, 1, 60, 3, "")["stopping_rule"]


def test_selection_is_repeated_as_the_development_does_it(table):
    """A resample with everybody once chooses what the development chose; a copied table, what it chooses there."""
    specification = small_specification()
    rng = np.random.default_rng(5)
    weights = np.vstack([np.ones(160), rng.multinomial(160, np.full(160, 1 / 160), 6)])
    _, choices = selecting_resamples(specification, table, table, Dictionary(), weights, MAXIMUM_LIKELIHOOD)
    for times, entered, final in zip(weights.astype(int), choices.entered, choices.final, strict=True):
        cells = table.cells.iloc[np.repeat(np.arange(160), times)]
        copied = AnalysisTable("copied.csv", cells.set_axis(range(2, 162)))
        selection = develop_on(specification, copied).model.selection
        assert (selection.multivariable, selection.final) == (entered, final)


def test_exclusive_groups_hold_in_every_resample(table, model):
    specification = small_specification()
    validation, choices = validate_selection(
        model, data_of(model, table), specification, CompletedTables(table), Dictionary(), 50, 3
    )
    assert len(choices.final) == validation.resampled.tally.used
    assert all(len({"a", "b", "c"} & set(columns)) <= 2 for columns in choices.entered)
    rows = {row["column"]: row for row in frequency_rows(specification, choices, model.selection.final)}
    assert rows["age"]["entered"] == rows["age"]["resamples"] == len(choices.final)
    assert rows["noise"]["final"] < rows["age"]["final"]


def test_nothing_selected_is_an_area_of_a_half():
    random = np.random.default_rng(0)
    cells = {
        "x": [f"{value:.3f}" for value in random.normal(size=90)],
        "event": [str(int(value)) for value in random.random(90) < 0.3],
    }
    table = AnalysisTable("noise.csv", pd.DataFrame(cells).set_axis(range(2, 92)))
    specification = Specification("noise", None, "event", (Candidate("x"),))
    weights = random.multinomial(90, np.full(90, 1 / 90), 30).astype(float)
    resamples, choices = selecting_resamples(
        specification, table, table, Dictionary(), weights, MAXIMUM_LIKELIHOOD
    )
    empty = sum(not columns for columns in choices.final)
    assert 0 < empty == resamples.tally.intercept_only
    assert resamples.tally.used == 30


def test_a_level_that_a_resample_lacks_is_counted_as_singular():
    cells = small_cohort()
    cells["grade"] = ["9" if place < 2 else grade for place, grade in enumerate(cells["grade"])]
    cells["loosening"][:2] = ["0", "1"]
    table = AnalysisTable("cohort.csv", pd.DataFrame(cells).set_axis(range(2, 162)))
    weights = np.ones((2, 160))
    weights[1, :2] = 0
    specification = small_specification()
    resamples, _ = selecting_resamples(specification, table, table, Dictionary(), weights, MAXIMUM_LIKELIHOOD)
    assert (resamples.tally.drawn, resamples.tally.singular, resamples.tally.used) == (2, 1, 1)


@pytest.fixture(scope="module")
def gaps():
    """The small cohort without some ages, and two completed sets."""
    cells = pd.DataFrame(small_cohort()).set_axis(range(2, 162))
    rows = list(range(2, 26))
    truth = cells.loc[rows, "age"].astype(float)
    cells.loc[rows, "age"] = ""
    filled = [
        ImputedCell(number, row, "age", f"{truth[row] + move:g}")
        for number, move in ((1, 2.0), (2, -3.0))
        for row in rows
    ]
    return completed_tables(AnalysisTable("cohort.csv", cells), filled)


def test_optimism_is_averaged_over_the_completed_sets(gaps):
    specification = small_specification(final=("age", "grade"))
    model = develop(specification, gaps, Dictionary()).model
    data = development_data(model, gaps)
    validation = validate(model, data, 30, 3)
    assert len(data.sets) == 2
    assert validation.resampled.tally.drawn == 60
    told = variant_content(validation, 2, 30, 3, "order")
    assert (told["B"], told["repetitions"], told["sets"]) == (60, 30, 2)


def test_imputation_inside_the_resamples_sees_each_resample_once(gaps):
    specification = small_specification(final=("age", "grade"))
    model = develop(specification, gaps, Dictionary()).model
    data = development_data(model, gaps)
    seen = []

    def complete(drawn, number):
        seen.append(number)
        cells = drawn.cells.copy()
        assert list(cells.index) == list(range(2, 162)) and (cells["age"] == "").any()
        cells.loc[cells["age"] == "", "age"] = "60"
        return AnalysisTable(drawn.name, cells)

    validation = validate_imputing(model, data, gaps, complete, 12, 3)
    assert seen == list(range(12))
    assert validation.resampled.tally.used == 12
    assert np.isfinite(validation.slopes).all()
    auc = next(row for row in performance_rows(validation) if row["measure"] == "auc")
    assert auc["corrected"] < auc["apparent"]
