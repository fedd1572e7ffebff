"""The decision curve: net benefit of the model against treating everybody and nobody (the study's Figure 6)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bonehold.modelling.regression.model import Model
from bonehold.publishing.figures.style import (
    BLACK,
    BLUE,
    COLUMN_MM,
    GREY,
    VERMILION,
    alt_text,
    new_figure,
    styled,
    synthetic_note,
)

HEIGHT_MM = 84.0
LAST_THRESHOLD = 0.8
"""Beyond, a found event would be worth less than a quarter of an act in vain."""
ROOM_BELOW = 0.35
"""How far below zero the axis reaches, in units of the highest net benefit."""
COST_BENEFIT = ((1, 9), (1, 4), (3, 7), (2, 3), (1, 1), (3, 2), (7, 3), (4, 1))
"""Cost-benefit ratios marked above; each belongs to the threshold cost / (cost + benefit)."""


def decision_curve_figure(model: Model, curve: pd.DataFrame) -> Figure:
    """Draw `decision_curve.csv`.

    Args:
        model: the model, for n and events.
        curve: rows of the table.
    """
    figure = new_figure(COLUMN_MM, HEIGHT_MM)
    shown = curve[curve["threshold"] <= LAST_THRESHOLD + 1e-9]
    own, everybody = (shown[shown["strategy"] == name] for name in ("model", "treat_all"))
    top = float(np.nanmax([own["net_benefit"].max(), own["ci_high"].max(), everybody["net_benefit"].max()]))
    with styled():
        axes = figure.add_axes((0.175, 0.175, 0.795, 0.665))
        axes.fill_between(
            own["threshold"], own["ci_low"], own["ci_high"], color=VERMILION, alpha=0.18, linewidth=0
        )
        axes.plot(
            everybody["threshold"], everybody["net_benefit"], color=GREY, linestyle="--", label="Treat all"
        )
        axes.axhline(0, color=BLACK, linewidth=0.9, label="Treat none")
        axes.plot(own["threshold"], own["net_benefit"], color=VERMILION, label="Model, apparent (95% band)")
        axes.plot(
            own["threshold"],
            own["corrected_net_benefit"],
            color=BLUE,
            linestyle=":",
            linewidth=1.5,
            label="Model, optimism-corrected",
        )
        axes.set_xlim(0, LAST_THRESHOLD)
        axes.set_ylim(-ROOM_BELOW * top, 1.3 * top)
        axes.set_xlabel("Threshold probability")
        axes.set_ylabel("Net benefit")
        axes.legend(loc="upper right", bbox_to_anchor=(1.0, 1.02))
        cost_benefit_axis(axes)
        figure.text(
            0.97, 0.035, f"n = {model.n}, {model.events} events", ha="right", va="bottom", fontsize=6.5
        )
    alt_text(
        figure,
        "Decision curve: net benefit of the model, apparent and corrected for optimism, of treating all and of "
        "treating none, over threshold probabilities.",
    )
    synthetic_note(figure, model.synthetic)
    return figure


def cost_benefit_axis(axes: Axes) -> None:
    """Mark above the axes what each threshold holds an act in vain to cost, against a found event."""
    low, high = axes.get_xlim()
    marks = [(cost / (cost + benefit), f"{cost}:{benefit}") for cost, benefit in COST_BENEFIT]
    within = [(place, text) for place, text in marks if low <= place <= high]
    above = axes.secondary_xaxis("top")
    above.set_xticks([place for place, _ in within], [text for _, text in within])
    above.set_xlabel("Cost:benefit ratio")
