"""What chained equations start from: the patients that are imputed, their columns, and which cells are filled how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.checks import unusable
from bonehold.modelling.inputs.levels import level_text, natural_order, number
from bonehold.modelling.inputs.specification import Candidate, Specification
from bonehold.modelling.missing.relations import (
    HU_RATIO,
    Bools,
    Derivation,
    Relation,
    Visit,
    aliased,
    plan,
    relations_of,
)
from bonehold.modelling.regression.terms import Floats


class Method(StrEnum):
    """How missing cells of a column are drawn."""

    MATCHING = "predictive mean matching"
    LOGISTIC = "logistic draws"
    MULTINOMIAL = "multinomial draws"
    PROPORTIONAL_ODDS = "proportional-odds draws"


@dataclass(frozen=True)
class Column:
    """A candidate of the imputation model.

    Attributes:
        name: its column.
        method: how its cells are drawn.
        values: numbers, or positions in `levels`; NaN where missing, shape (n,).
        texts: the observed cells of a number, text, `""` where missing, shape (n,); not used for levels.
        levels: what is written for each level, none of a number.
    """

    name: str
    method: Method
    values: Floats
    texts: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()

    @property
    def missing(self) -> Bools:
        """Where a cell is missing, shape (n,)."""
        return np.isnan(self.values)


@dataclass(frozen=True)
class Incomplete:
    """An analysis as it is imputed.

    Attributes:
        rows: line number of each patient in the table, shape (n,).
        outcome: 0 or 1, shape (n,).
        columns: candidates that can be used, in their order, complete ones among them.
        visits: column -> its draws, for columns with any.
        derivations: cells that follow from other columns.
        relations: what holds between columns.
        unusable: candidate -> why it is not part of it.
    """

    rows: tuple[int, ...]
    outcome: Floats
    columns: tuple[Column, ...]
    visits: Mapping[str, tuple[Visit, ...]] = field(default_factory=lambda: MappingProxyType({}))
    derivations: tuple[Derivation, ...] = ()
    relations: tuple[Relation, ...] = ()
    unusable: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def predictors(self, column: str, visit: Visit) -> frozenset[str]:
        """Columns that predict a draw; the outcome always does."""
        others = frozenset(one.name for one in self.columns) - {column}
        return others - visit.without - aliased(self.relations, column)


def incomplete(specification: Specification, patients: AnalysisTable, b_hu_minimum: float) -> Incomplete:
    """Gather what is imputed in an analysis.

    Patients without the outcome are left out: nothing of theirs is filled, and nobody learns from them. So are those
    whose HU ratio is undefined: there is none to be guessed.

    Args:
        specification: what was asked for.
        patients: those of the analysis, checked (`bonehold.modelling.inputs.checks.analysed_patients`).
        b_hu_minimum: with B-HU below so many HU the ratio is undefined.
    """
    known = np.array([cell != "" for cell in patients.column(specification.outcome)])
    cells = patients.cells.loc[known & ~undefined_ratio(patients, b_hu_minimum)]
    reasons = {
        one.column: reason
        for one in specification.candidates
        if (reason := unusable(one, specification.outcome, replace(patients, cells=cells)))
    }
    usable = [one for one in specification.candidates if one.column not in reasons]
    columns = tuple(_column(one, tuple(cells[one.column])) for one in usable)
    numbers = {one.name: one.values for one in columns if not one.levels}
    relations = relations_of(numbers)
    visits: dict[str, tuple[Visit, ...]] = {}
    derivations: tuple[Derivation, ...] = ()
    for relation in relations:
        planned = plan(relation, numbers)
        visits |= {relation.whole: (), **planned.visits}
        derivations += planned.derivations
    for one in columns:
        if one.name not in visits:
            visits[one.name] = (Visit(one.missing),) if one.missing.any() else ()
    return Incomplete(
        rows=tuple(cells.index),
        outcome=np.array([number(cell) for cell in cells[specification.outcome]], dtype=float),
        columns=columns,
        visits={column: draws for column, draws in visits.items() if draws},
        derivations=derivations,
        relations=relations,
        unusable=reasons,
    )


def undefined_ratio(patients: AnalysisTable, b_hu_minimum: float) -> Bools:
    """Patients without an HU ratio because its denominator is next to nothing, shape (n,).

    Args:
        patients: rows of the analysis; without columns of these names nobody is meant.
        b_hu_minimum: with B-HU below so many HU the ratio is undefined.
    """
    whole, body = HU_RATIO.whole, HU_RATIO.second
    if not {whole, body} <= set(patients.columns):
        return np.zeros(len(patients.cells), dtype=bool)
    bodies = [number(cell) for cell in patients.column(body)]
    low = np.array([value is not None and (value < b_hu_minimum or value == 0) for value in bodies])
    return np.asarray(low & np.array([cell == "" for cell in patients.column(whole)]))


def _column(candidate: Candidate, cells: Sequence[str]) -> Column:
    if candidate.reference is None:
        return _of_numbers(candidate.column, cells)
    levels = natural_order(level_text(cell) for cell in cells if cell)
    place = {level: float(position) for position, level in enumerate(levels)}
    values = np.array([place[level_text(cell)] if cell else np.nan for cell in cells])
    if len(levels) <= 2:
        method = Method.LOGISTIC
    elif all(number(level) is not None for level in levels):
        method = Method.PROPORTIONAL_ODDS
    else:
        method = Method.MULTINOMIAL
    return Column(candidate.column, method, values, levels=levels)


def _of_numbers(name: str, cells: Sequence[str]) -> Column:
    """Numbers are matched; two of them (0 and 1) are levels, each written as it is met first."""
    values = np.array([np.nan if cell == "" else float(cell) for cell in cells])
    distinct = np.unique(values[~np.isnan(values)])
    if len(distinct) != 2:
        return Column(name, Method.MATCHING, values, texts=tuple(cells))
    levels = tuple(cells[int(np.flatnonzero(values == value)[0])] for value in distinct)
    codes = np.where(np.isnan(values), np.nan, (values == distinct[1]).astype(float))
    return Column(name, Method.LOGISTIC, codes, levels=levels)
