"""The clinical impact curve: of 1000 patients those called high risk, and those of them with the event (Figure 7)."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from bonehold.modelling.regression.model import Model
from bonehold.publishing.figures.decision_curve_figure import cost_benefit_axis
from bonehold.publishing.figures.style import (
    BLACK,
    COLUMN_MM,
    VERMILION,
    alt_text,
    new_figure,
    styled,
    synthetic_note,
)

HEIGHT_MM = 84.0


def clinical_impact_figure(model: Model, impact: pd.DataFrame) -> Figure:
    """Draw `clinical_impact.csv`.

    Args:
        model: the model, for n and events.
        impact: rows of the table.
    """
    figure = new_figure(COLUMN_MM, HEIGHT_MM)
    with styled():
        axes = figure.add_axes((0.165, 0.175, 0.805, 0.665))
        for name, ends, colour, line, label in (
            ("high_risk", "high_risk_ci", BLACK, "-", "Number at high risk"),
            ("high_risk_with_event", "with_event_ci", VERMILION, "--", "Number at high risk with the event"),
        ):
            axes.fill_between(
                impact["threshold"],
                impact[f"{ends}_low"],
                impact[f"{ends}_high"],
                color=colour,
                alpha=0.13,
                linewidth=0,
            )
            axes.plot(impact["threshold"], impact[name], color=colour, linestyle=line, label=label)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1000)
        axes.set_xlabel("Risk threshold")
        axes.set_ylabel("Number of 1000 patients")
        axes.legend(loc="upper right", bbox_to_anchor=(1.0, 1.0))
        cost_benefit_axis(axes)
        figure.text(
            0.97,
            0.035,
            f"n = {model.n}, {model.events} events; apparent, bands 95%",
            ha="right",
            va="bottom",
            fontsize=6.5,
        )
    alt_text(
        figure,
        "Clinical impact curve: of 1000 patients, how many are at high risk at each threshold and how many of "
        "these have the event.",
    )
    synthetic_note(figure, model.synthetic)
    return figure
