"""Many samples of scored patients put in order once, for every measure that looks at ranks only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonehold.modelling.regression.terms import Floats


@dataclass(frozen=True)
class Ranking:
    """Scores of n patients under each of B models in ascending order; equal ones form a group.

    Attributes:
        order: patient at each place, shape (B, n).
        scores: in this order, shape (B, n).
        start: first place of each place's group, shape (B, n).
        end: last place of each place's group, shape (B, n).
    """

    order: NDArray[np.intp]
    scores: Floats
    start: NDArray[np.intp]
    end: NDArray[np.intp]

    def arranged(self, values: Floats) -> Floats:
        """Values of the patients, shape (B, n) or (n,), at their places."""
        return values[self.order] if values.ndim == 1 else np.take_along_axis(values, self.order, axis=1)


def ranking(scores: Floats) -> Ranking:
    """Put scores of shape (B, n) in order."""
    order = np.argsort(scores, axis=1, kind="stable")
    ordered = np.take_along_axis(scores, order, axis=1)
    n = scores.shape[1]
    first = np.ones(scores.shape, dtype=bool)
    first[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    last = np.ones(scores.shape, dtype=bool)
    last[:, :-1] = first[:, 1:]
    places = np.arange(n)
    start = np.maximum.accumulate(np.where(first, places, 0), axis=1)
    end = np.minimum.accumulate(np.where(last, places, n)[:, ::-1], axis=1)[:, ::-1]
    return Ranking(order, ordered, start, end)


def areas(ranked: Ranking, y: Floats, weights: Floats) -> Floats:
    """Area under the ROC curve of each sample, ties half (Mann-Whitney).

    Args:
        ranked: scores in order.
        y: outcome, shape (n,) or (B, n).
        weights: how often each patient stands in each sample, shape (B, n).

    Returns:
        Shape (B,); NaN where a sample has only one outcome.
    """
    w = ranked.arranged(weights)
    event = w * ranked.arranged(y)
    other = w - event
    below = np.cumsum(other, axis=1)
    before = np.take_along_axis(below - other, ranked.start, axis=1)
    through = np.take_along_axis(below, ranked.end, axis=1)
    wins = (event * (before + through)).sum(axis=1) / 2
    pairs = event.sum(axis=1) * other.sum(axis=1)
    return np.asarray(np.divide(wins, pairs, out=np.full(len(wins), np.nan), where=pairs > 0))


def youden_cutoffs(ranked: Ranking, y: Floats, weights: Floats) -> Floats:
    """The observed score with the largest Youden index in each sample, positive at or above it.

    Of several the lowest, which has the highest sensitivity: the rule of
    `bonehold.modelling.performance.discrimination.youden_cutoff`.

    Args:
        ranked: scores in order.
        y: outcome, shape (n,) or (B, n).
        weights: how often each patient stands in each sample, shape (B, n).

    Returns:
        Shape (B,).
    """
    w = ranked.arranged(weights)
    event = w * ranked.arranged(y)
    other = w - event
    events, others = event.sum(axis=1, keepdims=True), other.sum(axis=1, keepdims=True)
    tp = events - np.take_along_axis(np.cumsum(event, axis=1) - event, ranked.start, axis=1)
    fp = others - np.take_along_axis(np.cumsum(other, axis=1) - other, ranked.start, axis=1)
    # Whole numbers, so that equal indices are equal: J x events x non-events.
    index = np.where(w > 0, tp * others - fp * events, -np.inf)
    best = index.argmax(axis=1)
    return np.asarray(ranked.scores[np.arange(len(best)), best])
