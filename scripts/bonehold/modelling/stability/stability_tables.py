"""From the bootstrap's refits to the rows of `stability.csv` and `stability_curves.csv`.

No row names a patient: they are sorted by risk, and hold risks only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bonehold.modelling.performance.optimism import Refits, refit
from bonehold.modelling.performance.resampling import bootstrap_counts
from bonehold.modelling.regression.development_data import DevelopmentData
from bonehold.modelling.regression.model import Model
from bonehold.modelling.regression.terms import Floats
from bonehold.modelling.stability.instability import Instability, calibration_curves, instability

STABILITY_COLUMNS = (
    *("risk", "mean", "ci_low", "ci_high", "mape", "classification_instability", "high_risk"),
    *("resamples", "separated", "singular", "ci_method"),
)
CURVE_COLUMNS = ("curve", "predicted", "observed")
CI_METHOD = "percentiles over the bootstrap models"
CURVES = 100
"""Curves that the figure shows: more would print as one blot."""
ORIGINAL = 0
"""Number of the original model's curve; those of the bootstrap models follow from 1."""


@dataclass(frozen=True)
class Stability:
    """What the bootstrap models say about a model.

    Attributes:
        patients: instability of each patient's risk.
        curves: calibration curves, shape (1 + curves, 2, 50).
        refits: the bootstrap models of each completed set.
    """

    patients: Instability
    curves: Floats
    refits: tuple[Refits, ...]


def assess(
    model: Model, data: DevelopmentData, repetitions: int, seed: int, method: str | None = None
) -> Stability:
    """Refit a model in the resamples that validate it, and see how its predictions change.

    Args:
        model: the model.
        data: its patients.
        repetitions: resamples B in each completed set.
        seed: seed of the run.
        method: how resamples are fitted; as the model if not given.
    """
    way = method or model.method
    refits = tuple(
        refit(one.X, data.y, bootstrap_counts(len(data.y), repetitions, seed, model.analysis, number), way)
        for number, one in enumerate(data.sets)
    )
    return Stability(
        instability(data, refits, model.cutoff.cutoff), calibration_curves(data, refits, CURVES), refits
    )


def stability_rows(model: Model, stability: Stability) -> Iterator[Mapping[str, Any]]:
    """Rows of `stability.csv`: one per patient, the lowest risk first."""
    patients = stability.patients
    counted = {
        "resamples": sum(len(one.weights) for one in stability.refits),
        "separated": sum(int(one.separated.sum()) for one in stability.refits),
        "singular": sum(one.singular for one in stability.refits),
        "ci_method": CI_METHOD,
    }
    for place in np.lexsort((patients.mape, patients.mean, patients.risk)):
        yield {
            "risk": patients.risk[place],
            "mean": patients.mean[place],
            "ci_low": patients.ci_low[place],
            "ci_high": patients.ci_high[place],
            "mape": patients.mape[place],
            "classification_instability": patients.changes[place],
            "high_risk": patients.risk[place] >= model.cutoff.cutoff,
            **counted,
        }


def curve_rows(stability: Stability) -> Iterator[Mapping[str, Any]]:
    """Rows of `stability_curves.csv`: fifty points per curve."""
    for number, (predicted, observed) in enumerate(stability.curves, ORIGINAL):
        for x, y in zip(predicted, observed, strict=True):
            yield {"curve": number, "predicted": x, "observed": y}
