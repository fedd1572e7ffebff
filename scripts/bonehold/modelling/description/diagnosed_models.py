"""Which models of an analysis are diagnosed for collinearity: the final, the multivariable, and those asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bonehold.modelling.description.collinearity import FINAL, MULTIVARIABLE, Diagnosed
from bonehold.modelling.inputs.candidates import candidate_of
from bonehold.modelling.inputs.checks import unusable
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.specification import Specification
from bonehold.modelling.missing.completed_tables import CompletedTables
from bonehold.modelling.regression.development import completed_cases
from bonehold.modelling.regression.logistic import NotConverged, fit_logistic
from bonehold.modelling.regression.model import Model
from bonehold.modelling.regression.observations import Observations
from bonehold.modelling.regression.pooling import pool
from bonehold.modelling.regression.separation import aliased_coefficients, separating_coefficients
from bonehold.modelling.regression.terms import Floats
from bonehold.problems import InputError, Problem

KEY = "collinearity"


def developed_models(
    model: Model, specification: Specification, patients: CompletedTables, dictionary: Dictionary
) -> tuple[Diagnosed, Diagnosed]:
    """The final and the multivariable model of an analysis.

    Args:
        model: the final model.
        specification: its candidates.
        patients: those of the analysis.
        dictionary: labels.
    """
    final, together = (
        completed_cases(
            specification, [specification.candidate(column) for column in columns], patients, dictionary
        )
        for columns in ([term.column for term in model.terms], model.selection.multivariable)
    )
    return (
        Diagnosed(FINAL, final, np.array(model.covariance)),
        Diagnosed(MULTIVARIABLE, together, _covariance(together)),
    )


def model_asked_for(
    columns: Sequence[str], specification: Specification, patients: CompletedTables, dictionary: Dictionary
) -> Diagnosed:
    """A model of columns that are named for this alone; they need not be candidates.

    Args:
        columns: at least two.
        specification: reference levels of the factors among the candidates.
        patients: those of the analysis.
        dictionary: labels.

    Raises:
        InputError: a column is absent, constant or not in order, or the columns are aliased.
    """
    named = " + ".join(columns)
    candidates = [candidate_of(column, specification, patients.observed) for column in columns]
    for candidate in candidates:
        reason = unusable(candidate, specification.outcome, patients.observed)
        if reason:
            found = f"{named}: {candidate.column}: {reason}"
            raise InputError([Problem(KEY, found, "the model is left out")])
    sets = completed_cases(specification, candidates, patients, dictionary)
    for one in sets:
        if one.n <= one.X.shape[1] or aliased_coefficients(one.X):
            found = f"{named}: one is constant or an exact combination of the others among {one.n} patients"
            raise InputError([Problem(KEY, found, "the model is left out")])
    return Diagnosed(named, sets)


def _covariance(sets: Sequence[Observations]) -> Floats | None:
    """Covariance of the logistic fit, pooled; None where it has no finite estimates."""
    if any(separating_coefficients(one.X, one.y) for one in sets):
        return None
    n, p = sets[0].X.shape
    try:
        return pool([fit_logistic(one.X, one.y) for one in sets], n - p).covariance
    except NotConverged:
        return None
