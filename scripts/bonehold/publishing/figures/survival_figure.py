"""Kaplan-Meier curves of the groups by predicted risk, above the numbers at risk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bonehold.publishing.figures.style import (
    BLACK,
    COLUMN_MM,
    MM_PER_INCH,
    alt_text,
    new_figure,
    styled,
    synthetic_note,
)
from bonehold.publishing.figures.survival_groups import (
    GROUPING,
    LEFT_MM,
    LEGEND_POINTS,
    RIGHT_MM,
    ROW_MM,
    RiskGroup,
    curve_of,
    draw_time_axis,
    legend_lines,
    no_survival_figure,
    risk_groups,
    time_ticks,
)
from bonehold.publishing.tables.formatting import p_text

CURVE = "kaplan_meier"
ABOVE_MM = 3.0
PLOT_MM = 56.0
AXIS_MM = 10.0
NOTE_MM = 5.0


def survival_figure(about: Mapping[str, Any], survival: pd.DataFrame, curves: pd.DataFrame) -> Figure:
    """Draw the curves.

    Args:
        about: content of `survival.json`.
        survival: `survival.csv`, for the log-rank test.
        curves: `survival_curves.csv`.
    """
    if about["status"] != "analysed":
        return no_survival_figure(about)
    groups = risk_groups(about)
    steps = {group.name: curve_of(curves, CURVE, group) for group in groups}
    last = float(max(points["time"].max() for points in steps.values()))
    ticks = time_ticks(last, about["unit"])
    legend_mm = ROW_MM * (len(groups) + 1) + 2
    table_mm = ROW_MM * (len(groups) + 1) + 1
    height = ABOVE_MM + legend_mm + PLOT_MM + AXIS_MM + table_mm + NOTE_MM
    figure = new_figure(COLUMN_MM, height)
    with styled():
        lines = [(f"{group.words}, {group.counts}", group.color) for group in groups]
        legend_lines(figure, [*lines, (_log_rank(survival), BLACK)], ABOVE_MM, COLUMN_MM - 4)
        plot = (COLUMN_MM - LEFT_MM - RIGHT_MM) / COLUMN_MM
        bottom = (AXIS_MM + table_mm + NOTE_MM) / height
        axes = figure.add_axes((LEFT_MM / COLUMN_MM, bottom, plot, PLOT_MM / height))
        for group in groups:
            _draw(axes, steps[group.name], group.color)
        axes.set(ylim=(0, 101.5), yticks=range(0, 101, 20))
        axes.set_ylabel("Free of loosening at visits (%)")
        draw_time_axis(figure, axes, ticks, last, about["unit"])
        _numbers_at_risk(figure, axes, [(group, steps[group.name]) for group in groups], ticks)
    alt_text(
        figure,
        "Kaplan-Meier curves of patients below and above the cut-off of the predicted risk, with numbers at risk.",
    )
    synthetic_note(figure, about["synthetic"])
    return figure


def _draw(axes: Axes, points: pd.DataFrame, color: str) -> None:
    free = 100 * points["survival"]
    low, high = 100 * points["ci_low"], 100 * points["ci_high"]
    axes.fill_between(points["time"], low, high, step="post", color=color, alpha=0.18, linewidth=0)
    axes.step(points["time"], free, where="post", color=color, linewidth=1.4)
    censored = points["censored"] > 0
    axes.plot(points["time"][censored], free[censored], "|", color=color, markersize=3.6, markeredgewidth=0.6)


def _numbers_at_risk(
    figure: Figure, axes: Axes, groups: Sequence[tuple[RiskGroup, pd.DataFrame]], ticks: Sequence[float]
) -> None:
    """Below each mark of time, how many of each group are still followed without the event."""
    height = figure.get_figheight() * MM_PER_INCH
    y = (NOTE_MM + ROW_MM * (len(groups) + 0.5)) / height
    style: dict[str, Any] = {"fontsize": LEGEND_POINTS, "va": "center"}
    figure.text(2.0 / COLUMN_MM, y, "Number at risk", ha="left", **style)
    for group, points in groups:
        y -= ROW_MM / height
        figure.text(2.0 / COLUMN_MM, y, group.name.capitalize(), ha="left", color=group.color, **style)
        for tick in ticks:
            x, _ = figure.transFigure.inverted().transform(axes.transData.transform((tick, 0)))
            followed = points[points["time"] >= tick]["n_at_risk"]
            number = f"{int(followed.iloc[0])}" if len(followed) else "0"
            figure.text(x, y, number, ha="center", color=group.color, **style)


def _log_rank(survival: pd.DataFrame) -> str:
    row = survival[(survival["model"] == "log_rank") & (survival["grouping"] == GROUPING)].iloc[0]
    if pd.isna(row["p_value"]):
        return f"No log-rank test: {row['note']}"
    text = p_text(str(row["p_value"]))
    return f"Log-rank P {text[0]} {text[1:]}" if text[0] in "<>" else f"Log-rank P = {text}"
