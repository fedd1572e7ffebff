"""The description of the patients, those with the event beside those without (table 1 of a paper)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Context, Decimal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from bonehold.modelling.description.group_tests import (
    compare_counts,
    compare_means,
    compare_ranks,
    compare_spreads,
    quartiles_of_spss,
    standardised_mean_difference,
    standardised_share_difference,
)
from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.levels import level_text, natural_order, number
from bonehold.modelling.inputs.specification import Specification
from bonehold.modelling.regression.terms import Floats

BASELINE_COLUMNS = (
    *(
        "variable",
        "level",
        "overall",
        "without",
        "with",
        "statistic",
        "p_value",
        "test",
        "standardised_difference",
    ),
    *("overall_n", "without_n", "with_n", "missing", "shapiro_p_without", "shapiro_p_with", "welch_p_value"),
    *("label", "unit", "df", "levene_p_value"),
)
NORMAL_P = 0.05
"""Shapiro-Wilk P from which a group counts as normally distributed."""
_EVERY_DIGIT = Context(prec=700)
"""Room for all digits of any floating-point number; the usual 28 are an error for 1e30."""


@dataclass(frozen=True)
class BaselineRow:
    """A variable, or one level of it.

    Attributes:
        variable: its column; `patients` in the first row.
        level: level of a factor, else empty.
        label: words for a reader.
        unit: unit, empty for none.
        overall: summary of all patients, as text.
        without: summary of those without the event.
        with_event: summary of those with the event.
        overall_n: patients with a value; at a level: patients at that level.
        without_n: those without the event.
        with_n: those with the event.
        missing: patients without a value.
        statistic: t, U or chi-square; Fisher's test has none.
        p_value: two-sided.
        test: name of the test.
        standardised_difference: of the two groups, never negative.
        shapiro_p_without: Shapiro-Wilk P that decided the summary.
        shapiro_p_with: the same in those with the event.
        welch_p_value: P of Welch's test beside Student's.
        df: degrees of freedom of t or chi-square.
        levene_p_value: P of Levene's test of equal variances (about the means, as SPSS), which speaks for Welch's.
    """

    variable: str
    level: str
    label: str
    unit: str
    overall: str = ""
    without: str = ""
    with_event: str = ""
    overall_n: int | None = None
    without_n: int | None = None
    with_n: int | None = None
    missing: int | None = None
    statistic: float | None = None
    p_value: float | None = None
    test: str = ""
    standardised_difference: float | None = None
    shapiro_p_without: float | None = None
    shapiro_p_with: float | None = None
    welch_p_value: float | None = None
    df: int | None = None
    levene_p_value: float | None = None

    def as_row(self) -> dict[str, object]:
        """The row of `baseline.csv`."""
        return {**vars(self), "with": self.with_event}


def describe(
    specification: Specification, patients: AnalysisTable, dictionary: Dictionary
) -> tuple[BaselineRow, ...]:
    """Describe every candidate predictor in patients without and with the event.

    Continuous: mean ± SD and Student's t test where Shapiro-Wilk gives P >= .05 in both groups, else median
        (IQR) and
    the Mann-Whitney test. Factors: counts (%) and the chi-square test, or Fisher's where an expected count is
    below 5. Percentages are of the patients with a value, rounded half up to one decimal.

    Beside a fixed model, candidates that are absent, or no numbers where they should be, have no row.

    Args:
        specification: outcome and candidates.
        patients: rows of the analysis, checked by `bonehold.modelling.inputs.checks`.
        dictionary: labels and units.

    Returns:
        A row `patients`, then one row per continuous variable, and per factor one row with the test and one
        per level.
    """
    known = patients.cells.loc[patients.cells[specification.outcome] != ""]
    event = np.array([number(cell) == 1 for cell in known[specification.outcome]], dtype=bool)
    n, with_event = len(event), int(event.sum())
    everybody = BaselineRow(
        "patients",
        "",
        "Patients",
        "",
        str(n),
        percentage(n - with_event, n),
        percentage(with_event, n),
        *(n, n - with_event, with_event, len(patients.cells) - n),
    )
    rows = [everybody]
    for candidate in specification.candidates:
        if candidate.column not in known.columns:
            continue
        cells = list(known[candidate.column])
        if candidate.reference is None and any(cell and number(cell) is None for cell in cells):
            continue
        head = BaselineRow(
            candidate.column, "", dictionary.label(candidate.column), dictionary.unit(candidate.column)
        )
        describe_one = _continuous if candidate.reference is None else _factor
        rows.extend(describe_one(head, cells, event))
    return tuple(rows)


def percentage(count: int, total: int) -> str:
    """A count with its percentage, rounded half up: 45 of 313 is `45 (14.4%)`.

    >>> percentage(45, 313), percentage(1, 800), percentage(0, 0)
    ('45 (14.4%)', '1 (0.1%)', '0')
    """
    if not total:
        return str(count)
    tenths = (2000 * count + total) // (2 * total)  # whole numbers: no .5 is lost in binary
    return f"{count} ({tenths // 10}.{tenths % 10}%)"


def rounded(value: float, decimals: int) -> str:
    """A number rounded half up as it is printed, with a true minus sign: 2.675 gives 2.68.

    >>> rounded(2.675, 2), rounded(-1.25, 1), rounded(-0.04, 1)
    ('2.68', '−1.3', '0.0')
    """
    digits = Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _EVERY_DIGIT)
    text = f"{digits:f}"
    return text.replace("-", "−" if float(text) else "")


def _continuous(head: BaselineRow, cells: Sequence[str], event: NDArray[np.bool_]) -> Iterator[BaselineRow]:
    known = np.array([cell != "" for cell in cells], dtype=bool)
    values = np.array([number(cell) for cell in cells if cell], dtype=float)
    without, with_event = values[~event[known]], values[event[known]]
    head = _counted(head, len(values), len(without), len(with_event), len(cells))
    if not len(values):
        yield head
        return
    p_without, p_with = _shapiro_p(without), _shapiro_p(with_event)
    normal = min(p_without, p_with) >= NORMAL_P  # False where a P is NaN
    summary = _mean_sd if normal else _median_iqr
    decimals = _decimals(values)
    head = replace(
        head,
        overall=summary(values, decimals),
        without=summary(without, decimals),
        with_event=summary(with_event, decimals),
        shapiro_p_without=p_without,
        shapiro_p_with=p_with,
    )
    if min(len(without), len(with_event)) < 2 or np.ptp(values) == 0:
        yield replace(head, test="none: too few or equal values")
        return
    head = replace(head, standardised_difference=standardised_mean_difference(without, with_event))
    if normal:
        test, welch_p_value = compare_means(without, with_event)
        levene_p_value = compare_spreads(without, with_event)
        head = replace(head, welch_p_value=welch_p_value, levene_p_value=levene_p_value)
    else:
        test = compare_ranks(without, with_event)
    yield replace(head, statistic=test.statistic, p_value=test.p_value, test=test.name, df=test.df)


def _factor(head: BaselineRow, cells: Sequence[str], event: NDArray[np.bool_]) -> Iterator[BaselineRow]:
    texts = np.array([level_text(cell) for cell in cells])
    levels = natural_order(text for text in texts.tolist() if text)
    table = np.array(
        [[((texts == level) & ~event).sum(), ((texts == level) & event).sum()] for level in levels],
        dtype=np.int64,
    ).reshape(len(levels), 2)
    without, with_event = (int(total) for total in table.sum(axis=0))
    head = _counted(head, without + with_event, without, with_event, len(cells))
    if len(levels) > 1 and without and with_event:
        test = compare_counts(table)
        difference = standardised_share_difference(table)
        head = replace(
            head,
            statistic=test.statistic,
            p_value=test.p_value,
            test=test.name,
            df=test.df,
            standardised_difference=difference,
        )
    else:
        head = replace(head, test="none: too few or equal values")
    yield head
    for level, (at_without, at_with) in zip(levels, table.tolist(), strict=True):
        yield BaselineRow(
            head.variable,
            level,
            head.label,
            head.unit,
            percentage(at_without + at_with, without + with_event),
            percentage(at_without, without),
            percentage(at_with, with_event),
            *(at_without + at_with, at_without, at_with),
        )


def _counted(head: BaselineRow, n: int, without: int, with_event: int, rows: int) -> BaselineRow:
    return replace(head, overall_n=n, without_n=without, with_n=with_event, missing=rows - n)


def _shapiro_p(values: Floats) -> float:
    """Shapiro-Wilk P; NaN for fewer than three or for equal values, where the test does not exist."""
    if len(values) < 3 or np.ptp(values) == 0:
        return math.nan
    return float(stats.shapiro(values).pvalue)


def _decimals(values: Floats) -> int:
    """Decimals that show two digits of the standard deviation, at least one; one for whole numbers."""
    spread = float(values.std())
    whole = bool((values == np.round(values)).all())
    return 1 if whole or spread == 0 else max(1, 1 - math.floor(math.log10(spread)))


def _mean_sd(values: Floats, decimals: int) -> str:
    if len(values) < 2:
        return _median_iqr(values, decimals)
    return f"{rounded(float(values.mean()), decimals)} ± {rounded(float(values.std(ddof=1)), decimals)}"


def _median_iqr(values: Floats, decimals: int) -> str:
    if not len(values):
        return ""
    low, middle, high = (rounded(value, decimals) for value in quartiles_of_spss(values))
    return f"{middle} ({low}–{high})"
