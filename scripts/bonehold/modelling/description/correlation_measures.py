"""Pearson's and Spearman's correlation of two measures, and what several completed sets say together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from bonehold.modelling.regression.logistic import Z_95
from bonehold.modelling.regression.pooling import barnard_rubin
from bonehold.modelling.regression.terms import Floats

FEWEST = 4
"""Below this number Fisher's z has no variance."""
PEARSON_CI = "Fisher's z"
SPEARMAN_CI = "Fisher's z, variance of Bonett and Wright"
POOLED_CI = "Rubin's rules on Fisher's z"


@dataclass(frozen=True)
class Correlation:
    """A correlation with its 95 % CI and two-sided P; NaN where there is none (few patients, a constant column)."""

    value: float
    ci_low: float
    ci_high: float
    p_value: float


NOT_DEFINED = Correlation(np.nan, np.nan, np.nan, np.nan)
"""Of a constant column, or of fewer than four patients."""


def pearson(x: Floats, y: Floats) -> Correlation:
    """Pearson's r; CI by Fisher's z = atanh r with variance 1/(n - 3) (Fisher, Metron 1921;1:3-32), P by t on n - 2.

    Args:
        x: shape (n,).
        y: shape (n,).

    >>> round(pearson(np.arange(5.0), np.array([1.0, 0.0, 3.0, 2.0, 5.0])).value, 4)
    0.8219
    """
    if _undefined(x, y):
        return NOT_DEFINED
    result = stats.pearsonr(x, y)
    return _with_interval(float(result.statistic), float(result.pvalue), len(x), pearson_variance)


def spearman(x: Floats, y: Floats) -> Correlation:
    """Spearman's rho: Pearson's r of the mid-ranks.

    P by t on n - 2 (not exact); CI by Fisher's z with variance (1 + rho^2/2)/(n - 3) (Bonett and Wright,
    Psychometrika 2000;65:23-28).

    Args:
        x: shape (n,).
        y: shape (n,).
    """
    if _undefined(x, y):
        return NOT_DEFINED
    result = stats.spearmanr(x, y)
    return _with_interval(float(result.statistic), float(result.pvalue), len(x), spearman_variance)


def pearson_variance(r: float, n: int) -> float:
    """Variance of Fisher's z of Pearson's r."""
    return 1 / (n - 3)


def spearman_variance(rho: float, n: int) -> float:
    """Variance of Fisher's z of Spearman's rho (Bonett and Wright)."""
    return (1 + rho**2 / 2) / (n - 3)


def pool_correlations(
    values: Sequence[float], n: int, variance: Callable[[float, int], float]
) -> Correlation:
    """One correlation from several completed sets: Rubin's rules on Fisher's z, the mean carried back by tanh.

    The interval and P are those of t with Barnard and Rubin's degrees of freedom, n - 2 those of complete data
    (van Buuren, Flexible Imputation of Missing Data, 2018, section 5.2, for the scale).

    Args:
        values: the correlation in each set, at least two sets.
        n: patients.
        variance: of Fisher's z of one correlation.
    """
    if n < FEWEST or not np.all(np.isfinite(values)) or np.max(np.abs(values)) >= 1:
        return NOT_DEFINED
    z = np.arctanh(values)
    within = np.array([np.mean([variance(value, n) for value in values])])
    between = z.var(ddof=1, keepdims=True)
    df, _ = barnard_rubin(within, between, len(values), n - 2)
    error = float(np.sqrt(within + (1 + 1 / len(values)) * between)[0])
    centre = float(z.mean())
    half = float(stats.t.ppf(0.975, df[0])) * error
    return Correlation(
        float(np.tanh(centre)),
        float(np.tanh(centre - half)),
        float(np.tanh(centre + half)),
        float(2 * stats.t.sf(abs(centre) / error, df[0])),
    )


def _undefined(x: Floats, y: Floats) -> bool:
    return len(x) < FEWEST or np.ptp(x) == 0 or np.ptp(y) == 0


def _with_interval(
    value: float, p_value: float, n: int, variance: Callable[[float, int], float]
) -> Correlation:
    with np.errstate(divide="ignore"):  # of a correlation of 1 the interval is a point
        z = np.arctanh(value)
    half = Z_95 * variance(value, n) ** 0.5
    return Correlation(value, float(np.tanh(z - half)), float(np.tanh(z + half)), p_value)
