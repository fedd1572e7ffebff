from dataclasses import replace

import numpy as np
import pytest
from bonehold.modelling.inputs.analysis_table import read_analysis_table
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.specification import Candidate, ExclusiveGroup
from bonehold.modelling.regression.model import NotFitted
from bonehold.problems import InputError
from modelling_examples import develop_on, small_cohort, small_specification, write_table


def reasons(tmp_path, cohort, **changes):
    """Why nothing can be fitted at all."""
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", cohort))
    with pytest.raises(InputError) as error:
        develop_on(small_specification(**changes), table, Dictionary())
    assert all("\n" not in problem.line() for problem in error.value.problems)
    return [problem.line() for problem in error.value.problems]


def unfitted(tmp_path, cohort, **changes):
    """What is left of an analysis whose predictors cannot be fitted together."""
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", cohort))
    developed = develop_on(small_specification(**changes), table, Dictionary())
    assert isinstance(developed.model, NotFitted)
    assert developed.univariable and developed.final == ()
    return developed


@pytest.fixture
def cohort():
    return small_cohort()


@pytest.fixture
def developed(tmp_path, cohort):
    return develop_on(
        small_specification(), read_analysis_table(write_table(tmp_path / "cohort.csv", cohort)), Dictionary()
    )


def test_the_final_model_holds_what_matters(developed):
    assert developed.model.selection.final == ("age", "grade")
    assert list(developed.model.coefficients) == ["(Intercept)", "age", "grade=2", "grade=3"]


def test_reference_levels_have_no_row_and_a_factor_one_overall_p(developed):
    rows = [row for row in developed.final if row.term == "grade"]
    assert [row.level for row in rows] == ["2", "3"]
    assert {row.reference for row in rows} == {"1"}
    assert len({row.term_p_value for row in rows}) == 1
    assert {row.term_df for row in rows} == {2}
    age = next(row for row in developed.final if row.term == "age")
    assert age.term_p_value == pytest.approx(age.p_value)


def test_counts_of_a_level_are_the_levels_own(developed, cohort):
    row = next(row for row in developed.final if row.level == "3")
    at = [event for grade, event in zip(cohort["grade"], cohort["loosening"], strict=True) if grade == "3"]
    assert (row.n, row.events) == (len(at), at.count("1"))


def test_each_model_uses_the_rows_complete_in_its_own_columns(tmp_path, cohort):
    cohort["noise"][:30] = [""] * 30
    cohort["age"][0] = ""
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", cohort))
    developed = develop_on(small_specification(), table, Dictionary())
    sizes = {row.term: row.n for row in developed.univariable if not row.level}
    assert (sizes["noise"], sizes["age"], sizes["b"]) == (130, 159, 160)
    assert (developed.model.missing.rows, developed.model.missing.left_out) == (160, 1)


def test_a_candidate_without_variation_is_left_out_with_a_note(tmp_path, cohort):
    cohort["noise"] = [""] * 160
    cohort["a"] = ["7"] * 160
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", cohort))
    developed = develop_on(small_specification(), table, Dictionary())
    notes = {row.term: row.note for row in developed.univariable}
    assert notes["noise"] == "left out: every value is missing"
    assert notes["a"] == "left out: constant (7 in every patient)"
    assert developed.model.selection.unusable == {
        "noise": "every value is missing",
        "a": "constant (7 in every patient)",
    }


def test_a_separated_candidate_is_fitted_by_firth_and_says_why(tmp_path, cohort):
    cohort["mark"] = [
        "1" if event == "1" and place % 3 else "0" for place, event in enumerate(cohort["loosening"])
    ]
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", cohort))
    candidates = (*small_specification().candidates, Candidate("mark", "0"))
    developed = develop_on(small_specification(candidates=candidates), table, Dictionary())
    row = next(row for row in developed.univariable if row.term == "mark")
    assert (row.method, row.ci_method) == ("Firth", "profile penalised likelihood")
    assert (row.test, row.term_test) == ("penalised likelihood ratio", "penalised likelihood ratio")
    assert row.note.startswith("Firth's fit: mark=1 separates patients with and without the event")
    # Firth's estimate of a 2 x 2 table is the log-odds ratio after adding half a patient to each cell
    events = sum(cell == "1" for cell in cohort["loosening"])
    a, b, c, d = row.n, events - row.n, 0, 160 - events
    expected = np.log((a + 0.5) * (d + 0.5) / ((b + 0.5) * (c + 0.5)))
    assert row.estimate == pytest.approx(expected, rel=1e-9)
    others = [row for row in developed.univariable if row.term != "mark"]
    assert {row.method for row in others} == {"maximum likelihood"}
    assert developed.model.method == "Firth"
    assert {row.method for row in developed.final} == {"Firth"}


