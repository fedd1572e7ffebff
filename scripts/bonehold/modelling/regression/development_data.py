"""The patients of a stored model, found again in the table it was developed on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bonehold.modelling.inputs.analysis_table import AnalysisTable, patients_of
from bonehold.modelling.inputs.levels import number
from bonehold.modelling.regression.model import Model, linear_predictors
from bonehold.modelling.regression.terms import Floats, design_matrix
from bonehold.problems import InputError, Problem


@dataclass(frozen=True)
class DevelopmentData:
    """Patients with outcome and all predictors of a model.

    Attributes:
        X: design matrix of the model, shape (n, p).
        y: outcome, shape (n,).
        log_odds: of the model, shape (n,).
        cells: text cells of each predictor, shape (n,) each.
    """

    X: Floats
    y: Floats
    log_odds: Floats
    cells: Mapping[str, tuple[str, ...]]


def development_data(model: Model, table: AnalysisTable) -> DevelopmentData:
    """Find the patients that a model was fitted to.

    Args:
        model: the model; its own condition and columns select the rows.
        table: the table it was fitted to.

    Raises:
        InputError: the table holds other patients than the model was fitted to.
    """
    columns = [term.column for term in model.terms]
    cells = patients_of(table, model.where).cells
    complete = cells.loc[(cells[[model.outcome, *columns]] != "").all(axis="columns")]
    y = np.array([number(cell) for cell in complete[model.outcome]], dtype=float)
    if (len(y), y.sum()) != (model.n, model.events):
        found = f"holds {len(y)} patients and {y.sum():.0f} events, the model {model.n} and {model.events}"
        raise InputError([Problem(table.name, found, "fit the model again on this table")])
    X = design_matrix(model.terms, complete)
    log_odds = linear_predictors(X, np.array(list(model.coefficients.values()))[None])[0]
    return DevelopmentData(X, y, log_odds, {column: tuple(complete[column]) for column in columns})
