"""The same patients with a predictor coded otherwise: grades as numbers, grades merged, the logarithm of a ratio."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.levels import level_text, natural_order, number
from bonehold.modelling.inputs.specification import Candidate
from bonehold.modelling.missing.completed_tables import CompletedTables
from bonehold.modelling.variation.basis import Basis, Inapplicable, Prepared, replaced


def ordinal(basis: Basis) -> Prepared | Inapplicable:
    """The factor as one number: its grade."""
    column = basis.settings.factor
    levels = _levels(basis, column)
    if isinstance(levels, Inapplicable):
        return levels
    words = [level for level in levels if number(level) is None]
    if words:
        return Inapplicable(f"the level {words[0]} of {column} is no number")
    return Prepared(replaced(basis.final, column, Candidate(column)), basis.patients)


def collapsed(basis: Basis) -> Prepared | Inapplicable:
    """The factor with its levels merged as configured; the reference is the group of the reference level."""
    column = basis.settings.factor
    names = merged_levels(basis)
    if isinstance(names, Inapplicable):
        return names
    if len(set(names.values())) < 2:
        return Inapplicable(f"of {column} only the levels of one group occur: {', '.join(names)}")
    reference = basis.final.candidate(column).reference or ""
    candidate = Candidate(column, names.get(reference, reference))
    recoded = _recoded(basis.patients, column, column, lambda cell: names[level_text(cell)])
    return Prepared(replaced(basis.final, column, candidate), recoded)


def merged_levels(basis: Basis) -> Mapping[str, str] | Inapplicable:
    """The group that each occurring level of the factor is merged into, named by those of its levels that occur."""
    column = basis.settings.factor
    levels = _levels(basis, column)
    if isinstance(levels, Inapplicable):
        return levels
    groups = basis.settings.collapse
    alone = [level for level in levels if not any(level in group for group in groups)]
    if alone:
        return Inapplicable(f"the level {alone[0]} of {column} stands in no group of sensitivity.collapse")
    present = [[level for level in levels if level in group] for group in groups]
    names = {level: _group_name(group) for group in present for level in group}
    return {level: names[level] for level in levels}


def log_ratio(basis: Basis) -> Prepared | Inapplicable:
    """The natural logarithm of the ratio in place of the ratio."""
    column = basis.settings.ratio
    if not basis.has(column):
        return Inapplicable(f"{column} is not in the final model")
    tables = basis.patients.of([one.column for one in basis.final.candidates])
    cells = [cell for table in tables for cell in table.column(column) if cell]
    if any((number(cell) or 0) <= 0 for cell in cells):
        return Inapplicable(f"{column} has a value at or below 0, which has no logarithm")
    name = log_name(column)
    recoded = _recoded(basis.patients, column, name, lambda cell: repr(math.log(float(cell))))
    return Prepared(replaced(basis.final, column, Candidate(name)), recoded)


def log_name(column: str) -> str:
    """Name of the logarithm of a column.

    >>> log_name("hu_ratio")
    'log(hu_ratio)'
    """
    return f"log({column})"


def _levels(basis: Basis, column: str) -> tuple[str, ...] | Inapplicable:
    """Levels of a factor of the final model, among the patients that it is fitted to."""
    if not basis.has(column):
        return Inapplicable(f"{column} is not in the final model")
    if basis.final.candidate(column).reference is None:
        return Inapplicable(f"{column} is a number already")
    tables = basis.patients.of([one.column for one in basis.final.candidates])
    return natural_order(level_text(cell) for table in tables for cell in table.column(column) if cell)


def _group_name(levels: Sequence[str]) -> str:
    """What a group of levels is called: `1-2` for neighbouring whole numbers, else `a+b`.

    >>> _group_name(["1", "2"]), _group_name(["1-2", "3"]), _group_name(["4"])
    ('1-2', '1-2+3', '4')
    """
    whole = [int(level) for level in levels if level.isdecimal()]
    if len(whole) == len(levels) > 1 and whole == list(range(whole[0], whole[-1] + 1)):
        return f"{whole[0]}-{whole[-1]}"
    return "+".join(levels)


def _recoded(
    patients: CompletedTables, column: str, name: str, recode: Callable[[str], str]
) -> CompletedTables:
    """Every table with a further (or changed) column, made from the cells of one; empty cells stay empty."""

    def one(table: AnalysisTable) -> AnalysisTable:
        cells = [recode(cell) if cell else "" for cell in table.column(column)]
        return replace(table, cells=table.cells.assign(**{name: cells}))

    imputed = patients.imputed | ({name} if column in patients.imputed else set())
    return CompletedTables(one(patients.observed), tuple(map(one, patients.sets)), frozenset(imputed))
