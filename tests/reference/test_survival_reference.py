"""Models of time against R's survival."""

import numpy as np
import pandas as pd
import pytest
from bonehold.modelling.survival.concordance import concordance
from bonehold.modelling.survival.cox import fit_cox
from bonehold.modelling.survival.kaplan_meier import kaplan_meier, log_rank, share_at
from modelling_examples import reference_values

pytestmark = pytest.mark.shared

SETS = {
    "pbc312": ("time", "event", ("age", "logbili", "albumin"), "stage3", ("1-2", "3")),
    "sim313": ("months", "loosening", ("age", "pbq", "hu_ratio"), "goutallier", ("1", "2", "3")),
}


@pytest.fixture(params=SETS)
def example(request, shared):
    """The values from R, columns of the predictors, times, events, and the groups of the log-rank test."""
    time, event, numbers, factor, levels = SETS[request.param]
    table = pd.read_csv(shared / "reference" / "statistics" / f"{request.param}.csv", dtype={factor: str})
    coded = [(table[factor] == level).to_numpy(float) for level in levels]
    X = np.column_stack([*(table[column].to_numpy(float) for column in numbers), *coded])
    times = table[time].to_numpy(float)
    return (
        reference_values(shared, request.param)["survival"],
        X,
        times,
        table[event].to_numpy() == 1,
        pd.factorize(table[factor])[0],
    )


def test_cox(example):
    expected, X, time, event, _ = example
    fit = fit_cox(X, time, event)
    estimates = fit.log_hazard_ratios
    assert estimates.values == pytest.approx(expected["coef"], rel=1e-8)
    assert estimates.std_errors == pytest.approx(expected["se"], rel=1e-8)
    half = 1.959963984540054 * estimates.std_errors
    assert np.exp(estimates.values - half) == pytest.approx(expected["hr_lo"], rel=1e-8)
    assert np.exp(estimates.values + half) == pytest.approx(expected["hr_hi"], rel=1e-8)
    assert [fit.null_log_likelihood, fit.log_likelihood] == pytest.approx(expected["loglik"], rel=1e-10)


def test_concordance(example):
    expected, X, time, event, _ = example
    found = concordance(fit_cox(X, time, event).scores, time, event)
    assert found.estimate == pytest.approx(expected["concordance"], rel=1e-10)
    assert found.std_error == pytest.approx(expected["concordance_se"], rel=1e-7)


def test_kaplan_meier(example):
    expected, _, time, event, _ = example
    curve, km = kaplan_meier(time, event), expected["km"]
    shares = [share_at(curve, at) for at in km["times"]]
    assert [share.survival for share in shares] == pytest.approx(km["surv"], rel=1e-12)
    assert [share.std_error for share in shares] == pytest.approx(km["se"], rel=1e-12)
    assert [share.ci_low for share in shares] == pytest.approx(km["loglog_lo"], rel=1e-12)
    assert [share.ci_high for share in shares] == pytest.approx(km["loglog_hi"], rel=1e-12)
    assert [share.n_at_risk for share in shares] == km["n_risk"]


def test_log_rank(example):
    expected, _, time, event, groups = example
    found, of_r = log_rank(time, event, groups), expected["logrank"]
    assert (found.statistic, found.p_value) == pytest.approx((of_r["chi2"], of_r["p"]), rel=1e-10)
    assert found.df == of_r["df"]
