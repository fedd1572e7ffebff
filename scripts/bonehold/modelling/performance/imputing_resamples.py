"""Imputation repeated inside each resample: its uncertainty becomes part of the optimism."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.levels import number
from bonehold.modelling.missing.completed_tables import CompletedTables
from bonehold.modelling.performance.measures import Sample
from bonehold.modelling.performance.optimism import FITS, Resamples, Tally
from bonehold.modelling.regression.batched_newton import Status
from bonehold.modelling.regression.development_data import DevelopmentData
from bonehold.modelling.regression.logistic import MAXIMUM_LIKELIHOOD
from bonehold.modelling.regression.model import Model, linear_predictors
from bonehold.modelling.regression.terms import Floats, design_matrix

Complete = Callable[[AnalysisTable, int], AnalysisTable]
"""Fills the gaps of a table of resampled patients once; the number is that of the resample, from 0."""


def imputing_resamples(
    model: Model,
    patients: CompletedTables,
    data: DevelopmentData,
    weights: Floats,
    method: str,
    complete: Complete,
) -> Resamples:
    """Draw patients with their gaps, impute the resample once, refit, and measure in both.

    The original patients are those of one completed set for each resample, the sets taken in turn, so that their
    imputation is averaged as well (Schomaker and Heumann, Statistics in Medicine 2018;37:2252-2266: "Boot MI" with one
    set; Musoro, Zwinderman, Puhan, ter Riet, Geskus, BMC Medical Research Methodology 2014;14:116).

    Args:
        model: the model.
        patients: those of the analysis, with their gaps and completed.
        data: the patients of the model.
        weights: how often each patient of the model stands in each resample, shape (B, n).
        method: how resamples are fitted.
        complete: fills the gaps of a resample.
    """
    columns = [model.outcome, *(term.column for term in model.terms)]
    observed = patients.observed.cells.loc[_rows(patients, columns)]
    in_sample: list[Floats] = []
    in_original: list[Floats] = []
    outcomes: list[Floats] = []
    counted: list[Floats] = []
    singular = separated = not_converged = 0
    for place, times in enumerate(weights.astype(np.intp)):
        drawn = observed.iloc[np.repeat(np.arange(len(times)), times)]
        drawn = drawn.set_axis(range(2, len(drawn) + 2))
        cells = complete(AnalysisTable(patients.observed.name, drawn), place).cells
        whole = (cells[columns] != "").all(axis="columns").to_numpy()
        X = design_matrix(model.terms, cells.loc[whole])
        y = np.array([number(cell) for cell in cells[model.outcome]], dtype=float)
        fits = FITS[method](X, y[whole], np.ones((1, len(X))))
        if fits.having(Status.SINGULAR)[0]:
            singular += 1
            continue
        separated += int(fits.having(Status.SEPARATED)[0])
        not_converged += int(fits.having(Status.NOT_CONVERGED)[0])
        here = np.zeros(len(y))
        here[whole] = linear_predictors(X, fits.coefficients)[0]
        in_sample.append(here)
        outcomes.append(y)
        counted.append(whole.astype(float))
        there = data.sets[place % len(data.sets)].X
        in_original.append(linear_predictors(there, fits.coefficients)[0])
    shape = (len(in_sample), len(data.y))
    samples = [np.array(one).reshape(shape) for one in (in_sample, outcomes, counted)]
    return Resamples(
        Sample(samples[0], samples[1], samples[2], own=method == MAXIMUM_LIKELIHOOD),
        Sample(np.array(in_original).reshape(shape), data.y, np.ones(shape)),
        Tally(len(weights), singular, separated, not_converged),
    )


def _rows(patients: CompletedTables, columns: list[str]) -> list[int]:
    """Line numbers of the patients of the model."""
    cells = patients.of(columns)[0].cells
    return list(cells.index[(cells[columns] != "").all(axis="columns")])
