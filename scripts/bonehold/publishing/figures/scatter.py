"""A scatter plot of patients, those with the event told apart by shape and colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from bonehold.publishing.figures.style import BLUE, VERMILION

Row = Mapping[str, str]

WITHOUT: dict[str, Any] = {
    "marker": "o",
    "markersize": 2.8,
    "markerfacecolor": "none",
    "markeredgecolor": BLUE,
    "markeredgewidth": 0.6,
    "alpha": 0.7,
    "linestyle": "",
    "zorder": 2,
}
WITH: dict[str, Any] = {
    "marker": "^",
    "markersize": 4.2,
    "markerfacecolor": VERMILION,
    "markeredgecolor": "white",
    "markeredgewidth": 0.35,
    "linestyle": "",
    "zorder": 3,
}


def draw_patients(axes: Axes, points: Sequence[Row]) -> list[Line2D]:
    """Draw every patient: without the event a blue ring, with it an orange-red triangle.

    Args:
        axes: where.
        points: rows with `x_value`, `y_value`, `event`, as text.

    Returns:
        A mark of each kind, for a legend.
    """
    drawn = []
    for event, mark in (("0", WITHOUT), ("1", WITH)):
        chosen = [point for point in points if point["event"] == event]
        x = [float(point["x_value"]) for point in chosen]
        drawn += axes.plot(x, [float(point["y_value"]) for point in chosen], **mark)
    return drawn


def patient_legend(points: Sequence[Row]) -> tuple[str, str]:
    """What the marks mean, with their counts."""
    events = sum(point["event"] == "1" for point in points)
    return f"no event ({len(points) - events})", f"event ({events})"


def with_unit(label: str, unit: str) -> str:
    """A label with its unit in brackets."""
    return f"{label} ({unit})" if unit else label
