"""The project's own chained equations against R's mice at m = 50, from gaps to pooled estimates."""

import numpy as np
import pytest
from bonehold.modelling.inputs.checks import analysed_patients
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.specification import Candidate, Specification
from bonehold.modelling.missing.chained_equations import impute
from bonehold.modelling.missing.completed_tables import completed_tables
from bonehold.modelling.missing.incomplete import incomplete
from bonehold.modelling.regression.development import develop
from modelling_examples import OUTCOMES, reference_table, reference_values

pytestmark = pytest.mark.shared

CANDIDATES = {
    "pbc312": (
        *map(Candidate, ("age", "logbili", "albumin")),
        *map(Candidate, ("copper", "trig", "chol", "platelet")),
        Candidate("stage3", "4"),
    ),
    "sim313": (
        *map(Candidate, ("age", "pbq_obs", "hu_ratio_obs", "dxa_t_obs", "bmi_obs", "pi_obs")),
        Candidate("goutallier", "4"),
    ),
}
FINAL = {
    "pbc312": ("age", "logbili", "albumin", "copper", "chol", "trig"),
    "sim313": ("age", "pbq_obs", "hu_ratio_obs", "goutallier"),
}


@pytest.mark.parametrize("name", FINAL)
def test_pooled_estimates_lie_where_mice_has_them(shared, name):
    specification = Specification("primary", None, OUTCOMES[name], CANDIDATES[name], final=FINAL[name])
    patients = analysed_patients(specification, reference_table(shared, name))
    imputation = impute(incomplete(specification, patients, 20), 50, 10, 20260101, "primary")
    development = develop(specification, completed_tables(patients, imputation.cells), Dictionary())
    reference = reference_values(shared, name)["mice"]
    rows = {(row.term, row.level): row for row in development.final}
    expected = reference["pmm_m50"]
    for place, term in enumerate(reference["terms"]):
        factor = term.startswith("goutallier")
        row = rows[("goutallier", term[-1]) if factor else (term, "")]
        seeds = max(0.05 * expected["se"]["mean"][place], 3 * expected["est"]["sd"][place])
        assert row.estimate == pytest.approx(expected["est"]["mean"][place], abs=seeds), term
        assert row.std_error == pytest.approx(expected["se"]["mean"][place], rel=0.02), term
    assert development.model.missing.sets == 50
    assert development.model.n == reference["n"]


@pytest.mark.parametrize("name", FINAL)
def test_as_many_cells_are_filled_as_are_missing(shared, name):
    specification = Specification("primary", None, OUTCOMES[name], CANDIDATES[name])
    patients = analysed_patients(specification, reference_table(shared, name))
    imputation = impute(incomplete(specification, patients, 20), 2, 2, 1, "primary")
    filled = {
        column: sum(cell.column == column for cell in imputation.cells) / 2
        for column in dict.fromkeys(cell.column for cell in imputation.cells)
    }
    gaps = reference_values(shared, name)["mice"]["n_missing"]
    assert filled == {column: count for column, count in gaps.items() if count}
    assert list(filled) == [one.column for one in CANDIDATES[name] if gaps[one.column]]
    assert np.isfinite([point.mean for point in imputation.trace]).all()
