"""What the figure of the sensitivity analyses shows, from the rows of `sensitivity.csv`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from bonehold.modelling.variation.recoding import log_name
from bonehold.modelling.variation.varied_models import FITTED, NOT_APPLICABLE, NOT_FITTED, SAME

Row = Mapping[str, str]


@dataclass(frozen=True)
class Interval:
    """A value with its 95 % limits; `logarithm`: an odds ratio per unit of the logarithm of the predictor."""

    value: float
    low: float | None
    high: float | None
    logarithm: bool = False


@dataclass(frozen=True)
class SensitivityLine:
    """One variant as drawn: its counts, AUC, AUC corrected for optimism, and an odds ratio per panel (or none)."""

    label: str
    counts: str
    auc: Interval
    corrected: float | None
    ratios: tuple[Interval | None, ...]


def sensitivity_lines(rows: Sequence[Row], columns: Sequence[str]) -> tuple[SensitivityLine, ...]:
    """The fitted variants that differ from the main model, which comes first.

    Args:
        rows: of `sensitivity.csv`.
        columns: predictors whose odds ratios are drawn.
    """
    lines = []
    for block in _blocks(rows):
        first = block[0]
        if first["status"] == FITTED and first["reason"] != SAME:
            corrected = first["auc_corrected"]
            lines.append(
                SensitivityLine(
                    first["label"],
                    f"{first['events']}/{first['n']}",
                    _interval(first["auc"], first["auc_ci_low"], first["auc_ci_high"]),
                    float(corrected) if corrected else None,
                    tuple(_ratio(block, column) for column in columns),
                )
            )
    return tuple(lines)


def left_aside(rows: Sequence[Row]) -> Iterator[str]:
    """In words: the variants that come to the main model itself, and those without a model, by reason."""
    firsts = [block[0] for block in _blocks(rows)]
    same = [row["label"] for row in firsts if row["reason"] == SAME]
    if same:
        yield f"The same as the main model, hence not drawn: {'; '.join(same)}."
    for row in firsts:
        if row["status"] == FITTED and row["reason"] not in ("", SAME):
            yield f"{row['label']}: {row['reason']}."
    for status, words in ((NOT_APPLICABLE, "Not applicable"), (NOT_FITTED, "Not fitted")):
        by_reason: dict[str, list[str]] = {}
        for row in firsts:
            if row["status"] == status:
                by_reason.setdefault(row["reason"], []).append(row["label"])
        if by_reason:
            told = (f"{'; '.join(labels)} ({reason})" for reason, labels in by_reason.items())
            yield f"{words}: {'; '.join(told)}."


def drawn_columns(rows: Sequence[Row], wanted: Sequence[str]) -> tuple[str, ...]:
    """The wanted predictors that the main model has as numbers; without any, its first two such predictors."""
    main = next(iter(_blocks(rows)))
    numbers = [row["term"] for row in main if row["term"] != "(Intercept)" and not row["level"]]
    return tuple(column for column in wanted if column in numbers) or tuple(numbers[:2])


def _blocks(rows: Sequence[Row]) -> list[list[Row]]:
    return [list(block) for _, block in groupby(rows, key=lambda row: row["variant"])]


def _ratio(block: Sequence[Row], column: str) -> Interval | None:
    for row in block:
        if row["term"] in (column, log_name(column)) and not row["level"] and row["odds_ratio"]:
            logarithm = row["term"] != column
            return _interval(row["odds_ratio"], row["ci_low"], row["ci_high"], logarithm)
    return None


def _interval(value: str, low: str, high: str, logarithm: bool = False) -> Interval:
    return Interval(float(value), float(low) if low else None, float(high) if high else None, logarithm)
