"""Every measure of performance, of many models in many samples at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from bonehold.modelling.performance.ranking import areas, ranking, youden_cutoffs
from bonehold.modelling.performance.recalibration import calibration_in_the_large, calibration_lines
from bonehold.modelling.performance.smoothing import smooth_line
from bonehold.modelling.regression.terms import Floats

DISCRIMINATION = ("auc", "brier", "scaled_brier")
RECALIBRATION = ("citl", "slope", "joint_intercept")
SMOOTH = ("emax", "eavg", "e50", "e90")
AT_CUTOFF = ("sensitivity", "specificity", "ppv", "npv", "youden", "net_benefit")
MEASURES = (*DISCRIMINATION, *RECALIBRATION, *SMOOTH, *AT_CUTOFF)
LARGEST_THRESHOLD = 0.99
"""A cut-off beyond it weighs a false positive as this one does, else one separated resample would decide the mean."""
_LINES = np.array([0.0, 1.0, 0.0])
"""CITL, slope and joint intercept of a maximum-likelihood fit in its own sample."""
BLOCK_VALUES = 2**17
"""Models are measured in blocks of about so many values, which stay in the processor's cache."""


@dataclass(frozen=True)
class Sample:
    """Models and the patients in whom they are measured.

    Attributes:
        log_odds: of n patients under B models, shape (B, n).
        y: outcome, shape (n,) or (B, n).
        weights: how often each patient counts, shape (B, n).
        own: whether these are the samples that the models were fitted to by maximum likelihood: CITL and joint
            intercept are then 0 and the slope is 1 by definition, even where a fit separates.
    """

    log_odds: Floats
    y: Floats
    weights: Floats
    own: bool = False

    def block(self, rows: slice) -> Sample:
        """Some of the models."""
        y = self.y if self.y.ndim == 1 else self.y[rows]
        return Sample(self.log_odds[rows], y, self.weights[rows], self.own)


@dataclass(frozen=True)
class Measured:
    """What was measured.

    Attributes:
        values: measure -> value for each model, shape (B,); NaN where it is not defined.
        curve: smooth calibration curve of each model at the grid, shape (B, points); NaN beyond its risks.
        cutoffs: log-odds at or above which the counts were made, shape (B,).
    """

    values: Mapping[str, Floats]
    curve: Floats
    cutoffs: Floats


