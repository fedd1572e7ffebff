"""A measure compared over the levels of a factor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from bonehold.modelling.description.baseline import NORMAL_P
from bonehold.modelling.description.group_tests import quartiles_of_spss
from bonehold.modelling.regression.terms import Floats

FEWEST = 3
"""The smallest group that the Shapiro-Wilk test can judge."""
ANOVA, KRUSKAL_WALLIS = "one-way ANOVA", "Kruskal-Wallis"


@dataclass(frozen=True)
class LevelsTest:
    """A test that a measure is alike at all levels.

    Attributes:
        test: its name; empty where there is nothing to compare.
        statistic: F or H.
        df: levels - 1.
        denominator_df: n - levels, of F; None for H.
        p_value: P.
        eta_squared: share of the variation that lies between the levels, of the values (ANOVA) or their ranks.
    """

    test: str = ""
    statistic: float | None = None
    df: int | None = None
    denominator_df: int | None = None
    p_value: float | None = None
    eta_squared: float | None = None


@dataclass(frozen=True)
class LevelSummary:
    """A measure at one level; quartiles are SPSS's (type 6)."""

    n: int
    mean: float
    sd: float | None
    lower_quartile: float
    median: float
    upper_quartile: float
    minimum: float
    maximum: float
    shapiro_p_value: float | None


def compare_levels(groups: Sequence[Floats]) -> LevelsTest:
    """Compare a measure over levels.

    One-way ANOVA where Shapiro-Wilk gives P >= .05 at every level, else Kruskal-Wallis with correction for ties. Eta
    squared is the sum of squares between the levels over the total one: of the values for ANOVA, of the ranks
    for Kruskal-Wallis, where it is H/(n - 1) (Serlin, Carr, Marascuilo, Psychol Bull 1982;91:786-794).

    Args:
        groups: values at each level, none empty.
    """
    everything = np.concatenate([*groups, np.empty(0)])
    n, k = len(everything), len(groups)
    if k < 2 or n <= k or np.ptp(everything) == 0:
        return LevelsTest()
    if all((p := shapiro_p(group)) is not None and p >= NORMAL_P for group in groups):
        result = stats.f_oneway(*groups)
        between = sum(len(group) * (group.mean() - everything.mean()) ** 2 for group in groups)
        total = ((everything - everything.mean()) ** 2).sum()
        eta = float(between / total)
        return LevelsTest(ANOVA, float(result.statistic), k - 1, n - k, float(result.pvalue), eta)
    result = stats.kruskal(*groups)
    h = float(result.statistic)
    return LevelsTest(KRUSKAL_WALLIS, h, k - 1, None, float(result.pvalue), h / (n - 1))


def describe_level(values: Floats) -> LevelSummary:
    """Summarise a measure at one level.

    Args:
        values: at least one.
    """
    low, middle, high = quartiles_of_spss(values)
    return LevelSummary(
        n=len(values),
        mean=float(values.mean()),
        sd=float(values.std(ddof=1)) if len(values) > 1 else None,
        lower_quartile=low,
        median=middle,
        upper_quartile=high,
        minimum=float(values.min()),
        maximum=float(values.max()),
        shapiro_p_value=shapiro_p(values),
    )


def shapiro_p(values: Floats) -> float | None:
    """P of the Shapiro-Wilk test; None below three values, or where all are equal."""
    if len(values) < FEWEST or np.ptp(values) == 0:
        return None
    return float(stats.shapiro(values).pvalue)
