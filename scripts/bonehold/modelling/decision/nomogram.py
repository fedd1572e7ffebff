"""The nomogram: a model as axes of points, so that a risk can be added up by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, logit

from bonehold.modelling.inputs.levels import level_text, number
from bonehold.modelling.regression.model import Model
from bonehold.modelling.regression.terms import Term, design_matrix, term_positions

FULL_SCALE = 100.0
"""Points of the predictor with the widest span."""
RISKS = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
"""Risks marked on the lowest axis ..."""
FEWEST_RISKS = 4
"""... unless fewer than these lie within reach: then round numbers of the reachable range."""
INTERVALS = 10


@dataclass(frozen=True)
class Axis:
    """One predictor.

    Attributes:
        column: its column.
        label: words for a reader.
        unit: unit, empty for none.
        kind: `continuous` or `factor`.
        values: tick labels: numbers as printed, or levels.
        points: points of each tick.
    """

    column: str
    label: str
    unit: str
    kind: str
    values: tuple[str, ...]
    points: tuple[float, ...]


@dataclass(frozen=True)
class Nomogram:
    """Axes and scales.

    Attributes:
        axes: one per predictor, in the order of the model.
        points_per_log_odds: points that one unit of log-odds is worth.
        log_odds_at_zero: log-odds of a patient with 0 points.
        total_ticks: ticks of the axis of total points.
        risk_ticks: risks within reach of that axis.
        risk_points: total points of each of them.
    """

    axes: tuple[Axis, ...]
    points_per_log_odds: float
    log_odds_at_zero: float
    total_ticks: tuple[float, ...]
    risk_ticks: tuple[float, ...]
    risk_points: tuple[float, ...]

    def risk(self, total_points: float) -> float:
        """Risk of a patient with so many points in all."""
        return float(expit(self.log_odds_at_zero + total_points / self.points_per_log_odds))


@dataclass(frozen=True)
class Reading:
    """A patient read off a nomogram: points per column, their sum, the risk."""

    points: Mapping[str, float]
    total: float
    risk: float


def nomogram(model: Model) -> Nomogram:
    """Lay out the nomogram of a model.

    A continuous axis runs over the development range, widened to round numbers; a number with ten or fewer
    distinct values shows just these; a factor shows its levels. The predictor with the widest span in
    log-odds gets 100 points, 0 points is the end of each axis with the lowest log-odds: the layout of
    `rms::nomogram` (Harrell, Regression Modeling Strategies, 2015). The axis of total points reaches to the
    sum of all axes, so that no patient falls off it; `rms` ends it at the largest risk in its data.

    Args:
        model: the model; no data are needed.
    """
    contributions = [_contributions(model, term) for term in model.terms]
    spans = [max(values.values()) - min(values.values()) for values in contributions]
    scale = FULL_SCALE / (max(spans) or 1.0)  # without any effect every axis is a point
    axes = tuple(
        Axis(
            term.column,
            term.label,
            term.unit,
            term.kind,
            tuple(values),
            tuple((value - min(values.values())) * scale for value in values.values()),
        )
        for term, values in zip(model.terms, contributions, strict=True)
    )
    at_zero = model.intercept + sum(min(values.values()) for values in contributions)
    ticks = pretty(0.0, sum(spans) * scale, INTERVALS)
    risks = _risk_ticks(at_zero, at_zero + ticks[-1] / scale)
    return Nomogram(
        axes,
        scale,
        at_zero,
        total_ticks=ticks,
        risk_ticks=risks,
        risk_points=tuple(float((logit(risk) - at_zero) * scale) for risk in risks),
    )


def read_off(model: Model, patient: Mapping[str, Any]) -> Reading:
    """Read one patient off the nomogram of a model; the risk is the model's own to 1e-9.

    Values outside an axis get points beyond its ends.

    Args:
        model: the model.
        patient: predictor -> value.

    Raises:
        InputError: a value is missing, no number, or an unseen level.
    """
    layout = nomogram(model)
    row = design_matrix(model.terms, {column: [value] for column, value in patient.items()})[0]
    contributions = row * np.array(list(model.coefficients.values()))
    points = {}
    for term in model.terms:
        lowest = min(_contributions(model, term).values())
        own = float(contributions[term_positions(model.terms)[term.column]].sum())
        points[term.column] = (own - lowest) * layout.points_per_log_odds
    total = sum(points.values())
    return Reading(points, total, layout.risk(total))


def has_reading(model: Model, patient: Mapping[str, Any]) -> bool:
    """Whether a patient stands on every axis: has a level that the axis shows, or a number between its ends."""
    return all(term.column in patient and _on_axis(term, patient[term.column]) for term in model.terms)


def pretty(low: float, high: float, intervals: int) -> tuple[float, ...]:
    """Round numbers that cover a range in about so many steps.

    The step is 1, 2, 5 or 10 times a power of ten: the largest whose distance to the ideal step is, with a
    bias towards larger ones, acceptable. This is R's `pretty` (Becker, Chambers, Wilks, The New S Language,
    1988).

    Args:
        low: smaller end.
        high: larger end.
        intervals: wished number of steps.

    >>> pretty(26, 87, 10)[:3], pretty(26, 87, 10)[-1]
    ((25.0, 30.0, 35.0), 90.0)
    """
    if high <= low:
        return (float(low),)
    ideal = (high - low) / intervals
    base = 10.0 ** math.floor(math.log10(ideal))
    step = base
    for factor, bias in ((2, 1.5), (5, 2.75), (10, 1.5)):
        if factor * base - ideal < bias * (ideal - step):
            step = factor * base
    first = math.floor(low / step + 1e-7)
    last = math.ceil(high / step - 1e-7)
    return tuple(float(f"{place * step:.12g}") for place in range(first, last + 1))


def _contributions(model: Model, term: Term) -> dict[str, float]:
    """Log-odds of every tick of a predictor: tick label -> coefficient x value, 0 at a reference level."""
    if term.kind == "factor":
        levels = (term.reference, *term.levels)
        return {level: model.coefficient(f"{term.column}={level}") for level in levels}
    return {f"{value:.12g}": model.coefficient(term.column) * value for value in _shown_values(term)}


def _shown_values(term: Term) -> tuple[float, ...]:
    """Values marked on the axis of a continuous predictor, in ascending order."""
    if term.minimum is None or term.maximum is None:
        raise ValueError(f"model.json has no development range of {term.column}")
    return term.values or pretty(term.minimum, term.maximum, INTERVALS)


def _on_axis(term: Term, cell: Any) -> bool:
    text = level_text(cell)
    if term.kind == "factor":
        return text in (term.reference, *term.levels)
    value, shown = number(text), _shown_values(term)
    return value is not None and shown[0] <= value <= shown[-1]


def _risk_ticks(lowest: float, highest: float) -> tuple[float, ...]:
    """Risks to mark between two log-odds."""
    ticks = tuple(risk for risk in RISKS if lowest <= logit(risk) <= highest)
    if len(ticks) >= FEWEST_RISKS:
        return ticks
    finer = pretty(float(expit(lowest)), float(expit(highest)), INTERVALS)
    return tuple(risk for risk in finer if 0 < risk < 1 and lowest <= logit(risk) <= highest)
