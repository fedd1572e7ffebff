from functools import cache

import numpy as np
import pandas as pd
import pytest
from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.regression.development import Development
from bonehold.modelling.regression.model import risk
from hypothesis import given, settings
from hypothesis import strategies as st
from modelling_examples import develop_on, small_cohort, small_specification

few = settings(max_examples=25, deadline=None)


@cache
def developed(shift: float = 0.0, scale: float = 1.0) -> tuple[Development, AnalysisTable]:
    """Age enters as (age + shift) x scale."""
    cohort = small_cohort()
    cohort["age"] = [repr((float(age) + shift) * scale) for age in cohort["age"]]
    table = AnalysisTable("cohort.csv", pd.DataFrame(cohort, index=range(2, 162)))
    return develop_on(small_specification(a_priori=("age", "grade", "b")), table, Dictionary()), table


@few
@given(st.sampled_from([-2000.0, 1e4, 1e6, 2e7]), st.sampled_from([1e-6, 0.1, 1.0, 365.25, 1e6]))
def test_origin_and_unit_of_a_predictor_change_its_own_numbers_by_just_that(shift, scale):
    plain, _ = developed()
    moved, table = developed(shift, scale)
    for name in ("univariable", "multivariable", "final"):
        rows, others = getattr(plain, name), getattr(moved, name)
        assert [(row.term, row.level) for row in rows] == [(row.term, row.level) for row in others]
        for row, other in zip(rows, others, strict=True):
            if row.term == "(Intercept)":
                continue
            unit = scale if row.term == "age" else 1.0
            assert other.estimate * unit == pytest.approx(row.estimate, rel=1e-7)
            assert other.std_error * unit == pytest.approx(row.std_error, rel=1e-7)
            assert other.p_value == pytest.approx(row.p_value, rel=1e-6)
            assert other.term_p_value == pytest.approx(row.term_p_value, rel=1e-6)
    assert moved.model.auc == plain.model.auc
    assert moved.model.selection == plain.model.selection
    expected = risk(plain.model, developed()[1].cells)
    assert np.allclose(risk(moved.model, table.cells), expected, rtol=1e-6, atol=0)


@few
@given(st.sampled_from([1e4, 2e7]))
def test_a_far_origin_hides_no_exact_combination(shift):
    cohort = small_cohort()
    for column in ("a", "b", "c"):
        cohort[column] = [repr(float(cell) + shift) for cell in cohort[column]]
    table = AnalysisTable("cohort.csv", pd.DataFrame(cohort, index=range(2, 162)))
    specification = small_specification(exclusive=(), final=("a", "b", "c"))
    model = develop_on(specification, table, Dictionary()).model
    assert "c is constant or an exact combination" in model.reasons[0]
