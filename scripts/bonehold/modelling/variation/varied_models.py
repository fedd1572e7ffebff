"""Every sensitivity analysis fitted: its coefficients, discrimination and accuracy beside those of the main model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.checks import analysed_patients
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.performance.discrimination import Auc, auc_by_row, pooled_delong
from bonehold.modelling.performance.optimism import refit
from bonehold.modelling.performance.recalibration import calibration_lines
from bonehold.modelling.performance.resampling import bootstrap_counts
from bonehold.modelling.regression.coefficient_tables import CoefficientRow
from bonehold.modelling.regression.development import completed_cases, develop
from bonehold.modelling.regression.development_data import DevelopmentData, development_data
from bonehold.modelling.regression.logistic import NotConverged
from bonehold.modelling.regression.model import Model, NotFitted
from bonehold.modelling.regression.pooling import OverallTest
from bonehold.modelling.variation.basis import Basis, Inapplicable, Prepared
from bonehold.modelling.variation.departure import departure_from_linear
from bonehold.modelling.variation.variants import MAIN, ORDINAL, Variant, variants_of
from bonehold.problems import InputError

FITTED, NOT_APPLICABLE, NOT_FITTED = "fitted", "not_applicable", "not_fitted"
SAME = "the same patients and values as the main model"


@dataclass(frozen=True)
class VariedModel:
    """A fitted variant.

    Attributes:
        model: the model.
        rows: its coefficients, intercept first.
        auc: apparent AUC with DeLong's interval (pooled over completed sets).
        auc_corrected: less the optimism of its bootstrap; None where no resample could be fitted.
        brier: apparent Brier score, the mean over completed sets.
        slope_corrected: mean calibration slope of the refits in the original patients; None likewise.
        departure: of grades as one number, the test of their departure from equal steps; else None.
        resamples: resamples that were fitted, over all completed sets.
        singular: resamples that could not be.
    """

    model: Model
    rows: tuple[CoefficientRow, ...]
    auc: Auc
    auc_corrected: float | None
    brier: float
    slope_corrected: float | None
    resamples: int
    singular: int
    departure: OverallTest | None = None


@dataclass(frozen=True)
class Variation:
    """A variant and what became of it: `fitted`, `not_applicable` or `not_fitted`, with the reason."""

    name: str
    label: str
    status: str
    reason: str = ""
    result: VariedModel | None = None


def vary(basis: Basis, repetitions: int, seed: int) -> tuple[Variation, ...]:
    """Fit the main model and its sensitivity analyses; no predictors are selected anew.

    Args:
        basis: the main model and what it can be varied with.
        repetitions: number of resamples B of each.
        seed: seed of the run; variants with as many patients share their resamples.
    """
    main = Prepared(basis.final, basis.patients)
    return tuple(_varied(one, basis, main, repetitions, seed) for one in variants_of(basis))


def _varied(variant: Variant, basis: Basis, main: Prepared, repetitions: int, seed: int) -> Variation:
    try:
        prepared = variant.prepare(basis)
        if isinstance(prepared, Inapplicable):
            return Variation(variant.name, variant.label, NOT_APPLICABLE, prepared.reason)
        result = fit_prepared(prepared, basis.dictionary, repetitions, seed)
        if isinstance(result, NotFitted):
            return Variation(variant.name, variant.label, NOT_FITTED, "; ".join(result.reasons))
        if variant.name == ORDINAL:
            result = replace(result, departure=_departure(main, prepared, basis.dictionary))
    except InputError as error:
        reason = "; ".join(problem.line() for problem in error.problems)
        return Variation(variant.name, variant.label, NOT_FITTED, reason)
    same = variant.name != MAIN and _same(prepared, main)
    return Variation(variant.name, variant.label, FITTED, SAME if same else prepared.note, result)


def fit_prepared(
    prepared: Prepared, dictionary: Dictionary, repetitions: int, seed: int
) -> VariedModel | NotFitted:
    """Fit one model and measure it.

    Args:
        prepared: the model, fixed, and its patients.
        dictionary: labels and units.
        repetitions: number of resamples B.
        seed: seed of the run.

    Raises:
        InputError: what specification and table show at once cannot be fitted; every reason.
    """
    analysed_patients(prepared.specification, prepared.patients.observed)
    development = develop(prepared.specification, prepared.patients, dictionary)
    model = development.model
    if isinstance(model, NotFitted):
        return model
    data = development_data(model, prepared.patients)
    area = pooled_delong([one.log_odds for one in data.sets], data.y)
    optimisms, slopes, resamples, singular = _optimism(model, data, repetitions, seed)
    return VariedModel(
        model=model,
        rows=development.final,
        auc=area,
        auc_corrected=area.auc - float(np.mean(optimisms)) if optimisms else None,
        brier=float(np.mean([np.mean((one.risk - data.y) ** 2) for one in data.sets])),
        slope_corrected=float(np.mean(slopes)) if slopes else None,
        resamples=resamples,
        singular=singular,
    )


def _optimism(
    model: Model, data: DevelopmentData, repetitions: int, seed: int
) -> tuple[Sequence[float], Sequence[float], int, int]:
    """Mean optimism of the AUC and mean slope in each completed set, resamples fitted and not fitted."""
    means, slopes, fitted, singular = [], [], 0, 0
    for place, one in enumerate(data.sets):
        weights = bootstrap_counts(len(data.y), repetitions, seed, model.analysis, place)
        refits = refit(one.X, data.y, weights, model.method)
        fitted, singular = fitted + len(refits.weights), singular + refits.singular
        if len(refits.weights):
            in_sample = auc_by_row(refits.log_odds, data.y, refits.weights)
            in_original = auc_by_row(refits.log_odds, data.y, np.ones_like(refits.weights))
            means.append(float((in_sample - in_original).mean()))
            slopes.append(float(np.nanmean(calibration_lines(refits.log_odds, data.y)[:, 1])))
    return means, slopes, fitted, singular


def _departure(main: Prepared, varied: Prepared, dictionary: Dictionary) -> OverallTest | None:
    """Of the same patients: what the factor explains beyond its grade as one number."""
    as_factor, as_number = (
        completed_cases(one.specification, one.specification.candidates, one.patients, dictionary)
        for one in (main, varied)
    )
    try:
        return departure_from_linear(as_factor, as_number)
    except NotConverged:
        return None


def _same(prepared: Prepared, main: Prepared) -> bool:
    """Whether a variant comes to the main model itself: the same terms, method and cells."""
    if prepared.specification != main.specification:
        return False
    columns = [candidate.column for candidate in main.specification.candidates]
    used = [main.specification.outcome, *columns]
    ours, theirs = prepared.patients.of(columns), main.patients.of(columns)
    return len(ours) == len(theirs) and all(
        _cells(one, used) == _cells(other, used) for one, other in zip(ours, theirs, strict=True)
    )


def _cells(table: AnalysisTable, columns: Sequence[str]) -> list[list[str]]:
    """The cells a model is fitted to, sorted: a model does not depend on the order of its patients."""
    kept = table.cells[columns]
    return sorted(kept.loc[(kept != "").all(axis="columns")].to_numpy().tolist())
