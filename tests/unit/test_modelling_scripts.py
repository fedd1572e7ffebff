"""The rule scripts of the modelling half, called as Snakemake calls them."""

import csv
import json

import analyse_decisions
import analyse_survival
import assess_stability
import associate_predictors
import check_linearity
import compare_learners
import compare_nested_models
import correlate_predictors
import describe_analysis
import diagnose_collinearity
import draw_association
import draw_calibration
import draw_clinical_impact
import draw_collinearity
import draw_comparison
import draw_correlation
import draw_decision_curve
import draw_forest
import draw_imputation_trace
import draw_incremental
import draw_linearity
import draw_nomogram
import draw_roc
import draw_sensitivity
import draw_stability
import draw_survival
import draw_survival_interval
import fit_model
import impute_missing
import measure_discrimination
import plan_sample_size
import pytest
import tabulate_nomogram
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
SURVIVAL = {
    "time": "months",
    "event": "loosening",
    "last_clean": "clean",
    "first_loose": "loose",
    "unit": "months",
    "horizons": [12],
}
BOOTSTRAP = {
    "repetitions": 40,
    "firth": False,
    "stopping_rule": "converged",
    "imputation": "before_resampling",
}
RELATIONS = {
    "correlation": [["age", "noise"], ["age", "nowhere"]],
    "association": [["noise", "age"], ["grade", "age"], ["b_hu", "age"]],
    "collinearity": [["age", "grade"], ["age", "nowhere"]],
    "incremental": {"models": [["age"], ["age", "grade"], ["age", "nowhere"]], "thresholds": [0.3]},
}
PRIMARY = {"name": "primary", "where": None}
FIXED_MODEL = MODEL | {"final": ["age", "grade"]}
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
    more = {name: folder / f"{name}.csv" for name in ("roc_comparison", "thresholds")}
    measure_discrimination.main(rule(patients, roc | more, {"analysis": analysis}))
    calibration = {"calibration": folder / "calibration.csv", "validation": folder / "validation.json"}
    selection = {name: folder / f"{name}.csv" for name in ("performance_selection", "selection_frequency")}
    validated = calibration | selection | {"performance": folder / "performance.csv"}
    bootstrap = both | imputation | {"bootstrap": BOOTSTRAP, "b_hu_minimum": 20}
    validate_model.main(rule({**inputs, **patients}, validated, bootstrap))
    decisions = {name: folder / f"{name}.csv" for name in ("decision_curve", "clinical_impact")}
    analyse_decisions.main(rule(patients, decisions, bootstrap))
    tabulate_nomogram.main(rule(stored, {"nomogram": folder / "nomogram.csv"}, {}))
    draw_decision_curve.main(rule(stored | decisions, figures(folder, "decision_curve"), {}))
    draw_clinical_impact.main(rule(stored | decisions, figures(folder, "clinical_impact"), {}))
    run_stability(folder, patients, validated, bootstrap)
    relate(folder, inputs | imputed, stored, both | RELATIONS | bootstrap)
    patient = {"nomogram_patient": {"age": 70, "grade": 2}}
    draw_nomogram.main(rule(stored, figures(folder, "nomogram"), patient))
    odds_ratios = {name: folder / f"{name}.csv" for name in ("univariable", "multivariable")}
    described = {"dictionary": dictionary} if dictionary else {}
    draw_forest.main(rule(stored | odds_ratios | described, figures(folder, "forest"), {}))
    draw_roc.main(rule(stored | roc, figures(folder, "roc"), {}))
    draw_calibration.main(rule(stored | validated, figures(folder, "calibration"), {}))
    draw_imputation_trace.main(rule(stored | told, figures(folder, "imputation_trace"), {}))
    survival = {"survival": folder / "survival.csv", "curves": folder / "survival_curves.csv"}
    survival["about"] = folder / "survival.json"
    analyse_survival.main(rule({"table": table} | stored, survival, {"survival": SURVIVAL}))
    draw_survival.main(rule(survival, figures(folder, "survival"), {}))
    draw_survival_interval.main(rule(survival, figures(folder, "survival_interval"), {}))
    varied = {"sensitivity": folder / "sensitivity.csv"}
    sensitivity = {"sensitivity": SENSITIVITY | {"factor": "grade", "ratio": "noise"}}
    vary_analysis.main(rule(inputs | imputed | stored, varied, both | imputation | bootstrap | sensitivity))
    draw_sensitivity.main(rule(stored | varied, figures(folder, "sensitivity"), sensitivity))