def test_a_fixed_final_model_skips_selection(tmp_path, cohort):
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", cohort))
    developed = develop_on(small_specification(final=("noise", "age")), table, Dictionary())
    assert developed.model.selection.final == ("age", "noise")
    assert developed.model.selection.rule == "fixed"


def test_true_coefficients_are_stated_against_the_reference_of_the_model(tmp_path, cohort):
    truth = Dictionary(synthetic=True, true_coefficients={"age": 0.09, "grade=1": -0.9, "grade=3": 0.9})
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", cohort))
    developed = develop_on(small_specification(), table, truth)
    values = {(row.term, row.level): row.true_estimate for row in developed.final}
    assert values[("(Intercept)", "")] is None
    assert values[("age", "")] == 0.09
    assert values[("grade", "2")] == pytest.approx(0.9)
    assert values[("grade", "3")] == pytest.approx(1.8)


def test_all_problems_at_once(tmp_path, cohort):
    cohort["age"][3] = "old"
    lines = reasons(
        tmp_path,
        cohort,
        outcome="losening",
        candidates=(Candidate("age"), Candidate("wide"), Candidate("grade", "9")),
        a_priori=("nope",),
    )
    assert len(lines) == 5
    text = "\n".join(lines)
    assert "model: a_priori: nope is not among the candidates" in text
    assert "cohort.csv, losening: the outcome column is absent" in text
    assert "cohort.csv, wide: the column of this predictor is absent" in text
    assert "cohort.csv, row 5, age = 'old': not a number (1 such cell)" in text
    assert "cohort.csv, grade: the reference level 9 does not occur; choose one of 1, 2, 3" in text


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("yes", "row 2, loosening = 'yes': neither 0 nor 1 (the first of 160 such cells)"),
        ("0", "loosening: has one class only: no patient has the event"),
        ("1.0", "loosening: has one class only: every patient has the event"),
        ("", "loosening: every value is missing"),
    ],
)
def test_an_unusable_outcome(tmp_path, cohort, value, message):
    cohort["loosening"] = [value] * 160
    assert any(message in line for line in reasons(tmp_path, cohort))


def test_a_required_column_must_vary(tmp_path, cohort):
    cohort["age"] = ["60"] * 160
    assert any(
        "cohort.csv, age: constant (60 in every patient)" in line for line in reasons(tmp_path, cohort)
    )


def test_aliased_predictors_are_named(tmp_path, cohort):
    (line,) = unfitted(tmp_path, cohort, exclusive=(), final=("a", "b", "c")).model.reasons
    assert line == (
        "multivariable model: c is constant or an exact combination of the predictors before it; "
        "leave it out, or name it with them under exclusive"
    )


def test_complete_cases_may_leave_nobody(tmp_path, cohort):
    cohort["b"][:80], cohort["noise"][80:] = [""] * 80, [""] * 80
    (line,) = unfitted(tmp_path, cohort, final=("b", "noise")).model.reasons
    assert "of 0 patients with all values 0 have the event" in line


def test_complete_cases_may_leave_one_level(tmp_path, cohort):
    cohort["b"] = [
        cell if grade == "1" else "" for cell, grade in zip(cohort["b"], cohort["grade"], strict=True)
    ]
    (line,) = unfitted(tmp_path, cohort, final=("b", "grade")).model.reasons
    assert "of grade only the level 1 is left" in line


def test_sparse_levels_are_marked_the_reference_too(tmp_path, cohort):
    cohort["grade"] = [
        "9" if grade == "1" and place > 40 else grade for place, grade in enumerate(cohort["grade"])
    ]
    assert 5 < cohort["grade"].count("1") < 20
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", cohort))
    rows = develop_on(small_specification(), table, Dictionary()).univariable
    assert "reference level: n < 20" in next(row.note for row in rows if row.level == "2")


