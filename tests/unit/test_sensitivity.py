"""Sensitivity analyses: each coding against a direct fit, each population, and every reason why there is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from bonehold.modelling.performance.validation import validate
from bonehold.modelling.regression.development import develop
from bonehold.modelling.regression.model import Model
from bonehold.modelling.variation.basis import Basis
from bonehold.modelling.variation.sensitivity_table import SENSITIVITY_COLUMNS, sensitivity_rows
from bonehold.modelling.variation.varied_models import (
    FITTED,
    NOT_APPLICABLE,
    NOT_FITTED,
    SAME,
    Variation,
    VariedModel,
    vary,
)
from modelling_examples import data_of, gappy, imputed, table_of
from sensitivity_examples import basis, specification, study_cohort
from statsmodels.discrete.discrete_model import Logit

COHORT = study_cohort()
NUMBERS = {name: np.array(COHORT[name], dtype=float) for name in ("age", "pbq", "hu_ratio", "goutallier")}
Y = np.array(COHORT["loosening"], dtype=float)


def varied(one: Basis, repetitions: int = 2) -> dict[str, Variation]:
    return {variation.name: variation for variation in vary(one, repetitions, 1)}


def result(variation: Variation) -> VariedModel:
    assert variation.result is not None, variation.reason
    return variation.result


def direct(columns: list[np.ndarray], y: np.ndarray = Y) -> Any:
    return Logit(y, np.column_stack([np.ones(len(y)), *columns])).fit(method="newton", tol=1e-12, disp=False)


@pytest.mark.parametrize(
    ("name", "columns", "terms"),
    [
        ("ordinal", [NUMBERS[one] for one in ("age", "pbq", "hu_ratio", "goutallier")], "goutallier"),
        (
            "collapsed",
            [*(NUMBERS[one] for one in ("age", "pbq", "hu_ratio")), (NUMBERS["goutallier"] <= 2) * 1.0],
            "goutallier=1-2",
        ),
        (
            "log_ratio",
            [
                *(NUMBERS["age"], NUMBERS["pbq"], np.log(NUMBERS["hu_ratio"])),
                *((NUMBERS["goutallier"] == grade) * 1.0 for grade in (1, 2, 3)),
            ],
            "log(hu_ratio)",
        ),
    ],
)
def test_a_coding_is_fitted_as_said(name: str, columns: list[np.ndarray], terms: str) -> None:
    fitted = result(varied(basis(COHORT, variants=[name]))[name])
    expected = direct(columns)
    assert terms in fitted.model.coefficients
    np.testing.assert_allclose(list(fitted.model.coefficients.values()), expected.params, rtol=1e-8)
    np.testing.assert_allclose([row.std_error for row in fitted.rows], expected.bse, rtol=1e-6)
    risk = expected.predict()
    assert fitted.brier == pytest.approx(np.mean((risk - Y) ** 2), rel=1e-8)
    pairs = risk[Y == 1][:, None] - risk[Y == 0]
    assert fitted.auc.auc == pytest.approx(np.mean((pairs > 0) + 0.5 * (pairs == 0)), rel=1e-9)


def test_groups_are_named_by_the_levels_that_occur() -> None:
    grades = ["2" if one == "1" else one for one in COHORT["goutallier"]]
    fitted = result(varied(basis(COHORT | {"goutallier": grades}, variants=["collapsed"]))["collapsed"])
    last = fitted.rows[-1]
    assert (last.term, last.level, last.reference) == ("goutallier", "2", "3-4")


def test_other_factors_and_ratios_can_be_recoded() -> None:
    asked = specification(final=("age", "pbq", "terminal_segment"))
    groups = [["L4_or_above"], ["L5", "S1"]]
    wanted = {"factor": "terminal_segment", "ratio": "pbq", "collapse": groups}
    found = varied(basis(COHORT, asked=asked, variants=["ordinal", "collapsed", "log_ratio"], **wanted))
    assert found["ordinal"].status == NOT_APPLICABLE
    assert found["ordinal"].reason == "the level L4_or_above of terminal_segment is no number"
    assert result(found["collapsed"]).rows[-1].level == "L5+S1"
    assert "log(pbq)" in result(found["log_ratio"]).model.coefficients


def test_the_main_model_is_validated_as_it_is_elsewhere() -> None:
    start = basis(COHORT, variants=[])
    main = result(varied(start, 60)["main"])
    model = develop(start.final, start.patients, start.dictionary).model
    assert isinstance(model, Model)
    auc = validate(model, data_of(model, start.patients.observed), 60, 1).performance[0]
    assert main.auc_corrected == pytest.approx(auc.corrected.corrected, abs=1e-12)
    assert (main.auc.ci_low, main.auc.ci_high) == (auc.ci_low, auc.ci_high)


SHIFTED = {"R1": 0.1, "R2": 0.2}
DEFINED = {
    **COHORT,
    # the first patient is not in the main analysis, the second is not under "ever"
    "loosening": ["", *COHORT["loosening"][1:]],
    "loosening_ever": ["1", "", *COHORT["loosening"][2:]],
    "loosening_last": ["", *COHORT["loosening"][1:]],
    "goutallier_L5S1": ["1", *COHORT["goutallier"][:-1]],
    "goutallier_L1L2": [one if one != "4" else "3" for one in COHORT["goutallier"]],
    **{
        f"hu_ratio_{reader}": [f"{float(one) + shift}" for one in COHORT["hu_ratio"]]
        for reader, shift in SHIFTED.items()
    },
    **{f"pbq_{reader}": COHORT["pbq"] for reader in SHIFTED},
    "trajectory_planned": ["1"] * 150 + ["0"] * 40 + [""] * 30,
    "blinded": ["0"] * 220,
}
MAIN = {column: cells[1:] for column, cells in COHORT.items()}


@pytest.fixture(scope="module")
def defined() -> dict[str, Variation]:
    return varied(basis(MAIN, DEFINED))


def test_a_definition_has_its_own_patients(defined: dict[str, Variation]) -> None:
    ever = result(defined["outcome_ever"])
    events = 1 + sum(one == "1" for one in COHORT["loosening"][2:])
    assert (ever.model.n, ever.model.events) == (219, events)
    planned = result(defined["planned"])
    assert (planned.model.n, planned.model.events) == (
        149,
        sum(one == "1" for one in COHORT["loosening"][1:150]),
    )
    for name in ("disc_L5S1", "reader_R1", "reader_R2"):
        assert result(defined[name]).model.n == 219, name


def test_measures_of_one_reader_stand_for_the_combined_ones(defined: dict[str, Variation]) -> None:
    one, other = result(defined["reader_R1"]), result(defined["reader_R2"])
    assert one.model.coefficients["hu_ratio"] == pytest.approx(other.model.coefficients["hu_ratio"], rel=1e-6)
    shift = 0.1 * one.model.coefficients["hu_ratio"]
    assert other.model.intercept == pytest.approx(one.model.intercept - shift, rel=1e-6)


def test_a_grade_of_one_disc_is_fitted(defined: dict[str, Variation]) -> None:
    grades = np.array(DEFINED["goutallier_L5S1"][1:])
    columns = [NUMBERS[one][1:] for one in ("age", "pbq", "hu_ratio")]
    expected = direct([*columns, *((grades == grade) * 1.0 for grade in "123")], Y[1:])
    found = result(defined["disc_L5S1"]).model.coefficients
    np.testing.assert_allclose(list(found.values()), expected.params, rtol=1e-8)


def test_a_reference_that_a_disc_lacks_is_replaced_and_told(defined: dict[str, Variation]) -> None:
    assert defined["disc_L1L2"].reason == "the reference level 4 does not occur; it is 3 here"
    assert {row.reference for row in result(defined["disc_L1L2"]).rows if row.level} == {"3"}


def test_reasons(defined: dict[str, Variation]) -> None:
    told = {name: (one.status, one.reason) for name, one in defined.items()}
    assert told["main"] == (FITTED, "")
    assert told["outcome_last"] == told["complete_case"] == (FITTED, SAME)
    assert told["outcome_horizon"] == (NOT_APPLICABLE, "the table has no column loosening_horizon")
    assert told["ct_only"] == (NOT_APPLICABLE, "the table has no column loosening_ct")
    assert told["disc_max"] == (NOT_APPLICABLE, "the table has no column goutallier_max")
    assert told["blinded"] == (
        NOT_APPLICABLE,
        "of no patient is it known that the readers were blinded to the outcome",
    )


def test_a_plain_table_runs_what_needs_no_further_column() -> None:
    found = varied(basis(COHORT))
    fitted = [name for name, one in found.items() if one.status == FITTED]
    assert fitted == [
        *("main", "ordinal", "collapsed", "firth", "complete_case", "log_ratio", "with_construct")
    ]
    assert found["each_reader"].reason == "the table has no measure by reader"


def test_columns_that_are_not_looked_at_are_absent() -> None:
    """The copy of a group's own table keeps their names without a cell."""
    empty = dict.fromkeys(("loosening_ever", "hu_ratio_R1", "blinded"), [""] * len(Y))
    found = varied(basis(COHORT, COHORT | empty))
    assert found["outcome_ever"].reason == "the table has no column loosening_ever"
    assert found["blinded"].reason == "the table has no column blinded"
    assert "reader_R1" not in found


