"""Columns that are related to each other without being candidates of the model."""

from __future__ import annotations

from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.levels import level_text, natural_order, number
from bonehold.modelling.inputs.specification import Candidate, Specification


def candidate_of(column: str, specification: Specification, table: AnalysisTable) -> Candidate:
    """A column as a predictor: the candidate of that name, else continuous where all its cells are numbers.

    A factor that is no candidate has its first level in natural order as reference.

    Args:
        column: name of a column; an absent one counts as continuous.
        specification: names the candidates.
        table: rows of the analysis.
    """
    for candidate in specification.candidates:
        if candidate.column == column:
            return candidate
    cells = [cell for cell in table.column(column) if cell] if column in table.columns else []
    if all(number(cell) is not None for cell in cells):
        return Candidate(column)
    return Candidate(column, natural_order(level_text(cell) for cell in cells)[0])
