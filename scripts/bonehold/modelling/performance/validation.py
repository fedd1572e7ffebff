"""Internal validation of a model: performance and calibration, apparent and corrected for optimism."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from bonehold.modelling.performance.calibration import (
    CalibrationCurve,
    CalibrationError,
    calibration_curve,
    calibration_error,
)
from bonehold.modelling.performance.discrimination import delong
from bonehold.modelling.performance.optimism import (
    CorrectedMeasure,
    Refits,
    optimism_corrected,
    refit,
    resampled_auc,
    resampled_brier,
    resampled_slope,
)
from bonehold.modelling.performance.resampling import bootstrap_counts
from bonehold.modelling.regression.batched_newton import STOPPING_RULE
from bonehold.modelling.regression.development_data import DevelopmentData
from bonehold.modelling.regression.logistic import Z_95
from bonehold.modelling.regression.model import Model, NotFitted
from bonehold.modelling.regression.terms import Floats

SCHEMA = "validation/1"
VARIANT = "fixed"
"""The model's predictors are taken as given and only refitted in each resample."""
PERFORMANCE_COLUMNS = (
    *("measure", "apparent", "ci_low", "ci_high", "optimism", "corrected"),
    *("corrected_ci_low", "corrected_ci_high", "ci_method", "corrected_ci_method"),
)
CALIBRATION_COLUMNS = ("predicted", "apparent", "corrected", "optimism", "resamples")
RISK_BINS = 50
"""Bins of the distribution of risks that the calibration figure shows."""


@dataclass(frozen=True)
class Performance:
    """A measure of a model: apparent with its CI and the way that was found, and corrected for optimism."""

    measure: str
    ci_low: float
    ci_high: float
    ci_method: str
    corrected: CorrectedMeasure


@dataclass(frozen=True)
class Validation:
    """What the bootstrap says about a model.

    Attributes:
        performance: one entry per measure.
        curve: calibration curve.
        error: distance of the patients' risks from the corrected curve.
        refits: the model in each usable resample.
        slopes: calibration slope of each refitted model in the original data, shape (used,).
        seed: seed of the resampling.
    """

    performance: tuple[Performance, ...]
    curve: CalibrationCurve
    error: CalibrationError
    refits: Refits
    slopes: Floats
    seed: int


def validate(model: Model, data: DevelopmentData, repetitions: int, seed: int) -> Validation:
    """Validate a model in its own data by Harrell's bootstrap.

    Resamples that cannot be fitted (a constant column, one outcome only) are counted and left out; separated
    ones are counted and kept, in the calibration curve too.

    Args:
        model: the model.
        data: its patients.
        repetitions: number of resamples B.
        seed: seed of the run.
    """
    (first, *_) = data.sets
    risk = first.risk
    weights = bootstrap_counts(len(data.y), repetitions, seed, model.analysis)
    refits = refit(first.X, data.y, weights)
    area = delong(first.log_odds, data.y)
    squares = (risk - data.y) ** 2
    brier = float(squares.mean())
    half = Z_95 * float(squares.std(ddof=1)) / len(squares) ** 0.5
    curve = calibration_curve(risk, data.y, refits.risk, refits.weights)
    return Validation(
        performance=(
            Performance(
                "auc",
                area.ci_low,
                area.ci_high,
                "DeLong, normal scale",
                optimism_corrected(area.auc, resampled_auc(refits, data.y)),
            ),
            Performance(
                "brier",
                max(0.0, brier - half),
                min(1.0, brier + half),
                "mean of squared errors, normal",
                optimism_corrected(brier, resampled_brier(refits, data.y)),
            ),
        ),
        curve=curve,
        error=calibration_error(curve, risk),
        refits=refits,
        slopes=resampled_slope(refits, data.y).in_original,
        seed=seed,
    )


def performance_rows(validation: Validation) -> Iterator[Mapping[str, Any]]:
    """Rows of `performance.csv`."""
    for entry in validation.performance:
        yield {
            "measure": entry.measure,
            "ci_low": entry.ci_low,
            "ci_high": entry.ci_high,
            "ci_method": entry.ci_method,
            "apparent": entry.corrected.apparent,
            "optimism": entry.corrected.optimism,
            "corrected": entry.corrected.corrected,
            "corrected_ci_low": entry.corrected.ci_low,
            "corrected_ci_high": entry.corrected.ci_high,
            "corrected_ci_method": "location-shifted bootstrap percentiles",
        }


def calibration_rows(validation: Validation) -> Iterator[Mapping[str, Any]]:
    """Rows of `calibration.csv`: one per grid point."""
    curve = validation.curve
    columns = (curve.predicted, curve.apparent, curve.corrected, curve.optimism, curve.resamples)
    for values in zip(*columns, strict=True):
        yield dict(zip(CALIBRATION_COLUMNS, values, strict=True))


def not_validated_content(model: NotFitted) -> dict[str, Any]:
    """Content of `validation.json` where there is no model to validate."""
    return {"schema": SCHEMA, "status": "not_fitted", **asdict(model)}


def validation_content(model: Model, data: DevelopmentData, validation: Validation) -> dict[str, Any]:
    """Content of `validation.json`.

    It holds the distribution of the risks in bins, so that the calibration figure needs no patient's data.
    """
    refits, slopes = validation.refits, validation.slopes
    used = len(refits.weights)
    risk = data.risk
    edges = np.linspace(0, 1, RISK_BINS + 1)
    return {
        "schema": SCHEMA,
        "status": "validated",
        "analysis": model.analysis,
        "synthetic": model.synthetic,
        "n": model.n,
        "events": model.events,
        "variants": {
            VARIANT: {
                "B": used + refits.singular,
                "used": used,
                "singular": refits.singular,
                "separated": int(refits.separated.sum()),
                "seed": validation.seed,
                "stopping_rule": STOPPING_RULE,
                "left_out": "singular resamples only; separated ones count in every figure",
                "slope_mean": float(slopes.mean()) if used else None,
                "slope_median": float(np.median(slopes)) if used else None,
                **asdict(validation.error),
            }
        },
        "risk_distribution": {
            "bin_edges": edges,
            "without_event": np.histogram(risk[data.y == 0], edges)[0],
            "with_event": np.histogram(risk[data.y == 1], edges)[0],
        },
    }