def test_a_fixed_model_that_violates_an_exclusive_group(tmp_path, cohort):
    (line,) = reasons(tmp_path, cohort, final=("a", "b", "c"))
    assert line == (
        "model: final: a, b, c stand together; of a, b, c at most 2 may; shorten final or change exclusive"
    )


def test_separation_in_the_multivariable_model_names_the_term_in_every_row(tmp_path, cohort):
    cohort["mark"] = [
        "1" if event == "1" and place % 3 else "0" for place, event in enumerate(cohort["loosening"])
    ]
    candidates = (*small_specification().candidates, Candidate("mark"))
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", cohort))
    specification = small_specification(candidates=candidates, a_priori=("age", "mark"))
    rows = [row for row in develop_on(specification, table).multivariable if row.estimate is not None]
    assert all("Firth's fit: mark separates patients with and without the event" in row.note for row in rows)
    assert {row.method for row in rows} == {"Firth"}


def test_columns_kept_out_by_an_exclusive_group_stand_in_the_multivariable_table(tmp_path, cohort):
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", cohort))
    specification = small_specification(
        a_priori=("age", "a", "b", "c"), exclusive=(ExclusiveGroup(("a", "b", "c"), 2),)
    )
    developed = develop_on(specification, table)
    row = next(row for row in developed.multivariable if row.term == "c")
    assert (row.estimate, row.n) == (None, 160)
    assert row.note == "dropped_exclusive: of a, b, c at most 2; in the model: a, b"
    assert developed.model.selection.dropped_exclusive == ("c",)


def test_firth_always(tmp_path, cohort):
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", cohort))
    developed = develop_on(small_specification(firth="always"), table)
    assert {row.method for row in (*developed.univariable, *developed.final)} == {"Firth"}
    assert all("Firth" not in row.note for row in developed.final)
    plain = develop_on(small_specification(), table)
    for row, other in zip(developed.final, plain.final, strict=True):
        assert row.std_error < other.std_error


def test_more_coefficients_than_events(tmp_path, cohort):
    few = {column: cells[:12] for column, cells in cohort.items()}
    few["loosening"] = ["1", "0", "1"] + ["0"] * 9
    (line,) = unfitted(tmp_path, few, final=("age", "noise", "b", "c")).model.reasons
    assert "4 coefficients but only 2 patients with the rarer outcome" in line


def test_nothing_significant_is_a_reason_not_a_fault(tmp_path, cohort):
    (line,) = unfitted(tmp_path, cohort, candidates=(Candidate("noise"),), a_priori=("noise",)).model.reasons
    assert line.startswith("final model: no predictor has P < 0.05")


def test_the_order_of_rows_does_not_matter(tmp_path, cohort, developed):
    order = np.random.default_rng(1).permutation(160)
    shuffled = {column: [cells[place] for place in order] for column, cells in cohort.items()}
    table = read_analysis_table(write_table(tmp_path / "shuffled.csv", shuffled))
    again = develop_on(small_specification(), table, Dictionary()).model
    assert list(again.coefficients.values()) == pytest.approx(
        list(developed.model.coefficients.values()), rel=1e-9
    )
    unrounded = {"cutoff": 0, "midpoint": 0, "beyond": 0}
    assert replace(again.cutoff, **unrounded) == replace(developed.model.cutoff, **unrounded)


def test_levels_compare_as_text(tmp_path, cohort, developed):
    cohort["grade"] = [f"{cell}.0" for cell in cohort["grade"]]
    table = read_analysis_table(write_table(tmp_path / "decimals.csv", cohort))
    assert develop_on(small_specification(), table, Dictionary()).model == developed.model


def test_the_tables_that_could_be_had_are_kept(tmp_path, cohort):
    developed = unfitted(tmp_path, cohort, candidates=(Candidate("noise"),), a_priori=("noise",))
    assert [row.term for row in developed.multivariable] == ["(Intercept)", "noise"]
    nothing_together = unfitted(tmp_path, cohort, exclusive=(), final=("a", "b", "c"))
    assert nothing_together.multivariable == ()
    assert all(row.estimate is not None for row in nothing_together.univariable)


