"""What is imputed how, what is told of it, and the course of the chains."""

import numpy as np
import pytest
from bonehold.files import csv_bytes
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.specification import Candidate
from bonehold.modelling.missing.chained_equations import impute
from bonehold.modelling.missing.completed_tables import (
    IMPUTED_COLUMNS,
    ImputedCell,
    completed_tables,
    read_imputed,
)
from bonehold.modelling.missing.incomplete import Method, incomplete, undefined_ratio
from bonehold.modelling.missing.missing_table import MISSING_COLUMNS, missing_rows, trace_rows
from modelling_examples import bone_cohort, bone_specification, gappy, imputed, table_of


def with_gaps(**gaps):
    """The bone cohort without the given rows (from 0) of each column."""
    cells = bone_cohort()
    for column, rows in gaps.items():
        for row in rows:
            cells[column][row] = ""
    return table_of(cells)


def methods(table, specification=None):
    return {
        one.name: one.method for one in incomplete(specification or bone_specification(), table, 20).columns
    }


def completed_rows(table, column, m=3):
    """Values of one column in each completed set, as numbers."""
    tables = imputed(bone_specification(), table, m)
    return np.array([[float(cell or "nan") for cell in one.column(column)] for one in tables.sets])


def told(table, specification=None, m=2):
    specification = specification or bone_specification()
    gaps = incomplete(specification, table, 20)
    rows = missing_rows(specification, table, Dictionary(), gaps, undefined_ratio(table, 20), m, 3)
    return {row["variable"]: row for row in rows}


def test_every_kind_of_column_has_its_method():
    assert methods(table_of(bone_cohort())) == {
        **dict.fromkeys(("age", "pi", "pt", "ss", "hu_ratio", "st_hu", "b_hu"), Method.MATCHING),
        **dict.fromkeys(("diabetes", "sex"), Method.LOGISTIC),
        "technique": Method.MULTINOMIAL,
        "grade": Method.PROPORTIONAL_ODDS,
    }


def test_the_cells_of_a_zero_or_one_are_written_as_they_are_met():
    cells = bone_cohort()
    cells["diabetes"] = ["1.0" if cell == "1" else cell for cell in cells["diabetes"]]
    cells["diabetes"][:30] = [""] * 30
    completed = imputed(bone_specification(), table_of(cells))
    assert set(completed.sets[0].column("diabetes")) == {"0", "1.0"}


def test_the_outcome_and_all_other_candidates_predict_a_column():
    gaps = incomplete(
        bone_specification(), with_gaps(age=[1], pi=[2, 3], pt=[2, 4], ss=[2, 3, 4], st_hu=[5]), 20
    )
    names = {one.name for one in gaps.columns}
    (age,) = gaps.visits["age"]
    # the sum says nothing that its parts do not say; a ratio does
    assert gaps.predictors("age", age) == names - {"age", "pi"}
    (pt,) = gaps.visits["pt"]
    assert gaps.predictors("pt", pt) == names - {"pt", "pi"}
    by_other_part, by_whole = gaps.visits["ss"]
    assert gaps.predictors("ss", by_other_part) == names - {"ss", "pi"}
    assert gaps.predictors("ss", by_whole) == names - {"ss", "pt"}
    assert "pi" not in gaps.visits and "st_hu" not in gaps.visits


def test_one_missing_of_three_is_computed_the_same_in_every_set():
    table = with_gaps(pi=[0], pt=[1], ss=[2], hu_ratio=[3], st_hu=[4], b_hu=[5])
    cells = bone_cohort()
    for row, column in enumerate(("pi", "pt", "ss", "hu_ratio", "st_hu", "b_hu")):
        expected = [float(cells[column][row])] * 3
        assert completed_rows(table, column)[:, row] == pytest.approx(expected, rel=1e-9), column
    text = imputed(bone_specification(), table).sets[0].cells.loc[2, "pi"]
    assert float(text) == float(cells["pi"][0])  # no 50.300000000000004
    assert not impute(incomplete(bone_specification(), table, 20), 2, 3, 1, "primary").trace


def test_a_known_whole_binds_the_parts_that_are_drawn():
    table = with_gaps(pt=range(30), ss=range(30))
    pt, ss = completed_rows(table, "pt"), completed_rows(table, "ss")
    known = np.array([float(cell) for cell in bone_cohort()["pi"]])
    assert pt + ss == pytest.approx(np.tile(known, (3, 1)))
    # with an SD of 5 and 6 of the parts, ss is not guessed without the incidence: it follows it
    assert np.corrcoef(ss[:, :30].ravel(), np.tile(known[:30], 3))[0, 1] > 0.4


