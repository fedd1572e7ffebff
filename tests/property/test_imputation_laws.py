import pytest
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.levels import level_text
from bonehold.modelling.missing.chained_equations import impute
from bonehold.modelling.missing.completed_tables import CompletedTables
from bonehold.modelling.missing.incomplete import incomplete
from bonehold.modelling.regression.development import develop
from bonehold.modelling.regression.logistic import fit_logistic
from bonehold.modelling.regression.observations import complete_cases
from bonehold.modelling.regression.pooling import pool
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from modelling_examples import bone_cohort, bone_specification, gappy, imputed, table_of

few = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
CANDIDATES = tuple(candidate.column for candidate in bone_specification().candidates)
gappy_tables = st.builds(
    lambda share, seed, columns: table_of(gappy(bone_cohort(), share, seed, columns)),
    st.sampled_from([0.03, 0.15, 0.4]),
    st.integers(0, 10_000),
    st.lists(st.sampled_from((*CANDIDATES, "loosening")), min_size=1, unique=True),
)


@few
@given(gappy_tables)
def test_observed_cells_never_change_and_missing_ones_of_patients_with_outcome_are_filled(table):
    completed = imputed(bone_specification(), table)
    for one in completed.sets:
        observed = table.cells != ""
        assert (one.cells[observed] == table.cells[observed]).to_numpy()[observed.to_numpy()].all()
        known = table.cells["loosening"] != ""
        assert (one.cells.loc[known, list(CANDIDATES)] != "").all(axis=None)
        assert one.cells.loc[~known].equals(table.cells.loc[~known])
        assert one.cells.index.equals(table.cells.index)


@few
@given(gappy_tables)
def test_a_drawn_cell_is_one_that_was_observed(table):
    gaps = incomplete(bone_specification(), table, 20)
    cells = impute(gaps, 2, 2, 1, "primary").cells
    derived = {(gaps.rows[row], one.column) for one in gaps.derivations for row in one.rows.nonzero()[0]}
    known = table.cells["loosening"] != ""
    for cell in cells:
        if (cell.row, cell.column) not in derived:
            observed = set(table.cells.loc[known, cell.column]) - {""}
            assert cell.value in observed
            assert level_text(cell.value) in {level_text(text) for text in observed}


@few
@given(gappy_tables)
def test_no_completed_set_contradicts_itself(table):
    for one in imputed(bone_specification(), table).sets:
        numbers = one.cells.loc[table.cells["loosening"] != "", list(CANDIDATES[:8])].astype(float)
        assert numbers["pi"].to_numpy() == pytest.approx(
            (numbers["pt"] + numbers["ss"]).to_numpy(), rel=1e-8, abs=1e-8
        )
        ratio = (numbers["st_hu"] / numbers["b_hu"]).to_numpy()
        assert numbers["hu_ratio"].to_numpy() == pytest.approx(ratio, rel=1e-8)


@few
@given(gappy_tables, st.integers(1, 3))
def test_more_sets_only_add_to_fewer_and_a_seed_gives_the_same_cells(table, m):
    gaps = incomplete(bone_specification(), table, 20)
    cells = impute(gaps, m + 1, 2, 5, "primary").cells
    assert impute(gaps, m, 2, 5, "primary").cells == tuple(cell for cell in cells if cell.set <= m)
    assert impute(gaps, m + 1, 2, 5, "primary").cells == cells


@few
@given(gappy_tables, st.sampled_from([-5000.0, 1e6]), st.sampled_from([0.001, 365.25]))
def test_origin_and_unit_of_a_predictor_do_not_change_what_is_drawn(table, origin, unit):
    """Donors are the same patients, so every other column has the same cells."""
    moved = table.cells.assign(
        age=[cell and repr(float(cell) * unit + origin) for cell in table.cells["age"]]
    )
    plain = imputed(bone_specification(), table)
    other = imputed(bone_specification(), table_of(moved.to_dict("list")))
    for one, two in zip(plain.sets, other.sets, strict=True):
        assert one.cells.drop(columns="age").equals(two.cells.drop(columns="age"))


@few
@given(st.integers(2, 20))
def test_identical_sets_pool_to_one_of_them(m):
    specification = bone_specification()
    table = table_of(bone_cohort())
    chosen = [specification.candidate(column) for column in ("age", "hu_ratio", "sex")]
    one = complete_cases(table, "loosening", chosen, Dictionary())
    single = fit_logistic(one.X, one.y)
    pooled = pool([single] * m, len(one.y) - one.X.shape[1])
    assert pooled.coefficients == pytest.approx(single.coefficients, rel=1e-12)
    assert pooled.covariance == pytest.approx(single.covariance, rel=1e-12)


def test_a_model_fitted_to_identical_sets_has_the_estimates_of_one():
    specification = bone_specification(final=("age", "hu_ratio", "sex"))
    table = table_of(bone_cohort())
    alone = develop(specification, CompletedTables(table), Dictionary())
    same = CompletedTables(table, (table, table, table), frozenset({"age"}))
    several = develop(specification, same, Dictionary())
    for row, other in zip(alone.final, several.final, strict=True):
        assert other.estimate == pytest.approx(row.estimate, rel=1e-12)
        assert other.std_error == pytest.approx(row.std_error, rel=1e-12)
