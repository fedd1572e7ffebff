"""The forest plot: what stands in its lines, and how it is drawn from the tables as they are written."""

import draw_forest
import pytest
from bonehold.files import csv_bytes, json_bytes, read_csv
from bonehold.modelling.inputs.analysis_table import read_analysis_table
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.specification import Candidate, ExclusiveGroup
from bonehold.modelling.regression.coefficient_tables import COEFFICIENT_COLUMNS
from bonehold.modelling.regression.model import model_content
from bonehold.publishing.figures.forest_rows import Ratio, forest_lines
from bonehold.publishing.figures.style import FORMATS
from modelling_examples import develop_on, rule, small_cohort, small_specification, write_table

LONG = "Length of the instrumented segment between the first and the last screw of the longer rod, measured upright"


@pytest.fixture
def files(tmp_path):
    cohort = small_cohort()
    cohort["mark"] = [
        "1" if event == "1" and place % 3 else "0" for place, event in enumerate(cohort["loosening"])
    ]
    cohort["tiny"] = [f"{float(cell) * 1e-6:.9f}" for cell in cohort["noise"]]
    candidates = (
        *map(Candidate, ("age", "noise", "a", "b", "tiny")),
        Candidate("grade", "1"),
        Candidate("mark", "0"),
    )
    specification = small_specification(
        candidates=candidates,
        a_priori=("age", "a", "b", "grade", "mark"),
        exclusive=(ExclusiveGroup(("a", "b"), 1),),
    )
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", cohort))
    developed = develop_on(specification, table, Dictionary())
    paths = {name: tmp_path / f"{name}.csv" for name in ("univariable", "multivariable")}
    for name, path in paths.items():
        path.write_bytes(csv_bytes(COEFFICIENT_COLUMNS, map(vars, getattr(developed, name))))
    paths["model"] = tmp_path / "model.json"
    paths["model"].write_bytes(json_bytes(model_content(developed.model)))
    paths["dictionary"] = tmp_path / "cohort.json"
    paths["dictionary"].write_bytes(
        json_bytes({"columns": {"a": {"label": LONG, "unit": "mm"}}, "synthetic": False})
    )
    return paths


def lines_of(files):
    tables = (read_csv(str(files[name])) for name in ("univariable", "multivariable"))
    return forest_lines(*tables, label=lambda column: column.upper())


def test_a_factor_has_its_reference_level_with_counts(files):
    lines = lines_of(files)
    at = next(place for place, line in enumerate(lines) if line.label == "GRADE")
    head, reference, second, third = lines[at : at + 4]
    assert (head.kind, head.counts, head.alone) == ("factor", "", Ratio(text=""))
    assert (reference.label, reference.kind, reference.alone.text) == ("1", "reference", "1 (reference)")
    events, patients = (
        sum(int(line.counts.split("/")[side]) for line in (reference, second, third)) for side in (0, 1)
    )
    assert patients == 160 and lines[0].counts == f"{events}/160"


def test_what_an_exclusive_group_kept_out_is_said(files):
    lines = {line.label: line for line in lines_of(files)}
    assert lines["B"].together.text == "left out (exclusive)"
    assert lines["B"].alone.value is not None
    assert lines["NOISE"].together == Ratio()


def test_firths_fits_are_marked(files):
    lines = {line.label: line for line in lines_of(files)}
    assert lines["AGE"].together.firth and lines["AGE"].together.text.endswith("†")
    assert not lines["AGE"].alone.firth and "†" not in lines["AGE"].alone.text


def test_the_script_draws_long_labels_arrows_and_marks(tmp_path, files):
    draw_forest.main(rule(files, {format: tmp_path / f"forest.{format}" for format in FORMATS}, {}))
    svg = (tmp_path / "forest.svg").read_text(encoding="utf-8")
    assert "Arrows: the interval goes on beyond the axis." in svg
    assert "Firth" in svg and "Length of the instrumented" in svg
    assert "Multivariable model: 160 patients" in svg
