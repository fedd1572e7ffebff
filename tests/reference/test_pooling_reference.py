"""Rubin's rules against R's mice, on the completed sets of the reference."""

import numpy as np
import pandas as pd
import pytest
from bonehold.modelling.regression.logistic import fit_logistic
from bonehold.modelling.regression.pooling import overall_test, pool
from modelling_examples import reference_values

pytestmark = pytest.mark.shared

FORMULAS = {
    "pbc312": ("died", ("age", "logbili", "albumin", "copper", "chol", "trig"), None),
    "sim313": ("loosening", ("age", "pbq_obs", "hu_ratio_obs"), ("goutallier", "4")),
}


def pooled(shared, name):
    outcome, columns, factor = FORMULAS[name]
    stacked = pd.read_csv(shared / "reference" / "statistics" / f"{name}_completed5.csv")
    fits = []
    for _, rows in stacked.groupby(".imp"):
        blocks = [np.ones(len(rows)), *(rows[column].to_numpy(float) for column in columns)]
        if factor:
            column, reference = factor
            texts = rows[column].astype(str)
            blocks += [(texts == level).to_numpy(float) for level in sorted(set(texts) - {reference})]
        fits.append(fit_logistic(np.column_stack(blocks), rows[outcome].to_numpy(float)))
    n, p = len(rows), len(blocks)
    return pool(fits, n - p)


@pytest.mark.parametrize("name", FORMULAS)
def test_pooled_estimates_are_those_of_mice(shared, name):
    expected, fit = reference_values(shared, name)["rubin_exact_converged"], pooled(shared, name)
    assert fit.coefficients == pytest.approx(expected["est"], rel=1e-7)
    assert fit.std_errors == pytest.approx(expected["se"], rel=1e-7)
    assert fit.df == pytest.approx(expected["df"], rel=1e-7)
    assert fit.p_values == pytest.approx(expected["p"], rel=1e-7)
    assert fit.fmi == pytest.approx(expected["fmi"], rel=1e-7)
    half = fit.quantiles * fit.std_errors
    assert fit.coefficients - half == pytest.approx(expected["lo"], rel=1e-7)
    assert fit.coefficients + half == pytest.approx(expected["hi"], rel=1e-7)


def test_a_factor_of_one_coefficient_has_the_p_of_its_coefficient(shared):
    fit = pooled(shared, "pbc312")
    assert overall_test(fit, slice(1, 2)).p_value == pytest.approx(fit.p_values[1], rel=1e-12)
