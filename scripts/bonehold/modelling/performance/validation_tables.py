"""The internal validation as it is written: `performance.csv`, `calibration.csv`, `validation.json`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from bonehold.modelling.performance.hosmer_lemeshow import HosmerLemeshow, by_quantiles, by_ranks
from bonehold.modelling.performance.optimism import STOPPING_RULES
from bonehold.modelling.performance.validation import FIXED, SELECTION, Validation
from bonehold.modelling.regression.development_data import DevelopmentData
from bonehold.modelling.regression.model import Model, NotFitted

SCHEMA = "validation/1"
PERFORMANCE_COLUMNS = (
    *("measure", "apparent", "ci_low", "ci_high", "optimism", "corrected"),
    *("corrected_ci_low", "corrected_ci_high", "ci_method", "corrected_ci_method", "resamples", "note"),
)
CALIBRATION_COLUMNS = (
    *("predicted", "apparent", "corrected", "optimism", "resamples"),
    *("corrected_selection", "optimism_selection", "resamples_selection"),
)
RISK_BINS = 50
"""Bins of the distribution of risks that the calibration figure shows."""
NO_IMPUTATION = "no predictor was imputed"
BEFORE = "imputed once, then resampled and refitted inside each completed set and averaged"
INSIDE = "imputed once again inside each resample; measured in the completed sets in turn"
NO_SELECTION = {
    "status": "not_applicable",
    "reason": "the final model was fixed by the configuration: no step of selection could be repeated",
}
"""What stands in `validation.json` for the variant `selection` of a fixed model."""
LEFT_OUT = "singular resamples only; separated ones count in every figure"


def performance_rows(validation: Validation) -> Iterator[Mapping[str, Any]]:
    """Rows of `performance.csv`."""
    for entry in validation.performance:
        corrected = entry.corrected
        yield {
            "measure": entry.measure,
            "apparent": entry.apparent,
            "ci_low": entry.ci_low,
            "ci_high": entry.ci_high,
            "ci_method": entry.ci_method,
            "optimism": corrected.optimism if corrected else None,
            "corrected": corrected.corrected if corrected else None,
            "corrected_ci_low": corrected.ci_low if corrected else None,
            "corrected_ci_high": corrected.ci_high if corrected else None,
            "corrected_ci_method": entry.corrected_ci_method,
            "resamples": corrected.resamples if corrected else None,
            "note": entry.note,
        }


def calibration_rows(fixed: Validation, selection: Validation | None) -> Iterator[Mapping[str, Any]]:
    """Rows of `calibration.csv`: one per grid point; the columns of the variant `selection` are empty without it."""
    curve = fixed.curve
    columns = [curve.predicted, curve.apparent, curve.corrected, curve.optimism, curve.resamples]
    if selection:
        columns += [selection.curve.corrected, selection.curve.optimism, selection.curve.resamples]
    for values in zip(*columns, strict=True):
        yield {**dict.fromkeys(CALIBRATION_COLUMNS), **dict(zip(CALIBRATION_COLUMNS, values, strict=False))}


def not_validated_content(model: NotFitted) -> dict[str, Any]:
    """Content of `validation.json` where there is no model to validate."""
    return {"schema": SCHEMA, "status": "not_fitted", **asdict(model)}


def validation_content(
    model: Model,
    data: DevelopmentData,
    fixed: Mapping[str, Any],
    selection: Mapping[str, Any],
) -> dict[str, Any]:
    """Content of `validation.json`.

    It holds the distribution of the risks in bins, so that the calibration figure needs no patient's data.

    Args:
        model: the model.
        data: its patients.
        fixed: what became of the resamples of the variant `fixed` (`variant_content`).
        selection: the same of `selection`, or why there is none.
    """
    risk, y = data.risk, data.y
    edges = np.linspace(0, 1, RISK_BINS + 1)
    return {
        "schema": SCHEMA,
        "status": "validated",
        "analysis": model.analysis,
        "synthetic": model.synthetic,
        "n": model.n,
        "events": model.events,
        "variants": {FIXED: fixed, SELECTION: selection},
        "hosmer_lemeshow": {
            "quantiles": _groups(by_quantiles(risk, y), [by_quantiles(one.risk, y) for one in data.sets]),
            "ranks": _groups(by_ranks(risk, y), [by_ranks(one.risk, y) for one in data.sets]),
        },
        "risk_distribution": {
            "bin_edges": edges,
            "without_event": np.histogram(risk[y == 0], edges)[0],
            "with_event": np.histogram(risk[y == 1], edges)[0],
        },
    }


def variant_content(
    validation: Validation, sets: int, repetitions: int, seed: int, imputation: str
) -> dict[str, Any]:
    """One variant of `validation.json`.

    Args:
        validation: its result.
        sets: completed sets that the model was fitted to.
        repetitions: resamples asked for, in each set.
        seed: seed of the run.
        imputation: order of imputation and resampling, in words.
    """
    tally, slopes = validation.resampled.tally, validation.slopes
    slopes = slopes[np.isfinite(slopes)]
    return {
        "status": "validated",
        "B": tally.drawn,
        "repetitions": repetitions,
        "sets": sets,
        "used": tally.used,
        "singular": tally.singular,
        "separated": tally.separated,
        "not_converged": tally.not_converged,
        "intercept_only": tally.intercept_only,
        "left_out": LEFT_OUT,
        "seed": seed,
        "method": validation.method,
        "stopping_rule": STOPPING_RULES[validation.method],
        "imputation": imputation,
        "slope_mean": float(slopes.mean()) if len(slopes) else None,
        "slope_median": float(np.median(slopes)) if len(slopes) else None,
        **asdict(validation.error),
        "emax_of_corrected_line": validation.largest_line_distance,
    }


def _groups(test: HosmerLemeshow, sets: list[HosmerLemeshow]) -> dict[str, Any]:
    """A test with its groups; over several completed sets the range of chi-square and P beside it."""
    content: dict[str, Any] = asdict(test)
    if len(sets) > 1:
        for name in ("chi2", "p_value"):
            over = [getattr(one, name) for one in sets]
            content[f"{name}_of_sets"] = [min(over), max(over)]
    return content
