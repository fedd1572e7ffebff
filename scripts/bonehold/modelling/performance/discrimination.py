"""How well a marker tells patients with the event from those without: AUC, DeLong, Youden's cut-off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit, logit

from bonehold.modelling.regression.logistic import Z_95
from bonehold.modelling.regression.pooling import pool_scalar
from bonehold.modelling.regression.terms import Floats

HIGH_IS_RISK = ">="
LOW_IS_RISK = "<="


@dataclass(frozen=True)
class Auc:
    """Area under the ROC curve with DeLong's standard error and 95 % CI, and P of the area being .5."""

    auc: float
    std_error: float
    ci_low: float
    ci_high: float
    p_value: float
    ci_method: str = "DeLong, normal"


@dataclass(frozen=True)
class RocPoints:
    """Sensitivity and specificity at every observed value of a marker, from none positive to all positive.

    Attributes:
        direction: `>=` or `<=`: patients at or above (below) the threshold are positive.
        thresholds: observed values, the strictest first; before them +-infinity, where nobody is positive.
        tp: patients with the event who are positive.
        fp: patients without the event who are positive.
        events: patients with the event.
        non_events: patients without.
    """

    direction: str
    thresholds: Floats
    tp: NDArray[np.int64]
    fp: NDArray[np.int64]
    events: int
    non_events: int

    @property
    def sensitivity(self) -> Floats:
        """Share of the events that are positive."""
        return self.tp / self.events

    @property
    def false_positive_rate(self) -> Floats:
        """Share of the non-events that are positive: 1 - specificity."""
        return self.fp / self.non_events


@dataclass(frozen=True)
class Cutoff:
    """The threshold with the largest Youden index, and what it does in the data it was chosen in.

    Attributes:
        cutoff: an observed value, never rounded.
        midpoint: midpoint to the next observed value on the negative side, as pROC prints it; None where
            the cut-off is the last value.
        beyond: that next observed value, as MedCalc prints it with the rule ">" (or "<"); None likewise.
        direction: `>=` or `<=`.
        sensitivity: share of events positive.
        specificity: share of non-events negative.
        youden: sensitivity + specificity - 1.
        tp: true positives.
        fp: false positives.
        tn: true negatives.
        fn: false negatives.
        ties: number of thresholds with this same Youden index.
    """

    cutoff: float
    midpoint: float | None
    direction: str
    sensitivity: float
    specificity: float
    youden: float
    tp: int
    fp: int
    tn: int
    fn: int
    ties: int
    beyond: float | None = None