def measured(sample: Sample, grid: Floats, cutoffs: Floats | None = None) -> Measured:
    """Measure all models.

    Args:
        sample: models and patients.
        grid: predicted risks at which the calibration curve is wanted, shape (points,).
        cutoffs: log-odds at or above which a patient is positive, shape (B,); if not given, the Youden cut-off of each
            sample.
    """
    count, n = sample.log_odds.shape
    size = max(1, BLOCK_VALUES // max(n, 1))
    parts = [
        _measured(
            sample.block(slice(first, first + size)),
            grid,
            None if cutoffs is None else cutoffs[first : first + size],
        )
        for first in range(0, count, size)
    ]
    if not parts:
        empty = np.empty(0)
        return Measured(dict.fromkeys(MEASURES, empty), np.empty((0, len(grid))), empty)
    return Measured(
        {name: np.concatenate([part.values[name] for part in parts]) for name in MEASURES},
        np.concatenate([part.curve for part in parts]),
        np.concatenate([part.cutoffs for part in parts]),
    )


def _measured(sample: Sample, grid: Floats, cutoffs: Floats | None) -> Measured:
    log_odds, y, weights = sample.log_odds, sample.y, sample.weights
    ranked = ranking(log_odds)
    risk = np.asarray(expit(ranked.scores))
    w, outcome = ranked.arranged(weights), ranked.arranged(np.broadcast_to(y, log_odds.shape))
    total = w.sum(axis=1)
    share = (w * outcome).sum(axis=1) / total
    brier = (w * (risk - outcome) ** 2).sum(axis=1) / total
    if cutoffs is None:
        cutoffs = youden_cutoffs(ranked, y, weights)
    curve, distance = _smooth(risk, outcome, w, grid)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = {
            "auc": areas(ranked, y, weights),
            "brier": brier,
            "scaled_brier": 1 - brier / (share * (1 - share)),
            **dict(zip(RECALIBRATION, _recalibrated(sample).T, strict=True)),
            **_distances(distance, w),
            **_at_cutoff(ranked.scores, outcome, w, cutoffs),
        }
    return Measured(values, curve, cutoffs)


def _recalibrated(sample: Sample) -> Floats:
    """CITL, slope and joint intercept of each model, shape (B, 3)."""
    log_odds, y, weights = sample.log_odds, sample.y, sample.weights
    if sample.own:
        return np.tile(_LINES, (len(log_odds), 1))
    citl = calibration_in_the_large(log_odds, y, weights)
    if y.ndim == 1:
        lines = calibration_lines(log_odds, y, weights)
    else:
        rows = zip(log_odds, y, weights, strict=True)
        lines = np.vstack([calibration_lines(one[None], its_y, its_w[None]) for one, its_y, its_w in rows])
    return np.column_stack([citl, lines[:, 1], lines[:, 0]])


def _smooth(risk: Floats, y: Floats, weights: Floats, grid: Floats) -> tuple[Floats, Floats]:
    """Each model's calibration curve at the grid, and its distance from the diagonal at each patient.

    Risks are in ascending order in every row.
    """
    curve, distance = np.empty((len(risk), len(grid))), np.empty_like(risk)
    for place, (its_risk, its_y, its_weights) in enumerate(zip(risk, y, weights, strict=True)):
        line = smooth_line(its_risk, its_y, its_weights)
        curve[place] = line.at(grid)
        distance[place] = np.abs(its_risk - line.at(its_risk))
    return curve, distance


def _distances(distance: Floats, weights: Floats) -> Mapping[str, Floats]:
    """Largest, mean, median and 0.9 quantile (type 7) of the distances of the patients of each sample."""
    present = weights > 0
    kept = np.where(present, distance, np.inf)  # patients of other samples, beyond a curve's ends too
    order = np.argsort(kept, axis=1)
    ordered = np.take_along_axis(kept, order, axis=1)
    upto = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1)
    total = upto[:, -1]

    def at_rank(rank: Floats) -> Floats:
        """Value of the patient of this rank, from 0, each counted as often as it stands in the sample."""
        place = (upto <= rank[:, None]).sum(axis=1)
        return np.asarray(np.take_along_axis(ordered, place[:, None], axis=1)[:, 0])

    def quantile(share: float) -> Floats:
        rank = share * (total - 1)
        below = np.floor(rank + 1e-9)
        above = np.minimum(below + 1, total - 1)
        low = at_rank(below)
        return np.asarray(low + (rank - below) * (at_rank(above) - low))

    return {
        "emax": np.where(present, distance, 0.0).max(axis=1),
        "eavg": (weights * np.where(present, distance, 0.0)).sum(axis=1) / total,
        "e50": quantile(0.5),
        "e90": quantile(0.9),
    }


def _at_cutoff(log_odds: Floats, y: Floats, weights: Floats, cutoffs: Floats) -> Mapping[str, Floats]:
    """What the rule "at or above the cut-off" does in each sample."""
    positive = weights * (log_odds >= cutoffs[:, None])
    tp = (positive * y).sum(axis=1)
    fp = positive.sum(axis=1) - tp
    events, total = (weights * y).sum(axis=1), weights.sum(axis=1)
    others = total - events
    tn = others - fp
    sensitivity, specificity = tp / events, tn / others
    threshold = np.minimum(expit(cutoffs), LARGEST_THRESHOLD)
    return {
        "sensitivity": sensitivity,
        "specificity": specificity,
        "ppv": tp / (tp + fp),
        "npv": tn / (total - tp - fp),
        "youden": sensitivity + specificity - 1,
        "net_benefit": tp / total - fp / total * threshold / (1 - threshold),
    }
