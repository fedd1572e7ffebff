"""Whatever is wrong with an analysis is one clear line, before anything is fitted."""

import pytest
from bonehold.modelling.inputs.analysis_table import read_analysis_table
from bonehold.modelling.inputs.specification import Candidate
from bonehold.modelling.regression import development
from bonehold.problems import InputError
from modelling_examples import develop_on, small_cohort, small_specification, write_table

GRADES = ("1", "2", "3")


def lines(tmp_path, cohort, **changes):
    """What is said, of a specification that selects nothing: the columns asked for are the model."""
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", cohort))
    columns = tuple(candidate.column for candidate in changes.get("candidates", ()))
    specification = small_specification(
        **{"exclusive": (), **({"final": columns} if columns else {}), **changes}
    )
    try:
        model = develop_on(specification, table).model
    except InputError as error:
        return [problem.line() for problem in error.problems]
    return list(model.reasons)


def with_cells(column, cells):
    return {**small_cohort(), column: cells}


def changed(column, place, cell):
    cohort = small_cohort()
    cohort[column][place] = cell
    return cohort


CASES = {
    "outcome not 0 or 1": (
        changed("loosening", 3, "2"),
        {},
        "cohort.csv, row 5, loosening = '2': neither 0 nor 1 (1 such cell); 1 with and 0 without the event",
    ),
    "one class only": (
        with_cells("loosening", ["0"] * 160),
        {},
        "cohort.csv, loosening: has one class only: no patient has the event; both outcomes must occur in the "
        "analysis",
    ),
    "a reference level that does not occur": (
        small_cohort(),
        {"candidates": (Candidate("age"), Candidate("grade", "7"))},
        "cohort.csv, grade: the reference level 7 does not occur; choose one of 1, 2, 3",
    ),
    "where that selects nobody": (
        small_cohort(),
        {"where": "age > 500"},
        "where 'age > 500': selects nobody; an analysis needs patients with and without the event",
    ),
    "a constant predictor": (
        with_cells("b", ["4"] * 160),
        {"candidates": (Candidate("age"), Candidate("b"))},
        "cohort.csv, b: constant (4 in every patient); take it out of a_priori and final for this analysis",
    ),
    "an undeclared new grade": (
        changed("grade", 7, "0"),
        {"candidates": (Candidate("age"), Candidate("grade", "1", GRADES))},
        "cohort.csv, row 9, grade = '0': undeclared level (1 patient); merge it into one of 1, 2, 3 (grades of a "
        "cohort by goutallier.collapse), or declare it: levels: [0, 1, 2, 3] of grade in model.categorical",
    ),
    "a reference that is not declared": (
        small_cohort(),
        {"candidates": (Candidate("age"), Candidate("grade", "1", ("2", "3")))},
        "model: the reference 1 of grade is not among its levels; choose one of 2, 3",
    ),
}
"""Seen before any model is fitted."""

JOINT_CASES = {
    "aliased predictors": (
        small_cohort(),
        {"candidates": tuple(map(Candidate, ("a", "b", "c")))},
        "multivariable model: c is constant or an exact combination of the predictors before it; leave it out, or "
        "name it with them under exclusive",
    ),
    "more columns than events": (
        with_cells("loosening", ["1"] * 3 + ["0"] * 157),
        {"candidates": (*map(Candidate, ("age", "noise")), Candidate("grade", "1"))},
        "multivariable model: 4 coefficients but only 3 patients with the rarer outcome; name fewer predictors or "
        "collapse levels",
    ),
}
"""Seen before the joint model is fitted; each predictor alone has its row."""


@pytest.mark.parametrize("case", CASES)
def test_one_line_before_anything_is_fitted(tmp_path, monkeypatch, case):
    def no_fit(*_):
        raise AssertionError("something was fitted")

    monkeypatch.setattr(development, "infer", no_fit)
    cohort, changes, expected = CASES[case]
    found = lines(tmp_path, cohort, **changes)
    assert expected in found
    assert case == "a reference that is not declared" or found == [expected]
    assert not any("\n" in line for line in found)


@pytest.mark.parametrize("case", JOINT_CASES)
def test_one_line_before_the_joint_model_is_fitted(tmp_path, monkeypatch, case):
    fitted = []
    plain = development.infer
    monkeypatch.setattr(
        development, "infer", lambda sets, method: fitted.append(sets[0].terms) or plain(sets, method)
    )
    cohort, changes, expected = JOINT_CASES[case]
    assert lines(tmp_path, cohort, **changes) == [expected]
    assert all(len(terms) == 1 for terms in fitted)


def test_declared_levels_need_not_all_occur(tmp_path):
    candidates = (Candidate("age"), Candidate("grade", "1", ("0", *GRADES, "4")))
    assert lines_of_fitted(tmp_path, candidates) == ("2", "3")


def lines_of_fitted(tmp_path, candidates):
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", small_cohort()))
    final = tuple(candidate.column for candidate in candidates)
    return develop_on(small_specification(candidates=candidates, final=final), table).model.terms[-1].levels
