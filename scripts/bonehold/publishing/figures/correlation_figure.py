"""Scatter plots of pairs of predictors with their correlations."""

from __future__ import annotations

import string
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bonehold.publishing.figures.scatter import Row, draw_patients, patient_legend, with_unit
from bonehold.publishing.figures.style import (
    COLUMN_MM,
    MM_PER_INCH,
    alt_text,
    new_figure,
    styled,
    synthetic_note,
    words_figure,
)
from bonehold.publishing.figures.text_fitting import wrapped
from bonehold.publishing.tables.formatting import interval, p_text, rounded

LEFT_MM, RIGHT_MM = 16.0, 4.0
PLOT_HEIGHT_MM, HEAD_MM, AXIS_MM, LINE_MM, NOTE_MM = 58.0, 3.0, 14.0, 3.2, 5.0
POINTS, LABEL_POINTS = 6.5, 7.5
PLAIN = str.maketrans({"−": "-", "ρ": "rho", "\u00a0": " "})
"""Signs that a description in words goes without."""


def correlation_figure(rows: Sequence[Row], points: Sequence[Row], synthetic: bool) -> Figure:
    """Draw a panel for each pair, one below the other.

    Args:
        rows: `correlation.csv`, as text.
        points: `correlation_points.csv`, as text.
        synthetic: whether the patients are simulated.
    """
    pairs = list(dict.fromkeys((row["x"], row["y"]) for row in rows))
    if not pairs:
        reason = "The table has none of the pairs that `correlation` names in the configuration."
        return words_figure("Correlation: nothing to draw", [reason], synthetic)
    told = {pair: [row for row in rows if (row["x"], row["y"]) == pair] for pair in pairs}
    words = {pair: [line for row in told[pair] for line in _words(row)] for pair in pairs}
    panels = [HEAD_MM + LINE_MM * (len(words[pair]) + 1) for pair in pairs]
    figure = new_figure(COLUMN_MM, COLUMN_MM)
    with styled():
        upright = [_label(figure, told[pair][0], "y", PLOT_HEIGHT_MM) for pair in pairs]
        left = LEFT_MM + LINE_MM * _beyond_two(upright)
        plot_mm = COLUMN_MM - left - RIGHT_MM
        level = [_label(figure, told[pair][0], "x", plot_mm) for pair in pairs]
        axis_mm = AXIS_MM + LINE_MM * _beyond_two(level)
        height = sum(panels) + len(pairs) * (PLOT_HEIGHT_MM + axis_mm) + NOTE_MM
        figure.set_size_inches(COLUMN_MM / MM_PER_INCH, height / MM_PER_INCH)
        top = height
        for number, (pair, above) in enumerate(zip(pairs, panels, strict=True)):
            box = (top - above - PLOT_HEIGHT_MM) / height
            axes = figure.add_axes((left / COLUMN_MM, box, plot_mm / COLUMN_MM, PLOT_HEIGHT_MM / height))
            letter = f"{string.ascii_uppercase[number % 26]}  " if len(pairs) > 1 else ""
            figure.text(
                3 / COLUMN_MM,
                (top - HEAD_MM) / height,
                "\n".join([_patients(letter, told[pair][0]), *words[pair]]),
                va="top",
                fontsize=POINTS,
                linespacing=1.25,
            )
            _draw(axes, [one for one in points if (one["x"], one["y"]) == pair])
            axes.set_xlabel(level[number])
            axes.set_ylabel(upright[number])
            top -= above + PLOT_HEIGHT_MM + axis_mm
    alt_text(figure, "; ".join(_told(told[pair][0]) for pair in pairs) + ".")
    synthetic_note(figure, synthetic)
    return figure


def _patients(letter: str, row: Row) -> str:
    return f"{letter}n = {row['n']}, {row['events']} with the event"


def _told(row: Row) -> str:
    """A pair in words, for readers that cannot see the picture."""
    observed = ", ".join(_words(row)).translate(PLAIN)
    return f"Scatter plot of {row['y_label']} against {row['x_label']}, {_patients('', row)}: {observed}"


def _label(figure: Figure, row: Row, axis: str, limit_mm: float) -> str:
    return wrapped(figure, with_unit(row[f"{axis}_label"], row[f"{axis}_unit"]), limit_mm, LABEL_POINTS)


def _beyond_two(labels: Sequence[str]) -> int:
    """Lines of the longest label for which the margin has no room."""
    return max(0, max(label.count("\n") + 1 for label in labels) - 2)


def _words(row: Row) -> list[str]:
    pooled = f", {row['sets']} imputed sets" if row["values"] == "imputed" else ""
    return [
        f"Pearson r {interval(row['pearson'], row['pearson_ci_low'], row['pearson_ci_high'], 2)}, "
        f"P {_p(row['pearson_p_value'])}{pooled}",
        f"Spearman ρ {rounded(row['spearman'], 3)}, P {_p(row['spearman_p_value'])}{pooled}",
    ]


def _p(number: str) -> str:
    text = p_text(number)
    return text if text[0] in "<>" else f"= {text}"


def _draw(axes: Axes, points: Sequence[Row]) -> None:
    marks = draw_patients(axes, points)
    axes.margins(0.05)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.12 * (high - low))  # room for the legend
    axes.legend(
        marks, patient_legend(points), loc="upper center", ncols=2, handletextpad=0.2, borderaxespad=0
    )
