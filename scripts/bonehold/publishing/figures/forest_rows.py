"""What a forest plot shows, line by line, from the tables of univariable and multivariable odds ratios."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bonehold.modelling.regression.logistic import FIRTH
from bonehold.publishing.tables.formatting import MISSING, p_text, rounded

Row = Mapping[str, str]
FIRTH_MARK = "†"
REFERENCE_TEXT = "1 (reference)"
NOT_FITTED = "not fitted"
EXCLUSIVE = "left out (exclusive)"


@dataclass(frozen=True)
class Ratio:
    """One odds ratio.

    Attributes:
        text: as printed beside the plot.
        p: its P, as printed.
        value: the odds ratio; None where nothing is drawn.
        low: lower 95 % limit; None where it is unknown.
        high: upper limit.
        firth: whether it is of Firth's fit.
    """

    text: str = MISSING
    p: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    firth: bool = False


@dataclass(frozen=True)
class ForestLine:
    """One line of the plot.

    Attributes:
        label: words at the left.
        kind: `predictor`, `factor` (only its name), `reference` or `level`.
        counts: events / patients, as printed.
        alone: the univariable odds ratio.
        together: the multivariable one.
    """

    label: str
    kind: str
    counts: str = ""
    alone: Ratio = Ratio(text="")
    together: Ratio = Ratio(text="")


def forest_lines(
    univariable: Sequence[Row], multivariable: Sequence[Row], label: Callable[[str], str]
) -> tuple[ForestLine, ...]:
    """Lines of every candidate in the order of the univariable table.

    Args:
        univariable: `univariable.csv`.
        multivariable: `multivariable.csv`.
        label: words for a column, with its unit.
    """
    joint = {(row["term"], row["level"]): row for row in multivariable}
    lines: list[ForestLine] = []
    for column, group in itertools.groupby(univariable, key=lambda row: row["term"]):
        rows = list(group)
        lines += (
            _factor(rows, joint, label(column))
            if rows[0]["level"]
            else [_single(rows[0], joint, label(column))]
        )
    return tuple(lines)


def _single(row: Row, joint: Mapping[tuple[str, str], Row], label: str) -> ForestLine:
    return ForestLine(
        label,
        "predictor",
        _counts(row["events"], row["n"]),
        _ratio(row),
        _joint(joint.get((row["term"], ""))),
    )


def _factor(rows: Sequence[Row], joint: Mapping[tuple[str, str], Row], label: str) -> Iterator[ForestLine]:
    term = rows[0]["term"]
    dropped = joint.get((term, ""))
    yield ForestLine(label, "factor", together=_joint(dropped) if dropped else Ratio(text=""))
    entered = any((term, row["level"]) in joint for row in rows)
    yield ForestLine(
        rows[0]["reference"],
        "reference",
        _counts(rows[0]["reference_events"], rows[0]["reference_n"]),
        Ratio(text=REFERENCE_TEXT if rows[0]["odds_ratio"] else MISSING),
        Ratio(text=REFERENCE_TEXT if entered else "" if dropped else MISSING),
    )
    for row in rows:
        together = Ratio(text="") if dropped else _joint(joint.get((term, row["level"])))
        yield ForestLine(row["level"], "level", _counts(row["events"], row["n"]), _ratio(row), together)


def _joint(row: Row | None) -> Ratio:
    if row is None:
        return Ratio()
    if not row["estimate"] and row["note"].startswith("dropped_exclusive"):
        return Ratio(text=EXCLUSIVE)
    return _ratio(row)


def _ratio(row: Row) -> Ratio:
    if not row["odds_ratio"]:
        return Ratio(text=MISSING if row["estimate"] else NOT_FITTED)
    low, high = row["ci_low"], row["ci_high"]
    digits = 3 if all(0.9 <= float(one) < 1.1 for one in (row["odds_ratio"], low, high) if one) else 2
    firth = row["method"] == FIRTH
    limits = f"{_printed(low, digits)}–{_printed(high, digits)}"
    return Ratio(
        f"{_printed(row['odds_ratio'], digits)} ({limits}){FIRTH_MARK if firth else ''}",
        p_text(row["p_value"]),
        float(row["odds_ratio"]),
        float(low) if low else None,
        float(high) if high else None,
        firth,
    )


def _printed(number: str, digits: int) -> str:
    """An odds ratio: fewer decimals where it is large, an exponent where decimals would say nothing."""
    if not number:
        return "?"
    value = float(number)
    if value >= 10_000 or value < 0.5 * 10**-digits:
        return f"{value:.1e}".replace("-", "−").replace("e+0", "e").replace("e−0", "e−")
    return rounded(number, 0 if value >= 1000 else 1 if value >= 100 else digits)


def _counts(events: str, n: str) -> str:
    return f"{events}/{n}" if n else ""
