"""The rows of `roc.csv` and `roc_points.csv`: the model and each of its predictors as markers.

A factor is a marker by its grade, where all its levels are numbers. The levels of any other factor (a technique, an
implant) have no order, so that it has no curve and no cut-off of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bonehold.modelling.inputs.levels import number
from bonehold.modelling.performance.discrimination import (
    HIGH_IS_RISK,
    RocPoints,
    delong,
    direction_of,
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
)
ROC_POINT_COLUMNS = ("marker", "threshold", "sensitivity", "specificity", "false_positive_rate")
MODEL_MARKER = "model"


def marker_scores(model: Model, data: DevelopmentData) -> Mapping[str, Floats]:
    """Scores of the model (its risk) and of each predictor that has an order: marker -> shape (n,)."""
    scores = {MODEL_MARKER: data.risk}
    for term in model.terms:
        ordered = all(number(level) is not None for level in (term.reference, *term.levels))
        if term.kind == "continuous" or ordered:
            scores[term.column] = np.array(
                [number(cell) for cell in data.sets[0].cells[term.column]], dtype=float
            )
    return scores


def roc_rows(model: Model, data: DevelopmentData) -> Iterator[Mapping[str, Any]]:
    """One row per marker: AUC with DeLong's CI, and Youden's cut-off with its counts; all apparent.

    Args:
        model: the model.
        data: its patients.
    """
    labels = {term.column: (term.label, term.unit) for term in model.terms}
    for marker, scores in marker_scores(model, data).items():
        points = _points(marker, scores, data)
        area = delong(turned(scores, points.direction), data.y)
        chosen = youden_cutoff(points)
        label, unit = labels.get(marker, ("Model", ""))
        yield {
            **vars(area),
            **vars(chosen),
            "marker": marker,
            "cutoff_midpoint": chosen.midpoint,
            "label": label,
            "unit": unit,
        }


def roc_point_rows(model: Model, data: DevelopmentData) -> Iterator[Mapping[str, Any]]:
    """Every point of every curve, from nobody positive (empty threshold) to everybody positive."""
    for marker, scores in marker_scores(model, data).items():
        points = _points(marker, scores, data)
        for threshold, sensitivity, false_positive_rate in zip(
            points.thresholds, points.sensitivity, points.false_positive_rate, strict=True
        ):
            yield {
                "marker": marker,
                "threshold": threshold,
                "sensitivity": sensitivity,
                "specificity": 1 - false_positive_rate,
                "false_positive_rate": false_positive_rate,
            }


def _points(marker: str, scores: Floats, data: DevelopmentData) -> RocPoints:
    direction = HIGH_IS_RISK if marker == MODEL_MARKER else direction_of(scores, data.y)
    return roc_points(scores, data.y, direction)
