"""Agreement of grades: observed agreement, Cohen's kappa, Gwet's AC1 and AC2.

Kappa falls when most cases have one grade although readers hardly differ; AC1 and AC2 do not, but depend on the
number of grades. So both are given, and the number with them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats
from statsmodels.stats.inter_rater import cohens_kappa

from bonehold.cohort.agreement_of_values import LEVEL, Estimate

KAPPA_CI_METHOD = "normal (Fleiss et al. 1969); cut to -1 and 1"
GWET_CI_METHOD = "t with n - 1 df (Gwet 2008); cut to 1"
Z_EXACT = float(stats.norm.ppf(LEVEL))
NO_KAPPA = "both series hold one grade only, so kappa is undefined"
NO_INTERVAL = "one series holds one grade only, so kappa is 0 and has no interval"

Weights = Literal["unweighted", "linear", "quadratic"]
WEIGHTS: tuple[Weights, ...] = ("unweighted", "linear", "quadratic")
_STATSMODELS = {"unweighted": None, "linear": "linear", "quadratic": "quadratic"}


@dataclass(frozen=True)
class GradeAgreement:
    """How two series of grades agree.

    Attributes:
        observed: share of cases with the same grade.
        kappa: weights -> Cohen's kappa, None where it is undefined.
        gwet: weights -> AC1 (unweighted) or AC2.
        reason: why kappa or its interval is missing, or nothing.
    """

    observed: float
    kappa: dict[Weights, Estimate | None]
    gwet: dict[Weights, Estimate]
    reason: str = ""


def grade_agreement(first: Sequence[int], second: Sequence[int], grades: Sequence[int]) -> GradeAgreement:
    """Agreement of two series of grades of the same cases.

    Args:
        first: (n,) grades, n >= 3.
        second: (n,) grades of the same cases in the same order.
        grades: all grades of the scale in order, used or not.
    """
    counts = np.zeros((len(grades), len(grades)))
    place = {grade: index for index, grade in enumerate(grades)}
    for one, other in zip(first, second, strict=True):
        counts[place[one], place[other]] += 1
    weights = WEIGHTS if len(grades) > 2 else WEIGHTS[:1]
    reason = _reason(counts)
    return GradeAgreement(
        observed=float(np.trace(counts) / counts.sum()),
        kappa={kind: None if reason == NO_KAPPA else _kappa(counts, kind, reason) for kind in weights},
        gwet={kind: _gwet(counts, weight_matrix(len(grades), kind)) for kind in weights},
        reason=reason,
    )


def weight_matrix(k: int, kind: Weights) -> np.ndarray:
    """(k, k) weights of agreement: 1 - |i - j| / (k - 1) (linear), 1 - (i - j)^2 / (k - 1)^2, or the identity."""
    apart = np.abs(np.subtract.outer(np.arange(k), np.arange(k))) / (k - 1)
    return {"unweighted": np.eye(k), "linear": 1 - apart, "quadratic": 1 - apart**2}[kind]


def _reason(counts: np.ndarray) -> str:
    if np.count_nonzero(counts) == 1 and np.trace(counts):
        return NO_KAPPA
    constant = min(np.count_nonzero(counts.sum(axis=0)), np.count_nonzero(counts.sum(axis=1))) == 1
    return NO_INTERVAL if constant else ""


def _kappa(counts: np.ndarray, kind: Weights, reason: str) -> Estimate:
    """Cohen's kappa, (po - pe) / (1 - pe), with its large-sample interval.

    (Fleiss, Cohen and Everitt, Psychol Bull 1969; 72: 323-327.)
    """
    if reason == NO_INTERVAL:  # by their definition po and pe are then equal
        return Estimate(0.0)
    with np.errstate(divide="ignore", invalid="ignore"):  # of tests that are not used here
        found = cohens_kappa(counts, wt=_STATSMODELS[kind])
    half = Z_EXACT * math.sqrt(max(0.0, float(found.var_kappa)))  # rounding can take it below 0
    kappa = float(found.kappa)
    return Estimate(kappa, max(kappa - half, -1.0), min(kappa + half, 1.0))


def _gwet(counts: np.ndarray, weights: np.ndarray) -> Estimate:
    """Gwet's AC1 (identity weights) or AC2, with the interval from linearised case values.

    pa = weighted share of agreement; pi_k = mean of the two raters' shares of grade k; pe = sum(w) / (K (K - 1))
    * sum over k of pi_k (1 - pi_k); AC = (pa - pe) / (1 - pe) (Gwet, Br J Math Stat Psychol 2008; 61: 29-48;
    weights: Gwet, Handbook of Inter-Rater Reliability, 4th ed. 2014). Standard error from the variance of
    AC_i - 2 (1 - AC) (pe_i - pe) / (1 - pe) over cases i, divisor n - 1.

    Args:
        counts: (K, K) cases by first and second grade.
        weights: (K, K).
    """
    n, k = counts.sum(), len(counts)
    share = (counts.sum(axis=0) + counts.sum(axis=1)) / (2 * n)
    scale = weights.sum() / (k * (k - 1))
    pe = scale * float((share * (1 - share)).sum())
    ac = (float((weights * counts).sum()) / n - pe) / (1 - pe)
    # value of a case with first grade i and second grade j; a case is a member of both by half
    member = scale * np.add.outer(1 - share, 1 - share) / 2
    case = (weights - pe) / (1 - pe) - 2 * (1 - ac) * (member - pe) / (1 - pe)
    mean = float((case * counts).sum()) / n
    variance = float((counts * (case - mean) ** 2).sum()) / (n - 1) / n
    half = float(stats.t.ppf(LEVEL, n - 1)) * math.sqrt(variance)
    # unlike kappa, AC2 can lie below -1: its least value is -pe / (1 - pe)
    return Estimate(float(ac), float(ac - half), float(min(ac + half, 1.0)))
