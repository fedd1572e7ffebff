"""Models whose values were imputed: pooled tests, Firth over sets, and the complete cases beside them."""

import numpy as np
import pandas as pd
import pytest
from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.specification import Candidate
from bonehold.modelling.missing.completed_tables import CompletedTables, ImputedCell, completed_tables
from bonehold.modelling.regression.development import develop
from modelling_examples import develop_on, small_cohort, small_specification

SETS = 3


def gapped(cohort=None, column="age", noise=3.0):
    """Every eighth value of a column is missing and filled three times around the truth."""
    cohort = cohort or small_cohort()
    random = np.random.default_rng(4)
    places = range(0, 160, 8)
    cells = [
        ImputedCell(
            number, place + 2, column, f"{float(cohort[column][place]) + random.normal(0, noise):.3f}"
        )
        for number in range(1, SETS + 1)
        for place in places
    ]
    for place in places:
        cohort[column][place] = ""
    return completed_tables(AnalysisTable("cohort.csv", pd.DataFrame(cohort, index=range(2, 162))), cells)


@pytest.fixture
def patients():
    return gapped()


def test_the_tests_of_a_pooled_model_are_named_and_have_their_degrees_of_freedom(patients):
    rows = {row.term: row for row in develop(small_specification(), patients, Dictionary()).final}
    age, grade = rows["age"], rows["grade"]
    assert (age.test, age.ci_method, age.term_test) == ("Wald t", "Wald t", "Wald t")
    assert (grade.term_test, grade.lr_test, grade.lr_df) == ("D1", "D3", 2)
    assert (age.lr_test, age.lr_df) == ("D3", 1)
    assert age.lr_denominator_df > 2 and age.lr_p_value == pytest.approx(age.p_value, abs=0.02)
    assert grade.lr_p_value == pytest.approx(grade.term_p_value, abs=0.02)
    assert (age.profile_ci_low, age.profile_ci_high) == (None, None)


def test_equal_sets_give_the_likelihood_ratio_of_one(patients):
    one = patients.sets[0]
    same = CompletedTables(patients.observed, (one, one, one), patients.imputed)
    pooled = {row.term: row for row in develop(small_specification(), same, Dictionary()).final}
    single = {row.term: row for row in develop_on(small_specification(), one).final}
    for term in ("age", "grade"):
        assert pooled[term].lr_statistic * pooled[term].lr_df == pytest.approx(
            single[term].lr_statistic, rel=1e-8
        )
        assert pooled[term].lr_p_value == pytest.approx(single[term].lr_p_value, rel=1e-8)


def test_complete_cases_stand_beside_pooled_rows_only(patients):
    developed = develop(small_specification(), patients, Dictionary())
    alone = develop_on(small_specification(), patients.observed)
    observed = {(row.term, row.level): row for row in alone.univariable}
    for row in developed.univariable:
        if row.term == "age":
            other = observed[row.term, row.level]
            assert (row.n, row.complete_case_n, row.complete_case_events) == (160, 140, other.events)
            assert row.complete_case_odds_ratio == pytest.approx(other.odds_ratio)
            assert (row.complete_case_ci_low, row.complete_case_ci_high) == (other.ci_low, other.ci_high)
            assert (row.complete_case_p_value, row.complete_case_ci_method) == (other.p_value, "Wald z")
        else:
            assert row.complete_case_n is None and row.complete_case_odds_ratio is None


def test_separation_in_one_set_calls_for_firth_in_all():
    cohort = small_cohort()
    # 1 in a few patients with the event, and imputed as 1 in one without it, in two of three sets
    cohort["mark"] = [
        "1" if event == "1" and place % 9 == 0 else "0" for place, event in enumerate(cohort["loosening"])
    ]
    place = cohort["loosening"].index("0")
    cohort["mark"][place] = ""
    cells = [
        ImputedCell(number, place + 2, "mark", value) for number, value in ((1, "0"), (2, "1"), (3, "1"))
    ]
    patients = completed_tables(AnalysisTable("cohort.csv", pd.DataFrame(cohort, index=range(2, 162))), cells)
    specification = small_specification(
        candidates=(Candidate("age"), Candidate("mark", "0")),
        a_priori=(),
        exclusive=(),
        final=("age", "mark"),
    )
    developed = develop(specification, patients, Dictionary())
    rows = {row.term: row for row in developed.final}
    assert {row.method for row in developed.final} == {"Firth"} and developed.model.method == "Firth"
    assert (
        "mark=1 separates patients with and without the event in 1 of 3 completed sets" in rows["mark"].note
    )
    assert (rows["mark"].test, rows["mark"].ci_method, rows["mark"].term_test) == (
        "Wald t",
        "Wald t",
        "Wald t",
    )
    assert rows["mark"].lr_statistic is None and rows["mark"].profile_ci_low is None
    assert rows["mark"].complete_case_ci_method == "profile penalised likelihood"
    assert next(row for row in developed.univariable if row.term == "age").method == "maximum likelihood"
