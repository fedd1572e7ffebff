"""The nomogram as journals print it: points above, one axis per predictor, total points and risk below."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bonehold.modelling.model import Model
from bonehold.modelling.nomogram import FULL_SCALE, Axis, Reading, nomogram, read_off
from bonehold.publishing.style import (
    BLACK,
    LIGHT_GREY,
    PAGE_MM,
    VERMILION,
    new_figure,
    styled,
    synthetic_note,
)

ROW_MM = 11.5
TOP_MM = 6.0
BOTTOM_MM = 4.0
LEFT_MM = 46.0
RIGHT_MM = 16.0
LABEL_CHARACTERS = 26
TICK_MM = 1.5
GAP_MM = 1.2
TIERS = ((1, 0), (-1, 0), (1, 1), (-1, 1))
"""Where a tick label may stand: side of the line (1 below) and step away from it; the first that is free."""


@dataclass(frozen=True)
class Tick:
    """A labelled tick: place along the axis in mm from the left edge of the figure, and text."""

    place: float
    text: str


def nomogram_figure(model: Model, patient: Mapping[str, Any] | None = None) -> Figure:
    """Draw the nomogram of a model.

    Args:
        model: the model; nothing else is needed.
        patient: predictor -> value of an example patient, whose reading is drawn in dashes; None: no example.
    """
    layout = nomogram(model)
    reading = None if patient is None else read_off(model, patient)
    rows = len(layout.axes) + 3
    height = TOP_MM + rows * ROW_MM + BOTTOM_MM
    figure = new_figure(PAGE_MM, height)
    with styled():
        canvas = figure.add_axes((0, 0, 1, 1))
        canvas.set_axis_off()
        canvas.set(xlim=(0, PAGE_MM), ylim=(height, 0))
        levels = [TOP_MM + row * ROW_MM for row in range(rows)]
        first, total, last = levels[0], levels[-2], levels[-1]
        _guides(canvas, first, levels[len(layout.axes)])
        points = [Tick(_along(value, FULL_SCALE), f"{value:g}") for value in range(0, 101, 10)]
        _draw_axis(figure, canvas, first, "Points", points, thin=True, minor=_minor(points, 5))
        for axis, level in zip(layout.axes, levels[1:], strict=False):
            ticks = [
                Tick(_along(value, FULL_SCALE), text)
                for text, value in zip(axis.values, axis.points, strict=True)
            ]
            continuous = axis.kind == "continuous"
            _draw_axis(figure, canvas, level, _title(axis), ticks, thin=continuous, minor=())
        highest = layout.total_ticks[-1]
        sums = [Tick(_along(value, highest), f"{value:g}") for value in layout.total_ticks]
        _draw_axis(figure, canvas, total, "Total points", sums, thin=True, minor=_minor(sums, 5))
        risks = [
            Tick(_along(place, highest), f"{risk:g}")
            for risk, place in zip(layout.risk_ticks, layout.risk_points, strict=True)
        ]
        _draw_axis(
            figure, canvas, last, f"Risk of {model.outcome.replace('_', ' ')}", risks, thin=False, minor=()
        )
        if reading is not None:
            _draw_reading(canvas, reading, layout.axes, levels, highest)
    synthetic_note(figure, model.synthetic)
    return figure


def _along(value: float, highest: float) -> float:
    """Place of a value on an axis from 0 to `highest`, in mm."""
    return LEFT_MM + (PAGE_MM - LEFT_MM - RIGHT_MM) * value / highest


def _title(axis: Axis) -> str:
    return f"{axis.label} ({axis.unit})" if axis.unit else axis.label


def _minor(ticks: Sequence[Tick], parts: int) -> Sequence[float]:
    return [
        left.place + (right.place - left.place) * part / parts
        for left, right in pairwise(ticks)
        for part in range(1, parts)
    ]


def _guides(canvas: Axes, top: float, bottom: float) -> None:
    """Faint lines every 10 points, to lead the eye from a predictor up to the points."""
    for value in range(0, 101, 10):
        canvas.plot([_along(value, FULL_SCALE)] * 2, [top, bottom], color=LIGHT_GREY, linewidth=0.4, zorder=0)


def _draw_axis(
    figure: Figure,
    canvas: Axes,
    level: float,
    title: str,
    ticks: Sequence[Tick],
    *,
    thin: bool,
    minor: Sequence[float],
) -> None:
    """Draw one axis.

    Args:
        figure: the figure.
        canvas: axes in mm, downwards.
        level: height of the axis in mm.
        title: words at its left.
        ticks: labelled ticks.
        thin: whether labels may be left out where they would touch (numbers); else they step aside.
        minor: places of small ticks.
    """
    wrapped = "\n".join(textwrap.wrap(title, LABEL_CHARACTERS))
    canvas.text(2, level, wrapped, ha="left", va="center", fontsize=7.5)
    places = [tick.place for tick in ticks]
    if not places:
        canvas.text(LEFT_MM, level, "(out of reach)", ha="left", va="center", color=BLACK)
        return
    canvas.plot([min(places), max(places)], [level, level], color=BLACK, linewidth=0.8)
    for place in minor:
        canvas.plot([place, place], [level, level + TICK_MM / 2], color=BLACK, linewidth=0.5)
    ordered = sorted(ticks, key=lambda tick: tick.place)
    widths = [_width_mm(figure, canvas, tick.text) for tick in ordered]
    tiers = thinned(ordered, widths) if thin else stepped(ordered, widths)
    for tick, tier in zip(ordered, tiers, strict=True):
        side, step = TIERS[tier or 0]
        canvas.plot([tick.place] * 2, [level, level + side * TICK_MM], color=BLACK, linewidth=0.8)
        if tier is not None:
            anchor = "top" if side > 0 else "bottom"
            offset = side * (TICK_MM + 0.6 + 2.8 * step)
            canvas.text(tick.place, level + offset, tick.text, ha="center", va=anchor)


def thinned(ticks: Sequence[Tick], widths: Sequence[float]) -> list[int | None]:
    """Label every tick, or every second, third ... so that none touch: tier 0, or None for no label.

    Args:
        ticks: ticks in the order of their places.
        widths: width of each label in mm.
    """
    for every in range(1, len(ticks) + 1):
        kept = range(0, len(ticks), every)
        if all(_apart(ticks, widths, left, left + every) for left in kept if left + every < len(ticks)):
            return [0 if place % every == 0 else None for place in range(len(ticks))]
    return [0] * len(ticks)


def stepped(ticks: Sequence[Tick], widths: Sequence[float]) -> list[int | None]:
    """Place every label below the line, above it, or a step further, where it touches no earlier one.

    Args:
        ticks: ticks in the order of their places.
        widths: width of each label in mm.
    """
    last: dict[int, int] = {}
    tiers: list[int | None] = []
    for place in range(len(ticks)):
        free = (
            tier for tier in range(len(TIERS)) if tier not in last or _apart(ticks, widths, last[tier], place)
        )
        tier = next(free, len(TIERS) - 1)
        last[tier] = place
        tiers.append(tier)
    return tiers


def _apart(ticks: Sequence[Tick], widths: Sequence[float], left: int, right: int) -> bool:
    distance = ticks[right].place - ticks[left].place
    return distance >= (widths[left] + widths[right]) / 2 + GAP_MM


def _width_mm(figure: Figure, canvas: Axes, text: str) -> float:
    trial = canvas.text(0, 0, text)
    pixels = trial.get_window_extent().width
    trial.remove()
    return float(pixels / figure.dpi * 25.4)


def _draw_reading(
    canvas: Axes, reading: Reading, axes: Sequence[Axis], levels: Sequence[float], highest: float
) -> None:
    """Draw an example: from each predictor up to its points, from the total down to the risk."""
    dashes: dict[str, Any] = {"color": VERMILION, "linewidth": 0.8, "linestyle": (0, (3, 2)), "zorder": 1}
    spot: dict[str, Any] = {"color": VERMILION, "marker": "o", "markersize": 3, "linestyle": ""}
    right = PAGE_MM - RIGHT_MM + 3
    canvas.text(right, levels[0], "Example", color=VERMILION, ha="left", va="center")
    for axis, level in zip(axes, levels[1:], strict=False):
        points = reading.points[axis.column]
        place = _along(points, FULL_SCALE)
        canvas.plot([place, place], [levels[0], level], **dashes)
        canvas.plot([place], [level], **spot)
        canvas.text(right, level, f"{points:.1f}", color=VERMILION, ha="left", va="center")
    place = _along(reading.total, highest)
    canvas.plot([place, place], [levels[-2], levels[-1]], **dashes)
    canvas.plot([place, place], [levels[-2], levels[-1]], **spot)
    canvas.text(right, levels[-2], f"{reading.total:.1f}", color=VERMILION, ha="left", va="center")
    canvas.text(right, levels[-1], f"{reading.risk:.2f}", color=VERMILION, ha="left", va="center")
