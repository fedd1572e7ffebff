"""The Hosmer-Lemeshow test, by two ways to form its groups, and Spiegelhalter's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from bonehold.modelling.regression.terms import Floats

GROUPS = 10


@dataclass(frozen=True)
class HosmerLemeshow:
    """The test with its groups.

    Attributes:
        chi2: sum over groups of (observed - expected)^2 / (n p (1 - p)), p the mean risk of the group.
        df: groups - 2; ties can leave fewer groups than asked for.
        p_value: of chi-square; NaN where df is 0.
        observed: events per group.
        expected: sum of risks per group.
        size: patients per group.
    """

    chi2: float
    df: int
    p_value: float
    observed: Floats
    expected: Floats
    size: NDArray[np.int64]


def by_quantiles(risk: Floats, y: Floats, groups: int = GROUPS) -> HosmerLemeshow:
    """Group by quantiles of the risk (type 7), each up to and with its upper end, as R's `hoslem.test`.

    Hosmer and Lemeshow, Communications in Statistics 1980;A9:1043-1069.

    Args:
        risk: predicted, shape (n,).
        y: outcome, shape (n,).
        groups: how many.
    """
    breaks = np.unique(np.quantile(risk, np.linspace(0, 1, groups + 1)))
    place = np.clip(np.searchsorted(breaks, risk, side="left") - 1, 0, max(len(breaks) - 2, 0))
    return _test(risk, y, place)


def by_ranks(risk: Floats, y: Floats, groups: int = GROUPS) -> HosmerLemeshow:
    """Group by rank, about n / groups patients each, equal risks together, as SPSS describes it.

    Patients of one risk go where their middle rank belongs.

    Args:
        risk: predicted, shape (n,).
        y: outcome, shape (n,).
        groups: how many.
    """
    middle = stats.rankdata(risk)
    place = np.minimum(np.floor((middle - 0.5) * groups / len(risk)).astype(np.intp), groups - 1)
    return _test(risk, y, place)


def _test(risk: Floats, y: Floats, place: NDArray[np.intp]) -> HosmerLemeshow:
    _, place = np.unique(place, return_inverse=True)
    size = np.bincount(place)
    observed: Floats = np.bincount(place, weights=y).astype(float)
    expected: Floats = np.bincount(place, weights=risk).astype(float)
    mean = expected / size
    chi2 = float(((observed - expected) ** 2 / (size * mean * (1 - mean))).sum())
    df = len(size) - 2
    p_value = float(stats.chi2.sf(chi2, df)) if df > 0 else np.nan
    return HosmerLemeshow(chi2, max(df, 0), p_value, observed, expected, size)


@dataclass(frozen=True)
class Spiegelhalter:
    """Whether the Brier score is what well calibrated risks would give: z and its two-sided P."""

    z: float
    p_value: float


def spiegelhalter(risk: Floats, y: Floats) -> Spiegelhalter:
    """Spiegelhalter's test (Statistics in Medicine 1986;5:421-433).

    Args:
        risk: predicted, shape (n,).
        y: outcome, shape (n,).
    """
    away = 1 - 2 * risk
    variance = float((away**2 * risk * (1 - risk)).sum())
    z = float(((y - risk) * away).sum() / np.sqrt(variance)) if variance > 0 else np.nan
    return Spiegelhalter(z, float(2 * stats.norm.sf(abs(z))))