def test_a_ratio_of_zero_leaves_its_denominator_to_be_drawn():
    cells = bone_cohort()
    cells["st_hu"][0], cells["hu_ratio"][0], cells["b_hu"][0] = "0", "0", ""
    drawn = completed_rows(table_of(cells), "b_hu")[:, 0]
    assert np.isfinite(drawn).all() and (drawn > 20).all()


def test_columns_that_contradict_their_relation_are_drawn_one_by_one():
    cells = bone_cohort()
    cells["pi"] = [f"{float(cell) * 1.5:.1f}" for cell in cells["pi"]]
    gaps = incomplete(bone_specification(), table_of(gappy(cells, 0.2, 3, ("pi", "pt"))), 20)
    assert [one.whole for one in gaps.relations] == ["hu_ratio"]
    assert set(gaps.visits) == {"pi", "pt"}


def test_a_relation_needs_all_three_columns_among_the_candidates():
    specification = bone_specification(
        candidates=(*map(Candidate, ("age", "pt", "ss")), Candidate("sex", "F"))
    )
    gaps = incomplete(specification, with_gaps(pt=[0]), 20)
    assert gaps.relations == () and set(gaps.visits) == {"pt"}


def test_a_patient_whose_ratio_is_undefined_is_not_imputed():
    cells = bone_cohort()
    cells["b_hu"][0], cells["hu_ratio"][0], cells["age"][0] = "19.5", "", ""
    cells["b_hu"][1], cells["hu_ratio"][1], cells["age"][1] = "20", "", ""
    table = table_of(cells)
    gaps = incomplete(bone_specification(), table, 20)
    assert gaps.rows[0] == 3
    assert {cell.row for cell in impute(gaps, 2, 1, 1, "primary").cells} == {3}
    row = told(table)["hu_ratio"]
    assert (row["missing"], row["computed"], row["left_missing"]) == (2, 1, 1)
    assert "1 patient is undefined" in row["note"]


def test_a_patient_without_outcome_is_left_out():
    table = with_gaps(loosening=[0, 1], age=[1, 2])
    assert {
        cell.row for cell in impute(incomplete(bone_specification(), table, 20), 2, 1, 1, "primary").cells
    } == {4}
    rows = told(table)
    assert (rows["age"]["missing"], rows["age"]["imputed"], rows["age"]["left_missing"]) == (2, 1, 1)
    assert (
        rows["age"]["note"]
        == rows["loosening"]["note"]
        == "patients without the outcome are left out of the imputation"
    )


def test_candidates_that_cannot_be_used_are_neither_predictors_nor_imputed():
    cells = bone_cohort()
    cells["age"][:5] = ["old"] * 5
    cells["technique"] = ["TLIF"] * 80 + [""] * 10
    del cells["sex"]
    specification = bone_specification(final=("b_hu", "diabetes"))
    gaps = incomplete(specification, table_of(cells), 20)
    assert not {"age", "technique", "sex"} & {one.name for one in gaps.columns}
    rows = told(table_of(cells), specification)
    assert rows["technique"]["note"] == "not imputed: constant (TLIF in every patient)"
    assert (rows["technique"]["missing"], rows["technique"]["left_missing"]) == (10, 10)
    assert rows["sex"]["note"] == "the column is absent"


def test_nothing_missing_means_nothing_imputed():
    imputation = impute(incomplete(bone_specification(), table_of(bone_cohort()), 20), 5, 10, 1, "primary")
    assert (imputation.cells, imputation.trace) == ((), ())


def test_analyses_sets_and_seeds_have_streams_of_their_own():
    gaps = incomplete(bone_specification(), with_gaps(age=range(20)), 20)

    def drawn(seed, analysis, number):
        return [cell.value for cell in impute(gaps, 2, 1, seed, analysis).cells if cell.set == number]

    assert len({tuple(drawn(*key)) for key in ((1, "a", 1), (1, "a", 2), (1, "b", 1), (2, "a", 1))}) == 4


