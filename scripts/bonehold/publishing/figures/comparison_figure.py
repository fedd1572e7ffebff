"""The nomogram beside penalised and boosted models: AUC, Brier score and calibration slope of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bonehold.modelling.regression.model import Model
from bonehold.publishing.figures.style import (
    BLACK,
    BLUE,
    GREY,
    LIGHT_GREY,
    ORANGE,
    PAGE_MM,
    alt_text,
    new_figure,
    styled,
    synthetic_note,
)

LABELS = {
    "nomogram": "Nomogram",
    "logistic_all": "Logistic, all candidates",
    "ridge": "Ridge",
    "lasso": "LASSO",
    "boosting": "Gradient boosting",
}
MEASURES = {"auc": "AUC", "brier": "Brier score", "slope": "Calibration slope"}
IDEAL = {"slope": 1.0}
"""Where a measure is best, if at neither end."""
BETTER_IS = {"auc": "higher is better", "brier": "lower is better", "slope": "1 is best"}
ROW_MM = 9.0
ABOVE_MM = 7.0
BELOW_MM = 27.0
LEFT_MM = 34.0
GAP_MM = 5.0
PANEL_MM = (PAGE_MM - LEFT_MM - 3.0 - 2 * GAP_MM) / 3
WIDEST = {"auc": (0.0, 1.0), "brier": (0.0, 1.0), "slope": (0.0, 3.0)}
"""What an axis shows at most; an interval that goes on beyond it ends at the edge."""
_KINDS: tuple[Mapping[str, Any], ...] = (
    {"value": "apparent", "label": "Apparent", "shift": -0.24, "marker": "x", "color": GREY},
    {"value": "corrected", "label": "Corrected for optimism", "shift": 0.0, "marker": "s", "color": ORANGE},
    {"value": "left_out", "label": "In patients left out", "shift": 0.24, "marker": "o", "color": BLUE},
)


def comparison_figure(model: Model, comparison: pd.DataFrame) -> Figure:
    """Draw one panel per measure and one row per learner, the nomogram on top.

    Args:
        model: the nomogram's model, for the note on synthetic data.
        comparison: `comparison.csv`.
    """
    learners = list(dict.fromkeys(comparison["learner"]))
    plot = ROW_MM * len(learners)
    height = ABOVE_MM + plot + BELOW_MM
    figure = new_figure(PAGE_MM, height)
    with styled():
        for place, (measure, title) in enumerate(MEASURES.items()):
            left = LEFT_MM + place * (PANEL_MM + GAP_MM)
            axes = figure.add_axes((left / PAGE_MM, BELOW_MM / height, PANEL_MM / PAGE_MM, plot / height))
            rows = comparison[comparison["measure"] == measure].set_index("learner").loc[learners]
            _draw_measure(axes, rows, measure)
            axes.set_title(f"{title} ({BETTER_IS[measure]})", fontsize=7.5)
            axes.set_yticks(range(len(learners)), _names(learners) if place == 0 else [""] * len(learners))
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(
            handles, labels, loc="lower center", ncols=3, bbox_to_anchor=(0.5, 11.0 / height), fontsize=7
        )
        figure.text(0.5, 5.5 / height, _counts(comparison), ha="center", va="bottom", fontsize=6.5)
    alt_text(
        figure,
        "The nomogram against other learners: AUC, Brier score, calibration slope; apparent, corrected, left-out.",
    )
    synthetic_note(figure, model.synthetic)
    return figure


def _names(learners: Sequence[str]) -> list[str]:
    return [LABELS.get(learner, learner) for learner in learners]


def _draw_measure(axes: Axes, rows: pd.DataFrame, measure: str) -> None:
    places = np.arange(len(rows))
    low, high = _limits(rows, measure)
    best = IDEAL.get(measure, float(rows["left_out"].iloc[0]))
    if np.isfinite(best):  # the nomogram's value, or the ideal, through all rows
        axes.axvline(best, color=GREY, linewidth=0.7, linestyle=(0, (2, 2)), zorder=1)
    for kind in _KINDS:
        value = rows[kind["value"]].to_numpy(dtype=float)
        bars = f"{kind['value']}_ci_low"
        at = places + kind["shift"]
        if bars in rows:
            axes.hlines(
                at,
                np.clip(rows[bars].to_numpy(dtype=float), low, high),
                np.clip(rows[f"{kind['value']}_ci_high"].to_numpy(dtype=float), low, high),
                color=kind["color"],
                linewidth=1.0,
                zorder=2,
            )
        axes.plot(
            np.where((value >= low) & (value <= high), value, np.nan),
            at,
            linestyle="",
            marker=kind["marker"],
            markersize=3.8,
            color=kind["color"],
            label=kind["label"],
            zorder=3,
        )
    for place in places[rows["used"].to_numpy() == 0]:
        axes.text(
            (low + high) / 2, place, "could not be fitted", ha="center", va="center", fontsize=6.5, color=GREY
        )
    axes.hlines(places[1:] - 0.5, low, high, color=LIGHT_GREY, linewidth=0.5, zorder=0)
    axes.set(xlim=(low, high), ylim=(len(rows) - 0.5, -0.5))
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_color(BLACK)


def _limits(rows: pd.DataFrame, measure: str) -> tuple[float, float]:
    """Ends of an axis: all that is drawn, with a little room, within what is worth showing."""
    drawn = [column for column in rows if column in {kind["value"] for kind in _KINDS} or "_ci_" in column]
    drawn = [column for column in drawn if "method" not in column and "difference" not in column]
    values = rows[drawn].to_numpy(dtype=float)
    values = values[np.isfinite(values)]
    if measure in IDEAL or not len(values):
        values = np.append(values, IDEAL.get(measure, 0.5))
    low, high = float(values.min()), float(values.max())
    room = 0.06 * (high - low) + 0.005
    return max(WIDEST[measure][0], low - room), min(WIDEST[measure][1], high + room)


def _counts(comparison: pd.DataFrame) -> str:
    first = comparison.iloc[0]
    return (
        f"{first['n']:.0f} patients, {first['events']:.0f} with the event; {first['resamples']:.0f} bootstrap "
        "samples; bars: 95% intervals"
    )
