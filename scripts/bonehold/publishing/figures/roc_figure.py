"""ROC curves of a model and its predictors, with the cut-off of the model."""

from __future__ import annotations

import itertools
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bonehold.files import cell
from bonehold.modelling.regression.model import Model
from bonehold.publishing.figures.style import (
    BLACK,
    BLUE,
    COLUMN_MM,
    GREEN,
    GREY,
    MM_PER_INCH,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    alt_text,
    new_figure,
    styled,
    synthetic_note,
)
from bonehold.publishing.figures.text_fitting import wrapped

MODEL_MARKER = "model"
_LINES: tuple[dict[str, Any], ...] = (
    {"color": VERMILION, "linestyle": (0, (5, 1.5)), "linewidth": 1.0},
    {"color": GREEN, "linestyle": (0, (3, 1, 1, 1)), "linewidth": 1.0},
    {"color": PURPLE, "linestyle": (0, (1, 1)), "linewidth": 1.0},
    {"color": ORANGE, "linestyle": (0, (7, 2)), "linewidth": 1.0},
    {"color": SKY, "linestyle": (0, (4, 1, 1, 1, 1, 1)), "linewidth": 1.0},
    {"color": GREY, "linestyle": "solid", "linewidth": 1.0},
)
"""Colour and dashes of each predictor: told apart in grey print too."""
_MODEL_LINE: dict[str, Any] = {"color": BLUE, "linewidth": 1.8, "zorder": 3}
_CUTOFF_SPOT: dict[str, Any] = {
    "marker": "o",
    "markersize": 5,
    "markerfacecolor": "white",
    "markeredgecolor": BLACK,
    "linestyle": "",
    "zorder": 4,
}
PLOT_MM = 66.0
LEFT_MM = 15.0
ABOVE_MM = 4.0
AXIS_TITLE_MM = 11.0
LEGEND_ROW_MM = 3.9
LEGEND_MM = 73.0
LEGEND_POINTS = 6.5
NOTE_MM = 6.0


def roc_figure(model: Model, roc: pd.DataFrame, points: pd.DataFrame) -> Figure:
    """Draw the ROC curves.

    Args:
        model: the model, for labels, the outcome and the note on synthetic data.
        roc: `roc.csv`, markers as text.
        points: `roc_points.csv`, likewise.
    """
    names = {MODEL_MARKER: "Model"} | {cell(term.column): term.label for term in model.terms}
    lines = itertools.chain([_MODEL_LINE], itertools.cycle(_LINES))
    figure = new_figure(COLUMN_MM, PLOT_MM)
    with styled():
        entries = [_entry(figure, f"{names[row['marker']]}: {_area(row)}") for _, row in roc.iterrows()]
        chosen = roc[roc["marker"] == MODEL_MARKER].iloc[0]
        entries.append(_cutoff(chosen))
        rows = sum(len(entry.split("\n")) for entry in entries)
        height = ABOVE_MM + PLOT_MM + AXIS_TITLE_MM + LEGEND_ROW_MM * rows + NOTE_MM
        figure.set_size_inches(COLUMN_MM / MM_PER_INCH, height / MM_PER_INCH)
        bottom = (height - ABOVE_MM - PLOT_MM) / height
        axes = figure.add_axes((LEFT_MM / COLUMN_MM, bottom, PLOT_MM / COLUMN_MM, PLOT_MM / height))
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.6, linestyle=(0, (2, 2)), zorder=1)
        drawn: list[Line2D] = []
        for marker, line in zip(roc["marker"], lines, strict=False):
            curve = points[points["marker"] == marker]
            drawn += axes.plot(curve["false_positive_rate"], curve["sensitivity"], **line)
        drawn += axes.plot([1 - chosen["specificity"]], [chosen["sensitivity"]], **_CUTOFF_SPOT)
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
        axes.set_xlabel("1 – specificity")
        axes.set_ylabel("Sensitivity")
        figure.legend(
            drawn,
            entries,
            title=f"AUC (95% CI), apparent; n = {model.n}, {model.events} events",
            title_fontsize=LEGEND_POINTS,
            fontsize=LEGEND_POINTS,
            alignment="left",
            loc="upper left",
            bbox_to_anchor=(0.02, bottom + (1.5 - AXIS_TITLE_MM) / height),
            handlelength=3.2,
            labelspacing=0.35,
        )
    alt_text(
        figure, "ROC curves of the model and of its predictors, with the areas and the cut-off of the model."
    )
    synthetic_note(figure, model.synthetic)
    return figure


def _entry(figure: Figure, text: str) -> str:
    """An entry of the legend, in as many lines as it needs."""
    return wrapped(figure, text, LEGEND_MM, LEGEND_POINTS)


def _cutoff(row: pd.Series) -> str:
    return (
        f"Cut-off, risk ≥ {row['cutoff']:.3f}: sensitivity {_share(row['tp'], row['fn'])},\n"
        f"specificity {_share(row['tn'], row['fp'])}"
    )


def _area(row: pd.Series) -> str:
    return f"{row['auc']:.3f} ({row['ci_low']:.3f}–{row['ci_high']:.3f})"


def _share(right: float, wrong: float) -> str:
    return f"{100 * right / (right + wrong):.1f}% ({right:.0f}/{right + wrong:.0f})"
