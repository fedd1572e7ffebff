"""ROC curves of a model and its predictors, with the cut-off of the model."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from bonehold.modelling.model import Model
from bonehold.publishing.style import (
    BLACK,
    BLUE,
    COLUMN_MM,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    new_figure,
    styled,
    synthetic_note,
)

MODEL_MARKER = "model"
_LINES = (
    (VERMILION, (0, (5, 1.5))),
    (GREEN, (0, (3, 1, 1, 1))),
    (PURPLE, (0, (1, 1))),
    (ORANGE, (0, (7, 2))),
    (SKY, (0, (4, 1, 1, 1, 1, 1))),
    (GREY, "solid"),
)
"""Colour and dashes of each predictor: told apart in grey print too."""
PLOT_MM = 66.0
LEFT_MM = 15.0
ABOVE_MM = 4.0
AXIS_TITLE_MM = 11.0
LEGEND_ROW_MM = 3.9
NOTE_MM = 6.0


def roc_figure(model: Model, roc: pd.DataFrame, points: pd.DataFrame) -> Figure:
    """Draw the ROC curves.

    Args:
        model: the model, for the outcome and the note on synthetic data.
        roc: `roc.csv`.
        points: `roc_points.csv`.
    """
    legend = LEGEND_ROW_MM * (len(roc) + 2)
    height = ABOVE_MM + PLOT_MM + AXIS_TITLE_MM + legend + NOTE_MM
    figure = new_figure(COLUMN_MM, height)
    with styled():
        axes = figure.add_axes(
            (
                LEFT_MM / COLUMN_MM,
                (height - ABOVE_MM - PLOT_MM) / height,
                PLOT_MM / COLUMN_MM,
                PLOT_MM / height,
            )
        )
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.6, linestyle=(0, (2, 2)), zorder=1)
        predictors = [marker for marker in roc["marker"] if marker != MODEL_MARKER]
        for place, marker in enumerate(predictors):
            color, dashes = _LINES[place % len(_LINES)]
            curve = points[points["marker"] == marker]
            row = roc[roc["marker"] == marker].iloc[0]
            axes.plot(
                curve["false_positive_rate"],
                curve["sensitivity"],
                color=color,
                linestyle=dashes,
                linewidth=1.0,
                label=f"{row['label']}: {_area(row)}",
            )
        curve = points[points["marker"] == MODEL_MARKER]
        row = roc[roc["marker"] == MODEL_MARKER].iloc[0]
        axes.plot(
            curve["false_positive_rate"],
            curve["sensitivity"],
            color=BLUE,
            linewidth=1.8,
            label=f"Model: {_area(row)}",
            zorder=3,
        )
        axes.plot(
            [1 - row["specificity"]],
            [row["sensitivity"]],
            marker="o",
            markersize=5,
            markerfacecolor="white",
            markeredgecolor=BLACK,
            linestyle="",
            zorder=4,
            label=f"Cut-off, risk ≥ {row['cutoff']:.3f}: sensitivity {_share(row['tp'], row['fn'])},\n"
            f"specificity {_share(row['tn'], row['fp'])}",
        )
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
        axes.set_xlabel("1 – specificity")
        axes.set_ylabel("Sensitivity")
        handles, labels = axes.get_legend_handles_labels()
        order = [len(labels) - 2, *range(len(labels) - 2), len(labels) - 1]
        figure.legend(
            [handles[place] for place in order],
            [labels[place] for place in order],
            title="AUC (95% CI), apparent",
            title_fontsize=6.5,
            alignment="left",
            loc="upper left",
            bbox_to_anchor=(0.02, (height - ABOVE_MM - PLOT_MM - AXIS_TITLE_MM + 1.5) / height),
            handlelength=3.2,
            labelspacing=0.35,
        )
    synthetic_note(figure, model.synthetic)
    return figure


def _area(row: pd.Series) -> str:
    return f"{row['auc']:.3f} ({row['ci_low']:.3f}–{row['ci_high']:.3f})"


def _share(right: float, wrong: float) -> str:
    return f"{100 * right / (right + wrong):.1f}% ({right:.0f}/{right + wrong:.0f})"
