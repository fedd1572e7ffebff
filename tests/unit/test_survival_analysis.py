"""The time to loosening of an analysis: who is in it, what is fitted, and what is said where nothing can be."""

import dataclasses
import json

import analyse_survival
import draw_survival
import draw_survival_interval
import numpy as np
import pytest
from bonehold.files import json_bytes, read_csv
from bonehold.modelling.inputs.analysis_table import read_analysis_table
from bonehold.modelling.inputs.specification import Candidate
from bonehold.modelling.regression.model import model_content
from bonehold.modelling.survival.analysis import analyse_survival as analyse
from bonehold.modelling.survival.analysis import read_survival_options
from bonehold.modelling.survival.follow_up import follow_up
from bonehold.problems import InputError
from bonehold.publishing.figures.style import FORMATS, SYNTHETIC_NOTE
from bonehold.publishing.figures.survival_groups import time_ticks
from modelling_examples import develop_on, rule, small_cohort, small_specification, write_table

SURVIVAL = {
    "time": "time_months",
    "event": "event",
    "last_clean": "last_clean_months",
    "first_loose": "first_loose_months",
    "unit": "months",
    "horizons": [12, 24],
}
OPTIONS = read_survival_options(SURVIVAL)
N = 160


def followed_cohort():
    """The small cohort with visits; the first 20 patients are seen once, early, and have no outcome."""
    cohort = small_cohort(N)
    random = np.random.default_rng(3)
    clean = np.round(random.uniform(3, 20, N), 1)
    loose = [cell == "1" for cell in cohort["loosening"]]
    first = np.round(clean + random.uniform(2, 7, N), 1)
    cohort["time_months"] = [f"{first[i] if loose[i] else clean[i]:g}" for i in range(N)]
    cohort["event"] = cohort["loosening"].copy()
    cohort["last_clean_months"] = [f"{clean[i]:g}" for i in range(N)]
    cohort["first_loose_months"] = [f"{first[i]:g}" if loose[i] else "" for i in range(N)]
    cohort["loosening"] = ["" if i < 20 else cell for i, cell in enumerate(cohort["loosening"])]
    return cohort


def model_of(tmp_path, cohort):
    candidates = (Candidate("age"), Candidate("grade", "1"))
    specification = small_specification(
        candidates=candidates, a_priori=(), exclusive=(), final=("age", "grade")
    )
    return develop_on(specification, read_analysis_table(write_table(tmp_path / "main.csv", cohort))).model


def analysed(tmp_path, cohort=None, model=None, **options):
    cohort = cohort or followed_cohort()
    model = model or model_of(tmp_path, followed_cohort())
    table = read_analysis_table(write_table(tmp_path / "table.csv", cohort))
    return analyse(model, table, read_survival_options(SURVIVAL | options))


