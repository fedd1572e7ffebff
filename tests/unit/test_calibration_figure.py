import dataclasses

import pandas as pd
import pytest
from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.performance.validation import validate
from bonehold.modelling.performance.validation_tables import (
    NO_IMPUTATION,
    NO_SELECTION,
    calibration_rows,
    performance_rows,
    validation_content,
    variant_content,
)
from bonehold.publishing.figures.calibration_figure import calibration_figure
from matplotlib.text import Text
from modelling_examples import data_of, develop_on, small_cohort, small_specification


@pytest.fixture(scope="module")
def drawn():
    """Model, `calibration.csv`, `validation.json` and `performance.csv` of the small cohort."""
    table = AnalysisTable("cohort.csv", pd.DataFrame(small_cohort()).set_axis(range(2, 162)))
    model = develop_on(small_specification(final=("age", "grade")), table).model
    data = data_of(model, table)
    validation = validate(model, data, 40, 1)
    told = variant_content(validation, 1, 40, 1, NO_IMPUTATION)
    rows = [
        {key: "" if value is None else str(value) for key, value in row.items()}
        for row in performance_rows(validation)
    ]
    content = validation_content(model, data, told, NO_SELECTION)
    return model, pd.DataFrame(calibration_rows(validation, None)), content, rows


def texts(figure):
    return [artist.get_text() for artist in figure.findobj(Text) if artist.get_text()]


def test_the_figure_tells_patients_resamples_and_what_is_apparent(drawn):
    words = texts(calibration_figure(*drawn))
    model = drawn[0]
    assert f"{model.n} patients, {model.events} with the event." in words
    assert any("40 of 40 resamples" in text for text in words)
    assert {"Apparent (95% CI)", "Corrected (95% CI)", "Ideal", "Corrected for optimism"} <= set(words)
    assert any(text.startswith("Hosmer–Lemeshow, 10 groups") for text in words)
    assert "Emax, smooth curve" in words and "Emax, recalibration line" in words


def test_no_number_runs_into_its_neighbour(drawn):
    model, curve, validation, rows = drawn
    wild = [
        row | {"corrected": "-12.3", "corrected_ci_low": "-1022.1", "corrected_ci_high": "10.2"}
        if row["measure"] == "citl"
        else row
        for row in rows
    ]
    named = dataclasses.replace(
        model, outcome="loosening_of_any_screw_within_two_years_of_surgery", synthetic=True
    )
    figure = calibration_figure(named, curve, validation, wild)
    figure.draw_without_rendering()
    shown = [artist for artist in figure.texts if artist.get_text()]
    boxes = [artist.get_window_extent().shrunk(0.98, 0.6) for artist in shown]
    overlapping = [
        (shown[place].get_text(), shown[other].get_text())
        for place in range(len(boxes))
        for other in range(place)
        if boxes[place].overlaps(boxes[other])
    ]
    assert not overlapping
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.width for box in boxes)
    assert "SYNTHETIC" in figure.get_label()


def test_without_a_usable_resample_the_apparent_curve_is_drawn(drawn):
    model, curve, validation, rows = drawn
    blank = [
        row | dict.fromkeys(("optimism", "corrected", "corrected_ci_low", "corrected_ci_high"), "")
        for row in rows
    ]
    variant = validation["variants"]["fixed"] | dict.fromkeys(
        ("mae", "mse", "q90", "emax_of_corrected_line", "slope_median", "slope_mean")
    )
    content = validation | {"variants": {"fixed": variant | {"used": 0, "singular": 40}}}
    figure = calibration_figure(model, curve.assign(corrected=float("nan")), content, blank)
    assert any("0 of 40 resamples" in text for text in texts(figure))
