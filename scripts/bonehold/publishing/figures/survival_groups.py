"""What both figures of the time to loosening share: groups, the axis of time, words in place of curves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bonehold.publishing.figures.style import BLUE, MM_PER_INCH, VERMILION, words_figure
from bonehold.publishing.figures.text_fitting import wrapped
from bonehold.publishing.tables.formatting import rounded

GROUPING = "cutoff"
LEFT_MM, RIGHT_MM = 17.0, 4.0
LEGEND_POINTS = 6.5
ROW_MM = 3.4
_COLORS = {"low": BLUE, "high": VERMILION}
_SIGNS = {"low": "<", "high": "≥"}
_MONTHS = (1, 2, 3, 6, 12, 24, 36, 60, 120, 240)
_MOST_TICKS = 8


@dataclass(frozen=True)
class RiskGroup:
    """A group as it is drawn: its name in the tables, words for it, and its colour."""

    name: str
    words: str
    color: str
    n: int
    events: int

    @property
    def counts(self) -> str:
        """How many patients, and with the event."""
        patients = "1 patient" if self.n == 1 else f"{self.n} patients"
        return f"{patients}, {self.events} with the event"


def risk_groups(about: Mapping[str, Any]) -> tuple[RiskGroup, ...]:
    """The groups on either side of the model's cut-off, as far as there is somebody in them.

    Args:
        about: content of `survival.json`.
    """
    division = about["groupings"][GROUPING]
    limit = rounded(str(100 * division["limits"][0]), 1)
    return tuple(
        RiskGroup(
            group["name"],
            f"{group['name'].capitalize()}: predicted risk {_SIGNS[group['name']]} {limit}%",
            _COLORS[group["name"]],
            group["n"],
            group["events"],
        )
        for group in division["groups"]
    )


def curve_of(curves: pd.DataFrame, curve: str, group: RiskGroup) -> pd.DataFrame:
    """The points of one curve of a group.

    Args:
        curves: `survival_curves.csv`.
        curve: name of the curve.
        group: the group.
    """
    chosen = (curves["curve"] == curve) & (curves["grouping"] == GROUPING) & (curves["group"] == group.name)
    return curves[chosen]


def no_survival_figure(about: Mapping[str, Any]) -> Figure:
    """Say that there is no time to loosening in the analysis, and why.

    Args:
        about: content of `survival.json`.
    """
    title = f"No time to loosening in the analysis “{about['analysis']}”"
    return words_figure(title, about["reasons"], about["synthetic"])


def time_ticks(last: float, unit: str) -> list[float]:
    """Where the axis of time is marked: at whole steps, for months those of a calendar.

    Args:
        last: the last time.
        unit: its unit.
    """
    magnitude = 10 ** math.floor(math.log10(last / _MOST_TICKS))
    calendar = unit == "months" and last > _MONTHS[1]
    steps = _MONTHS if calendar else tuple(magnitude * one for one in (1, 2, 5, 10))
    step = next((one for one in steps if last / one < _MOST_TICKS), last)
    return [float(time) for time in np.arange(0, last + step / 1e6, step)]


def draw_time_axis(figure: Figure, axes: Axes, ticks: list[float], last: float, unit: str) -> None:
    """Mark the axis of time, from the start to a little beyond the last visit.

    Args:
        figure: the figure.
        axes: its axes.
        ticks: places of the marks.
        last: last visit.
        unit: unit of time.
    """
    axes.set_xlim(0, 1.02 * last)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    width = axes.get_position().width * figure.get_figwidth() * MM_PER_INCH
    axes.set_xlabel(wrapped(figure, f"Time since surgery ({unit})", width, 7.5))


def legend_lines(figure: Figure, lines: list[tuple[str, str]], top_mm: float, width_mm: float) -> float:
    """Write lines of coloured words below each other, those too long in several rows.

    Args:
        figure: the figure.
        lines: words and colour of each.
        top_mm: distance of the first from the upper edge.
        width_mm: room.

    Returns:
        How far down they reach, in mm from the upper edge.
    """
    height = figure.get_figheight() * MM_PER_INCH
    full = figure.get_figwidth() * MM_PER_INCH
    for words, color in lines:
        text = wrapped(figure, words, width_mm, LEGEND_POINTS)
        place: dict[str, Any] = {"ha": "left", "va": "top", "fontsize": LEGEND_POINTS, "color": color}
        figure.text(2.0 / full, 1 - top_mm / height, text, **place)
        top_mm += ROW_MM * len(text.split("\n"))
    return top_mm
