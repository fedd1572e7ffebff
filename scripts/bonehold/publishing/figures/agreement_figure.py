"""Bland-Altman plots of the four measures, for each pair of readers and for readers who read again."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bonehold.cohort.agreement import RATERS
from bonehold.cohort.agreement_measures import MEASURES
from bonehold.publishing.figures.style import (
    BLACK,
    BLUE,
    GREY,
    LIGHT_GREY,
    MM_PER_INCH,
    PAGE_MM,
    alt_text,
    new_figure,
    styled,
    synthetic_note,
    words_figure,
)
from bonehold.publishing.figures.text_fitting import wrapped
from bonehold.publishing.tables.formatting import interval, rounded

Row = Mapping[str, str]

TITLE = "Agreement of readers"
DRAWN = ("b_hu", "st_hu", "hu_ratio", "pbq")
DIGITS = {"HU": 1, "": 2}
MOST_BLOCKS = 3
"""More pairs than fit on a page stand in the table only."""

LETTERS = string.ascii_uppercase
COLUMNS = 2
CELL_MM, LEFT_MM, PLOT_MM = 91.0, 15.0, 57.0
"""Width of a panel with its words, of the words to its left, and of the plot."""
HEAD_MM, PANEL_TITLE_MM, PLOT_HEIGHT_MM, AXIS_MM = 8.0, 8.0, 42.0, 11.0
BLOCK_MM = HEAD_MM + len(DRAWN) // COLUMNS * (PANEL_TITLE_MM + PLOT_HEIGHT_MM + AXIS_MM)
NOTE_MM = 6.0
LABEL_MM = 1.5
"""From the plot to the words beside its lines."""
MARGIN = 0.08
"""Room beyond the outermost point or band, as a share of the range."""


def agreement_figure(agreement: Sequence[Row], pairs: Sequence[Row], synthetic: bool) -> Figure:
    """Draw a block of four panels for each pair of readers, or of sessions, with anything to draw.

    Args:
        agreement: rows of `agreement.csv`, as text.
        pairs: rows of `agreement_pairs.csv`, as text.
        synthetic: whether the patients are simulated.
    """
    blocks: dict[tuple[str, ...], dict[str, Row]] = {}
    for row in agreement:
        if row["measure"] in DRAWN:
            blocks.setdefault(_raters(row), {})[row["measure"]] = row
    full = {raters: rows for raters, rows in blocks.items() if any(row["bias"] for row in rows.values())}
    if not full:
        reasons = sorted({f"{_pair_name(row)}: {row['reason']}" for row in agreement if row["reason"]})
        nobody = "No measure was read by two readers, or twice by one."
        return words_figure(f"{TITLE}: nothing to draw", reasons or [nobody], synthetic)
    shown = dict(list(full.items())[:MOST_BLOCKS])
    height = BLOCK_MM * len(shown) + NOTE_MM
    figure = new_figure(PAGE_MM, height)
    with styled():
        for number, (raters, rows) in enumerate(shown.items()):
            top = height - number * BLOCK_MM
            head = wrapped(figure, _head(next(iter(rows.values()))), PAGE_MM - 12, 8)
            figure.text(6 / PAGE_MM, (top - 2) / height, head, va="top", fontsize=8, weight="bold")
            for place, measure in enumerate(DRAWN):
                points = [
                    (float(one["value_1"]), float(one["value_2"]))
                    for one in pairs
                    if one["measure"] == measure and _raters(one) == raters
                ]
                axes = _add_axes(figure, place, top - HEAD_MM, height)
                _draw(axes, measure, rows.get(measure), points, LETTERS[len(DRAWN) * number + place])
        if len(full) > len(shown):
            more = f"{len(full) - len(shown)} more pairs stand in cohort/agreement.csv"
            figure.text(6 / PAGE_MM, 4 / height, more, fontsize=6.5, color=GREY)
    alt_text(
        figure, "Agreement of readers: difference of two readings against their mean, one panel per measure."
    )
    synthetic_note(figure, synthetic)
    return figure


def _raters(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in RATERS if name != "measure")


def _pair_name(row: Row) -> str:
    return f"{MEASURES[row['measure']].label}, {_head(row)}"


def _head(row: Row) -> str:
    if row["kind"] == "inter":
        return f"{row['rater_1']} and {row['rater_2']} (difference: {row['rater_1']} − {row['rater_2']})"
    sessions = row["session_1"], row["session_2"]
    return f"{row['rater_1']}, sessions {' and '.join(sessions)} (difference: {' − '.join(sessions)})"


def _add_axes(figure: Figure, place: int, top_mm: float, height_mm: float) -> Axes:
    line, column = divmod(place, COLUMNS)
    bottom = top_mm - (line + 1) * (PANEL_TITLE_MM + PLOT_HEIGHT_MM + AXIS_MM) + AXIS_MM
    left = column * CELL_MM + LEFT_MM
    return figure.add_axes(
        (left / PAGE_MM, bottom / height_mm, PLOT_MM / PAGE_MM, PLOT_HEIGHT_MM / height_mm)
    )


def _draw(
    axes: Axes, measure: str, row: Row | None, points: Sequence[tuple[float, float]], letter: str
) -> None:
    known = MEASURES[measure]
    unit = f" ({known.unit})" if known.unit else ""
    axes.set_title(f"{letter}  {known.label}", loc="left", weight="bold", pad=11)
    if row is None or not row["bias"]:
        axes.set_axis_off()
        words = "not read twice" if row is None else row["reason"]
        axes.text(0, 0.95, words, transform=axes.transAxes, va="top", color=GREY)
        return
    digits = DIGITS[known.unit]
    icc = interval(row["icc_2_1"], row["icc_2_1_low"], row["icc_2_1_high"], 3)
    axes.annotate(
        f"n = {row['n']}, ICC(2,1) {icc}",
        (0, 1),
        (0, 3),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=6.5,
    )
    middle = [(one + other) / 2 for one, other in points]
    differences = [one - other for one, other in points]
    axes.axhline(0, color=LIGHT_GREY, linewidth=0.7, zorder=1)
    for name, word in (("upper_limit", "+1.96 SD"), ("bias", "Mean"), ("lower_limit", "−1.96 SD")):
        _line(axes, row, name, word, digits)
    axes.plot(middle, differences, **_SPOT)
    inside = [*differences, float(row["lower_limit_low"]), float(row["upper_limit_high"])]
    room = MARGIN * (max(inside) - min(inside)) or 1.0
    axes.set_ylim(min(inside) - room, max(inside) + room)
    axes.set_xlabel(f"Mean of the two{unit}")
    axes.set_ylabel(f"Difference{unit}")


_SPOT: dict[str, Any] = {
    "marker": "o",
    "markersize": 2.6,
    "markerfacecolor": BLUE,
    "markeredgecolor": "none",
    "alpha": 0.45,
    "linestyle": "",
    "zorder": 3,
}


def _line(axes: Axes, row: Row, name: str, word: str, digits: int) -> None:
    """A line over the plot with the band of its interval and its number to the right."""
    value = float(row[name])
    dashes: Any = "solid" if name == "bias" else (0, (4, 2))
    axes.axhspan(
        float(row[f"{name}_low"]), float(row[f"{name}_high"]), color=GREY, alpha=0.18, linewidth=0, zorder=2
    )
    axes.axhline(value, color=BLACK, linewidth=0.9, linestyle=dashes, zorder=2.5)
    if name == "bias" or float(row["sd_difference"]) > 0:
        axes.annotate(
            f"{word}\n{rounded(row[name], digits)}",
            (1, value),
            (LABEL_MM / MM_PER_INCH * 72, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center",
            fontsize=6.5,
        )
