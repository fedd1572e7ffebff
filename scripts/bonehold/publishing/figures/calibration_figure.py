"""The smooth calibration curve, apparent and corrected for optimism, above the distribution of the risks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

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
    ORANGE,
    VERMILION,
    new_figure,
    styled,
    synthetic_note,
)
from bonehold.publishing.figures.text_fitting import wrapped

HEIGHT_MM = 103.0
PLOT_MM = 66.0
LEFT_MM = 15.0
ABOVE_MM = 4.0
STRIP_MM = 13.0
TITLE_POINTS = 7.5
VARIANT = "fixed"


def calibration_figure(model: Model, curve: pd.DataFrame, validation: Mapping[str, Any]) -> Figure:
    """Draw the calibration curve.

    Args:
        model: the model.
        curve: `calibration.csv`.
        validation: content of `validation.json`.
    """
    figure = new_figure(COLUMN_MM, HEIGHT_MM)
    top = _end_of_axes(curve)
    with styled():
        axes = figure.add_axes(_box(ABOVE_MM, PLOT_MM))
        strip = figure.add_axes(_box(ABOVE_MM + PLOT_MM + 3, STRIP_MM), sharex=axes)
        axes.plot([0, top], [0, top], color=GREY, linewidth=0.7, linestyle=(0, (2, 2)), label="Ideal")
        axes.plot(
            curve["predicted"],
            curve["apparent"],
            color=ORANGE,
            linewidth=1.3,
            linestyle=(0, (5, 1.5)),
            label="Apparent",
        )
        axes.plot(
            curve["predicted"], curve["corrected"], color=BLUE, linewidth=1.7, label="Corrected for optimism"
        )
        axes.set(xlim=(0, top), ylim=(0, top))
        title = f"Observed risk of {model.outcome.replace('_', ' ')}"
        axes.set_ylabel(wrapped(figure, title, PLOT_MM, TITLE_POINTS), fontsize=TITLE_POINTS)
        axes.tick_params(labelbottom=False)
        axes.legend(loc="upper left", handlelength=3.0)
        axes.text(
            0.98,
            0.03,
            _summary(model, validation),
            transform=axes.transAxes,
            ha="right",
            va="bottom",
            fontsize=6.5,
            bbox={
                "facecolor": "white",
                "edgecolor": "none",
                "alpha": 0.85,
                "pad": 1.5,
            },  # a curve may pass here
        )
        _draw_distribution(strip, validation["risk_distribution"])
        strip.set_xlabel("Predicted risk")
    synthetic_note(figure, model.synthetic)
    return figure


def _box(above: float, height: float) -> tuple[float, float, float, float]:
    """Axes of the plot's width at a distance from the upper edge, in shares of the figure."""
    return (LEFT_MM / COLUMN_MM, 1 - (above + height) / HEIGHT_MM, PLOT_MM / COLUMN_MM, height / HEIGHT_MM)


def _end_of_axes(curve: pd.DataFrame) -> float:
    """The next tenth above everything drawn, at most 1."""
    highest = float(np.nanmax(curve[["predicted", "apparent", "corrected"]].to_numpy()))
    return min(1.0, math.ceil(highest * 10 + 0.2) / 10)


def _summary(model: Model, validation: Mapping[str, Any]) -> str:
    variant = validation["variants"][VARIANT]
    lines = [f"{model.n} patients, {model.events} with the event"]
    if variant["mae"] is not None:
        lines.append(f"Mean absolute error {variant['mae']:.3f}")
        lines.append(f"0.9 quantile of error {variant['q90']:.3f}")
        lines.append(f"Calibration slope, median {variant['slope_median']:.2f}")
    lines.append(f"{variant['used']} of {variant['B']} resamples, {variant['separated']} separated")
    return "\n".join(lines)


def _draw_distribution(strip: Axes, distribution: Mapping[str, Any]) -> None:
    """Patients per bin of predicted risk: with the event upwards, without it downwards, each on its own scale."""
    edges = np.array(distribution["bin_edges"])
    for key, sign, color, words in (
        ("with_event", 1, VERMILION, "event"),
        ("without_event", -1, BLACK, "no event"),
    ):
        counts = np.array(distribution[key], dtype=float)
        strip.bar(edges[:-1], sign * counts / counts.max(), np.diff(edges) * 0.8, align="edge", color=color)
        middle = 0.5 + sign * 0.25
        place: dict[str, Any] = {"transform": strip.transAxes, "ha": "right", "va": "center"}
        strip.text(-0.02, middle, words, fontsize=6, color=color, **place)
    strip.axhline(0, color=BLACK, linewidth=0.5)
    strip.set(ylim=(-1.1, 1.1), yticks=[])
    strip.spines["left"].set_visible(False)
