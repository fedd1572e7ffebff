"""The figures of stability and comparison on tables as they come, and as they should never come."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from bonehold.modelling.inputs.analysis_table import read_analysis_table
from bonehold.modelling.stability.stability_tables import assess, curve_rows, stability_rows
from bonehold.publishing.figures.comparison_figure import comparison_figure
from bonehold.publishing.figures.stability_figure import stability_figure
from bonehold.publishing.figures.style import SYNTHETIC_NOTE, figure_bytes
from matplotlib.text import Text
from modelling_examples import data_of, develop_on, small_cohort, small_specification, write_table

LONG = "radiological_or_clinical_loosening_of_any_pedicle_screw_within_twenty_four_months_of_surgery"


@pytest.fixture
def model(tmp_path):
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", small_cohort()))
    model = develop_on(small_specification(final=("age", "grade")), table).model
    return dataclasses.replace(model, synthetic=True), data_of(model, table)


def words(figure):
    return " ".join(text.get_text() for text in figure.findobj(Text))


def inside(figure):
    """All that is drawn lies within the paper."""
    figure.canvas.draw()
    drawn = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    return drawn.x0 >= 0 and drawn.y0 >= 0 and drawn.x1 <= width and drawn.y1 <= height


def test_stability_tells_counts_and_fits_long_words(model):
    model, data = model
    stability = assess(model, data, 30, 1)
    tables = pd.DataFrame(stability_rows(model, stability)), pd.DataFrame(curve_rows(stability))
    figure = stability_figure(dataclasses.replace(model, outcome=LONG), *tables)
    assert inside(figure)
    said = words(figure)
    assert f"160 patients, {model.events} with the event; 30 bootstrap models" in said
    assert SYNTHETIC_NOTE in said and f"Cut-off {model.cutoff.cutoff:.3f}" in said
    again = stability_figure(dataclasses.replace(model, outcome=LONG), *tables)
    assert figure_bytes(figure, "svg") == figure_bytes(again, "svg")


def test_stability_without_a_resample_says_so(model):
    model, _ = model
    empty = pd.DataFrame({"mape": [np.nan, np.nan]})
    assert "could not be fitted to any resample" in words(stability_figure(model, empty, empty))


def comparison(**changes):
    row = {
        "apparent": 0.8,
        "corrected": 0.75,
        "corrected_ci_low": 0.7,
        "corrected_ci_high": 0.8,
        "left_out": 0.74,
        "left_out_ci_low": 0.6,
        "left_out_ci_high": 0.85,
        "resamples": 50,
        "used": 50,
        "n": 160,
        "events": 60,
    }
    learners = {"nomogram": {}, "ridge": changes}
    return pd.DataFrame(
        {**row, **change, "learner": learner, "measure": measure}
        for learner, change in learners.items()
        for measure in ("auc", "brier", "slope")
    )


def test_comparison_names_its_learners_and_counts(model):
    figure = comparison_figure(model[0], comparison())
    assert inside(figure)
    said = words(figure)
    assert "Nomogram" in said and "Ridge" in said and "160 patients, 60 with the event; 50 bootstrap" in said
    assert "could not be fitted" not in said


def test_a_learner_without_values_and_one_beyond_all_bounds_are_drawn(model):
    values = ("apparent", "corrected", "corrected_ci_low", "corrected_ci_high", "left_out")
    nothing = dict.fromkeys((*values, "left_out_ci_low", "left_out_ci_high"), np.nan)
    figure = comparison_figure(model[0], comparison(**nothing, used=0))
    assert words(figure).count("could not be fitted") == 3
    wild = comparison_figure(model[0], comparison(apparent=1e6, corrected_ci_low=-1e6))
    assert inside(wild)
    assert wild.axes[2].get_xlim()[1] <= 3
