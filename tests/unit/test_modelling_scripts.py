"""The rule scripts of the modelling half, called as Snakemake calls them."""

import csv
import json

import describe_analysis
import draw_calibration
import draw_imputation_trace
import draw_nomogram
import draw_roc
import draw_sensitivity
import fit_model
import impute_missing
import measure_discrimination
import pytest
import validate_model
import vary_analysis
from bonehold.publishing.figures.style import FORMATS, SYNTHETIC_NOTE
from modelling_examples import gappy, rule, small_cohort, write_table
from sensitivity_examples import SENSITIVITY

MODEL = {
    "outcome": "loosening",
    "continuous": ["age", "noise"],
    "categorical": [{"column": "grade", "reference": 1}],
    "a_priori": ["age", "grade"],
    "exclusive": [],
    "final": "auto",
}
TABLES = ("univariable", "multivariable", "final_model")


def figures(folder, name):
    return {format: folder / f"{name}.{format}" for format in FORMATS}


def run(folder, table, analysis, model, dictionary=None):
    inputs = {"table": table} | ({"dictionary": dictionary} if dictionary else {})
    both = {"analysis": analysis, "model": model}
    imputed = {"imputed": folder / "imputed.csv"}
    imputation = {"imputation": {"m": 3, "iterations": 2}, "seed": 1, "b_hu_minimum": 20}
    told = {"missing": folder / "missing.csv", "trace": folder / "imputation_trace.csv"}
    impute_missing.main(rule(inputs, imputed | told, both | imputation))
    describe_analysis.main(rule(inputs, {"baseline": folder / "baseline.csv"}, both))
    outputs = {name: folder / f"{name}.csv" for name in TABLES} | {"model": folder / "model.json"}
    fit_model.main(rule(inputs | imputed, outputs, both))
    stored = {"model": folder / "model.json"}
    patients = {"table": table} | imputed | stored
    roc = {"roc": folder / "roc.csv", "roc_points": folder / "roc_points.csv"}
    measure_discrimination.main(rule(patients, roc, {"analysis": analysis}))
    calibration = {"calibration": folder / "calibration.csv", "validation": folder / "validation.json"}
    bootstrap = {"bootstrap": {"repetitions": 40}, "seed": 1}
    validate_model.main(rule(patients, calibration | {"performance": folder / "performance.csv"}, bootstrap))
    patient = {"nomogram_patient": {"age": 70, "grade": 2}}
    draw_nomogram.main(rule(stored, figures(folder, "nomogram"), patient))
    draw_roc.main(rule(stored | roc, figures(folder, "roc"), {}))
    draw_calibration.main(rule(stored | calibration, figures(folder, "calibration"), {}))
    draw_imputation_trace.main(rule(stored | told, figures(folder, "imputation_trace"), {}))
    varied = {"sensitivity": folder / "sensitivity.csv"}
    sensitivity = {"sensitivity": SENSITIVITY | {"factor": "grade", "ratio": "noise"}}
    vary_analysis.main(rule(inputs | imputed | stored, varied, both | imputation | bootstrap | sensitivity))
    draw_sensitivity.main(rule(stored | varied, figures(folder, "sensitivity"), sensitivity))


def rows(path):
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture
def table(tmp_path):
    return write_table(tmp_path / "cohort.csv", small_cohort())


@pytest.fixture
def dictionary(tmp_path):
    path = tmp_path / "cohort.json"
    columns = {"age": {"label": "Age at surgery", "unit": "years", "type": "number"}}
    path.write_text(
        json.dumps({"synthetic": True, "columns": columns, "true_coefficients": {"age": 0.09}}),
        encoding="utf-8",
    )
    return path


def test_two_runs_give_the_same_bytes(tmp_path, table, dictionary):
    for name in ("first", "second"):
        run(tmp_path / name, table, {"name": "primary", "where": None}, MODEL, dictionary)
    written = sorted(path.name for path in (tmp_path / "first").iterdir())
    assert len(written) == 29
    for name in written:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes(), name


def test_tables_begin_with_the_fixed_columns(tmp_path, table):
    run(tmp_path / "out", table, {"name": "primary", "where": None}, MODEL)
    headers = {
        path.name: path.read_text(encoding="utf-8").split("\n", 1)[0]
        for path in (tmp_path / "out").glob("*.csv")
    }
    coefficients = (
        "term,level,reference,estimate,std_error,odds_ratio,ci_low,ci_high,statistic,p_value,df,n,events"
    )
    for name in TABLES:
        assert headers[f"{name}.csv"].startswith(coefficients)
    assert headers["performance.csv"].startswith(
        "measure,apparent,ci_low,ci_high,optimism,corrected,corrected_ci_low,corrected_ci_high"
    )
    assert headers["roc.csv"].startswith(
        "marker,auc,ci_low,ci_high,p_value,cutoff,direction,sensitivity,specificity,youden,tp,fp,tn,fn"
    )
    assert headers["missing.csv"].startswith("variable,label,n,missing,share")
    assert headers["imputation_trace.csv"].startswith("column,level,set,iteration,n,mean,sd")
    assert headers["sensitivity.csv"].startswith("variant,label,status,reason,n,events,term,level,reference")
    assert headers["calibration.csv"].startswith("predicted,apparent,corrected")
    assert headers["roc_points.csv"].startswith("marker,threshold,sensitivity,specificity")