def followed_cohort():
    """The small cohort, seen at about one year and at about two."""
    cohort = small_cohort()
    loosening = [cell == "1" for cell in cohort["loosening"]]
    cohort["clean"] = [f"{12 + place % 5 / 10}" for place in range(len(loosening))]
    cohort["loose"] = [f"{24 + place % 7 / 10}" if loose else "" for place, loose in enumerate(loosening)]
    cohort["months"] = [loose or clean for loose, clean in zip(cohort["loose"], cohort["clean"], strict=True)]
    return cohort


def run_stability(folder, patients, validated, options):
    """How large, how stable, how good beside others."""
    sizes = {"sample_size": folder / "sample_size.csv"}
    plan_sample_size.main(rule(patients | validated, sizes, options | {"sample_size": {"auc": None}}))
    stability = {"stability": folder / "stability.csv", "curves": folder / "stability_curves.csv"}
    assess_stability.main(rule(patients, stability, options))
    comparison = {"comparison": folder / "comparison.csv"}
    learners = {"comparison": {"repetitions": 2, "learners": ["logistic_all", "ridge"]}}
    compare_learners.main(rule(patients, comparison, options | learners))
    model = {"model": patients["model"]}
    draw_stability.main(rule(model | stability, figures(folder, "stability"), {}))
    draw_comparison.main(rule(model | comparison, figures(folder, "comparison"), {}))


def relate(folder, patients, stored, options):
    def paths(**names):
        return {key: folder / f"{name}.csv" for key, name in names.items()}

    steps = (
        (correlate_predictors, draw_correlation, "correlation", {"points": "correlation_points"}),
        (associate_predictors, draw_association, "association", {"points": "association_points"}),
        (diagnose_collinearity, draw_collinearity, "collinearity", {}),
        (
            *(check_linearity, draw_linearity, "linearity"),
            {"curves": "linearity_curves", "values": "linearity_values"},
        ),
        (compare_nested_models, draw_incremental, "incremental", {}),
    )
    for compute, draw, name, more in steps:
        made = paths(**{name: name}, **more)
        compute.main(rule(patients | stored, made, options))
        draw.main(rule(made | stored, figures(folder, name), {}))


def rows(path):
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture
def table(tmp_path):
    return write_table(tmp_path / "cohort.csv", followed_cohort())


def write_dictionary(path):
    columns = {"age": {"label": "Age at surgery", "unit": "years", "type": "number"}}
    path.write_text(
        json.dumps({"synthetic": True, "columns": columns, "true_coefficients": {"age": 0.09}}),
        encoding="utf-8",
    )
    return path


