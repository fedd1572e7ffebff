"""The nomogram is the model: for any coefficients and any patient."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from bonehold.modelling.decision.nomogram import nomogram, read_off
from bonehold.modelling.decision.nomogram_table import nomogram_rows
from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.regression.model import risk
from hypothesis import given, settings
from hypothesis import strategies as st
from modelling_examples import develop_on, small_cohort, small_specification

MODEL = develop_on(
    small_specification(final=("age", "noise", "grade")),
    AnalysisTable("cohort.csv", pd.DataFrame(small_cohort())),
    Dictionary(),
).model
sizes = st.floats(-3, 3).filter(lambda size: abs(size) > 1e-3)
models = st.lists(sizes, min_size=5, max_size=5).map(
    lambda sizes: replace(
        MODEL,
        coefficients=dict(zip(MODEL.coefficients, (sizes[0], sizes[1] / 20, *sizes[2:]), strict=True)),
    )
)
patients = st.fixed_dictionaries(
    {"age": st.integers(20, 95), "noise": st.floats(-4, 4), "grade": st.sampled_from(["1", "2", "3"])}
)


@settings(max_examples=150, deadline=None)
@given(models, patients)
def test_points_add_up_to_the_risk_of_the_model(model, patient):
    reading = read_off(model, patient)
    (expected,) = risk(model, {column: [value] for column, value in patient.items()})
    assert reading.risk == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert sum(reading.points.values()) == pytest.approx(reading.total)


@settings(max_examples=60, deadline=None)
@given(models)
def test_axes_begin_at_zero_and_the_widest_ends_at_100(model):
    axes = nomogram(model).axes
    assert all(min(axis.points) == pytest.approx(0, abs=1e-9) for axis in axes)
    assert max(max(axis.points) for axis in axes) == pytest.approx(100)


@settings(max_examples=60, deadline=None)
@given(models)
def test_the_table_can_be_read_without_the_picture(model):
    rows = list(nomogram_rows(model))
    assert {row["axis"] for row in rows} >= {"age", "noise", "grade", "total_points"}
    for row in rows:
        if row["kind"] == "scale":
            log_odds = row["log_odds_at_zero"] + row["points"] / row["points_per_log_odds"]
            assert row["risk"] == pytest.approx(1 / (1 + np.exp(-log_odds)), rel=1e-9)
