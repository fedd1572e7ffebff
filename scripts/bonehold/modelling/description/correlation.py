"""The rows of `correlation.csv`: whether two predictors say the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bonehold.modelling.description.correlation_measures import (
    PEARSON_CI,
    POOLED_CI,
    SPEARMAN_CI,
    Correlation,
    pearson,
    pearson_variance,
    pool_correlations,
    spearman,
    spearman_variance,
)
from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.paired_values import Pair, PairedNumbers, is_factor, paired_numbers, unpaired
from bonehold.modelling.inputs.specification import Specification
from bonehold.modelling.missing.completed_tables import CompletedTables
from bonehold.problems import Problem

CORRELATION_COLUMNS = (
    *("x", "y", "values", "n", "pearson", "pearson_ci_low", "pearson_ci_high", "pearson_p_value"),
    *("spearman", "spearman_ci_low", "spearman_ci_high", "spearman_p_value", "events", "sets"),
    *("ci_method", "spearman_ci_method", "x_label", "x_unit", "y_label", "y_unit"),
)
POINT_COLUMNS = ("x", "y", "x_value", "y_value", "event")
OBSERVED, IMPUTED = "observed", "imputed"


def correlated_pairs(
    pairs: Sequence[Pair], specification: Specification, table: AnalysisTable
) -> tuple[tuple[Pair, ...], tuple[Problem, ...]]:
    """The pairs that can be correlated, and why the others cannot.

    Args:
        pairs: as configured.
        specification: names the factors.
        table: rows of the analysis.
    """
    usable, problems = [], []
    for pair in pairs:
        problem = unpaired("correlation", pair, specification, table) or _no_order(pair, specification, table)
        if problem is None:
            usable.append(pair)
        else:
            problems.append(problem)
    return tuple(usable), tuple(problems)


def correlation_rows(
    pair: Pair, outcome: str, patients: CompletedTables, dictionary: Dictionary
) -> Iterator[Mapping[str, Any]]:
    """One row of the observed values and, where a value of the pair was imputed, one pooled over the sets.

    Args:
        pair: two columns of numbers.
        outcome: the 0/1 column; patients without it are left out.
        patients: those of the analysis.
        dictionary: labels and units.
    """
    words = {
        f"{axis}_{kind}": word
        for axis, column in zip("xy", pair, strict=True)
        for kind, word in (("label", dictionary.label(column)), ("unit", dictionary.unit(column)))
    }
    x, y = pair
    observed = paired_numbers(patients.observed, outcome, pair)
    yield {
        "x": x,
        "y": y,
        "values": OBSERVED,
        "n": len(observed.x),
        "events": int(observed.event.sum()),
        **named("pearson", pearson(observed.x, observed.y)),
        **named("spearman", spearman(observed.x, observed.y)),
        "sets": 1,
        "ci_method": PEARSON_CI,
        "spearman_ci_method": SPEARMAN_CI,
        **words,
    }
    tables = patients.of(pair)
    if len(tables) < 2:
        return
    sets = [paired_numbers(table, outcome, pair) for table in tables]
    n = len(sets[0].x)
    linear = pool_correlations([pearson(one.x, one.y).value for one in sets], n, pearson_variance)
    ranks = pool_correlations([spearman(one.x, one.y).value for one in sets], n, spearman_variance)
    yield {
        "x": x,
        "y": y,
        "values": IMPUTED,
        "n": n,
        "events": int(sets[0].event.sum()),
        **named("pearson", linear),
        **named("spearman", ranks),
        "sets": len(sets),
        "ci_method": POOLED_CI,
        "spearman_ci_method": POOLED_CI,
        **words,
    }


def point_rows(pair: Pair, numbers: PairedNumbers) -> Iterator[Mapping[str, Any]]:
    """The observed values of a pair, patient by patient: what a scatter plot shows.

    They are sorted by value, so that their order tells nothing.
    """
    x, y = pair
    for x_value, y_value, event in sorted(
        zip(numbers.x.tolist(), numbers.y.tolist(), numbers.event.tolist(), strict=True)
    ):
        yield {"x": x, "y": y, "x_value": x_value, "y_value": y_value, "event": event}


def named(prefix: str, correlation: Correlation) -> Mapping[str, float]:
    """A correlation as cells of a row."""
    return {
        prefix: correlation.value,
        f"{prefix}_ci_low": correlation.ci_low,
        f"{prefix}_ci_high": correlation.ci_high,
        f"{prefix}_p_value": correlation.p_value,
    }


def _no_order(pair: Pair, specification: Specification, table: AnalysisTable) -> Problem | None:
    for column in pair:
        if is_factor(column, specification, table):
            named_pair = " and ".join(pair)
            remedy = "name the pair under association; it is left out here"
            return Problem("correlation", f"{named_pair}: {column} is a factor", remedy)
    return None
