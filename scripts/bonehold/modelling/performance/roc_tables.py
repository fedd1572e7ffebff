"""The model and each of its predictors as markers: `roc.csv`, `roc_points.csv`, `roc_comparison.csv`.

A factor is a marker by its grade, where all its levels are numbers. The levels of any other factor (a technique, an
implant) have no order, so that it has no curve and no cut-off of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bonehold.modelling.inputs.levels import number
from bonehold.modelling.performance.cross_table import CrossTable
from bonehold.modelling.performance.discrimination import (
    HIGH_IS_RISK,
    RocPoints,
    delong_difference,
    direction_of,
    pooled_delong,
    roc_points,
    turned,
    youden_cutoff,
)
from bonehold.modelling.regression.development_data import DevelopmentData
from bonehold.modelling.regression.model import Model
from bonehold.modelling.regression.terms import Floats

ROC_COLUMNS = (
    *("marker", "auc", "ci_low", "ci_high", "p_value", "cutoff", "direction", "sensitivity", "specificity"),
    *("youden", "tp", "fp", "tn", "fn", "cutoff_midpoint", "ties", "std_error", "label", "unit"),
    *("cutoff_exclusive", "auc_ci_method", "sensitivity_ci_low", "sensitivity_ci_high"),
    *("specificity_ci_low", "specificity_ci_high", "ppv", "ppv_ci_low", "ppv_ci_high"),
    *("npv", "npv_ci_low", "npv_ci_high", "lr_positive", "lr_positive_ci_low", "lr_positive_ci_high"),
    *("lr_negative", "lr_negative_ci_low", "lr_negative_ci_high", "ci_method", "lr_ci_method"),
)
"""`cutoff` belongs to the rule "at or above" (or "at or below"), `cutoff_exclusive` to "above" ("below")."""
ROC_POINT_COLUMNS = ("marker", "threshold", "sensitivity", "specificity", "false_positive_rate")
COMPARISON_COLUMNS = (
    *("marker", "model_auc", "marker_auc", "difference", "std_error", "ci_low", "ci_high", "z", "p_value"),
    *("test", "label"),
)
MODEL_MARKER = "model"


@dataclass(frozen=True)
class Marker:
    """Scores of the patients by the model or one predictor.

    Attributes:
        name: `model` or a column.
        sets: scores in each completed set, shape (n,) each.
        direction: `>=` or `<=`: which side goes with the event.
    """

    name: str
    sets: tuple[Floats, ...]
    direction: str

    @property
    def scores(self) -> Floats:
        """Mean over the sets, which curve and cut-off use, shape (n,)."""
        return np.asarray(np.mean(self.sets, axis=0))

    @property
    def turned_sets(self) -> tuple[Floats, ...]:
        """Scores of each set so that high means risk."""
        return tuple(turned(scores, self.direction) for scores in self.sets)


def markers(model: Model, data: DevelopmentData) -> tuple[Marker, ...]:
    """The model (its risk) and each predictor that has an order."""
    found = [Marker(MODEL_MARKER, tuple(one.risk for one in data.sets), HIGH_IS_RISK)]
    for term in model.terms:
        if term.kind == "continuous" or _ordered(term.levels, term.reference):
            sets = tuple(
                np.array([number(cell) for cell in one.cells[term.column]], dtype=float) for one in data.sets
            )
            direction = direction_of(np.asarray(np.mean(sets, axis=0)), data.y)
            found.append(Marker(term.column, sets, direction))
    return tuple(found)


def roc_rows(model: Model, data: DevelopmentData) -> Iterator[Mapping[str, Any]]:
    """One row per marker: AUC with DeLong's CI, and Youden's cut-off with all that follows from it; all apparent.

    Args:
        model: the model.
        data: its patients.
    """
    labels = {term.column: (term.label, term.unit) for term in model.terms}
    for marker in markers(model, data):
        label, unit = labels.get(marker.name, ("Model", ""))
        chosen = youden_cutoff(_points(marker, data))
        area = pooled_delong(marker.turned_sets, data.y)
        yield {
            **vars(area),
            **CrossTable(chosen.tp, chosen.fp, chosen.fn, chosen.tn).columns(),
            **vars(chosen),
            "marker": marker.name,
            "cutoff_midpoint": chosen.midpoint,
            "cutoff_exclusive": chosen.beyond,
            "auc_ci_method": area.ci_method,
            "label": label,
            "unit": unit,
        }


def roc_point_rows(model: Model, data: DevelopmentData) -> Iterator[Mapping[str, Any]]:
    """Every point of every curve, from nobody positive (empty threshold) to everybody positive."""
    for marker in markers(model, data):
        points = _points(marker, data)
        for threshold, sensitivity, false_positive_rate in zip(
            points.thresholds, points.sensitivity, points.false_positive_rate, strict=True
        ):
            yield {
                "marker": marker.name,
                "threshold": threshold,
                "sensitivity": sensitivity,
                "specificity": 1 - false_positive_rate,
                "false_positive_rate": false_positive_rate,
            }


def comparison_rows(model: Model, data: DevelopmentData) -> Iterator[Mapping[str, Any]]:
    """The area of the model against that of each predictor: paired, apparent.

    The model was fitted to these patients and holds the predictor, so the difference flatters it.
    """
    labels = {term.column: term.label for term in model.terms}
    whole, *others = markers(model, data)
    area = pooled_delong(whole.turned_sets, data.y).auc
    for marker in others:
        yield {
            **vars(delong_difference(whole.turned_sets, marker.turned_sets, data.y)),
            "marker": marker.name,
            "model_auc": area,
            "marker_auc": pooled_delong(marker.turned_sets, data.y).auc,
            "test": "DeLong, paired",
            "label": labels[marker.name],
        }


def _ordered(levels: tuple[str, ...], reference: str) -> bool:
    return all(number(level) is not None for level in (reference, *levels))


def _points(marker: Marker, data: DevelopmentData) -> RocPoints:
    return roc_points(marker.scores, data.y, marker.direction)
