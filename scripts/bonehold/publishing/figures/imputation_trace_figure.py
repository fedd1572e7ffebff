"""Whether the chains of the imputation have settled: imputed values over the iterations, one line per set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bonehold.modelling.regression.terms import Floats
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
    alt_text,
    new_figure,
    styled,
    synthetic_note,
)
from bonehold.publishing.figures.text_fitting import wrapped

ACROSS = 4
MOST_ROWS = 7
"""Panels beyond a page stand in the table only."""
LEFT_MM, GAP_MM, RIGHT_MM = 11.0, 10.0, 3.0
PANEL_MM = (PAGE_MM - LEFT_MM - RIGHT_MM - (ACROSS - 1) * GAP_MM) / ACROSS
TITLE_MM, PLOT_MM, BELOW_MM = 11.0, 15.0, 4.0
ROW_MM = TITLE_MM + PLOT_MM + BELOW_MM
HEAD_MM, FOOT_MM = 7.0, 10.0
TITLE_POINTS, HEAD_POINTS = 6.5, 7.0
COLOURS = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY)
"""More sets than these are drawn in one colour."""


@dataclass(frozen=True)
class Panel:
    """One quantity over the iterations.

    Attributes:
        label: the variable.
        quantity: what of its imputed values.
        lines: iterations of one set in a row, shape (sets, iterations).
        observed: the same quantity of the observed values.
        share: whether it lies between 0 and 1.
    """

    label: str
    quantity: str
    lines: Floats
    observed: float
    share: bool = False


def imputation_trace_figure(trace: pd.DataFrame, missing: pd.DataFrame, synthetic: bool) -> Figure:
    """Draw mean and SD of the imputed values of each number, the share of each level of a factor.

    Args:
        trace: `imputation_trace.csv`, at least one row; levels as text.
        missing: `missing.csv`, for labels and counts; its first row is the outcome.
        synthetic: whether the data are synthetic.
    """
    places = list(_places([list(_panels(one, missing)) for _, one in trace.groupby("column", sort=False)]))
    shown = [one for one in places if one[0] < MOST_ROWS]
    rows, across = 1 + max(row for row, _, _ in shown), 1 + max(place for _, place, _ in shown)
    width = LEFT_MM + max(across, 2) * (PANEL_MM + GAP_MM) - GAP_MM + RIGHT_MM
    height = HEAD_MM + rows * ROW_MM + FOOT_MM
    figure = new_figure(width, height)
    with styled():
        for row, place, panel in shown:
            left = LEFT_MM + place * (PANEL_MM + GAP_MM)
            bottom = height - HEAD_MM - row * ROW_MM - TITLE_MM - PLOT_MM
            axes = figure.add_axes((left / width, bottom / height, PANEL_MM / width, PLOT_MM / height))
            _draw(axes, panel)
            title = f"{_shortened(figure, panel.label, 2)}\n{_shortened(figure, panel.quantity, 1)}"
            axes.set_title(title, fontsize=TITLE_POINTS, loc="left", pad=3)
        head = wrapped(figure, _head(trace, missing), width - LEFT_MM - RIGHT_MM, HEAD_POINTS)
        figure.text(LEFT_MM / width, 1 - 2 / height, head, ha="left", va="top", fontsize=HEAD_POINTS)
        foot = "Iteration of the chain"
        if len(shown) < len(places):
            foot += f"; {len(places) - len(shown)} further panels are not drawn: see imputation_trace.csv"
        figure.text(0.5, 5 / height, foot, ha="center", va="bottom", fontsize=HEAD_POINTS)
    alt_text(figure, f"Trace of the imputation, {len(shown)} panels. {_head(trace, missing)}.")
    synthetic_note(figure, synthetic)
    return figure


def _panels(rows: pd.DataFrame, missing: pd.DataFrame) -> Iterator[Panel]:
    about = missing.loc[missing["variable"] == rows["column"].iloc[0]].iloc[0]
    label, unit = str(about["label"]), f" ({about['unit']})" if about["unit"] else ""
    n = int(rows["n"].iloc[0])
    cells = _counted(n, "cell")
    for level, one in rows.groupby("level", sort=False):
        if level:
            yield Panel(f"{label}: {level}", f"share of {cells}", *_values(one, "mean"), share=True)
            continue
        yield Panel(label, f"mean of {cells}{unit}", *_values(one, "mean"))
        if n > 1:
            yield Panel(label, f"SD of {cells}{unit}", *_values(one, "sd"))


def _values(rows: pd.DataFrame, what: str) -> tuple[Floats, float]:
    """The lines of all sets, and the observed value."""
    lines = rows.pivot(index="set", columns="iteration", values=what)
    return np.asarray(lines, dtype=float), float(rows[f"observed_{what}"].iloc[0])


def _shortened(figure: Figure, words: str, lines: int) -> str:
    """The words in at most so many lines of a panel's width."""
    broken = wrapped(figure, words, PANEL_MM, TITLE_POINTS).split("\n")
    if len(broken) <= lines:
        return "\n".join(broken)
    return "\n".join(wrapped(figure, words, PANEL_MM - 3, TITLE_POINTS).split("\n")[:lines]) + " …"


def _tick(value: float, _: float) -> str:
    """A number as short as it can be read: 12500, 1.05e7."""
    mantissa, letter, exponent = f"{value:.5g}".partition("e")
    return f"{mantissa}e{int(exponent)}" if letter else mantissa


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
    axes.yaxis.set_major_formatter(_tick)
    if panel.share:
        axes.set_ylim(-0.04, 1.04)
        axes.set_yticks([0, 0.5, 1])
    axes.tick_params(labelsize=6, length=2, colors=GREY, labelcolor=BLACK)


def _head(trace: pd.DataFrame, missing: pd.DataFrame) -> str:
    patients = missing.iloc[0]
    sets, iterations = _counted(trace["set"].max(), "set"), _counted(trace["iteration"].max(), "iteration")
    return (
        f"{_counted(patients['n'], 'patient')}, {patients['n_with_event']} with the event; completed by {sets} of "
        f"{iterations}, a line for each; dashed: observed values"
    )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