SMALLER = {"asked": specification(final=("age", "pbq"))}
NEGATIVE = {"hu_ratio": ["-0.5", *COHORT["hu_ratio"][1:]]}


@pytest.mark.parametrize(
    ("changes", "cells", "name", "reason"),
    [
        (SMALLER, {}, "ordinal", "goutallier is not in the final model"),
        (SMALLER, {}, "log_ratio", "hu_ratio is not in the final model"),
        (
            {"collapse": [[1, 2], [3]]},
            {},
            "collapsed",
            "the level 4 of goutallier stands in no group of sensitivity.collapse",
        ),
        (
            {"collapse": [[1, 2, 3, 4], [5]]},
            {},
            "collapsed",
            "of goutallier only the levels of one group occur: 1, 2, 3, 4",
        ),
        ({}, NEGATIVE, "log_ratio", "hu_ratio has a value at or below 0, which has no logarithm"),
        ({"construct": ["nothing"]}, {}, "with_construct", "nothing: not among the candidates"),
    ],
)
def test_what_cannot_be_varied_says_why(
    changes: dict[str, Any], cells: dict[str, list[str]], name: str, reason: str
) -> None:
    found = varied(basis(COHORT | cells, variants=[name], **changes))[name]
    assert (found.status, found.reason) == (NOT_APPLICABLE, reason)


