"""The rows of `association.csv`: columns that hang together by how they are made.

A ratio is coupled to its parts: it falls when its denominator rises, whatever the patients are like (Pearson, Proc R
Soc Lond 1897;60:489-498, "spurious correlation"). Beside its correlation with a part stands the correlation that
dividing alone would make. The terminal segment goes with how long the construct is; that is a factor against a
measure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bonehold.modelling.description.correlation import correlation_rows, point_rows
from bonehold.modelling.description.level_tests import compare_levels, describe_level
from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.levels import natural_order, number
from bonehold.modelling.inputs.paired_values import Pair, grouped_numbers, is_factor, paired_numbers
from bonehold.modelling.inputs.specification import Specification
from bonehold.modelling.missing.completed_tables import CompletedTables
from bonehold.modelling.regression.terms import Floats

ASSOCIATION_COLUMNS = (
    *("x", "y", "kind", "level", "values", "n", "pearson", "pearson_ci_low", "pearson_ci_high"),
    *("pearson_p_value", "spearman", "spearman_ci_low", "spearman_ci_high", "spearman_p_value"),
    *("pearson_by_division", "test", "statistic", "df", "denominator_df", "p_value", "eta_squared"),
    *("mean", "sd", "median", "lower_quartile", "upper_quartile", "minimum", "maximum", "shapiro_p_value"),
    *("events", "sets", "ci_method", "spearman_ci_method", "x_label", "x_unit", "y_label", "y_unit"),
)
POINT_COLUMNS = ("x", "y", "x_value", "y_value", "x_level", "event")
CORRELATION, GROUPS, LEVEL = "correlation", "groups", "level"
RATIO, NUMERATOR, DENOMINATOR = "hu_ratio", "st_hu", "b_hu"
"""The ratio of the cohort table and what it is made of."""


def association_rows(
    pair: Pair, specification: Specification, patients: CompletedTables, dictionary: Dictionary
) -> Iterator[Mapping[str, Any]]:
    """Rows of one pair.

    Two measures: their correlations, observed and pooled. A factor and a measure: the test over its levels, then one
    row per level; observed values only, for there is no accepted way to pool a Kruskal-Wallis test.

    Args:
        pair: two columns, at most one of them a factor.
        specification: names the factors and the outcome.
        patients: those of the analysis.
        dictionary: labels and units.
    """
    outcome = specification.outcome
    factor, measure = ordered(pair, specification, patients.observed)
    if not factor:
        by_division = correlation_by_division(pair, patients.observed, outcome)
        for row in correlation_rows(pair, outcome, patients, dictionary):
            yield {**row, "kind": CORRELATION, "pearson_by_division": by_division}
        return
    grouped = grouped_numbers(patients.observed, outcome, factor, measure)
    levels = np.array(grouped.levels)
    groups = {level: grouped.values[levels == level] for level in natural_order(grouped.levels)}
    head = {
        "x": factor,
        "y": measure,
        "values": "observed",
        "sets": 1,
        "x_label": dictionary.label(factor),
        "x_unit": dictionary.unit(factor),
        "y_label": dictionary.label(measure),
        "y_unit": dictionary.unit(measure),
    }
    counts = {"n": len(levels), "events": int(grouped.event.sum())}
    yield {**head, "kind": GROUPS, **counts, **vars(compare_levels(list(groups.values())))}
    for level, values in groups.items():
        yield {**head, "kind": LEVEL, "level": level, **vars(describe_level(values))}


def associated_point_rows(
    pair: Pair, specification: Specification, table: AnalysisTable
) -> Iterator[Mapping[str, Any]]:
    """The observed values of a pair, patient by patient, sorted: what the figure shows.

    Args:
        pair: as above.
        specification: as above.
        table: rows of the analysis.
    """
    factor, measure = ordered(pair, specification, table)
    if not factor:
        yield from point_rows(pair, paired_numbers(table, specification.outcome, pair))
        return
    grouped = grouped_numbers(table, specification.outcome, factor, measure)
    rows = zip(grouped.levels, grouped.values.tolist(), grouped.event.tolist(), strict=True)
    for level, value, event in sorted(rows):
        yield {"x": factor, "y": measure, "x_level": level, "y_value": value, "event": event}


def ordered(pair: Pair, specification: Specification, table: AnalysisTable) -> Pair:
    """Factor and measure of a pair; without a factor its name is empty."""
    factor = next((column for column in pair if is_factor(column, specification, table)), "")
    return factor, next(column for column in pair if column != factor)


def correlation_by_division(pair: Pair, table: AnalysisTable, outcome: str) -> float | None:
    """Pearson's r of a ratio with a part of it, if the two parts were independent.

    With z = a/b, a and b independent and distributed as observed: cov(z, b) = E[a] (1 - E[b] E[1/b]), cov(z, a) =
    E[1/b] var(a), var(z) = E[a^2] E[1/b^2] - (E[a] E[1/b])^2. Pearson (1897) gave the first order of this in the
    coefficients of variation.

    Args:
        pair: two columns.
        table: rows of the analysis.
        outcome: the 0/1 column; patients without it are left out.

    Returns:
        None where the pair is not the HU ratio with one of its parts, or the parts are not known.
    """
    part = next((column for column in pair if column != RATIO), "")
    if RATIO not in pair or part not in (NUMERATOR, DENOMINATOR):
        return None
    used = (RATIO, NUMERATOR, DENOMINATOR, outcome)
    if not set(used) <= set(table.columns):
        return None
    known = table.cells.loc[(table.cells[list(used)] != "").all(axis="columns")]
    a, b = (
        np.array([number(cell) for cell in known[column]], dtype=float) for column in (NUMERATOR, DENOMINATOR)
    )
    if len(a) < 2 or np.isnan(a).any() or not (b > 0).all():
        return None
    return ratio_correlation(a, b, part == NUMERATOR)


def ratio_correlation(a: Floats, b: Floats, with_numerator: bool) -> float | None:
    """Pearson's r of a/b with a (or b) where every a may stand over every b; formulas at `correlation_by_division`.

    Args:
        a: numerators, shape (n,).
        b: denominators, positive, shape (n,).
        with_numerator: correlate with a instead of b.
    """
    inverse = 1 / b
    variance = np.mean(a**2) * np.mean(inverse**2) - (a.mean() * inverse.mean()) ** 2
    part = a if with_numerator else b
    covariance = inverse.mean() * a.var() if with_numerator else a.mean() * (1 - b.mean() * inverse.mean())
    scale = np.sqrt(variance * part.var())
    return float(covariance / scale) if scale > 0 else None