def auc_by_row(scores: Floats, y: Floats, weights: Floats) -> Floats:
    """Area under the ROC curve of many weighted samples at once.

    AUC = P(score of an event > score of a non-event) + half the probability of a tie (Mann-Whitney; Hanley
    and McNeil, Radiology 1982;143:29-36).

    Args:
        scores: one row of scores per sample, shape (B, n).
        y: outcome, shape (n,).
        weights: how often each patient stands in each sample, shape (B, n).

    Returns:
        Shape (B,); NaN where a sample has only one outcome.
    """
    order = np.argsort(scores, axis=1, kind="stable")
    ordered = np.take_along_axis(scores, order, axis=1)
    w = np.take_along_axis(weights, order, axis=1)
    event = w * y[order]
    other = w - event
    below = np.cumsum(other, axis=1)  # non-events up to and with this place
    # Patients with equal scores form a group: non-events before it count whole, those inside half.
    first = np.ones(scores.shape, dtype=bool)
    first[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    places = np.arange(scores.shape[1])
    start = np.maximum.accumulate(np.where(first, places, 0), axis=1)
    last = np.ones(scores.shape, dtype=bool)
    last[:, :-1] = first[:, 1:]
    end = np.minimum.accumulate(np.where(last, places, scores.shape[1])[:, ::-1], axis=1)[:, ::-1]
    before_group = np.take_along_axis(below - other, start, axis=1)
    through_group = np.take_along_axis(below, end, axis=1)
    wins = (event * (before_group + through_group)).sum(axis=1) / 2
    pairs = event.sum(axis=1) * other.sum(axis=1)
    return np.asarray(np.divide(wins, pairs, out=np.full(len(wins), np.nan), where=pairs > 0))


def auc(scores: Floats, y: Floats) -> float:
    """Area under the ROC curve: P(score of an event > score of a non-event) + half the ties.

    Args:
        scores: shape (n,).
        y: outcome, shape (n,), both values present.

    >>> auc(np.array([1.0, 2.0, 2.0, 3.0]), np.array([0.0, 0.0, 1.0, 1.0]))
    0.875
    """
    return float(auc_by_row(scores[None], y, np.ones((1, len(y))))[0])


def direction_of(scores: Floats, y: Floats) -> str:
    """`>=` where high values go with the event, `<=` where low ones do; `>=` at an area of exactly .5."""
    return HIGH_IS_RISK if auc(scores, y) >= 0.5 else LOW_IS_RISK


def turned(scores: Floats, direction: str) -> Floats:
    """The scores so that high means risk."""
    return scores if direction == HIGH_IS_RISK else -scores


def delong(scores: Floats, y: Floats) -> Auc:
    """AUC with DeLong's variance.

    With V10 the share of non-events below each event and V01 the share of events above each non-event (ties
    half), variance = var(V10)/events + var(V01)/non-events, divisors n - 1 (DeLong, DeLong, Clarke-Pearson,
    Biometrics 1988;44:837-845). The CI is on the normal scale, cut to [0, 1]; at an area of 1 the variance is
    0 and the interval is a point.

    Args:
        scores: high means risk, shape (n,).
        y: outcome, shape (n,), at least two of each.

    >>> round(delong(np.array([1.0, 3.0, 2.0, 4.0]), np.array([0.0, 0.0, 1.0, 1.0])).auc, 3)
    0.75
    """
    v10, v01 = _components(scores, y)
    area = float(v10.mean())
    if min(len(v10), len(v01)) < 2:
        return Auc(area, np.nan, np.nan, np.nan, np.nan)
    std_error = float(np.sqrt(v10.var(ddof=1) / len(v10) + v01.var(ddof=1) / len(v01)))
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = float(2 * stats.norm.sf(abs(np.float64(area - 0.5) / std_error)))
    half = Z_95 * std_error
    return Auc(area, std_error, max(0.0, area - half), min(1.0, area + half), p_value)


def _components(scores: Floats, y: Floats) -> tuple[Floats, Floats]:
    """DeLong's V10 of each event and V01 of each non-event."""
    cases, controls = scores[y == 1], scores[y == 0]
    # Mid-ranks give both without the cases x controls table (Sun and Xu, IEEE SPL 2014;21:1389).
    everybody = stats.rankdata(np.concatenate([cases, controls]))
    v10 = (everybody[: len(cases)] - stats.rankdata(cases)) / len(controls)
    v01 = 1 - (everybody[len(cases) :] - stats.rankdata(controls)) / len(cases)
    return np.asarray(v10), np.asarray(v01)


def pooled_delong(scores: Sequence[Floats], y: Floats) -> Auc:
    """AUC over the completed sets, pooled on the logit scale by Rubin's rules; with one set DeLong's own.

    P is of the pooled logit being 0, by t with the pooled degrees of freedom: below .05 just where the interval leaves
    out .5.

    Args:
        scores: of each set, high means risk, shape (n,) each.
        y: outcome, shape (n,), the same in every set.
    """
    areas = [delong(one, y) for one in scores]
    if len(areas) == 1:
        return areas[0]
    if any(not 0 < area.auc < 1 or not area.std_error > 0 for area in areas):
        # An area of 0 or 1 has no logit: it is the same in every set, or nearly.
        return replace(areas[0], ci_method="DeLong, normal, first completed set")
    pooled = pool_scalar(
        [area.auc for area in areas],
        [area.std_error for area in areas],
        transform=lambda area: float(logit(area)),
        back=lambda value: float(expit(value)),
        slope=lambda area: 1 / (area * (1 - area)),
    )
    error_of_logit = pooled.std_error / (pooled.value * (1 - pooled.value))
    return Auc(
        pooled.value,
        pooled.std_error,
        pooled.ci_low,
        pooled.ci_high,
        two_sided_p(float(logit(pooled.value)) / error_of_logit, pooled.df),
        "DeLong, pooled on the logit scale",
    )


def two_sided_p(statistic: float, df: float) -> float:
    """P of a statistic by t, or by the normal distribution where the degrees of freedom are infinite."""
    return float(2 * (stats.t.sf(abs(statistic), df) if np.isfinite(df) else stats.norm.sf(abs(statistic))))


@dataclass(frozen=True)
class AucDifference:
    """Difference of two areas in the same patients, with DeLong's standard error, 95 % CI, z and P."""

    difference: float
    std_error: float
    ci_low: float
    ci_high: float
    z: float
    p_value: float


def delong_difference(first: Sequence[Floats], second: Sequence[Floats], y: Floats) -> AucDifference:
    """Paired test of two areas (DeLong, DeLong, Clarke-Pearson, Biometrics 1988;44:837-845).

    The variance is that of the difference of the components V10 and V01 of both markers (see `delong`). Over several
    completed sets differences are pooled by Rubin's rules, and P is by t as the interval is.

    Args:
        first: scores of each set, high means risk, shape (n,) each.
        second: those of the other marker; likewise.
        y: outcome, shape (n,), both values present; with fewer than two of each there is no test.
    """
    differences, errors = [], []
    for one, other in zip(first, second, strict=True):
        (v10, v01), (w10, w01) = _components(one, y), _components(other, y)
        differences.append(float(v10.mean() - w10.mean()))
        if min(len(v10), len(v01)) < 2:
            errors.append(np.nan)
            continue
        variance = (v10 - w10).var(ddof=1) / len(v10) + (v01 - w01).var(ddof=1) / len(v01)
        errors.append(float(np.sqrt(variance)))
    if not all(error > 0 for error in errors):  # the same marker twice, or too few to tell
        return AucDifference(differences[0], errors[0], *(4 * (np.nan,)))
    pooled = pool_scalar(differences, errors)
    z = pooled.value / pooled.std_error
    p_value = two_sided_p(z, pooled.df)
    return AucDifference(pooled.value, pooled.std_error, pooled.ci_low, pooled.ci_high, z, p_value)


def roc_points(scores: Floats, y: Floats, direction: str) -> RocPoints:
    """Count true and false positives at every observed value.

    Args:
        scores: marker, shape (n,).
        y: outcome, shape (n,), both values present.
        direction: `>=` or `<=`.
    """
    high = turned(scores, direction)
    values, place = np.unique(high, return_inverse=True)
    events = np.bincount(place, weights=y, minlength=len(values)).astype(np.int64)[::-1]
    non_events = np.bincount(place, weights=1 - y, minlength=len(values)).astype(np.int64)[::-1]
    thresholds = turned(np.concatenate([[np.inf], values[::-1]]), direction)
    return RocPoints(
        direction,
        thresholds,
        tp=np.concatenate([[0], np.cumsum(events)]),
        fp=np.concatenate([[0], np.cumsum(non_events)]),
        events=int(events.sum()),
        non_events=int(non_events.sum()),
    )


def youden_cutoff(points: RocPoints) -> Cutoff:
    """Choose the observed value with the largest sensitivity + specificity - 1 (Youden, Cancer 1950;3:32-35).

    Of several, the one with the higher sensitivity is taken and their number is told. The rule is "at or
    above" (or "at or below"); MedCalc prints the next value on the negative side with the rule ">", pROC the
    midpoint of both.
    """
    # Whole numbers, so that equal indices are equal: J x events x non-events.
    index = points.tp[1:] * points.non_events - points.fp[1:] * points.events
    best = np.flatnonzero(index == index.max())
    place = int(best[-1]) + 1  # sensitivity grows along the list
    tp, fp = int(points.tp[place]), int(points.fp[place])
    cutoff = float(points.thresholds[place])
    has_next = place + 1 < len(points.thresholds)
    sensitivity, specificity = tp / points.events, 1 - fp / points.non_events
    return Cutoff(
        cutoff=cutoff,
        midpoint=(cutoff + float(points.thresholds[place + 1])) / 2 if has_next else None,
        direction=points.direction,
        sensitivity=sensitivity,
        specificity=specificity,
        youden=sensitivity + specificity - 1,
        tp=tp,
        fp=fp,
        tn=points.non_events - fp,
        fn=points.events - tp,
        ties=len(best),
        beyond=float(points.thresholds[place + 1]) if has_next else None,
    )
