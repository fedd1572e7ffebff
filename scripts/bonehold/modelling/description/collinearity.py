"""The rows of `collinearity.csv`: tolerance, variance inflation and condition indices of the models of an analysis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bonehold.modelling.description.collinearity_measures import (
    Conditioning,
    conditioning,
    variance_inflation,
    variance_inflation_of_fit,
)
from bonehold.modelling.inputs.levels import number
from bonehold.modelling.regression.observations import Observations
from bonehold.modelling.regression.terms import Floats, Term, coefficient_names, term_positions

COLLINEARITY_COLUMNS = (
    *("term", "tolerance", "vif", "model", "coding", "df", "vif_scaled", "vif_minimum", "vif_maximum"),
    *("vif_logistic", "dimension", "eigenvalue", "condition_index", "condition_index_minimum"),
    *("condition_index_maximum", "n", "sets", "label"),
)
CONDITION_INDEX = "condition_index"
PROPORTION = "proportion: "
"""Begins the name of a column of variance proportions; the coefficient's name follows."""
LEVELS, NUMERIC = "levels", "numeric"
FINAL, MULTIVARIABLE = "final", "multivariable"


@dataclass(frozen=True)
class Diagnosed:
    """A model to diagnose.

    Attributes:
        name: `final`, `multivariable`, or the columns joined by ` + `.
        sets: its patients, one entry per completed set.
        covariance: of its logistic fit; None where there is none.
    """

    name: str
    sets: tuple[Observations, ...]
    covariance: Floats | None = None


def collinearity_rows(model: Diagnosed) -> Iterator[Mapping[str, Any]]:
    """Rows of one model: factors as columns of levels, then, where their levels are numbers, as one number each.

    The second is what a paper from SPSS prints. Over completed sets VIF, eigenvalues, condition indices and
    proportions are means, with the range of VIF and condition index beside; tolerance is the reciprocal of the VIF.

    Args:
        model: the model.
    """
    yield from _rows(model, LEVELS)
    if any(_has_grades(term) for term in model.sets[0].terms):
        sets = tuple(as_grades(one) for one in model.sets)
        yield from _rows(Diagnosed(model.name, sets), NUMERIC)


def proportion_columns(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The columns of variance proportions that some row has, in order of appearance."""
    return tuple(dict.fromkeys(key for row in rows for key in row if key.startswith(PROPORTION)))


def as_grades(observations: Observations) -> Observations:
    """Every factor whose levels are all numbers as one column of these numbers; other terms as they are."""
    terms, blocks = [], [observations.X[:, :1]]
    for term in observations.terms:
        columns = observations.X[:, term_positions(observations.terms)[term.column]]
        if _has_grades(term):
            reference = _grade(term.reference)
            above = np.array([_grade(level) - reference for level in term.levels])
            columns = (reference + columns @ above)[:, None]
            term = replace(term, kind="continuous", reference="", levels=())
        terms.append(term)
        blocks.append(columns)
    return replace(observations, terms=tuple(terms), X=np.hstack(blocks))


def _has_grades(term: Term) -> bool:
    return term.kind == "factor" and all(
        number(level) is not None for level in (term.reference, *term.levels)
    )


def _grade(level: str) -> float:
    value = number(level)
    assert value is not None  # `_has_grades`
    return value


def _rows(model: Diagnosed, coding: str) -> Iterator[Mapping[str, Any]]:
    (first, *_) = model.sets
    positions = term_positions(first.terms)
    places = list(positions.values())
    vif = np.array([variance_inflation(one.X, places) for one in model.sets])
    logistic = (
        variance_inflation_of_fit(model.covariance, places)
        if model.covariance is not None
        else np.full(len(places), np.nan)
    )
    head = {"model": model.name, "coding": coding, "n": first.n, "sets": len(model.sets)}
    for place, term in enumerate(first.terms):
        value = float(vif[:, place].mean())
        df = places[place].stop - places[place].start
        yield {
            **head,
            "term": term.column,
            "label": term.label,
            "tolerance": 1 / value,
            "vif": value,
            "df": df,
            "vif_scaled": value ** (1 / (2 * df)),
            "vif_minimum": vif[:, place].min(),
            "vif_maximum": vif[:, place].max(),
            "vif_logistic": logistic[place],
        }
    yield from _dimensions([conditioning(one.X) for one in model.sets], coefficient_names(first.terms), head)


def _dimensions(
    sets: Sequence[Conditioning], names: Sequence[str], head: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    eigenvalues = np.array([one.eigenvalues for one in sets])
    indices = np.array([one.condition_index for one in sets])
    proportions = np.mean([one.proportions for one in sets], axis=0)
    for place in range(len(names)):
        yield {
            **head,
            "term": CONDITION_INDEX,
            "dimension": place + 1,
            "eigenvalue": eigenvalues[:, place].mean(),
            "condition_index": indices[:, place].mean(),
            "condition_index_minimum": indices[:, place].min(),
            "condition_index_maximum": indices[:, place].max(),
            **{f"{PROPORTION}{name}": proportions[place, at] for at, name in enumerate(names)},
        }
