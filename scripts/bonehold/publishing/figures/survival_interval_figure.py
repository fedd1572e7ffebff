"""The share with loosening by time, as far as visits tell: by the interval-censored model, and without a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from bonehold.publishing.figures.style import (
    BLACK,
    COLUMN_MM,
    GREY,
    MM_PER_INCH,
    alt_text,
    new_figure,
    styled,
    synthetic_note,
    words_figure,
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
from bonehold.publishing.tables.formatting import MISSING, rounded

MODEL, WITHOUT_MODEL = "interval_censored_weibull", "turnbull"
ABOVE_MM = 3.0
PLOT_MM = 54.0
AXIS_MM = 10.0
NOTE_MM = 5.0
HEADROOM = 1.08
COLUMNS_MM = (2.0, 36.0, 62.5)


def survival_interval_figure(
    about: Mapping[str, Any], survival: pd.DataFrame, curves: pd.DataFrame
) -> Figure:
    """Draw the shares.

    Args:
        about: content of `survival.json`.
        survival: `survival.csv`, for the risks at the horizons.
        curves: `survival_curves.csv`.
    """
    if about["status"] != "analysed":
        return no_survival_figure(about)
    groups = risk_groups(about)
    smooth = {group.name: curve_of(curves, MODEL, group) for group in groups}
    known = {group.name: curve_of(curves, WITHOUT_MODEL, group) for group in groups}
    reasons = _reasons(survival)
    if not about["intervals"]:
        title = f"No interval-censored time to loosening in the analysis “{about['analysis']}”"
        return words_figure(title, reasons, about["synthetic"])
    entries = [(f"{group.words}, {group.counts}", group.color) for group in groups]
    if not reasons:
        entries.append(("Smooth: interval-censored Weibull model, 95% band", BLACK))
    entries.append(("Steps: without a model (Turnbull), unknown where within a box", BLACK))
    entries += [(f"No model: {line}", BLACK) for line in reasons]
    return _drawn(about, groups, entries, smooth, known, [] if reasons else _risks(survival, groups, about))


def _drawn(
    about: Mapping[str, Any],
    groups: Sequence[RiskGroup],
    entries: list[tuple[str, str]],
    smooth: Mapping[str, pd.DataFrame],
    known: Mapping[str, pd.DataFrame],
    risks: Sequence[Sequence[str]],
) -> Figure:
    last = float(max(points["time"].max() for points in known.values()))
    figure = new_figure(COLUMN_MM, PLOT_MM)
    with styled():
        legend_mm = legend_lines(new_figure(COLUMN_MM, PLOT_MM), entries, 0, COLUMN_MM - 4) + 2
        table_mm = ROW_MM * (len(risks) + 0.5)
        height = ABOVE_MM + legend_mm + PLOT_MM + AXIS_MM + table_mm + NOTE_MM
        figure.set_size_inches(COLUMN_MM / MM_PER_INCH, height / MM_PER_INCH)
        legend_lines(figure, entries, ABOVE_MM, COLUMN_MM - 4)
        plot = (COLUMN_MM - LEFT_MM - RIGHT_MM) / COLUMN_MM
        bottom = (AXIS_MM + table_mm + NOTE_MM) / height
        axes = figure.add_axes((LEFT_MM / COLUMN_MM, bottom, plot, PLOT_MM / height))
        for group in groups:
            _draw_known(axes, known[group.name], group.color)
            _draw_smooth(axes, smooth[group.name], group.color)
        highest = max(_highest(points) for points in (*smooth.values(), *known.values()))
        axes.set_ylim(0, min(101.5, max(10.0, HEADROOM * highest)))
        for horizon in about["horizons"]:
            if horizon <= last:
                axes.axvline(horizon, color=GREY, linewidth=0.5, linestyle=(0, (2, 2)), zorder=0)
        axes.set_ylabel("Loosened (%)")
        draw_time_axis(figure, axes, time_ticks(last, about["unit"]), last, about["unit"])
        _draw_risks(figure, risks, groups)
    alt_text(
        figure,
        "Share with loosening by time and predicted risk: interval-censored Weibull model and Turnbull's estimate.",
    )
    synthetic_note(figure, about["synthetic"])
    return figure


def _draw_smooth(axes: Axes, points: pd.DataFrame, color: str) -> None:
    time, loose = points["time"], 100 * (1 - points["survival"])
    low, high = 100 * (1 - points["ci_high"]), 100 * (1 - points["ci_low"])
    axes.fill_between(time, low, high, color=color, alpha=0.18, linewidth=0)
    axes.plot(time, loose, color=color, linewidth=1.6)


def _draw_known(axes: Axes, points: pd.DataFrame, color: str) -> None:
    """Level where the share is known; a box where it rises, for visits cannot tell when within it."""
    time, loose = points["time"].to_numpy(), 100 * (1 - points["survival"].to_numpy())
    for place in range(len(time) - 1):
        across, up = time[place + 1] - time[place], loose[place + 1] - loose[place]
        if up > 0:
            box = Rectangle((time[place], loose[place]), across, up, facecolor="none", edgecolor=color)
            box.set(linewidth=0.6, zorder=3)
            axes.add_patch(box)
        else:
            axes.plot(time[place : place + 2], loose[place : place + 2], color=color, linewidth=0.9, zorder=3)


def _highest(points: pd.DataFrame) -> float:
    if points.empty:
        return 0.0
    lowest = points[["survival", "ci_low"]].min(skipna=True).min()
    return float(100 * (1 - lowest))


def _reasons(survival: pd.DataFrame) -> list[str]:
    refused = (survival["model"] == MODEL) & (survival["quantity"] == "not_fitted")
    return [str(note) for note in survival[refused]["note"]]


def _risks(survival: pd.DataFrame, groups: Sequence[RiskGroup], about: Mapping[str, Any]) -> list[list[str]]:
    """Rows of cells: the groups, then their risks by each horizon, from the model, if somebody was followed so long."""
    rows = [["Risk by the model (95% CI)", *(group.name.capitalize() for group in groups)]]
    chosen = survival[(survival["model"] == MODEL) & (survival["grouping"] == GROUPING)]
    by_group = {group.name: chosen[chosen["group"] == group.name].set_index("time") for group in groups}
    for horizon in about["horizons"]:
        risks = (_risk(by_group[group.name], horizon) for group in groups)
        rows.append([f"{horizon:g} {about['unit']}", *risks])
    return rows


def _risk(rows: pd.DataFrame, horizon: float) -> str:
    row = rows.loc[horizon]
    if pd.notna(row["note"]):  # nobody was followed so long, or there is no interval
        return MISSING
    risk, low, high = (rounded(str(100 * row[name]), 1) for name in ("estimate", "ci_low", "ci_high"))
    return f"{risk}% ({low}–{high})"


def _draw_risks(figure: Figure, rows: Sequence[Sequence[str]], groups: Sequence[RiskGroup]) -> None:
    height = figure.get_figheight() * MM_PER_INCH
    colors = [BLACK, *(group.color for group in groups)]
    for number, row in enumerate(rows):
        y = (NOTE_MM + ROW_MM * (len(rows) - number - 0.5)) / height
        for place, (cell, color) in enumerate(zip(row, colors, strict=True)):
            x = COLUMNS_MM[place] / COLUMN_MM
            figure.text(x, y, cell, ha="left", va="center", fontsize=LEGEND_POINTS, color=color)
