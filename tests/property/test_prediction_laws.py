from functools import cache

import numpy as np
import pandas as pd
import pytest
from bonehold.modelling.decision.nomogram import read_off
from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.specification import Candidate
from bonehold.modelling.regression.model import Model, risk
from hypothesis import given, settings
from hypothesis import strategies as st
from modelling_examples import develop_on, small_cohort, small_specification

few = settings(max_examples=50, deadline=None)
patients = st.fixed_dictionaries(
    {"age": st.integers(20, 100), "grade": st.sampled_from(["1", "2", "3"]), "b": st.floats(-50, 90)}
)


@cache
def model(reference: str = "1", renamed: str = "") -> Model:
    cohort = small_cohort()
    cohort["grade"] = [renamed + cell for cell in cohort["grade"]]
    table = AnalysisTable("cohort.csv", pd.DataFrame(cohort, index=range(2, 162)))
    candidates = (Candidate("age"), Candidate("b"), Candidate("grade", renamed + reference))
    specification = small_specification(
        candidates=candidates, a_priori=(), exclusive=(), final=("age", "b", "grade")
    )
    return develop_on(specification, table, Dictionary()).model


@few
@given(patients)
def test_points_give_the_risk_of_the_model(patient):
    reading = read_off(model(), patient)
    expected = risk(model(), {name: [value] for name, value in patient.items()})[0]
    assert reading.risk == pytest.approx(expected, abs=1e-9)
    assert reading.total == pytest.approx(sum(reading.points.values()))


@few
@given(patients)
def test_the_reference_level_does_not_change_a_prediction(patient):
    columns = {name: [value] for name, value in patient.items()}
    assert risk(model("3"), columns)[0] == pytest.approx(risk(model("1"), columns)[0], abs=1e-9)


@few
@given(patients)
def test_the_names_of_levels_do_not_change_a_prediction(patient):
    renamed = {**patient, "grade": f"G{patient['grade']}"}
    first = risk(model(), {name: [value] for name, value in patient.items()})
    second = risk(model(renamed="G"), {name: [value] for name, value in renamed.items()})
    assert second[0] == pytest.approx(first[0], abs=1e-9)


@few
@given(st.lists(patients, min_size=2, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_patients_does_not_change_a_bit(several, random):
    order = list(range(len(several)))
    random.shuffle(order)
    columns = {name: [patient[name] for patient in several] for name in several[0]}
    shuffled = {name: [cells[place] for place in order] for name, cells in columns.items()}
    assert np.array_equal(risk(model(), columns)[order], risk(model(), shuffled))
