from bonehold.modelling.inputs.where import Both, Comparison, Either, parse
from hypothesis import given, settings
from hypothesis import strategies as st

COLUMNS = ("ads", "age", "site", "T-score (hip)", "or")
literals = st.one_of(
    st.integers(-50, 50).map(float),
    st.floats(-5, 5, allow_nan=False).map(lambda value: round(value, 3)),
    st.sampled_from(["F", "L5", "4", "a b", "O'Neill"]),
)
comparisons = st.builds(
    Comparison, st.sampled_from(COLUMNS), st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), literals
)
conditions = st.recursive(
    comparisons,
    lambda inner: st.one_of(st.builds(Both, inner, inner), st.builds(Either, inner, inner)),
    max_leaves=6,
)
rows = st.fixed_dictionaries(
    {column: st.sampled_from(["", "0", "4", "4.0", "-3.5", "F", "L5", "a b"]) for column in COLUMNS}
)
few = settings(max_examples=60, deadline=None)


@few
@given(conditions)
def test_what_is_printed_parses_to_the_same_condition(condition):
    assert parse(str(condition)) == condition


@few
@given(comparisons, rows)
def test_a_missing_cell_makes_every_comparison_false(comparison, row):
    assert not comparison.holds({**row, comparison.column: ""})


@few
@given(conditions, conditions, rows)
def test_and_and_or_are_those_of_logic(left, right, row):
    assert parse(f"{left} and {right}").holds(row) == (left.holds(row) and right.holds(row))
    assert parse(f"{left} or {right}").holds(row) == (left.holds(row) or right.holds(row))


@few
@given(st.sampled_from(COLUMNS), literals, rows)
def test_of_two_opposite_comparisons_exactly_one_holds_for_a_known_cell(column, value, row):
    equal, different = Comparison(column, "==", value), Comparison(column, "!=", value)
    assert (equal.holds(row) != different.holds(row)) == (row[column] != "")
