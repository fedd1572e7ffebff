from bonehold.modelling.inputs.specification import Candidate, ExclusiveGroup, Specification
from bonehold.modelling.regression.selection import enter, stay


def specification(columns, a_priori=(), exclusive=()):
    return Specification(
        "primary",
        None,
        "loosening",
        tuple(map(Candidate, columns.split())),
        a_priori=tuple(a_priori),
        exclusive=tuple(exclusive),
    )


def test_candidates_enter_by_p_or_a_priori_in_the_order_listed():
    entry = enter(specification("a b c d", a_priori=["d"]), {"a": 0.2, "b": 0.04, "c": 0.05, "d": 0.9})
    assert entry.entered == ("b", "d")


def test_a_group_takes_a_priori_first_then_the_lowest_p():
    group = ExclusiveGroup(("pi", "pt", "ss"), 2)
    entry = enter(
        specification("pi pt ss age", a_priori=["pt"], exclusive=[group]),
        {"pi": 0.04, "pt": 0.8, "ss": 0.001, "age": 0.01},
    )
    assert entry.entered == ("pt", "ss", "age")
    assert entry.dropped_exclusive == ("pi",)


def test_a_priori_columns_of_one_group_go_in_the_order_named():
    group = ExclusiveGroup(("levels", "length"), 1)
    entry = enter(specification("levels length", a_priori=["length", "levels"], exclusive=[group]), {})
    assert (entry.entered, entry.dropped_exclusive) == (("length",), ("levels",))


def test_a_column_in_two_groups_must_fit_in_both():
    groups = [ExclusiveGroup(("a", "b"), 1), ExclusiveGroup(("b", "c"), 1)]
    entry = enter(specification("a b c", exclusive=groups), {"a": 0.01, "b": 0.02, "c": 0.03})
    assert (entry.entered, entry.dropped_exclusive) == (("a", "c"), ("b",))


def test_a_column_that_could_not_be_fitted_does_not_enter():
    assert enter(specification("a b"), {"a": 0.01}).entered == ("a",)


def test_terms_stay_below_five_per_cent():
    assert stay({"a": 0.049, "b": 0.05, "c": 0.0}) == ("a", "c")
