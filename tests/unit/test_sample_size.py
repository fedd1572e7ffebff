import math

import numpy as np
import pytest
from bonehold.modelling.inputs.analysis_table import read_analysis_table
from bonehold.modelling.inputs.specification import Candidate
from bonehold.modelling.performance.discrimination import auc
from bonehold.modelling.regression.logistic import fit_logistic
from bonehold.modelling.stability.sample_size import (
    Plan,
    binding,
    cox_snell_r2,
    heuristic_shrinkage,
    needs,
    r2_of_auc,
)
from bonehold.modelling.stability.sample_size_table import (
    Study,
    likelihood_ratio,
    parameters_counted,
    sample_size_rows,
)
from modelling_examples import data_of, develop_on, small_cohort, small_specification, write_table


def study(**changes):
    parts = {
        "n": 313,
        "events": 45,
        "parameters": {"final": 6, "candidates": 22},
        "likelihood_ratio": 100.7,
        "auc": 0.887,
        "auc_basis": "corrected AUC",
        "slope_mean": 0.85,
        "slope_median": 0.87,
    }
    return Study(**{**parts, **changes})


def test_r2_of_an_auc_is_that_of_drawn_and_fitted_log_odds():
    """The way of the paper: draw, fit, read off."""
    random = np.random.default_rng(1)
    n, q, apart = 200_000, 0.2, 1.2
    y = (np.arange(n) < q * n).astype(float)
    x = random.standard_normal(n) + apart * y
    X = np.column_stack([np.ones(n), x])
    log_odds = X @ fit_logistic(X, y).coefficients
    fitted = (y * log_odds - np.logaddexp(0, log_odds)).sum()
    null = n * (q * math.log(q) + (1 - q) * math.log(1 - q))
    drawn = cox_snell_r2(2 * (fitted - null), n)
    assert r2_of_auc(auc(x, y), q) == pytest.approx(drawn, abs=0.003)


def test_an_auc_of_a_half_explains_nothing_and_needs_more_than_any_number():
    assert r2_of_auc(0.5, 0.3) == pytest.approx(0, abs=1e-12)
    found = needs(Plan(6, 0.3, 0.0))
    assert found[0].n is None and binding(found).n is None
    assert found[2].n == 323  # the overall risk does not ask for an R2


def test_more_parameters_and_a_smaller_r2_need_more_patients():
    for criterion in (0, 1):
        sizes = [needs(Plan(p, 0.15, 0.2))[criterion].n for p in (4, 8, 16)]
        assert sizes == sorted(sizes) and len(set(sizes)) == 3
        assert needs(Plan(8, 0.15, 0.1))[criterion].n > needs(Plan(8, 0.15, 0.3))[criterion].n


def test_heuristic_shrinkage():
    assert heuristic_shrinkage(100, 10) == pytest.approx(0.9)
    assert heuristic_shrinkage(5, 10) == pytest.approx(-1.0)
    assert math.isnan(heuristic_shrinkage(0, 3))


def test_the_table_tells_what_binds_and_whether_it_is_met():
    rows = list(sample_size_rows(study()))
    assert len(rows) == 2 * 3 * 4
    for counted, basis in {(row["counted"], row["r2_basis"]) for row in rows}:
        group = [row for row in rows if (row["counted"], row["r2_basis"]) == (counted, basis)]
        (most,) = [row for row in group if row["binding"]]
        assert most["needed_n"] == max(row["needed_n"] for row in group)
        assert all(row["met"] == (row["needed_n"] <= 313) for row in group)
    met = {
        counted: all(r["met"] for r in rows if r["counted"] == counted) for counted in ("final", "candidates")
    }
    assert met == {"final": True, "candidates": False}
    assert rows[0]["events_per_parameter"] == 7.5
    assert rows[0]["expected_shrinkage"] == pytest.approx(1 - 6 / 100.7)


def test_a_model_that_explains_less_than_chance_meets_nothing_that_asks_for_an_r2():
    rows = [
        row
        for row in sample_size_rows(study(likelihood_ratio=10.0, auc=None))
        if row["counted"] == "candidates"
    ]
    adjusted = [row for row in rows if row["r2_basis"] != "apparent"]
    assert len(adjusted) == 4
    assert [row["met"] for row in adjusted] == [False, False, True, False]
    assert adjusted[0]["needed_n"] is None and adjusted[0]["binding"]


def test_parameters_are_counted_by_columns_and_only_where_they_can_be_fitted(tmp_path):
    cohort = small_cohort()
    cohort["constant"] = ["7"] * len(cohort["age"])
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", cohort))
    candidates = (
        *map(Candidate, ("age", "noise", "a", "b", "c", "constant", "absent")),
        Candidate("grade", "1"),
    )
    specification = small_specification(candidates=candidates, final=("age", "grade"))
    model = develop_on(specification, table).model
    # age, noise, a, b, c and two columns of grade; the exclusive group a, b, c counts in full
    assert parameters_counted(model, specification, table) == {"final": 3, "candidates": 7}


def test_the_likelihood_ratio_is_that_of_statsmodels(tmp_path):
    from statsmodels.discrete.discrete_model import Logit

    table = read_analysis_table(write_table(tmp_path / "cohort.csv", small_cohort()))
    model = develop_on(small_specification(final=("age", "grade")), table).model
    data = data_of(model, table)
    assert likelihood_ratio(data) == pytest.approx(Logit(data.y, data.sets[0].X).fit(disp=0).llr, rel=1e-9)