def test_a_reference_level_without_complete_cases_is_named(tmp_path, cohort):
    cohort["b"] = [
        "" if grade == "1" else cell for cell, grade in zip(cohort["b"], cohort["grade"], strict=True)
    ]
    (line,) = unfitted(tmp_path, cohort, final=("b", "grade")).model.reasons
    n = sum(cell != "" for cell in cohort["b"])
    assert line == (
        f"multivariable model: the reference level 1 of grade does not occur among the {n} patients with all "
        "values; choose one of 2, 3"
    )


def test_one_level_is_left_that_is_not_the_reference(tmp_path, cohort):
    cohort["b"] = [
        cell if grade == "2" else "" for cell, grade in zip(cohort["b"], cohort["grade"], strict=True)
    ]
    (line,) = unfitted(tmp_path, cohort, final=("b", "grade")).model.reasons
    assert "of grade only the level 2 is left" in line


@pytest.mark.parametrize(
    ("candidates", "message"),
    [
        ((Candidate("model"),), "model: the name model is taken by the model's own row of roc.csv"),
        ((Candidate("(Intercept)"),), "model: the name (Intercept) is taken by the intercept"),
        ((Candidate("grade=2"), Candidate("grade", "1")), "model: grade=2 reads like a coefficient of grade"),
    ],
)
def test_names_that_mean_something_else_are_refused(tmp_path, cohort, candidates, message):
    for candidate in candidates:
        cohort.setdefault(candidate.column, cohort["noise"])
    columns = tuple(candidate.column for candidate in candidates)
    (line,) = reasons(tmp_path, cohort, candidates=candidates, a_priori=columns)
    assert line == f"{message}; rename the column in the table"


def test_odds_beyond_floating_point_are_empty_and_say_so(tmp_path, cohort):
    cohort["tiny"] = [f"{float(age) * 1e-6:.9f}" for age in cohort["age"]]
    cohort["age"] = [f"{2e6 + float(age):.0f}" for age in cohort["age"]]
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", cohort))
    candidates = (Candidate("age"), Candidate("tiny"))
    developed = develop_on(
        small_specification(candidates=candidates, a_priori=(), final=("age",)), table, Dictionary()
    )
    tiny = next(row for row in developed.univariable if row.term == "tiny")
    assert tiny.estimate > 10_000 and (tiny.odds_ratio, tiny.ci_low, tiny.ci_high) == (None, None, None)
    assert tiny.note == "odds ratio per unit beyond floating point: rescale the column"
    intercept, age = developed.final
    assert (intercept.odds_ratio, intercept.note) == (
        None,
        "odds beyond floating point where every predictor is 0",
    )
    assert age.odds_ratio > 1 and age.note == ""


@pytest.mark.parametrize("cell", ["1e999", "inf"])
def test_infinity_is_not_a_number(tmp_path, cohort, cell):
    cohort["age"][0] = cell
    (line,) = reasons(tmp_path, cohort)
    assert line.startswith(f"cohort.csv, row 2, age = '{cell}': not a number (1 such cell)")


def test_a_fixed_model_does_not_ask_for_other_candidates(tmp_path, cohort):
    """They are left out of the univariable table, each with its reason."""
    cohort["noise"][0] = "high"
    candidates = (*small_specification().candidates, Candidate("absent"), Candidate("grade2", "9"))
    cohort["grade2"] = list(cohort["grade"])
    specification = small_specification(final=("age",), candidates=candidates)
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", cohort))
    developed = develop_on(specification, table, Dictionary())
    notes = {row.term: row.note for row in developed.univariable}
    assert notes["absent"] == "left out: the column is absent"
    assert notes["noise"].startswith("left out: not a number")
    assert notes["grade2"] == "left out: the reference level 9 does not occur"
    assert developed.model.selection.final == ("age",)


def test_what_steers_the_selection_is_not_asked_of_a_fixed_model(tmp_path, cohort):
    specification = replace(small_specification(final=("age",)), a_priori=("not_a_column",))
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", cohort))
    assert develop_on(specification, table, Dictionary()).model.selection.final == ("age",)
