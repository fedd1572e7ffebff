"""Agreement of continuous measurements: intraclass correlation, limits of agreement, measurement error."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from bonehold.cohort.measurement_error import Z, minimal_detectable_change, standard_error_of_measurement

ICC_CI_METHOD = "F with Satterthwaite df (McGraw and Wong 1996)"
LIMITS_CI_METHOD = "t with n - 1 df (Bland and Altman 1999)"
LEVEL = 0.975
"""Upper tail of a two-sided 95 % interval."""


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval; limits are None where there is none."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class ValueAgreement:
    """How two series of measurements agree; all but the ICC in the unit of the measure.

    Attributes:
        mean_1, mean_2: mean of each series.
        icc: ICC(2,1), the reliability of one measurement; None where it is undefined.
        icc_mean: ICC(2,k), the reliability of the mean of the k raters; None likewise.
        bias: mean of first minus second.
        sd: standard deviation of the differences, divisor n - 1.
        lower_limit, upper_limit: limits of agreement.
        sem: standard error of measurement.
        mdc95: minimal detectable change.
        reason: why the ICC is undefined, or nothing.
    """

    mean_1: float
    mean_2: float
    icc: Estimate | None
    icc_mean: Estimate | None
    bias: Estimate
    sd: float
    lower_limit: Estimate
    upper_limit: Estimate
    sem: float
    mdc95: float
    reason: str = ""


def value_agreement(first: Sequence[float], second: Sequence[float]) -> ValueAgreement:
    """Agreement of two series of measurements of the same cases.

    Limits of agreement: bias +- 1.96 SD of the differences; the interval of the bias from its standard error
    SD / sqrt(n), that of a limit from SD sqrt(1/n + 1.96^2 / (2 (n - 1))), both with Student's t (Bland and
    Altman, Stat Methods Med Res 1999; 8: 135-160).

    Args:
        first: (n,) measurements, n >= 3.
        second: (n,) measurements of the same cases in the same order.
    """
    scores = np.column_stack([first, second]).astype(float)
    differences = scores[:, 0] - scores[:, 1]
    n = len(differences)
    bias, sd = float(differences.mean()), float(differences.std(ddof=1))
    t = float(stats.t.ppf(LEVEL, n - 1))
    of_bias = t * sd / math.sqrt(n)
    of_limit = t * sd * math.sqrt(1 / n + Z**2 / (2 * (n - 1)))
    lower, upper = bias - Z * sd, bias + Z * sd
    icc = icc_agreement(scores)
    return ValueAgreement(
        mean_1=float(scores[:, 0].mean()),
        mean_2=float(scores[:, 1].mean()),
        icc=icc,
        icc_mean=icc_of_mean(icc, scores.shape[1]) if icc else None,
        bias=Estimate(bias, bias - of_bias, bias + of_bias),
        sd=sd,
        lower_limit=Estimate(lower, lower - of_limit, lower + of_limit),
        upper_limit=Estimate(upper, upper - of_limit, upper + of_limit),
        sem=standard_error_of_measurement(differences.tolist()),
        mdc95=minimal_detectable_change(differences.tolist()),
        reason=_reason(icc, scores),
    )


def icc_agreement(scores: np.ndarray) -> Estimate | None:
    """ICC(2,1): two-way random effects, absolute agreement, one rater; None where all values are equal.

    (MSR - MSE) / (MSR + (k - 1) MSE + k (MSC - MSE) / n) with the mean squares of cases (R), raters (C) and error
    (E) (Shrout and Fleiss, Psychol Bull 1979; 86: 420-428); interval by F with Satterthwaite's degrees of freedom
    (McGraw and Wong, Psychol Methods 1996; 1: 30-46, case 2A).

    Args:
        scores: (n cases, k raters), n >= 3, k >= 2.
    """
    if np.ptp(scores) == 0:
        return None
    n, k = scores.shape
    rows, columns, error = _mean_squares(scores)
    icc = (rows - error) / (rows + (k - 1) * error + k * (columns - error) / n)
    # a and b of McGraw and Wong, both times n (1 - ICC), which leaves the degrees of freedom as they are
    a = k * icc * columns
    b = (n * (1 - icc) + k * icc * (n - 1)) * error
    spread = a**2 / (k - 1) + b**2 / ((n - 1) * (k - 1))
    if columns == error == 0:  # no disagreement at all
        return Estimate(icc, icc, icc)
    if spread == 0 or a + b == 0:
        return Estimate(icc)
    df = (a + b) ** 2 / spread
    below, above = stats.f.ppf(LEVEL, n - 1, df), stats.f.ppf(LEVEL, df, n - 1)
    rest = k * columns + (k * n - k - n) * error
    # numerator and denominator over the quantile, which is infinite where df is next to 0
    low = n * (rows / below - error) / (rest + n * rows / below)
    high = n * (above * rows - error) / (rest + n * above * rows)
    if not low <= icc <= high:  # Satterthwaite's approximation fails where cases hardly differ
        return Estimate(icc)
    return Estimate(icc, float(low), float(high))


def icc_of_mean(single: Estimate, k: int) -> Estimate | None:
    """ICC(2,k) from ICC(2,1), estimate and limits, by Spearman and Brown's formula: k r / (1 + (k - 1) r).

    None where raters agree less than chance by so much that the formula passes its pole at -1 / (k - 1).
    """

    def stepped(r: float | None) -> float | None:
        return None if r is None or 1 + (k - 1) * r <= 0 else k * r / (1 + (k - 1) * r)

    value = stepped(single.value)
    return None if value is None else Estimate(value, stepped(single.low), stepped(single.high))


def _reason(icc: Estimate | None, scores: np.ndarray) -> str:
    if icc is None:
        return "all values are equal, so the ICC is undefined"
    if icc.low is None:
        return "the cases differ too little for an interval of the ICC"
    if icc_of_mean(icc, scores.shape[1]) is None:
        return "the ICC is so far below zero that ICC(2,k) is undefined"
    return ""


def _mean_squares(scores: np.ndarray) -> tuple[float, float, float]:
    """Mean squares of cases, raters and error; rounding noise of values without any disagreement is zero."""
    n, k = scores.shape
    centred = scores - scores.mean()
    of_rows, of_columns = centred.mean(axis=1), centred.mean(axis=0)
    residual = centred - of_rows[:, None] - of_columns[None, :]
    differing = np.ptp(scores, axis=1).any()
    constant = not np.ptp(scores - scores[:, :1], axis=0).any()
    return (
        float(k * (of_rows**2).sum() / (n - 1)),
        float(n * (of_columns**2).sum() / (k - 1)) if differing else 0.0,
        float((residual**2).sum() / ((n - 1) * (k - 1))) if not constant else 0.0,
    )
