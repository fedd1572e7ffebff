"""Columns that are computed from each other: what is missing of them is derived, so that they never contradict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonehold.modelling.regression.terms import Floats

Bools = NDArray[np.bool_]
TOLERANCE = 0.02
"""A relation holds in a patient whose whole is missed by at most this share of it (rounded angles and HU) ..."""
HOLDS_IN = 0.9
"""... and in a table if it does in so many of the patients who have all three values."""


@dataclass(frozen=True)
class Operation:
    """How a whole follows from two parts, and each part from the others.

    Attributes:
        sign: `+` or `/`.
        linear: whether the whole is an exact linear combination of its parts.
        whole: of (first, second).
        first: of (whole, second).
        second: of (whole, first).
    """

    sign: str
    linear: bool
    whole: Callable[[Floats, Floats], Floats]
    first: Callable[[Floats, Floats], Floats]
    second: Callable[[Floats, Floats], Floats]


SUM = Operation(
    "+",
    True,
    lambda first, second: first + second,
    lambda whole, other: whole - other,
    lambda whole, other: whole - other,
)
RATIO = Operation(
    "/",
    False,
    lambda first, second: first / second,
    lambda whole, second: whole * second,
    lambda whole, first: first / whole,
)


@dataclass(frozen=True)
class Relation:
    """whole = first (operation) second."""

    whole: str
    first: str
    second: str
    operation: Operation

    @property
    def columns(self) -> tuple[str, str, str]:
        """Whole, first and second part."""
        return self.whole, self.first, self.second

    @property
    def formula(self) -> str:
        """`pi = pt + ss`."""
        return f"{self.whole} = {self.first} {self.operation.sign} {self.second}"

    def derived(self, column: str, values: Mapping[str, Floats]) -> Floats:
        """One of the columns from the two others, not finite where it does not follow from them.

        Args:
            column: the one to compute.
            values: values of the others, shape (n,) each.
        """
        operation = self.operation
        with np.errstate(divide="ignore", invalid="ignore"):
            if column == self.whole:
                return operation.whole(values[self.first], values[self.second])
            if column == self.first:
                return operation.first(values[self.whole], values[self.second])
            return operation.second(values[self.whole], values[self.first])


PELVIC = Relation("pi", "pt", "ss", SUM)
"""Pelvic incidence = pelvic tilt + sacral slope (Legaye et al., Eur Spine J 1998;7:99-103)."""
HU_RATIO = Relation("hu_ratio", "st_hu", "b_hu", RATIO)
RELATIONS = (PELVIC, HU_RATIO)


@dataclass(frozen=True)
class Visit:
    """Cells of one column that are drawn, and the columns of its relation that must not predict them.

    Attributes:
        rows: which patients, shape (n,).
        without: columns left out of the predictors: they are computed from the column itself.
    """

    rows: Bools
    without: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Derivation:
    """Cells that follow from two other columns.

    Attributes:
        relation: how.
        column: the column of the cells.
        rows: which patients, shape (n,).
        fixed: whether both others were observed, so that the cell is the same in every set and iteration.
    """

    relation: Relation
    column: str
    rows: Bools
    fixed: bool


@dataclass(frozen=True)
class Plan:
    """How the missing cells of a relation's columns are filled: column -> draws, and what follows from them."""

    visits: Mapping[str, tuple[Visit, ...]]
    derivations: tuple[Derivation, ...]


def relations_of(values: Mapping[str, Floats]) -> tuple[Relation, ...]:
    """The relations whose columns are all there and do not contradict them.

    Args:
        values: column -> numbers, NaN where missing, shape (n,) each.
    """
    return tuple(
        one for one in RELATIONS if all(column in values for column in one.columns) and _holds(one, values)
    )


def _holds(relation: Relation, values: Mapping[str, Floats]) -> bool:
    if not relation.operation.linear and (values[relation.second] == 0).any():
        return False
    whole, computed = values[relation.whole], relation.derived(relation.whole, values)
    known = ~np.isnan([values[column] for column in relation.columns]).any(axis=0)
    # A share of a whole near 0 would ask too much.
    near = np.abs(whole - computed)[known] <= TOLERANCE * np.maximum(np.abs(whole[known]), 1.0)
    return not known.any() or bool(near.mean() >= HOLDS_IN)


def plan(relation: Relation, values: Mapping[str, Floats]) -> Plan:
    """Decide for each patient which of three related cells are drawn and which follow.

    One missing cell follows from the two others. Of two, a part is drawn and the other cell follows; of three both
    parts are drawn. A whole that is known predicts the part that is drawn, in place of the other part, which
    follows from it; else the whole follows from what is drawn and must not predict it.

    Args:
        relation: the relation.
        values: column -> numbers, NaN where missing, shape (n,) each.
    """
    whole, first, second = relation.columns
    no_whole, no_first, no_second = (np.isnan(values[column]) for column in relation.columns)
    follows = {column: np.isfinite(relation.derived(column, values)) for column in relation.columns}
    fixed = {
        whole: no_whole & follows[whole],
        first: no_first & follows[first],
        second: no_second & follows[second],
    }
    inverse = ~no_whole & no_first & no_second
    drawn_first = no_first & ~fixed[first] & ~inverse
    drawn_second = no_second & ~fixed[second] & ~inverse
    visits = {
        first: _visits(Visit(drawn_first, frozenset({whole}))),
        second: _visits(Visit(drawn_second, frozenset({whole})), Visit(inverse, frozenset({first}))),
    }
    derivations = [Derivation(relation, column, rows, True) for column, rows in fixed.items()]
    derivations += [
        Derivation(relation, whole, no_whole & ~fixed[whole], False),
        Derivation(relation, first, inverse, False),
    ]
    return Plan(visits, tuple(one for one in derivations if one.rows.any()))


def aliased(relations: Sequence[Relation], column: str) -> frozenset[str]:
    """Columns that say nothing more to a column outside their relation than the parts they are the sum of."""
    return frozenset(one.whole for one in relations if one.operation.linear and column not in one.columns)


def _visits(*visits: Visit) -> tuple[Visit, ...]:
    return tuple(one for one in visits if one.rows.any())
