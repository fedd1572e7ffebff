"""Firth's fit, profile limits and likelihood-ratio tests against R (logistf, glm, drop1)."""

from dataclasses import replace

import numpy as np
import pytest
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.specification import Candidate
from bonehold.modelling.regression.fitting import fit
from bonehold.modelling.regression.inference import infer
from bonehold.modelling.regression.logistic import FIRTH, MAXIMUM_LIKELIHOOD
from bonehold.modelling.regression.observations import complete_cases
from bonehold.modelling.regression.profile_likelihood import fitted_likelihood, likelihood_ratio
from bonehold.modelling.regression.terms import coefficient_names
from modelling_examples import (
    OUTCOMES,
    PREDICTORS,
    REFERENCE_NAMES,
    REFERENCE_SETS,
    develop_on,
    fixed_specification,
    reference_development,
    reference_table,
    reference_values,
)

pytestmark = pytest.mark.shared

SEPARATED = {
    "birthwt": (*map(Candidate, ("age", "lwt", "smoke")), Candidate("ptl", "0"), Candidate("over33", "0")),
    "pbc312": (*map(Candidate, ("age", "logbili", "albumin")), Candidate("stage", "4")),
}
IN_R = {"I(as.numeric(age > 33))": "over331", 'relevel(factor(stage), "4")': "stage"}
"""How R calls two terms, and what their column is here."""


def observations(shared, name, predictors):
    table = reference_table(shared, name)
    if name == "birthwt":
        over33 = [str(int(float(age) > 33)) for age in table.column("age")]
        table = replace(table, cells=table.cells.assign(over33=over33))
    return complete_cases(table, OUTCOMES[name], predictors, Dictionary())


def in_our_order(ours, reference, key):
    terms = list(reference["terms"])
    for words, column in IN_R.items():
        terms = [term.replace(words, column) for term in terms]
    by_term = dict(zip(terms, reference[key], strict=True))
    return [by_term[name.replace("=", "")] for name in ours]


@pytest.mark.parametrize(
    ("name", "key"),
    [*((name, "firth") for name in REFERENCE_SETS), *((name, "firth_separated") for name in SEPARATED)],
)
def test_firths_fit_is_that_of_logistf(shared, name, key):
    reference = reference_values(shared, name)[key]
    data = observations(shared, name, PREDICTORS[name] if key == "firth" else SEPARATED[name])
    found, names = infer([data], FIRTH), coefficient_names(data.terms)
    assert found.fit.coefficients == pytest.approx(in_our_order(names, reference, "coef"), abs=1e-6)
    assert found.fit.std_errors == pytest.approx(in_our_order(names, reference, "se"), rel=1e-6)
    assert found.limits[:, 0] == pytest.approx(in_our_order(names, reference, "pl_lo"), abs=1e-6)
    assert found.limits[:, 1] == pytest.approx(in_our_order(names, reference, "pl_hi"), abs=1e-6)
    assert found.p_values == pytest.approx(in_our_order(names, reference, "pl_p"), rel=1e-6)


@pytest.mark.parametrize("name", REFERENCE_SETS)
def test_all_coefficients_together_by_the_penalised_likelihood(shared, name):
    """The test of several coefficients at 0 keeps the whole penalty, as logistf's test of the null model."""
    full, null = reference_values(shared, name)["firth"]["loglik"]
    data = observations(shared, name, PREDICTORS[name])
    fitted = fitted_likelihood(data.X, data.y, fit(data.X, data.y, FIRTH))
    test = likelihood_ratio(fitted, slice(1, data.X.shape[1]))
    assert test.statistic == pytest.approx(2 * (full - null), rel=1e-8)


@pytest.mark.parametrize("name", REFERENCE_SETS)
def test_profile_limits_are_those_of_glm(shared, name):
    """R interpolates its profile with a spline; the limits of the log-odds agree to a thousandth of the SE."""
    glm = reference_values(shared, name)["glm"]
    found = infer([observations(shared, name, PREDICTORS[name])], MAXIMUM_LIKELIHOOD)
    for side, key in ((0, "or_profile_lo"), (1, "or_profile_hi")):
        expected = np.log(in_our_order(REFERENCE_NAMES[name], glm, key))
        assert np.abs((found.profile[:, side] - expected) / found.fit.std_errors).max() < 1e-3


@pytest.mark.parametrize("name", REFERENCE_SETS)
def test_likelihood_ratio_tests_are_those_of_drop1(shared, name):
    drop1 = reference_values(shared, name)["glm"]["drop1"]
    rows = {row.term: row for row in reference_development(shared, name).final}
    for term, df, statistic, p_value in zip(*(drop1[key] for key in ("term", "df", "lrt", "p")), strict=True):
        assert (rows[term].lr_df, rows[term].lr_test) == (df, "likelihood ratio")
        assert rows[term].lr_statistic == pytest.approx(statistic, rel=1e-8)
        assert rows[term].lr_p_value == pytest.approx(p_value, rel=1e-7)


@pytest.mark.parametrize("name", REFERENCE_SETS)
def test_univariable_likelihood_ratio_tests(shared, name):
    rows = {row.term: row for row in reference_development(shared, name).univariable}
    for single in reference_values(shared, name)["univariable"]:
        row = rows[single["var"]]
        assert (row.lr_statistic, row.lr_df) == (pytest.approx(single["lrt"], rel=1e-8), single["lrt_df"])


def test_the_separated_stage_is_found_and_answered(shared):
    """Stage 1 of pbc312 has 16 patients and no event."""
    specification = replace(
        fixed_specification("pbc312"),
        candidates=SEPARATED["pbc312"],
        final=tuple(candidate.column for candidate in SEPARATED["pbc312"]),
    )
    developed = develop_on(specification, reference_table(shared, "pbc312"))
    alone = {(row.term, row.level): row for row in developed.univariable}
    assert alone["stage", "1"].method == FIRTH and alone["age", ""].method == MAXIMUM_LIKELIHOOD
    assert "stage=1 separates patients" in alone["stage", "1"].note
    assert developed.model.method == FIRTH
    reference = reference_values(shared, "pbc312")["firth_separated"]
    names = tuple(developed.model.coefficients)
    assert list(developed.model.coefficients.values()) == pytest.approx(
        in_our_order(names, reference, "coef"), abs=1e-6
    )
