"""Log-odds over each continuous predictor: the spline with its band, the straight line, and where the patients are."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bonehold.publishing.figures.scatter import with_unit
from bonehold.publishing.figures.style import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    PAGE_MM,
    VERMILION,
    alt_text,
    new_figure,
    styled,
    synthetic_note,
    words_figure,
)
from bonehold.publishing.figures.text_fitting import wrapped
from bonehold.publishing.tables.formatting import p_text, rounded

Row = Mapping[str, str]

COLUMNS = 3
CELL_MM, LEFT_MM, PLOT_MM = 61.0, 14.0, 44.0
HEAD_MM, PLOT_HEIGHT_MM, AXIS_MM, TOP_MM, NOTE_MM = 12.0, 42.0, 18.0, 7.0, 5.0
POINTS = 6.5
RUG = 0.05
"""Height of the ticks as a share of the plot."""


def linearity_figure(
    rows: Sequence[Row], curves: Sequence[Row], values: Sequence[Row], synthetic: bool
) -> Figure:
    """Draw a panel for each predictor that has a curve.

    Args:
        rows: `linearity.csv`, as text.
        curves: `linearity_curves.csv`, as text.
        values: `linearity_values.csv`, as text.
        synthetic: whether the patients are simulated.
    """
    with_curve = {row["term"] for row in curves}
    drawn = [row for row in rows if row["term"] in with_curve]
    left_out = [f"{row['label']}: {row['note']}" for row in rows if row["term"] not in with_curve]
    if not drawn:
        reasons = left_out or ["The model has no continuous predictor."]
        return words_figure("Linearity: nothing to draw", reasons, synthetic)
    lines = -(-len(drawn) // COLUMNS)
    block = HEAD_MM + PLOT_HEIGHT_MM + AXIS_MM
    below = NOTE_MM + 3.0 * len(left_out)
    height = TOP_MM + lines * block + below
    figure = new_figure(PAGE_MM, height)
    with styled():
        marks: list[Line2D] = []
        for place, row in enumerate(drawn):
            line, column = divmod(place, COLUMNS)
            top = height - TOP_MM - line * block
            left = column * CELL_MM + LEFT_MM
            bottom = (top - HEAD_MM - PLOT_HEIGHT_MM) / height
            axes = figure.add_axes((left / PAGE_MM, bottom, PLOT_MM / PAGE_MM, PLOT_HEIGHT_MM / height))
            marks = _draw(axes, row, [one for one in curves if one["term"] == row["term"]])
            _rug(axes, [one for one in values if one["term"] == row["term"]])
            figure.text(
                (left - 11) / PAGE_MM,
                (top - 1) / height,
                f"{string.ascii_uppercase[place % 26]}  {_words(row)}",
                va="top",
                fontsize=POINTS,
                linespacing=1.2,
            )
            axes.set_xlabel(wrapped(figure, with_unit(row["label"], row["unit"]), PLOT_MM, 7), fontsize=7)
            axes.set_ylabel("Log-odds of the event" if column == 0 else "")
        figure.legend(marks, ["spline, 95% band", "straight line", "knots"], loc="upper right", ncols=3)
        if left_out:
            figure.text(
                4 / PAGE_MM, NOTE_MM / height, "\n".join(left_out), va="bottom", fontsize=6, color=GREY
            )
    panels = "; ".join(f"{row['label']}: {', '.join(_words(row).splitlines())}" for row in drawn)
    alt_text(figure, f"Log-odds of the event over each predictor, spline against straight line. {panels}.")
    synthetic_note(figure, synthetic)
    return figure


def _words(row: Row) -> str:
    p = p_text(row["p_value"])
    name = "LR test" if row["test"] == "likelihood ratio" else row["test"]
    model = "final model" if row["model"] == "final" else "multivariable model"
    return (
        f"non-linearity P {p if p[0] in '<>' else '= ' + p} ({name}, {row['df']} df)\n"
        f"{model}, n = {row['n']}, {row['events']} events\n"
        f"AIC line {rounded(row['aic_linear'], 1)}, spline {rounded(row['aic_spline'], 1)}"
    )


def _draw(axes: Axes, row: Row, curve: Sequence[Row]) -> list[Line2D]:
    at = {name: np.array([float(one[name]) for one in curve]) for name in _CURVES}
    axes.fill_between(
        at["value"], at["spline_ci_low"], at["spline_ci_high"], color=BLUE, alpha=0.16, linewidth=0
    )
    spline = axes.plot(at["value"], at["spline"], color=BLUE, linewidth=1.5)
    line = axes.plot(at["value"], at["linear"], color=ORANGE, linewidth=1.3, linestyle=(0, (5, 1.5)))
    low = float(min(at["spline_ci_low"].min(), at["linear"].min()))
    high = float(max(at["spline_ci_high"].max(), at["linear"].max()))
    room = 0.12 * (high - low) or 1.0
    axes.set_ylim(low - room, high + room)
    axes.set_xlim(at["value"][0], at["value"][-1])
    knots = [float(row[name]) for name in ("knot_1", "knot_2", "knot_3", "knot_4") if row[name]]
    spots = axes.plot(
        knots,
        [RUG + 0.045] * len(knots),
        "^",
        color=GREY,
        markersize=3,
        clip_on=False,
        transform=axes.get_xaxis_transform(),
    )
    return [spline[0], line[0], spots[0]]


_CURVES = ("value", "linear", "spline", "spline_ci_low", "spline_ci_high")


def _rug(axes: Axes, values: Sequence[Row]) -> None:
    """A tick for each patient: events along the upper edge, the others along the lower one."""
    low, high = axes.get_xlim()
    for event, start, color in (("1", 1 - RUG, VERMILION), ("0", 0.0, BLACK)):
        x = [v for one in values if one["event"] == event and low <= (v := float(one["value"])) <= high]
        axes.vlines(
            x, start, start + RUG, color=color, linewidth=0.4, alpha=0.7, transform=axes.get_xaxis_transform()
        )
