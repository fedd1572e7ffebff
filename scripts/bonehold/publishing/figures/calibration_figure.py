"""The smooth calibration curve, apparent and corrected for optimism, the distribution of the risks, and the numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bonehold.modelling.regression.model import Model
from bonehold.publishing.figures.style import (
    BLACK,
    BLUE,
    COLUMN_MM,
    GREY,
    ORANGE,
    VERMILION,
    alt_text,
    new_figure,
    styled,
    synthetic_note,
)
from bonehold.publishing.figures.text_fitting import width_mm, wrapped
from bonehold.publishing.tables.formatting import MISSING, interval, p_text, rounded

PLOT_MM = 66.0
LEFT_MM = 16.0
ABOVE_MM = 4.0
STRIP_MM = 13.0
TITLE_POINTS = 7.5
TEXT_POINTS = 6.3
LINE_MM = 3.4
TABLE_TOP_MM = ABOVE_MM + PLOT_MM + 3 + STRIP_MM + 12
EDGE_MM = 3.0
APPARENT_MM, CORRECTED_MM = 58.0, 86.0
"""Right ends of the columns of the numbers."""
NOTE_MM = 5.0
VARIANT = "fixed"


def calibration_figure(
    model: Model,
    curve: pd.DataFrame,
    validation: Mapping[str, Any],
    performance: Sequence[Mapping[str, str]],
) -> Figure:
    """Draw the calibration curve.

    Args:
        model: the model.
        curve: `calibration.csv`.
        validation: content of `validation.json`.
        performance: rows of `performance.csv`, text cells.
    """
    numbers = _numbers(validation, performance)
    notes = _notes(model, validation)
    height = TABLE_TOP_MM + LINE_MM * (len(numbers) + 1 + len(notes)) + 2 + NOTE_MM * model.synthetic
    figure = new_figure(COLUMN_MM, height)
    top = _end_of_axes(curve)
    with styled():
        axes = figure.add_axes(_box(ABOVE_MM, PLOT_MM, height))
        strip = figure.add_axes(_box(ABOVE_MM + PLOT_MM + 3, STRIP_MM, height), sharex=axes)
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
        axes.set_aspect("equal")
        axes.set_yticks(axes.get_xticks())
        axes.set(xlim=(0, top), ylim=(0, top))
        title = f"Observed risk of {model.outcome.replace('_', ' ')}"
        axes.set_ylabel(wrapped(figure, title, PLOT_MM, TITLE_POINTS), fontsize=TITLE_POINTS)
        axes.tick_params(labelbottom=False)
        axes.legend(loc="best", handlelength=3.0)
        _draw_distribution(strip, validation["risk_distribution"])
        strip.set_xlabel("Predicted risk", fontsize=TITLE_POINTS)
        _draw_numbers(figure, height, numbers, notes)
    alt_text(
        figure,
        "Calibration curve: smoothed observed risk against predicted risk, apparent and corrected for optimism, beside "
        "the diagonal; below, how the predicted risks are distributed with and without the event.",
    )
    synthetic_note(figure, model.synthetic)
    return figure


def _box(above: float, height: float, figure_height: float) -> tuple[float, float, float, float]:
    """Axes of the plot's width at a distance from the upper edge, in shares of the figure."""
    return (
        LEFT_MM / COLUMN_MM,
        1 - (above + height) / figure_height,
        PLOT_MM / COLUMN_MM,
        height / figure_height,
    )


def _end_of_axes(curve: pd.DataFrame) -> float:
    """The next tenth above everything drawn, at most 1."""
    highest = float(np.nanmax(curve[["predicted", "apparent", "corrected"]].to_numpy()))
    return min(1.0, math.ceil(highest * 10 + 0.2) / 10)


