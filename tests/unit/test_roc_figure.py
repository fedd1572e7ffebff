"""The ROC tables as they are written, read again and drawn."""

import draw_roc
import pandas as pd
import pytest
from bonehold.files import csv_bytes, json_bytes
from bonehold.modelling.inputs.analysis_table import read_analysis_table
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.specification import Candidate
from bonehold.modelling.performance.roc_tables import ROC_COLUMNS, ROC_POINT_COLUMNS, roc_point_rows, roc_rows
from bonehold.modelling.regression.model import model_content
from bonehold.publishing.figures.roc_figure import roc_figure
from bonehold.publishing.figures.style import FORMATS
from modelling_examples import data_of, develop_on, rule, small_cohort, small_specification, write_table


def tables(tmp_path, candidates, cohort, labels):
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", cohort))
    columns = tuple(candidate.column for candidate in candidates)
    specification = small_specification(candidates=candidates, a_priori=(), exclusive=(), final=columns)
    model = develop_on(specification, table, Dictionary(labels=labels)).model
    data = data_of(model, table)
    return model, list(roc_rows(model, data)), list(roc_point_rows(model, data))


def drawn(tmp_path, model, roc, points):
    """The figure as the script draws it, SVG as text."""
    inputs = {
        "model": tmp_path / "model.json",
        "roc": tmp_path / "roc.csv",
        "roc_points": tmp_path / "points.csv",
    }
    inputs["model"].write_bytes(json_bytes(model_content(model)))
    inputs["roc"].write_bytes(csv_bytes(ROC_COLUMNS, roc))
    inputs["roc_points"].write_bytes(csv_bytes(ROC_POINT_COLUMNS, points))
    draw_roc.main(rule(inputs, {format: tmp_path / f"roc.{format}" for format in FORMATS}, {}))
    return (tmp_path / "roc.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("column", ["NA", "None", "nan", "7", "_b", "=b"])
def test_any_name_of_a_column_has_its_curve_and_its_entry(tmp_path, column):
    cohort = small_cohort()
    cohort[column] = cohort["b"]
    svg = drawn(tmp_path, *tables(tmp_path, (Candidate("age"), Candidate(column)), cohort, {}))
    assert f"<!-- {column}: 0." in svg
    assert "nan" not in svg.replace("<!-- nan: 0.", "")


def test_a_dollar_is_a_dollar(tmp_path):
    svg = drawn(tmp_path, *tables(tmp_path, (Candidate("age"),), small_cohort(), {"age": "from $5 to $6"}))
    assert "<!-- from $5 to $6: 0." in svg


@pytest.mark.filterwarnings("ignore:Glyph")
def test_a_script_that_the_font_lacks_is_named(tmp_path, capsys):
    drawn(tmp_path, *tables(tmp_path, (Candidate("age"),), small_cohort(), {"age": "年龄 at surgery"}))
    line = capsys.readouterr().out
    assert line.startswith("the text '年龄 at surgery: 0.")
    assert "lacks 年 龄; labels need Latin, Greek or Cyrillic script" in line


def test_greek_and_cyrillic_are_printed_without_a_word(tmp_path, capsys):
    drawn(tmp_path, *tables(tmp_path, (Candidate("age"),), small_cohort(), {"age": "возраст, ηλικία ≥ 60 ±"}))
    assert capsys.readouterr().out == ""


def test_only_factors_with_an_order_have_a_curve(tmp_path):
    cohort = small_cohort()
    cohort["technique"] = [f"T{grade}" for grade in cohort["grade"]]
    candidates = (Candidate("age"), Candidate("technique", "T1"))
    _, roc, points = tables(tmp_path, candidates, cohort, {})
    assert [row["marker"] for row in roc] == ["model", "age"]
    assert {row["marker"] for row in points} == {"model", "age"}
    _, roc, _ = tables(tmp_path, (Candidate("age"), Candidate("grade", "1")), cohort, {})
    (grade,) = (row for row in roc if row["marker"] == "grade")
    assert grade["cutoff"] in (2.0, 3.0)


def test_long_entries_of_the_legend_stay_on_the_page(tmp_path):
    labels = {"age": "Age at the time of the first operation in completed years, as the chart has it"}
    model, roc, points = tables(tmp_path, (Candidate("age"), Candidate("b")), small_cohort(), labels)
    figure = roc_figure(model, pd.DataFrame(roc), pd.DataFrame(points))
    figure.draw_without_rendering()
    frame, plot = figure.bbox, figure.axes[0].xaxis.label.get_window_extent()
    boxes = [text.get_window_extent() for text in figure.legends[0].findobj(type(figure.axes[0].title))]
    for box in boxes:
        assert frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= plot.y0
