"""The patients of a stored model, found again in the table it was developed on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.levels import number
from bonehold.modelling.missing.completed_tables import CompletedTables
from bonehold.modelling.regression.model import Model, linear_predictors
from bonehold.modelling.regression.terms import Floats, design_matrix
from bonehold.problems import InputError, Problem


@dataclass(frozen=True)
class DevelopmentSet:
    """Patients with outcome and all predictors of a model, in one completed set.

    Attributes:
        X: design matrix of the model, shape (n, p).
        log_odds: of the model, shape (n,).
        cells: text cells of each predictor, shape (n,) each.
    """

    X: Floats
    log_odds: Floats
    cells: Mapping[str, tuple[str, ...]]

    @property
    def risk(self) -> Floats:
        """Predicted by the model, shape (n,)."""
        return np.asarray(expit(self.log_odds))


@dataclass(frozen=True)
class DevelopmentData:
    """The patients of a model.

    Attributes:
        y: outcome, shape (n,).
        sets: one entry where no predictor was imputed, else one per completed set.
    """

    y: Floats
    sets: tuple[DevelopmentSet, ...]

    @property
    def risk(self) -> Floats:
        """Risk of each patient by the model, the mean over the completed sets, shape (n,)."""
        return np.asarray(np.mean([one.risk for one in self.sets], axis=0))


def development_data(model: Model, patients: CompletedTables) -> DevelopmentData:
    """Find the patients that a model was fitted to.

    Args:
        model: the model; its columns select the rows.
        patients: those of its analysis.

    Raises:
        InputError: the tables hold other patients than the model was fitted to.
    """
    columns = [term.column for term in model.terms]
    complete = [_complete(table, (model.outcome, *columns)) for table in patients.of(columns)]
    y = np.array([number(cell) for cell in complete[0][model.outcome]], dtype=float)
    if (len(y), y.sum()) != (model.n, model.events):
        found = f"holds {len(y)} patients and {y.sum():.0f} events, the model {model.n} and {model.events}"
        raise InputError([Problem(patients.observed.name, found, "fit the model again on this table")])
    coefficients = np.array(list(model.coefficients.values()))[None]
    sets = []
    for cells in complete:
        X = design_matrix(model.terms, cells)
        texts = {column: tuple(cells[column]) for column in columns}
        sets.append(DevelopmentSet(X, linear_predictors(X, coefficients)[0], texts))
    return DevelopmentData(y, tuple(sets))


def _complete(table: AnalysisTable, columns: tuple[str, ...]) -> pd.DataFrame:
    return table.cells.loc[(table.cells[list(columns)] != "").all(axis="columns")]
