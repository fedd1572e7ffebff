"""Is a selected model as good in new patients as the two corrections say?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.specification import Candidate, Specification
from bonehold.modelling.missing.completed_tables import CompletedTables
from bonehold.modelling.performance.discrimination import auc
from bonehold.modelling.performance.recalibration import calibration_lines
from bonehold.modelling.performance.validation import Validation, validate, validate_selection
from bonehold.modelling.regression.development import develop
from bonehold.modelling.regression.development_data import development_data
from bonehold.modelling.regression.model import Model, linear_predictors
from bonehold.modelling.regression.terms import Floats
from intervals import FRESH
from simulated_world import N, Patients, draw

RESAMPLES = 50
NOISE = tuple(f"noise_{number}" for number in range(1, 11))
"""Candidates that have nothing to do with the outcome: with the four true ones 14, as in a study that measures much."""
COLUMNS = ("age", "pbq", "hu_ratio", "low_grade", *NOISE)
SPECIFICATION = Specification("study", None, "loosening", tuple(Candidate(column) for column in COLUMNS))
QUANTITIES = ("apparent", "fixed", "selection", "slope_fixed", "slope_selection")


def selected(number: int, random: np.random.Generator) -> Mapping[str, float]:
    """Apparent, `fixed` and `selection` minus the truth, for a model selected among true and idle candidates."""
    patients, fresh = draw(N, random), draw(FRESH, random)
    values, new = with_noise(patients, random), with_noise(fresh, random)
    observed = CompletedTables(table_of(values, patients.y))
    model = develop(SPECIFICATION, observed, Dictionary()).model
    if not isinstance(model, Model):
        return dict.fromkeys(QUANTITIES, np.nan)
    data = development_data(model, observed)
    fixed = validate(model, data, RESAMPLES, number)
    repeated, _ = validate_selection(model, data, SPECIFICATION, observed, Dictionary(), RESAMPLES, number)
    chosen = [COLUMNS.index(term.column) for term in model.terms]
    X = np.column_stack([np.ones(FRESH), new[:, chosen]])
    log_odds = linear_predictors(X, np.array([list(model.coefficients.values())]))
    true_auc, true_slope = auc(log_odds[0], fresh.y), slope_in(log_odds, fresh.y)
    return {
        "apparent": model.auc - true_auc,
        "fixed": corrected(fixed, "auc") - true_auc,
        "selection": corrected(repeated, "auc") - true_auc,
        "slope_fixed": float(np.nanmedian(fixed.slopes)) - true_slope,
        "slope_selection": float(np.nanmedian(repeated.slopes)) - true_slope,
    }


def corrected(validation: Validation, measure: str) -> float:
    """A corrected value."""
    entry = next(one for one in validation.performance if one.measure == measure)
    assert entry.corrected is not None
    return entry.corrected.corrected


def slope_in(log_odds: Floats, y: Floats) -> float:
    """Calibration slope in new patients."""
    return float(calibration_lines(log_odds, y)[0, 1])


def with_noise(patients: Patients, random: np.random.Generator) -> Floats:
    """True predictors and idle ones, shape (n, 14)."""
    return np.column_stack([patients.X[:, 1:], random.standard_normal((len(patients.y), len(NOISE)))])


def table_of(values: Floats, y: Floats) -> AnalysisTable:
    """The text table that a group would have."""
    cells = pd.DataFrame(
        {column: [repr(float(value)) for value in values[:, place]] for place, column in enumerate(COLUMNS)},
        index=range(2, len(y) + 2),
    )
    return AnalysisTable("study.csv", cells.assign(loosening=[f"{value:.0f}" for value in y]))
