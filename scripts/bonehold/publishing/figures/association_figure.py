"""Small plots of columns that hang together: scatter of two measures, boxes of a measure by level."""

from __future__ import annotations

import string
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bonehold.publishing.figures.scatter import Row, draw_patients, patient_legend, with_unit
from bonehold.publishing.figures.style import (
    BLACK,
    LIGHT_GREY,
    PAGE_MM,
    alt_text,
    new_figure,
    styled,
    synthetic_note,
    words_figure,
)
from bonehold.publishing.figures.text_fitting import wrapped
from bonehold.publishing.tables.formatting import interval, p_text, rounded

COLUMNS = 3
CELL_MM, LEFT_MM, PLOT_MM = 61.0, 19.0, 39.0
HEAD_MM, PLOT_HEIGHT_MM, AXIS_MM, TOP_MM, NOTE_MM = 14.0, 42.0, 21.0, 6.0, 4.0
POINTS = 6.5
MOST_LEVELS = 6
"""More levels of a factor than this have no room; the table has them all."""


def association_figure(rows: Sequence[Row], points: Sequence[Row], synthetic: bool) -> Figure:
    """Draw a panel for each pair, three in a line.

    Args:
        rows: `association.csv`, as text.
        points: `association_points.csv`, as text.
        synthetic: whether the patients are simulated.
    """
    heads = [row for row in rows if row["kind"] != "level" and row["values"] == "observed"]
    if not heads:
        reason = "The table has none of the pairs that `association` names in the configuration."
        return words_figure("Association: nothing to draw", [reason], synthetic)
    lines = -(-len(heads) // COLUMNS)
    block = HEAD_MM + PLOT_HEIGHT_MM + AXIS_MM
    height = TOP_MM + lines * block + NOTE_MM
    figure = new_figure(PAGE_MM, height)
    with styled():
        marks = None
        for place, row in enumerate(heads):
            line, column = divmod(place, COLUMNS)
            top = height - TOP_MM - line * block
            left = column * CELL_MM + LEFT_MM
            axes = figure.add_axes(
                (
                    left / PAGE_MM,
                    (top - HEAD_MM - PLOT_HEIGHT_MM) / height,
                    PLOT_MM / PAGE_MM,
                    PLOT_HEIGHT_MM / height,
                )
            )
            own = [one for one in points if (one["x"], one["y"]) == (row["x"], row["y"])]
            if row["kind"] == "correlation":
                marks = (draw_patients(axes, own), patient_legend(own))
                words = _correlation_words(row)
                axes.margins(0.05)
            else:
                _boxes(axes, row, own)
                words = _groups_words(row)
            figure.text(
                (left - 15) / PAGE_MM,
                (top - 1) / height,
                "\n".join([_head(place, row), *words]),
                va="top",
                fontsize=POINTS,
                linespacing=1.2,
            )
            axes.set_xlabel(
                wrapped(figure, with_unit(row["x_label"], row["x_unit"]), PLOT_MM + 4, 7), fontsize=7
            )
            axes.set_ylabel(
                wrapped(figure, with_unit(row["y_label"], row["y_unit"]), PLOT_HEIGHT_MM + 4, 7), fontsize=7
            )
        if marks:
            handles, texts = marks
            figure.legend(handles, [text.split(" (")[0] for text in texts], loc="upper right", ncols=2)
    panels = (f"{_head(place, row)}, {row['y_label']} by {row['x_label']}" for place, row in enumerate(heads))
    alt_text(figure, f"Columns that hang together. {'; '.join(panels)}.")
    synthetic_note(figure, synthetic)
    return figure


def _head(place: int, row: Row) -> str:
    return f"{string.ascii_uppercase[place % 26]}  n = {row['n']}, {row['events']} with the event"


def _correlation_words(row: Row) -> list[str]:
    words = [
        f"r {interval(row['pearson'], row['pearson_ci_low'], row['pearson_ci_high'], 2)}",
        f"ρ {interval(row['spearman'], row['spearman_ci_low'], row['spearman_ci_high'], 2)}",
    ]
    if row["pearson_by_division"]:
        words.append(f"r by division alone {rounded(row['pearson_by_division'], 2)}")
    return words


def _groups_words(row: Row) -> list[str]:
    if not row["test"]:
        return ["one level only, or all values equal"]
    p = p_text(row["p_value"])
    return [row["test"], f"P {p if p[0] in '<>' else '= ' + p}, η² = {rounded(row['eta_squared'], 2)}"]


def _boxes(axes: Axes, row: Row, points: Sequence[Row]) -> None:
    levels = list(dict.fromkeys(point["x_level"] for point in points))[:MOST_LEVELS]
    values = [[float(one["y_value"]) for one in points if one["x_level"] == level] for level in levels]
    axes.boxplot(
        values,
        widths=0.6,
        patch_artist=True,
        boxprops={"facecolor": LIGHT_GREY, "linewidth": 0.7},
        medianprops={"color": BLACK, "linewidth": 1.4},
        whiskerprops={"linewidth": 0.7},
        capprops={"linewidth": 0.7},
        flierprops={"marker": "o", "markersize": 2.2, "markeredgewidth": 0.5},
    )
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    room = PLOT_MM / max(1, len(levels)) - 1
    names = [
        wrapped(figure, level.replace("_", " "), room, 6) + f"\nn = {len(one)}"
        for level, one in zip(levels, values, strict=True)
    ]
    axes.set_xticks(range(1, len(levels) + 1), names, fontsize=6)
