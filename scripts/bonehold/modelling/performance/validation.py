"""Internal validation of a model by the bootstrap: performance and calibration, apparent and corrected for optimism."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.specification import Specification
from bonehold.modelling.missing.completed_tables import CompletedTables
from bonehold.modelling.performance.apparent import PERCENTILES, WALD, Apparent, apparent_performance
from bonehold.modelling.performance.calibration import (
    CalibrationCurve,
    CalibrationError,
    calibration_curve,
    calibration_error,
    calibration_grid,
)
from bonehold.modelling.performance.imputing_resamples import Complete, imputing_resamples
from bonehold.modelling.performance.measures import MEASURES
from bonehold.modelling.performance.optimism import (
    CorrectedMeasure,
    Resampled,
    optimism_corrected,
    refit,
    resampled,
    resamples_of,
    together,
)
from bonehold.modelling.performance.recalibration import largest_distance
from bonehold.modelling.performance.resampling import bootstrap_counts
from bonehold.modelling.performance.selection_refits import Choices, known_outcome, selecting_resamples
from bonehold.modelling.regression.development_data import DevelopmentData
from bonehold.modelling.regression.model import Model
from bonehold.modelling.regression.terms import Floats

FIXED, SELECTION = "fixed", "selection"
"""`fixed`: the predictors are taken as given and only refitted in each resample. `selection`: all steps from the
univariable screen on are repeated."""


@dataclass(frozen=True)
class Performance:
    """A measure of a model: apparent with its CI and the way that was found, and corrected for optimism.

    Attributes:
        measure: its name.
        ci_low: lower 95 % limit of the apparent value.
        ci_high: upper limit.
        ci_method: how they were found; empty for none.
        corrected: apparent, optimism, corrected; None for a test that has an apparent value only.
        corrected_ci_method: how the corrected limits were found.
        apparent: the apparent value.
        note: what else must be known.
    """

    measure: str
    apparent: float
    ci_low: float
    ci_high: float
    ci_method: str
    corrected: CorrectedMeasure | None
    corrected_ci_method: str
    note: str


@dataclass(frozen=True)
class Validation:
    """What the bootstrap says about a model.

    Attributes:
        performance: one entry per measure.
        curve: calibration curve.
        error: distance of the patients' risks from the corrected curve.
        largest_line_distance: largest distance of the corrected recalibration line: the Emax of `rms::validate`.
        resampled: each measure in each usable resample.
        method: how the resamples were fitted.
    """

    performance: tuple[Performance, ...]
    curve: CalibrationCurve
    error: CalibrationError
    largest_line_distance: float
    resampled: Resampled
    method: str

    @property
    def slopes(self) -> Floats:
        """Calibration slope of each refitted model in the original data, shape (used,)."""
        return self.resampled.in_original["slope"]


def validate(
    model: Model, data: DevelopmentData, repetitions: int, seed: int, method: str | None = None
) -> Validation:
    """Validate a model in its own data by Harrell's bootstrap, its predictors taken as given.

    Resamples that cannot be fitted (a constant column, one outcome only) are counted and left out; separated
    ones are counted and kept, in the calibration curve too. Where predictors were imputed, resamples are drawn and
    refitted inside each completed set, and everything is averaged over the sets.

    Args:
        model: the model.
        data: its patients.
        repetitions: number of resamples B, in each completed set.
        seed: seed of the run.
        method: how resamples are fitted; as the model if not given.
    """
    way = method or model.method
    grid = calibration_grid(data.risk)
    parts = []
    for number, one in enumerate(data.sets):
        weights = bootstrap_counts(len(data.y), repetitions, seed, model.analysis, number)
        parts.append(resampled(resamples_of(refit(one.X, data.y, weights, way), data.y), grid))
    return validation_of(model, data, together(parts), way)


def validate_imputing(
    model: Model,
    data: DevelopmentData,
    patients: CompletedTables,
    complete: Complete,
    repetitions: int,
    seed: int,
    method: str | None = None,
) -> Validation:
    """Validate a model, its predictors taken as given, with the imputation repeated inside each resample.

    Args:
        model: the model, some of whose predictors were imputed.
        data: its patients.
        patients: those of the analysis.
        complete: fills the gaps of a resample.
        repetitions: number of resamples B.
        seed: seed of the run.
        method: how resamples are fitted; as the model if not given.
    """
    way = method or model.method
    weights = bootstrap_counts(len(data.y), repetitions, seed, model.analysis)
    resamples = imputing_resamples(model, patients, data, weights, way, complete)
    return validation_of(model, data, resampled(resamples, calibration_grid(data.risk)), way)


def validate_selection(
    model: Model,
    data: DevelopmentData,
    specification: Specification,
    patients: CompletedTables,
    dictionary: Dictionary,
    repetitions: int,
    seed: int,
    method: str | None = None,
) -> tuple[Validation, Choices]:
    """Validate a model with all steps from the univariable screen on repeated in each resample.

    Where every patient is in the model the resamples are those of `validate`.

    Args:
        model: the model, selected by P.
        data: its patients.
        specification: the candidates and the rules by which it was selected.
        patients: those of the analysis.
        dictionary: labels and units.
        repetitions: number of resamples B, in each completed set.
        seed: seed of the run.
        method: how final models are fitted; as the model if not given.

    Returns:
        The validation, and what each resample chose.
    """
    way = method or model.method
    grid = calibration_grid(data.risk)
    columns = [candidate.column for candidate in specification.candidates]
    parts, choices = [], Choices()
    for number, table in enumerate(patients.of(columns)):
        n = len(known_outcome(table, specification.outcome).cells)
        weights = bootstrap_counts(n, repetitions, seed, model.analysis, number)
        resamples, chosen = selecting_resamples(
            specification, patients.observed, table, dictionary, weights, way
        )
        parts.append(resampled(resamples, grid))
        choices += chosen
    return validation_of(model, data, together(parts), way), choices


def validation_of(model: Model, data: DevelopmentData, found: Resampled, method: str) -> Validation:
    """Put together what the resamples say about a model.

    Args:
        model: the model.
        data: its patients.
        found: every measure in every resample, the curves at `calibration_grid(data.risk)`.
        method: how the resamples were fitted.
    """
    performance = tuple(
        _performance(name, apparent, found)
        for name, apparent in apparent_performance(data, model.cutoff).items()
    )
    curve = calibration_curve(
        calibration_grid(data.risk), [one.risk for one in data.sets], data.y, found.curves
    )
    line: Mapping[str, float] = {
        one.measure: one.corrected.corrected for one in performance if one.corrected is not None
    }
    return Validation(
        performance=performance,
        curve=curve,
        error=calibration_error(curve, data.risk),
        largest_line_distance=largest_distance(line["joint_intercept"], line["slope"]),
        resampled=found,
        method=method,
    )


def _performance(name: str, apparent: Apparent, found: Resampled) -> Performance:
    limits = (apparent.ci_low, apparent.ci_high)
    if name not in MEASURES:
        return Performance(name, apparent.value, *limits, apparent.ci_method, None, "", apparent.note)
    in_sample, in_original = found.in_sample[name], found.in_original[name]
    # In its own sample every fit has the slope 1 by definition, which has no percentiles to speak of.
    wald = apparent.ci_method == WALD
    corrected = optimism_corrected(
        apparent.value, in_sample, in_original, apparent.bounds, limits if wald else None
    )
    if apparent.ci_method == PERCENTILES:
        defined = in_sample[np.isfinite(in_sample)]
        if len(defined):
            limits = tuple(np.quantile(defined, [0.025, 0.975]).tolist())
    interval = "Wald interval" if wald else "bootstrap percentiles"
    return Performance(
        name,
        apparent.value,
        *limits,
        apparent.ci_method,
        corrected,
        f"location-shifted {interval}",
        apparent.note,
    )