def followed(tmp_path, cohort, model, **columns):
    """The follow-up alone, without any fit."""
    table = read_analysis_table(write_table(tmp_path / "table.csv", cohort))
    return follow_up(model, table, read_survival_options(SURVIVAL | columns).columns)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The analysis of the cohort as it is."""
    return analysed(tmp_path_factory.mktemp("plain"))


def chosen(found, **cells):
    return [row for row in found.rows if all(getattr(row, name) == cell for name, cell in cells.items())]


def test_patients_with_a_short_follow_up_are_analysed_too(tmp_path, plain):
    assert model_of(tmp_path, followed_cohort()).n == N - 20
    assert plain.content["n"] == N
    assert all(row.n == N for row in plain.rows if row.group in ("", "all"))


def test_what_the_table_of_results_holds(plain):
    found = plain
    for model in ("interval_censored_weibull", "cox"):
        ratios = chosen(found, model=model, quantity="hazard_ratio")
        assert [(row.term, row.level, row.reference) for row in ratios] == [
            ("age", "", ""),
            ("grade", "2", "1"),
            ("grade", "3", "1"),
        ]
        logs = chosen(found, model=model, quantity="log_hazard_ratio")
        for ratio, log in zip(ratios, logs, strict=True):
            assert (ratio.estimate, ratio.ci_low) == pytest.approx((np.exp(log.estimate), np.exp(log.ci_low)))
            assert log.ci_low < log.estimate < log.ci_high and log.ci_method == "Wald"
        (grade,) = chosen(found, model=model, quantity="whole_predictor", term="grade")
        assert (grade.df, grade.test) == (2, "Wald")
    for model in ("kaplan_meier", "interval_censored_weibull"):
        risks = chosen(found, model=model, quantity="risk", grouping="cutoff")
        assert [(row.group, row.time) for row in risks] == [
            (group, time) for group in ("low", "high") for time in (12.0, 24.0)
        ]
    by_model = chosen(found, model="interval_censored_weibull", quantity="risk", group="high", time=12.0)
    assert 0 < by_model[0].ci_low < by_model[0].estimate < by_model[0].ci_high < 1
    assert {row.grouping for row in chosen(found, model="log_rank")} == {"cutoff", "tertiles"}
    assert len(chosen(found, model="cox", quantity="proportional_hazards")) == 3
    assert all("lifelines" in row.test for row in chosen(found, quantity="proportional_hazards"))
    of_model, of_cox = (
        chosen(found, model=name, quantity="concordance")[0] for name in ("risk_model", "cox")
    )
    assert 0.5 < of_model.estimate < 1 and 0.5 < of_cox.estimate < 1
    assert all(row.ci_method for row in found.rows if row.ci_low is not None)


def test_the_points_of_every_curve(plain):
    names = {(point["curve"], point["grouping"], point["group"]) for point in plain.points}
    groups = [("", "all"), ("cutoff", "low"), ("cutoff", "high")]
    groups += [("tertiles", name) for name in ("lowest", "middle", "highest")]
    curves = ("kaplan_meier", "interval_censored_weibull", "turnbull")
    assert names == {(curve, *group) for curve in curves for group in groups}


def test_who_is_left_out_is_counted(tmp_path):
    cohort = followed_cohort()
    model = model_of(tmp_path, cohort)
    cohort["age"][0] = ""
    cohort["grade"][1] = "7"
    cohort["time_months"][2] = cohort["last_clean_months"][2] = "0"
    cohort["event"][2], cohort["first_loose_months"][2] = "0", ""
    cohort["event"][3] = ""
    found = followed(tmp_path, cohort, model)
    assert found.n == N - 4
    assert list(found.notes) == [
        f"1 of {N} patients left out: no time of follow-up",
        f"1 of {N} patients left out: seen on the day of surgery only",
        f"1 of {N} patients left out: without a value of every predictor",
        f"1 of {N} patients left out: at a level of a factor that the model has not seen",
    ]


def test_the_intervals(tmp_path):
    cohort = {
        "age": ["60"] * 5,
        "grade": ["1", "2", "3", "1", "2"],
        "time_months": ["12", "6", "12", "9", "8"],
        "event": ["0", "1", "1", "0", "1"],
        "last_clean_months": ["12", "", "6", "", "8"],
        "first_loose_months": ["", "6", "12", "", "8"],
        "loosening": ["0", "1", "1", "0", "1"],
    }
    table = read_analysis_table(write_table(tmp_path / "five.csv", cohort))
    found = follow_up(model_of(tmp_path, followed_cohort()), table, OPTIONS.columns)
    assert list(zip(found.lower, found.upper, strict=True)) == [
        (12, np.inf),  # never loose
        (0, 6),  # loose at the first visit
        (6, 12),
        (9, np.inf),  # the last visit stands in `time` alone
        (8, 8),  # a known time
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"time_months": "soon"},
            "table.csv, row 2, time_months: no time since surgery (1 such cell)",
        ),
        ({"time_months": "-1"}, "time_months: no time since surgery"),
        ({"event": "2"}, "event: neither 0 nor 1"),
        (
            {"event": "0", "first_loose_months": "3"},
            "row 2: first_loose_months is given although event is 0 (1 such row)",
        ),
        (
            {"event": "1", "last_clean_months": "9", "first_loose_months": "3"},
            "row 2: last_clean_months is after first_loose_months (1 such row)",
        ),
    ],
)
def test_cells_that_cannot_be_used_are_one_line_each(tmp_path, changes, reason):
    cohort = followed_cohort()
    for column, cell in changes.items():
        cohort[column][0] = cell
    found = analysed(tmp_path, cohort)
    assert (found.content["status"], found.rows, found.points) == ("not_analysed", (), ())
    (line,) = found.content["reasons"]
    assert reason in line


def test_absent_columns_are_named(tmp_path):
    cohort = small_cohort()
    found = analysed(tmp_path, cohort)
    assert found.content["reasons"] == [
        "table.csv, time_months: the column of the follow-up is absent; name it under survival in config.yaml",
        "table.csv, event: the column of the follow-up is absent; name it under survival in config.yaml",
    ]


def test_columns_of_other_names(tmp_path):
    cohort = followed_cohort()
    cohort["follow_up"] = cohort.pop("time_months")
    assert followed(tmp_path, cohort, model_of(tmp_path, followed_cohort()), time="follow_up").n == N


def test_without_intervals_cox_and_kaplan_meier_are_left(tmp_path):
    cohort = followed_cohort()
    del cohort["last_clean_months"]
    found = analysed(tmp_path, cohort)
    assert not found.content["intervals"]
    assert chosen(found, model="cox", quantity="hazard_ratio") and chosen(found, model="kaplan_meier")
    (refused,) = chosen(found, model="interval_censored_weibull")
    assert refused.quantity == "not_fitted" and "last visit without" in refused.note
    assert not chosen(found, model="turnbull")


def test_too_few_events_are_said_and_the_curves_drawn(tmp_path):
    cohort = followed_cohort()
    model = model_of(tmp_path, cohort)
    events = [place for place, cell in enumerate(cohort["event"]) if cell == "1"]
    for place in events[2:]:
        cohort["event"][place], cohort["first_loose_months"][place] = "0", ""
    found = analysed(tmp_path, cohort, model)
    notes = {row.model: row.note for row in chosen(found, quantity="not_fitted")}
    assert notes == dict.fromkeys(
        ("interval_censored_weibull", "cox"), "3 coefficients but only 2 patients with the event"
    )
    assert chosen(found, model="kaplan_meier", quantity="risk")
    for place in events:
        cohort["event"][place], cohort["first_loose_months"][place] = "0", ""
    found = analysed(tmp_path, cohort, model)
    assert {row.note for row in chosen(found, quantity="not_fitted")} == {
        f"none of {N} patients has the event"
    }
    assert {row.note for row in chosen(found, model="log_rank")} == {"nobody has the event"}


def test_a_level_that_left_before_the_first_event_is_not_estimated_by_cox(tmp_path):
    cohort = followed_cohort()
    model = model_of(tmp_path, cohort)
    for place, grade in enumerate(cohort["grade"]):
        if grade == "2":
            cohort["event"][place], cohort["first_loose_months"][place] = "0", ""
            cohort["time_months"][place] = cohort["last_clean_months"][place] = "1"
    (refused,) = chosen(analysed(tmp_path, cohort, model), model="cox", quantity="not_fitted")
    assert refused.note.startswith("grade=2 is constant")
    assert "still followed when the first event is seen" in refused.note


def test_a_level_without_events_is_said(tmp_path):
    cohort = followed_cohort()
    model = model_of(tmp_path, cohort)
    for place, grade in enumerate(cohort["grade"]):
        if grade == "2":
            cohort["event"][place], cohort["first_loose_months"][place] = "0", ""
    found = analysed(tmp_path, cohort, model)
    refused = chosen(found, quantity="not_fitted")
    assert {row.model for row in refused} == {"interval_censored_weibull", "cox"}
    assert all(row.note.startswith("grade=2 tells without exception") for row in refused)


def test_nobody_left(tmp_path):
    cohort = followed_cohort()
    cohort["time_months"] = [""] * N
    (reason,) = analysed(tmp_path, cohort).content["reasons"]
    assert "no patient with a follow-up" in reason


def test_where_selects_here_too(tmp_path):
    cohort = followed_cohort()
    model = model_of(tmp_path, cohort)
    few = followed(tmp_path, cohort, dataclasses.replace(model, where="age >= 55"))
    assert few.n == sum(float(age) >= 55 for age in cohort["age"])
    nobody = analysed(tmp_path, cohort, dataclasses.replace(model, where="age > 500"))
    assert nobody.content["reasons"][0].startswith("where 'age > 500': selects nobody")


def test_beyond_the_last_visit_the_tables_say_so(tmp_path):
    cohort = followed_cohort()
    cohort["event"][0], cohort["first_loose_months"][0] = "0", ""
    cohort["time_months"][0] = cohort["last_clean_months"][0] = "40"
    found = analysed(tmp_path, cohort, horizons=[60])
    (km,) = chosen(found, model="kaplan_meier", quantity="risk", group="all")
    assert (km.estimate, km.n_at_risk, km.note) == (None, 0, "nobody of the group was followed so long")
    (by_model,) = chosen(found, model="interval_censored_weibull", quantity="risk", group="all")
    assert by_model.estimate is not None and "the model goes on" in by_model.note


# --- the rule and the figures ------------------------------------------------------------------------------


def drawn(tmp_path, cohort, model=None, **options):
    """The tables and both figures, as the scripts write them."""
    model = model or model_of(tmp_path, followed_cohort())
    inputs = {"table": write_table(tmp_path / "table.csv", cohort), "model": tmp_path / "model.json"}
    inputs["model"].write_bytes(json_bytes(model_content(dataclasses.replace(model, synthetic=True))))
    tables = {name: tmp_path / f"{name}.csv" for name in ("survival", "curves")}
    tables["about"] = tmp_path / "about.json"
    analyse_survival.main(rule(inputs, tables, {"survival": SURVIVAL | options}))
    for name, script in (("survival", draw_survival), ("survival_interval", draw_survival_interval)):
        script.main(rule(tables, {format: tmp_path / f"{name}.{format}" for format in FORMATS}, {}))
    return [
        (tmp_path / f"{name}.svg").read_text(encoding="utf-8") for name in ("survival", "survival_interval")
    ]


def test_the_figures_tell_groups_numbers_and_tests(tmp_path):
    kaplan_meier, interval = drawn(tmp_path, followed_cohort())
    groups = json.loads((tmp_path / "about.json").read_text())["groupings"]["cutoff"]["groups"]
    for svg in (kaplan_meier, interval):
        for group in groups:
            assert f"{group['n']} patients, {group['events']} with the event" in svg
        assert SYNTHETIC_NOTE in svg and "Time since surgery (months)" in svg
    assert "Log-rank P" in kaplan_meier and "Number at risk" in kaplan_meier
    (risk,) = (
        row
        for row in read_csv(tmp_path / "survival.csv")
        if (row["model"], row["quantity"], row["group"], row["time"])
        == ("interval_censored_weibull", "risk", "high", "12.0")
    )
    assert f"{100 * float(risk['estimate']):.1f}% (" in interval


def test_the_figures_without_columns_intervals_or_events(tmp_path):
    for svg in drawn(tmp_path, small_cohort()):
        assert "No time to loosening in the analysis" in svg and "time_months" in svg
    assert len((tmp_path / "survival.csv").read_text().splitlines()) == 1
    assert len((tmp_path / "curves.csv").read_text().splitlines()) == 1
    cohort = followed_cohort()
    del cohort["last_clean_months"]
    kaplan_meier, interval = drawn(tmp_path, cohort)
    assert "Log-rank P" in kaplan_meier and "No interval-censored time to loosening" in interval
    cohort = followed_cohort()
    model = model_of(tmp_path, cohort)
    cohort["event"], cohort["first_loose_months"] = ["0"] * N, [""] * N
    kaplan_meier, interval = drawn(tmp_path, cohort, model)
    assert "No log-rank test: nobody has the event" in kaplan_meier
    assert f"none of {N} patients has the event" in interval


def test_a_table_that_cannot_be_read_ends_with_its_line(tmp_path):
    (tmp_path / "model.json").write_bytes(json_bytes(model_content(model_of(tmp_path, followed_cohort()))))
    inputs = {"table": tmp_path / "nowhere.csv", "model": tmp_path / "model.json"}
    with pytest.raises(InputError, match="cannot be read"):
        analyse_survival.main(rule(inputs, {}, {"survival": SURVIVAL}))


@pytest.mark.parametrize("unit", ["months", "days"])
@pytest.mark.parametrize("factor", [0.01, 1, 30, 400])
def test_the_axis_of_time_has_a_few_whole_marks(factor, unit):
    ticks = time_ticks(33.0 * factor, unit)
    assert 2 <= len(ticks) <= 9 and ticks[0] == 0 and ticks[-1] <= 33.0 * factor * (1 + 1e-6)
