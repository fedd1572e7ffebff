"""The final model on values by another definition: columns of the table of definitions take the place of others.

A definition may change who can be analysed, so that each of these models has the patients of its own definition.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from bonehold.modelling.inputs.analysis_table import AnalysisTable, patients_of
from bonehold.modelling.inputs.levels import level_text, natural_order, number
from bonehold.modelling.missing.chained_equations import impute
from bonehold.modelling.missing.completed_tables import CompletedTables, completed_tables
from bonehold.modelling.missing.incomplete import incomplete
from bonehold.modelling.variation.basis import Basis, Inapplicable, Prepared, replaced
from bonehold.modelling.variation.definitions import READER_MEASURES

IDENTIFIER = "patient_id"


def outcome_from(basis: Basis, column: str) -> Prepared | Inapplicable:
    """Another column as outcome; its patients are those for whom it tells one."""
    if not _tells(basis.definitions, column):
        return _absent(column)
    return _prepared(basis, basis.definitions, {basis.final.outcome: column})


def grade_from(basis: Basis, column: str) -> Prepared | Inapplicable:
    """Another column in place of the factor.

    Where its reference level does not occur (no patient may have the highest grade at the uppermost disc), the last
    level that does is the reference.
    """
    factor = basis.settings.factor
    if not basis.has(factor):
        return Inapplicable(f"{factor} is not in the final model")
    if not _tells(basis.definitions, column):
        return _absent(column)
    prepared = _prepared(basis, _same_patients(basis), {factor: column})
    candidate = basis.final.candidate(factor)
    levels = natural_order(level_text(cell) for cell in prepared.patients.observed.column(factor) if cell)
    if candidate.reference is None or not levels:
        return prepared
    if not set(levels) <= {candidate.reference, *candidate.levels}:
        candidate = replace(candidate, levels=())  # they were declared for the grade of the patient
    if candidate.reference in levels:
        return replace(prepared, specification=replaced(basis.final, factor, candidate))
    note = f"the reference level {candidate.reference} does not occur; it is {levels[-1]} here"
    other = replaced(basis.final, factor, replace(candidate, reference=levels[-1], levels=()))
    return replace(prepared, specification=other, note=note)


def reader_alone(basis: Basis, reader: str) -> Prepared | Inapplicable:
    """The measures of one reader in place of the combined ones."""
    if not any(map(basis.has, READER_MEASURES)):
        return Inapplicable("the final model has no measure that readers have")
    sources = {measure: f"{measure}_{reader}" for measure in READER_MEASURES}
    known = {measure: column for measure, column in sources.items() if _tells(basis.definitions, column)}
    for measure, column in sources.items():
        if basis.has(measure) and measure not in known:
            return _absent(column)
    return _prepared(basis, _same_patients(basis), known)


def readers_of(table: AnalysisTable) -> tuple[str, ...]:
    """Readers of whom the table has a measure of his own, in the order of its columns."""
    pattern = re.compile(r"(?:hu_ratio|pbq)_(?P<reader>.+)")
    found = (pattern.fullmatch(column) for column in table.columns)
    return tuple(dict.fromkeys(match["reader"] for match in found if match and _tells(table, match[0])))


def only_where(basis: Basis, column: str, words: str) -> Prepared | Inapplicable:
    """Only the patients for whom a column of 0 and 1 says 1.

    Args:
        basis: the main model.
        column: the column.
        words: what it says of a patient.
    """
    if not _tells(basis.definitions, column):
        return _absent(column)
    table = _same_patients(basis)
    kept = table.cells.loc[[number(cell) == 1 for cell in table.column(column)]]
    if kept.empty:
        return Inapplicable(f"of no patient is it known that {words}")
    return _prepared(basis, replace(table, cells=kept), {})


def _tells(table: AnalysisTable, column: str) -> bool:
    """Whether a table has a column with anything in it."""
    return column in table.columns and any(table.column(column))


def _absent(column: str) -> Inapplicable:
    return Inapplicable(f"the table has no column {column}")


def _same_patients(basis: Basis) -> AnalysisTable:
    """The rows of the patients of the main analysis."""
    table, main = basis.definitions, basis.patients.observed
    if IDENTIFIER not in table.columns or IDENTIFIER not in main.columns:
        return table
    return replace(table, cells=table.cells.loc[table.cells[IDENTIFIER].isin(main.column(IDENTIFIER))])


def _prepared(basis: Basis, table: AnalysisTable, sources: Mapping[str, str]) -> Prepared:
    """Put columns in the place of others, keep who belongs to the analysis and has an outcome, and fill gaps anew.

    The imputation model holds the outcome, so that values filled for the main analysis do not serve another one.
    """
    changed = table.cells.assign(**{target: table.cells[source] for target, source in sources.items()})
    patients = patients_of(replace(table, cells=changed), basis.final.where)
    outcome = basis.final.outcome
    patients = replace(patients, cells=patients.cells.loc[patients.cells[outcome] != ""])
    return Prepared(basis.final, _filled(basis, patients))


def _filled(basis: Basis, patients: AnalysisTable) -> CompletedTables:
    columns = [candidate.column for candidate in basis.final.candidates]
    if not (patients.cells[columns] == "").any(axis=None):
        return CompletedTables(patients)
    filling = basis.filling
    gaps = incomplete(basis.asked, patients, filling.b_hu_minimum)
    imputation = impute(gaps, filling.m, filling.iterations, filling.seed, basis.asked.analysis)
    return completed_tables(patients, imputation.cells)