def test_a_variant_that_cannot_be_fitted_says_why() -> None:
    ever = {"loosening_ever": ["1"] * len(Y)}
    found = varied(basis(COHORT, COHORT | ever, variants=["outcome_rules"]))["outcome_ever"]
    assert found.status == NOT_FITTED and "every patient has the event" in found.reason


def test_firth_is_penalised() -> None:
    fitted = result(varied(basis(COHORT, variants=["firth"]))["firth"])
    assert fitted.model.method == "Firth"
    assert {row.ci_method for row in fitted.rows} == {"profile penalised likelihood"}


def test_complete_cases_of_an_imputed_analysis() -> None:
    cells = gappy(COHORT, 0.1, 3, ("pbq",))
    start = basis(
        cells, patients=imputed(specification(), table_of(cells)), variants=["complete_case", "log_ratio"]
    )
    found = varied(start)
    complete = sum(one != "" for one in cells["pbq"])
    assert result(found["main"]).model.missing.sets == 2 and result(found["main"]).model.n == 220
    assert (result(found["complete_case"]).model.n, found["complete_case"].reason) == (complete, "")
    assert result(found["log_ratio"]).model.missing.sets == 2


def test_gaps_of_another_definition_are_filled_anew() -> None:
    cells = gappy(COHORT, 0.1, 3, ("pbq",))
    ever = {"loosening_ever": ["1", "1", "1", *cells["loosening"][3:]]}
    start = basis(
        cells,
        cells | ever,
        imputed(specification(), table_of(cells)),
        variants=["outcome_rules"],
    )
    model = result(varied(start)["outcome_ever"]).model
    assert (model.n, model.missing.sets, model.missing.left_out) == (220, 2, 0)


def test_one_block_of_rows_per_variant() -> None:
    rows = list(sensitivity_rows(vary(basis(COHORT, variants=["ordinal", "ct_only"]), 2, 1)))
    assert [row["variant"] for row in rows] == ["main"] * 7 + ["ordinal"] * 5 + ["ct_only"]
    assert set().union(*rows) <= set(SENSITIVITY_COLUMNS)
    assert {row["auc_difference"] for row in rows[:7]} == {0.0}
    assert rows[7]["auc_difference"] == pytest.approx(rows[7]["auc"] - rows[0]["auc"], abs=1e-15)
    assert set(rows[-1]) == {"variant", "label", "status", "reason"}