def _numbers(
    validation: Mapping[str, Any], performance: Sequence[Mapping[str, str]]
) -> list[tuple[str, str, str]]:
    """What stands below the curve: words, apparent, corrected."""
    rows = {row["measure"]: row for row in performance}
    variant = validation["variants"][VARIANT]

    def with_interval(words: str, measure: str) -> tuple[str, str, str]:
        row = rows[measure]
        apparent = interval(row["apparent"], row["ci_low"], row["ci_high"], 2)
        corrected = interval(row["corrected"], row["corrected_ci_low"], row["corrected_ci_high"], 2)
        return words, apparent, corrected

    def of_curve(words: str, key: str, digits: int = 3) -> tuple[str, str, str]:
        return words, MISSING, _text(variant[key], digits)

    emax = rows["emax"]
    test = validation["hosmer_lemeshow"]["quantiles"]
    chi2 = f"χ² = {_text(test['chi2'], 2)}, df = {test['df']}, P = {p_text(_plain(test['p_value']))}"
    return [
        with_interval("Calibration-in-the-large", "citl"),
        with_interval("Calibration slope", "slope"),
        ("Emax, smooth curve", rounded(emax["apparent"], 3), rounded(emax["corrected"], 3)),
        of_curve("Emax, recalibration line", "emax_of_corrected_line"),
        of_curve("Mean absolute error", "mae"),
        of_curve("Mean squared error", "mse", 4),
        of_curve("0.9 quantile of absolute error", "q90"),
        (f"Hosmer–Lemeshow, {len(test['size'])} groups", chi2.replace("P = <", "P < "), ""),
    ]


def _notes(model: Model, validation: Mapping[str, Any]) -> list[str]:
    variant = validation["variants"][VARIANT]
    return [
        f"{model.n} patients, {model.events} with the event.",
        f"Bootstrap: {variant['used']} of {variant['B']} resamples, {variant['separated']} separated; "
        f"median slope {_text(variant['slope_median'], 2)}.",
    ]


def _text(value: float | None, digits: int = 3) -> str:
    """A number rounded; more digits where nothing else would be left."""
    if value is None:
        return MISSING
    few = 0 < abs(value) < 0.5 * 10**-digits
    return f"{value:.1e}".replace("-", "−") if few else rounded(_plain(value), digits)


def _plain(value: float | None) -> str:
    return "" if value is None else repr(float(value))


def _draw_numbers(
    figure: Figure, height: float, numbers: Sequence[tuple[str, str, str]], notes: Sequence[str]
) -> None:
    """A table of three columns in the three-line style, and notes below it."""

    def line(at: float, width: float) -> None:
        y = 1 - at / height
        figure.add_artist(
            Line2D([EDGE_MM / COLUMN_MM, CORRECTED_MM / COLUMN_MM], [y, y], color=BLACK, linewidth=width)
        )

    def words(x_mm: float, at: float, text: str, align: str, weight: str = "normal") -> None:
        figure.text(
            x_mm / COLUMN_MM,
            1 - at / height,
            text,
            ha=align,
            va="center",
            fontsize=TEXT_POINTS,
            weight=weight,
        )

    at = TABLE_TOP_MM
    line(at - LINE_MM / 2, 0.8)
    words(APPARENT_MM, at, "Apparent (95% CI)", "right", "bold")
    words(CORRECTED_MM, at, "Corrected (95% CI)", "right", "bold")
    line(at + LINE_MM / 2, 0.4)
    for label, apparent, corrected in numbers:
        at += LINE_MM
        if width_mm(figure, corrected, TEXT_POINTS) > CORRECTED_MM - APPARENT_MM - 1:
            corrected = corrected.split("\u00a0(")[0]  # an interval beyond all use; the file has it
        words(EDGE_MM, at, label, "left")
        words(APPARENT_MM if corrected else CORRECTED_MM, at, apparent, "right")
        words(CORRECTED_MM, at, corrected, "right")
    line(at + LINE_MM / 2, 0.8)
    at += 1
    for note in notes:
        at += LINE_MM
        words(EDGE_MM, at, note, "left")


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
