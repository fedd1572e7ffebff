"""Comparisons of two groups: tests, as SPSS prints them, and standardised differences."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from bonehold.modelling.description.fisher import enumerable, fisher_exact
from bonehold.modelling.regression.terms import Floats

SMALLEST_EXPECTED = 5
"""An expected count below this calls for Fisher's exact test."""


@dataclass(frozen=True)
class GroupTest:
    """A comparison of two groups; `statistic` and `df` are None where the test has none."""

    name: str
    statistic: float | None
    p_value: float
    df: int | None = None


def compare_means(without: Floats, with_event: Floats) -> tuple[GroupTest, float]:
    """Student's t test, as SPSS prints it first, and the P of Welch's test beside it."""
    student = stats.ttest_ind(with_event, without, equal_var=True)
    welch = stats.ttest_ind(with_event, without, equal_var=False)
    return GroupTest("Student t", float(student.statistic), float(student.pvalue), int(student.df)), float(
        welch.pvalue
    )


def compare_spreads(without: Floats, with_event: Floats) -> float:
    """P of Levene's test of equal variances, about the means as SPSS (scipy's default is about the medians)."""
    return float(stats.levene(with_event, without, center="mean").pvalue)


def compare_ranks(without: Floats, with_event: Floats) -> GroupTest:
    """Mann-Whitney test, asymptotic without continuity correction, as SPSS; R corrects by default.

    The statistic is U of the patients with the event.
    """
    result = stats.mannwhitneyu(with_event, without, use_continuity=False, method="asymptotic")
    return GroupTest("Mann-Whitney", float(result.statistic), float(result.pvalue))


def compare_counts(table: NDArray[np.int64]) -> GroupTest:
    """Chi-square test without Yates' correction; Fisher's exact test where an expected count is below 5.

    Where a table has too many levels for the exact test, the chi-square stays and its name says so.

    Args:
        table: counts, shape (levels, 2), no row and no column all zero.
    """
    sparse = stats.contingency.expected_freq(table).min() < SMALLEST_EXPECTED
    if not sparse or not enumerable(table):
        chi2 = stats.chi2_contingency(table, correction=False)
        name = "chi-square (expected count < 5)" if sparse else "chi-square"
        return GroupTest(name, float(chi2.statistic), float(chi2.pvalue), int(chi2.dof))
    return GroupTest("Fisher exact", None, fisher_exact(table))


def quartiles_of_spss(values: Floats) -> tuple[float, float, float]:
    """Lower quartile, median, upper quartile of type 6, as SPSS has them; the default of R, type 7, differs.

    The types are those of Hyndman and Fan (American Statistician 1996;50:361-365).
    """
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75], method="weibull")
    return float(low), float(middle), float(high)


def standardised_mean_difference(without: Floats, with_event: Floats) -> float:
    """|difference of means| / sqrt(mean of the two variances) (Austin, Stat Med 2009;28:3083-3107)."""
    spread = math.sqrt((without.var(ddof=1) + with_event.var(ddof=1)) / 2)
    return abs(float(with_event.mean() - without.mean())) / spread if spread > 0 else math.nan


def standardised_share_difference(table: NDArray[np.int64]) -> float:
    """Distance of two distributions over levels (Yang and Dalton, SAS Global Forum 2012, paper 335).

    sqrt(d' S^-1 d), d the differences of the shares of all levels but one, S the mean of the two multinomial
    covariances.

    Args:
        table: counts, shape (levels, 2).
    """
    shares = table / table.sum(axis=0)
    d = (shares[1:, 1] - shares[1:, 0]).astype(float)
    covariances = [np.diag(share) - np.outer(share, share) for share in shares[1:].T]
    S = (covariances[0] + covariances[1]) / 2
    return float(math.sqrt(max(0.0, d @ np.linalg.pinv(S) @ d)))
