"""Whether the chains of the imputation have settled: imputed values over the iterations, one line per set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bonehold.publishing.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PAGE_MM,
    PURPLE,
    SKY,
    VERMILION,
    new_figure,
    styled,
    synthetic_note,
)
from bonehold.publishing.figures.text_fitting import wrapped

ACROSS = 4
MOST_ROWS = 8
"""Panels beyond a page stand in the table only."""
LEFT_MM, GAP_MM, RIGHT_MM = 11.0, 10.0, 3.0
PANEL_MM = (PAGE_MM - LEFT_MM - RIGHT_MM - (ACROSS - 1) * GAP_MM) / ACROSS
TITLE_MM, PLOT_MM, BELOW_MM = 9.0, 15.0, 4.0
ROW_MM = TITLE_MM + PLOT_MM + BELOW_MM
HEAD_MM, FOOT_MM = 7.0, 9.0
TITLE_POINTS = 6.5
COLOURS = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY)
"""More sets than these are drawn in one colour."""


@dataclass(frozen=True)
class Panel:
    """One quantity over the iterations.

    Attributes:
        title: what it is of.
        lines: iterations of one set in a row, shape (sets, iterations).
        observed: the same quantity of the observed values.
        share: whether it lies between 0 and 1.
    """

    title: str
    lines: np.ndarray
    observed: float
    share: bool


def imputation_trace_figure(trace: pd.DataFrame, missing: pd.DataFrame, synthetic: bool) -> Figure:
    """Draw mean and SD of the imputed values of each number, the share of each level of a factor.

    Args:
        trace: `imputation_trace.csv`, at least one row; levels as text.
        missing: `missing.csv`, for the labels.
        synthetic: whether the data are synthetic.
    """
    columns = [list(_panels(one, missing)) for _, one in trace.groupby("column", sort=False)]
    places = list(_places(columns))
    shown = [(row, across, panel) for row, across, panel in places if row < MOST_ROWS]
    rows = 1 + max(row for row, _, _ in shown)
    height = HEAD_MM + rows * ROW_MM + FOOT_MM
    figure = new_figure(PAGE_MM, height)
    with styled():
        for row, across, panel in shown:
            left = LEFT_MM + across * (PANEL_MM + GAP_MM)
            bottom = height - HEAD_MM - row * ROW_MM - TITLE_MM - PLOT_MM
            box = (left / PAGE_MM, bottom / height, PANEL_MM / PAGE_MM, PLOT_MM / height)
            axes = figure.add_axes(box)
            _draw(axes, panel)
            title = wrapped(figure, panel.title, PANEL_MM + GAP_MM - 3, TITLE_POINTS).split("\n")
            words = "\n".join(title if len(title) < 3 else [title[0], f"{title[1]} …"])
            axes.set_title(words, fontsize=TITLE_POINTS, loc="left", pad=3)
        figure.text(LEFT_MM / PAGE_MM, 1 - 2 / height, _head(trace), ha="left", va="top", fontsize=7)
        foot = "Iteration of the chain"
        if len(shown) < len(places):
            left_out = dict.fromkeys(panel.title for row, _, panel in places if row >= MOST_ROWS)
            foot += f"; {len(left_out)} further panels are not drawn: see imputation_trace.csv"
        figure.text(0.5, 5 / height, foot, ha="center", va="bottom", fontsize=7)
    synthetic_note(figure, synthetic)
    return figure


def _panels(rows: pd.DataFrame, missing: pd.DataFrame) -> Iterator[Panel]:
    column, n = str(rows["column"].iloc[0]), int(rows["n"].iloc[0])
    about = missing.loc[missing["variable"] == column].iloc[0]
    unit = f", {about['unit']}" if isinstance(about["unit"], str) and about["unit"] else ""
    cells = "1 cell" if n == 1 else f"{n} cells"
    for level, one in rows.groupby("level", sort=False):
        if level:
            yield Panel(
                f"{about['label']} {level}: share of {cells}",
                _lines(one, "mean"),
                _observed(one, "mean"),
                True,
            )
            continue
        yield Panel(
            f"{about['label']}: mean of {cells}{unit}", _lines(one, "mean"), _observed(one, "mean"), False
        )
        if n > 1:
            yield Panel(
                f"{about['label']}: SD of {cells}{unit}", _lines(one, "sd"), _observed(one, "sd"), False
            )


def _lines(rows: pd.DataFrame, what: str) -> np.ndarray:
    return np.asarray(rows.pivot(index="set", columns="iteration", values=what), dtype=float)


def _observed(rows: pd.DataFrame, what: str) -> float:
    return float(rows[f"observed_{what}"].iloc[0])


def _places(columns: Sequence[Sequence[Panel]]) -> Iterator[tuple[int, int, Panel]]:
    """Row and place of each panel; the panels of a column stay in one row where they fit into one."""
    row = across = 0
    for panels in columns:
        if across and across + min(len(panels), ACROSS) > ACROSS:
            row, across = row + 1, 0
        for panel in panels:
            if across == ACROSS:
                row, across = row + 1, 0
            yield row, across, panel
            across += 1


def _draw(axes: Axes, panel: Panel) -> None:
    sets, iterations = panel.lines.shape
    many = sets > len(COLOURS)
    for place, line in enumerate(panel.lines):
        axes.plot(
            np.arange(1, iterations + 1),
            line,
            color=BLUE if many else COLOURS[place],
            linewidth=0.4 if many else 0.8,
            alpha=0.5 if many else 1.0,
            marker="." if iterations == 1 else None,
        )
    axes.axhline(panel.observed, color=BLACK, linewidth=0.9, linestyle=(0, (4, 2)))
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1))
    axes.yaxis.set_major_locator(MaxNLocator(4, min_n_ticks=2))
    if panel.share:
        axes.set_ylim(-0.04, 1.04)
        axes.set_yticks([0, 0.5, 1])
    axes.tick_params(labelsize=6, length=2, colors=GREY, labelcolor=BLACK)


def _head(trace: pd.DataFrame) -> str:
    sets, iterations = trace["set"].max(), trace["iteration"].max()
    return f"{sets} completed sets, {iterations} iterations; a line for each set; dashed: observed values"
