"""From imputed cells to pooled models."""

import numpy as np
import pytest
from bonehold.modelling.inputs.analysis_table import read_analysis_table
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.missing.completed_tables import (
    IMPUTED_COLUMNS,
    CompletedTables,
    ImputedCell,
    completed_tables,
    read_imputed,
)
from bonehold.modelling.regression.development import completed_cases, develop
from bonehold.modelling.regression.development_data import development_data
from bonehold.modelling.regression.logistic import fit_logistic
from bonehold.modelling.regression.pooling import barnard_rubin, pool, pool_scalar
from modelling_examples import small_cohort, small_specification, write_table

ROWS = (3, 7, 11, 40)
"""Lines of the table whose age is not known."""


@pytest.fixture
def patients(tmp_path):
    columns = small_cohort()
    columns["age"] = ["" if line in ROWS else cell for line, cell in enumerate(columns["age"], start=2)]
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", columns))
    cells = [
        ImputedCell(number, row, "age", str(50 + 5 * number + row)) for number in (1, 2, 3) for row in ROWS
    ]
    return completed_tables(table, cells)


def test_only_imputed_cells_differ_between_sets(patients):
    assert len(patients.sets) == 3 and patients.imputed == {"age"}
    for number, one in enumerate(patients.sets, start=1):
        changed = one.cells.compare(patients.observed.cells)
        assert set(changed.columns.get_level_values(0)) == {"age"}
        assert list(changed.index) == list(ROWS)
        assert one.cells.at[7, "age"] == str(50 + 5 * number + 7)


def test_a_model_without_an_imputed_column_is_fitted_to_the_observed_table(patients):
    assert patients.of(["grade", "noise"]) == (patients.observed,)
    assert patients.of(["grade", "age"]) == patients.sets


def test_a_file_without_cells_leaves_the_table_as_it_is(tmp_path, patients):
    (tmp_path / "imputed.csv").write_text(",".join(IMPUTED_COLUMNS) + "\n", encoding="utf-8")
    assert read_imputed(tmp_path / "imputed.csv") == ()
    assert completed_tables(patients.observed, ()) == CompletedTables(patients.observed)


def test_cells_of_patients_of_another_analysis_are_left_aside(patients):
    assert completed_tables(patients.observed, [ImputedCell(1, 9999, "age", "3")]).sets == ()


def test_models_with_an_imputed_column_are_pooled_and_others_are_not(patients):
    specification = small_specification(final=("age", "grade"))
    developed = develop(specification, patients, Dictionary())
    sets = completed_cases(
        specification,
        [specification.candidate(column) for column in ("age", "grade")],
        patients,
        Dictionary(),
    )
    fits = [fit_logistic(one.X, one.y) for one in sets]
    mean = np.mean([fit.coefficients for fit in fits], axis=0)
    assert [row.estimate for row in developed.final] == pytest.approx(list(mean), rel=1e-12)
    assert all(row.df is not None and row.n <= 160 for row in developed.final)
    assert developed.model.missing.sets == 3 and developed.model.n == 160
    alone = {row.term: row.df for row in developed.univariable}
    assert alone["age"] is not None and alone["noise"] is None and alone["grade"] is None


def test_the_risk_of_a_patient_is_the_mean_over_the_sets(patients):
    model = develop(small_specification(final=("age", "grade")), patients, Dictionary()).model
    data = development_data(model, patients)
    assert len(data.sets) == 3
    known = [place for place, row in enumerate(patients.observed.cells.index) if row not in ROWS]
    for one in data.sets:
        assert one.risk[known] == pytest.approx(data.risk[known], rel=1e-12)
    unknown = list(patients.observed.cells.index).index(7)
    assert data.risk[unknown] == pytest.approx(np.mean([one.risk[unknown] for one in data.sets]), rel=1e-12)
    assert len({one.risk[unknown] for one in data.sets}) == 3


def test_identical_sets_cost_no_information(patients):
    (one, *_) = completed_cases(
        small_specification(), [small_specification().candidate("grade")], patients, Dictionary()
    )
    fit = fit_logistic(one.X, one.y)
    pooled, alone = pool([fit, fit, fit], 157), pool([fit], 157)
    assert pooled.coefficients == pytest.approx(alone.coefficients, rel=1e-14)
    assert pooled.std_errors == pytest.approx(alone.std_errors, rel=1e-14)
    assert pooled.df == pytest.approx(np.full(3, 158 / 160 * 157))


def test_a_scalar_over_identical_sets_keeps_its_normal_interval():
    pooled = pool_scalar([0.8, 0.8], [0.1, 0.1])
    assert (pooled.ci_low, pooled.ci_high) == pytest.approx(
        (0.8 - 0.1959963984540054, 0.8 + 0.1959963984540054)
    )


def test_degrees_of_freedom_by_hand():
    df, fmi = barnard_rubin(np.array([4.0]), np.array([1.0]), 5, 100)
    share = 1.2 / 5.2
    old, observed = 4 / share**2, 101 / 103 * 100 * (1 - share)
    assert df[0] == pytest.approx(old * observed / (old + observed))
    assert fmi[0] == pytest.approx((0.3 + 2 / (df[0] + 3)) / 1.3)