def test_labels_units_and_truth_come_from_the_dictionary(tmp_path, table, dictionary):
    run(tmp_path / "out", table, {"name": "primary", "where": None}, MODEL, dictionary)
    model = json.loads((tmp_path / "out" / "model.json").read_text())
    age = next(term for term in model["terms"] if term["column"] == "age")
    assert (model["synthetic"], age["label"], age["unit"]) == (True, "Age at surgery", "years")
    final = {row["term"]: row for row in rows(tmp_path / "out" / "final_model.csv")}
    assert final["age"]["true_estimate"] == "0.09"
    for name in ("nomogram", "roc", "calibration"):
        assert SYNTHETIC_NOTE in (tmp_path / "out" / f"{name}.svg").read_text(encoding="utf-8")


def test_a_groups_own_table_is_not_synthetic(tmp_path):
    table = write_table(tmp_path / "ours.csv", small_cohort(), separator=";")
    run(tmp_path / "out", table, {"name": "primary", "where": None}, MODEL)
    assert json.loads((tmp_path / "out" / "model.json").read_text())["synthetic"] is False
    assert SYNTHETIC_NOTE not in (tmp_path / "out" / "nomogram.svg").read_text(encoding="utf-8")


def test_validation_counts_every_resample(tmp_path, table):
    run(tmp_path / "out", table, {"name": "primary", "where": None}, MODEL)
    fixed = json.loads((tmp_path / "out" / "validation.json").read_text())["variants"]["fixed"]
    assert fixed["B"] == 40 == fixed["used"] + fixed["singular"]
    auc, brier = rows(tmp_path / "out" / "performance.csv")
    assert (auc["measure"], brier["measure"]) == ("auc", "brier")
    for row in (auc, brier):
        assert float(row["corrected"]) == pytest.approx(float(row["apparent"]) - float(row["optimism"]))
    assert float(auc["corrected"]) < float(auc["apparent"])
    assert float(brier["corrected"]) > float(brier["apparent"])


@pytest.mark.parametrize(
    ("where", "changes", "reason"),
    [
        ("age > 500", {}, "where 'age > 500': selects nobody"),
        ("age >", {}, "expected a number or quoted text after >"),
        (None, {"outcome": "losening"}, "cohort.csv, losening: the outcome column is absent"),
        (None, {"continuous": ["age", "wide"]}, "cohort.csv, wide: the column of this predictor is absent"),
        (None, {"final": ["noise", "nope"]}, "model: final: nope is not among the candidates"),
    ],
)
def test_an_analysis_that_cannot_be_fitted_says_so_everywhere(tmp_path, table, where, changes, reason):
    out = tmp_path / "out"
    run(out, table, {"name": "primary", "where": where}, MODEL | changes)
    model = json.loads((out / "model.json").read_text())
    assert (model["schema"], model["status"], model["analysis"]) == ("model/1", "not_fitted", "primary")
    assert any(reason in line for line in model["reasons"])
    tables = (
        "baseline",
        "missing",
        "imputed",
        "imputation_trace",
        "roc",
        "roc_points",
        "performance",
        "sensitivity",
    )
    for name in (*tables, *TABLES, "calibration"):
        assert len((out / f"{name}.csv").read_text(encoding="utf-8").splitlines()) == 1
    assert json.loads((out / "validation.json").read_text())["reasons"] == model["reasons"]
    for name in ("nomogram", "roc", "calibration", "imputation_trace", "sensitivity"):
        assert "has no model" in (out / f"{name}.svg").read_text(encoding="utf-8")
        assert (out / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert (out / f"{name}.pdf").read_bytes().startswith(b"%PDF")


def test_gaps_are_filled_told_and_pooled(tmp_path, dictionary):
    cells = gappy(small_cohort(), 0.1, 2, ("age", "grade"))
    table = write_table(tmp_path / "gaps.csv", cells)
    for name in ("out", "again"):
        run(tmp_path / name, table, {"name": "primary", "where": None}, MODEL, dictionary)
    out = tmp_path / "out"
    for path in out.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name
    missing = {row["variable"]: row for row in rows(out / "missing.csv")}
    assert list(missing) == ["loosening", "age", "noise", "grade"]
    assert (missing["age"]["label"], missing["age"]["method"]) == (
        "Age at surgery",
        "predictive mean matching",
    )
    assert missing["grade"]["method"] == "proportional-odds draws"
    filled = rows(out / "imputed.csv")
    assert len(filled) == 3 * (cells["age"].count("") + cells["grade"].count(""))
    assert {row["column"] for row in rows(out / "imputation_trace.csv")} == {"age", "grade"}
    final = rows(out / "final_model.csv")
    assert {row["n"] for row in final} == {"160"} and all(row["df"] for row in final)
    assert json.loads((out / "model.json").read_text())["missing"]["sets"] == 3
    assert "Age at surgery" in (out / "imputation_trace.svg").read_text(encoding="utf-8")


def test_no_output_holds_a_path_or_a_date(tmp_path, table):
    run(tmp_path / "out", table, {"name": "primary", "where": None}, MODEL)
    for path in (tmp_path / "out").iterdir():
        content = path.read_bytes()
        assert str(tmp_path).encode() not in content
        assert b"CreationDate" not in content and b"dc:date" not in content