def test_what_is_missing_is_told_of_outcome_candidates_and_exclusive_columns():
    table = with_gaps(age=range(9), pi=[0, 1], pt=[1], ss=[2], sex=[4], grade=[5], technique=[6])
    specification = bone_specification(
        candidates=tuple(one for one in bone_specification().candidates if one.column != "st_hu")
    )
    rows = told(table, specification)
    assert list(rows) == ["loosening", *(one.column for one in specification.candidates), "st_hu"]
    age = rows["age"]
    assert (age["n"], age["missing"], age["share"]) == (90, 9, 0.1)
    events = [cell == "1" for cell in table.column("loosening")]
    assert (age["n_with_event"], age["missing_with_event"]) == (sum(events), sum(events[:9]))
    assert (age["n_without_event"], age["missing_without_event"]) == (90 - sum(events), 9 - sum(events[:9]))
    assert age["share_with_event"] == sum(events[:9]) / sum(events)
    assert (age["method"], age["imputed"], age["sets"], age["iterations"]) == (
        "predictive mean matching",
        9,
        2,
        3,
    )
    # of row 0 the incidence is computed, of row 1 it follows from the tilt that is drawn
    assert (rows["pi"]["method"], rows["pi"]["imputed"], rows["pi"]["computed"]) == (
        "computed (pi = pt + ss)",
        1,
        1,
    )
    assert rows["pt"]["method"] == "predictive mean matching"
    assert rows["sex"]["method"] == "logistic draws"
    assert rows["grade"]["method"] == "proportional-odds draws"
    assert rows["technique"]["method"] == "multinomial draws"
    assert (rows["b_hu"]["method"], rows["b_hu"]["sets"]) == ("", None)
    assert set().union(*rows.values()) <= set(MISSING_COLUMNS)


def test_the_trace_has_means_or_shares_of_every_iteration():
    table = with_gaps(age=range(12), technique=range(10, 30))
    gaps = incomplete(bone_specification(), table, 20)
    imputation = impute(gaps, 2, 4, 1, "primary")
    rows = list(trace_rows(imputation.trace, gaps))
    assert len(rows) == 2 * 4 * (1 + 3)
    last = [row for row in rows if (row["set"], row["iteration"]) == (2, 4)]
    completed = completed_tables(table, imputation.cells).sets[1]
    ages = np.array([float(cell) for cell in completed.column("age")])
    assert (last[0]["mean"], last[0]["sd"]) == pytest.approx((ages[:12].mean(), ages[:12].std(ddof=1)))
    assert (last[0]["observed_mean"], last[0]["observed_n"]) == pytest.approx((ages[12:].mean(), 78))
    shares = {row["level"]: row for row in last[1:]}
    assert shares["TLIF"]["mean"] == completed.column("technique")[10:30].count("TLIF") / 20
    assert sum(row["mean"] for row in shares.values()) == pytest.approx(1)
    assert shares["TLIF"]["observed_mean"] == table.column("technique").count("TLIF") / 70


def test_gaps_that_depend_on_a_predictor_are_filled_by_it():
    random = np.random.default_rng(12)
    x = random.normal(size=600)
    cells = {
        "x": [f"{value:.4f}" for value in x],
        "y": [f"{value:.3f}" for value in 10 + 2 * x + random.normal(scale=0.5, size=600)],
        "loosening": [str(value) for value in random.integers(0, 2, 600)],
    }
    truth = np.array([float(cell) for cell in cells["y"]])
    gone = x > 0.5  # the mean of those left is too low
    cells["y"] = [
        "" if gap else cell for gap, cell in zip(gone & (random.random(600) < 0.7), cells["y"], strict=True)
    ]
    specification = bone_specification(candidates=tuple(map(Candidate, ("x", "y"))), exclusive=())
    completed = imputed(specification, table_of(cells), 5, 5)
    means = [np.mean([float(cell) for cell in one.column("y")]) for one in completed.sets]
    left = np.mean([float(cell) for cell in cells["y"] if cell])
    assert left < truth.mean() - 0.3
    assert np.mean(means) == pytest.approx(truth.mean(), abs=0.1)


def test_columns_that_are_missing_together_are_imputed_together():
    random = np.random.default_rng(13)
    x = random.normal(size=300)
    cells = {
        "x": [f"{value:.3f}" for value in x],
        "y": [f"{value:.3f}" for value in x + random.normal(scale=0.2, size=300)],
        "loosening": [str(value) for value in random.integers(0, 2, 300)],
    }
    cells["x"][:80] = cells["y"][:80] = [""] * 80
    specification = bone_specification(candidates=tuple(map(Candidate, ("x", "y"))), exclusive=())
    for one in imputed(specification, table_of(cells), 2, 10).sets:
        pairs = [[float(cell) for cell in one.column(column)[:80]] for column in ("x", "y")]
        assert np.corrcoef(pairs)[0, 1] > 0.8


def test_levels_that_look_like_formulas_come_back_from_the_file(tmp_path):
    cells = (
        ImputedCell(1, 2, "marker", "-"),
        ImputedCell(1, 3, "marker", "+"),
        ImputedCell(1, 4, "x", "-2.5"),
    )
    (tmp_path / "imputed.csv").write_bytes(csv_bytes(IMPUTED_COLUMNS, map(vars, cells)))
    assert read_imputed(tmp_path / "imputed.csv") == cells
