"""Which candidates enter the multivariable model, and which stay in the final one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bonehold.modelling.inputs.specification import ExclusiveGroup, Specification

P_THRESHOLD = 0.05
"""P below which a candidate enters, and a term of the multivariable model stays."""


@dataclass(frozen=True)
class Entry:
    """Columns that enter the multivariable model, and those that an exclusive group kept out."""

    entered: tuple[str, ...]
    dropped_exclusive: tuple[str, ...]


@dataclass(frozen=True)
class Selection:
    """How the final model came about.

    Attributes:
        rule: `auto` (by P) or `fixed` (the configuration names the columns).
        threshold: the P of the rule.
        a_priori: columns named a priori.
        multivariable: columns of the multivariable model.
        dropped_exclusive: columns kept out by an exclusive group.
        unusable: column -> why it could not be a candidate (all missing, constant).
        final: columns of the final model.
    """

    rule: str
    threshold: float
    a_priori: tuple[str, ...]
    multivariable: tuple[str, ...]
    dropped_exclusive: tuple[str, ...]
    unusable: Mapping[str, str]
    final: tuple[str, ...]


def enter(specification: Specification, p_values: Mapping[str, float]) -> Entry:
    """Choose the columns of the multivariable model.

    Columns named a priori enter, in the order named; then those with a univariable P below .05, the lowest
    first. A column is dropped when one of its exclusive groups is full by then.

    Args:
        specification: candidates, a-priori columns, exclusive groups.
        p_values: column -> univariable P, of the overall test for a factor; columns that could not be
            fitted are absent.

    Returns:
        Both lists in the order of the candidates.
    """
    listed = [candidate.column for candidate in specification.candidates]
    by_p = sorted(
        (column for column in listed if p_values.get(column, 1.0) < P_THRESHOLD),
        key=lambda column: p_values[column],  # sorted() is stable: equal P in the order listed
    )
    entered: list[str] = []
    dropped: list[str] = []
    for column in dict.fromkeys((*specification.a_priori, *by_p)):
        (dropped if _full(column, entered, specification.exclusive) else entered).append(column)
    return Entry(
        entered=tuple(column for column in listed if column in entered),
        dropped_exclusive=tuple(column for column in listed if column in dropped),
    )


def dropped_notes(
    specification: Specification, entered: Sequence[str], dropped: Sequence[str]
) -> Mapping[str, str]:
    """Say of each column that an exclusive group kept out which group it was.

    Args:
        specification: holds the groups.
        entered: columns of the multivariable model.
        dropped: columns kept out.
    """
    notes = {}
    for column in dropped:
        group = next(group for group in specification.exclusive if _full(column, entered, [group]))
        inside = ", ".join(other for other in group.columns if other in entered)
        notes[column] = (
            f"dropped_exclusive: of {', '.join(group.columns)} at most {group.most}; in the model: {inside}"
        )
    return notes


def stay(p_values: Mapping[str, float]) -> tuple[str, ...]:
    """Columns of the multivariable model that stay in the final one: overall P below .05, one pass.

    Args:
        p_values: column -> P of its overall test in the multivariable model.
    """
    return tuple(column for column, p_value in p_values.items() if p_value < P_THRESHOLD)


def _full(column: str, entered: Sequence[str], groups: Sequence[ExclusiveGroup]) -> bool:
    return any(
        column in group.columns and sum(other in group.columns for other in entered) >= group.most
        for group in groups
    )