@pytest.fixture
def dictionary(tmp_path):
    return write_dictionary(tmp_path / "cohort.json")


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Results without a dictionary. Not to be changed."""
    folder = tmp_path_factory.mktemp("plain")
    table = write_table(folder / "cohort.csv", followed_cohort())
    run(folder / "out", table, PRIMARY, MODEL)
    return folder / "out"


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    """Results of the same patients with a dictionary. Not to be changed."""
    folder = tmp_path_factory.mktemp("described")
    table = write_table(folder / "cohort.csv", followed_cohort())
    run(folder / "out", table, PRIMARY, MODEL, write_dictionary(folder / "cohort.json"))
    return folder / "out"


@pytest.fixture(scope="module")
def gaps(tmp_path_factory):
    """A table with gaps and, beside it, the results of its fixed model. Not to be changed."""
    folder = tmp_path_factory.mktemp("gaps")
    cells = small_cohort()
    cells["age"][3:20:4] = [""] * 5
    run(folder, write_table(folder / "gaps.csv", cells), PRIMARY, FIXED_MODEL)
    return folder


def test_two_runs_give_the_same_bytes(tmp_path, table, dictionary, described):
    run(tmp_path / "again", table, PRIMARY, MODEL, dictionary)
    written = sorted(path.name for path in described.iterdir())
    assert len(written) > 40
    assert written == sorted(path.name for path in (tmp_path / "again").iterdir())
    for name in written:
        assert (described / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name


def test_tables_begin_with_the_fixed_columns(plain):
    headers = {path.name: path.read_text(encoding="utf-8").split("\n", 1)[0] for path in plain.glob("*.csv")}
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
    assert headers["survival.csv"] == (
        "model,quantity,term,level,reference,grouping,group,time,estimate,std_error,ci_low,ci_high,ci_method,"
        "statistic,df,p_value,test,n,events,n_at_risk,note"
    )
    assert headers["survival_curves.csv"] == (
        "curve,grouping,group,time,survival,std_error,ci_low,ci_high,ci_method,n_at_risk,events,censored"
    )
    assert headers["collinearity.csv"].startswith("term,tolerance,vif,model,coding")
    assert headers["incremental.csv"].startswith("model,against,comparison,n,events,df,lr_statistic")
    assert headers["linearity.csv"].startswith("term,model,adjusted_for,n,events,knots,df,statistic")
    assert headers["correlation.csv"].startswith("x,y,values,n,pearson")
    assert headers["association.csv"].startswith("x,y,kind,level,values,n,pearson")
    assert headers["roc_points.csv"].startswith("marker,threshold,sensitivity,specificity")


def test_labels_units_and_truth_come_from_the_dictionary(described):
    model = json.loads((described / "model.json").read_text())
    age = next(term for term in model["terms"] if term["column"] == "age")
    assert (model["synthetic"], age["label"], age["unit"]) == (True, "Age at surgery", "years")
    final = {row["term"]: row for row in rows(described / "final_model.csv")}
    assert final["age"]["true_estimate"] == "0.09"
    drawn = sorted(described.glob("*.svg"))
    assert len(drawn) > 10
    for path in drawn:
        assert SYNTHETIC_NOTE in path.read_text(encoding="utf-8"), path.name


def test_a_groups_own_table_is_not_synthetic(tmp_path):
    table = write_table(tmp_path / "ours.csv", small_cohort(), separator=";")
    run(tmp_path / "out", table, PRIMARY, MODEL)
    assert json.loads((tmp_path / "out" / "model.json").read_text())["synthetic"] is False
    for path in sorted((tmp_path / "out").glob("*.svg")):
        drawn = path.read_text(encoding="utf-8")
        assert SYNTHETIC_NOTE not in drawn, path.name
        assert len(drawn.partition("<title>")[2].partition("</title>")[0]) > 20, (
            f"{path.name}: no words about it"
        )


def test_stability_names_nobody_and_is_sorted_by_risk(plain):
    patients = rows(plain / "stability.csv")
    assert not {"patient_id", "row", "loosening"} & set(patients[0])
    risks = [float(row["risk"]) for row in patients]
    assert risks == sorted(risks) and len(risks) == 160
    assert all(float(row["ci_low"]) <= float(row["ci_high"]) for row in patients)
    sizes = rows(plain / "sample_size.csv")
    assert {(row["counted"], row["parameters"]) for row in sizes} == {("final", "3"), ("candidates", "4")}
    assert {row["learner"] for row in rows(plain / "comparison.csv")} == {
        "nomogram",
        "logistic_all",
        "ridge",
    }


def test_validation_counts_every_resample(plain):
    fixed = json.loads((plain / "validation.json").read_text())["variants"]["fixed"]
    assert fixed["B"] == 40 == fixed["used"] + fixed["singular"]
    auc, brier, *_ = rows(plain / "performance.csv")
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
        (
            None,
            {"categorical": [{"column": "grade", "reference": 1, "levels": [1, 2]}]},
            "grade = '3': undeclared level",
        ),
        (None, {"final": ["noise", "nope"]}, "model: final: nope is not among the candidates"),
    ],
)
def test_an_analysis_that_cannot_be_fitted_says_so_everywhere(tmp_path, table, where, changes, reason):
    out = tmp_path / "out"
    run(out, table, {"name": "primary", "where": where}, MODEL | changes)
    model = json.loads((out / "model.json").read_text())
    assert (model["schema"], model["status"], model["analysis"]) == ("model/1", "not_fitted", "primary")
    assert any(reason in line for line in model["reasons"])
    for path in sorted(out.glob("*.csv")):
        assert len(path.read_text(encoding="utf-8").splitlines()) == 1, path.name
    assert json.loads((out / "validation.json").read_text())["reasons"] == model["reasons"]
    for path in sorted(out.glob("*.svg")):
        words = path.read_text(encoding="utf-8")
        assert "has no model" in words or "No time to loosening" in words, path.name
        assert path.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
        assert path.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
    tables = ("baseline", "missing", "imputed", "imputation_trace", "roc", "roc_points", "performance")
    stability = ("sample_size", "stability", "stability_curves", "comparison")
    for name in (*tables, *TABLES, "calibration", *stability):
        assert len((out / f"{name}.csv").read_text(encoding="utf-8").splitlines()) == 1
    assert json.loads((out / "validation.json").read_text())["reasons"] == model["reasons"]
    for name in ("nomogram", "roc", "calibration", "imputation_trace", "stability", "comparison"):
        assert "has no model" in (out / f"{name}.svg").read_text(encoding="utf-8")
        assert (out / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert (out / f"{name}.pdf").read_bytes().startswith(b"%PDF")


def test_gaps_are_filled_told_and_pooled(tmp_path, dictionary):
    cells = gappy(small_cohort(), 0.1, 2, ("age", "grade"))
    table = write_table(tmp_path / "gaps.csv", cells)
    for name in ("out", "again"):
        run(tmp_path / name, table, PRIMARY, MODEL, dictionary)
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


@pytest.mark.parametrize(
    "change", [{"imputation": "inside_resamples"}, {"firth": True}, {"stopping_rule": "rms"}]
)
def test_the_bootstrap_says_how_it_was_done(tmp_path, gaps, change):
    out = {
        name: tmp_path / f"again_{name}"
        for name in (
            "performance",
            "performance_selection",
            "selection_frequency",
            "calibration",
            "validation",
        )
    }
    inputs = {"table": gaps / "gaps.csv", "imputed": gaps / "imputed.csv", "model": gaps / "model.json"}
    options = {"analysis": PRIMARY, "model": FIXED_MODEL, "seed": 1, "b_hu_minimum": 20}
    more = {"bootstrap": BOOTSTRAP | {"repetitions": 6} | change, "imputation": {"m": 3, "iterations": 2}}
    validate_model.main(rule(inputs, out, options | more))
    validation = json.loads(out["validation"].read_text())["variants"]
    fixed, selection = validation["fixed"], validation["selection"]
    inside = change.get("imputation") == "inside_resamples"
    assert fixed["B"] == (6 if inside else 18)
    assert ("inside each resample" in fixed["imputation"]) == inside
    rules = {"firth": "Firth's", "stopping_rule": "as rms", "imputation": "Newton"}
    assert fixed["stopping_rule"].startswith(rules[next(iter(change))])
    assert selection["status"] == "not_applicable" and "fixed" in selection["reason"]
    assert rows(out["performance_selection"]) == [] == rows(out["selection_frequency"])


def test_no_output_holds_a_path_or_a_date(plain):
    for path in plain.iterdir():
        content = path.read_bytes()
        assert str(plain.parent).encode() not in content
        assert b"CreationDate" not in content and b"dc:date" not in content


def test_what_the_table_lacks_is_left_out_with_a_line(tmp_path, table, capsys):
    run(tmp_path / "out", table, PRIMARY, MODEL)
    said = capsys.readouterr().out
    for line in (
        "correlation: age and nowhere: cohort.csv has no column 'nowhere'",
        "association: b_hu and age: cohort.csv has no column 'b_hu'",
        "collinearity: age + nowhere: nowhere: the column is absent",
        "incremental: age + nowhere: nowhere: the column is absent",
    ):
        assert line in said
    assert [row["x"] for row in rows(tmp_path / "out" / "correlation.csv")] == ["age"]
