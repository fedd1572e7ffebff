"""The nomogram as journals print it: points above, one axis per predictor, total points and risk below."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bonehold.modelling.decision.nomogram import FULL_SCALE, Axis, Nomogram, Reading, nomogram, read_off
from bonehold.modelling.regression.model import Model
from bonehold.publishing.figures.style import (
    BLACK,
    GREY,
    LIGHT_GREY,
    MM_PER_INCH,
    PAGE_MM,
    VERMILION,
    alt_text,
    new_figure,
    styled,
    synthetic_note,
)
from bonehold.publishing.figures.text_fitting import width_mm, wrapped

ROW_MM = 11.5
"""Distance of two axes; more where their labels need more."""
TOP_MM = 6.0
BOTTOM_MM = 4.0
LEFT_MM = 46.0
RIGHT_MM = 16.0
TITLE_LEFT_MM = 2.0
TITLE_MM = 38.0
TITLE_POINTS = 7.5
TITLE_LINE_MM = 3.3
LABELS_MM = (41.5, PAGE_MM - RIGHT_MM + 2.8)
"""Where tick labels may stand: between the titles and the example's numbers."""
LABEL_MM = 30.0
LABEL_POINTS = 7.0
LABEL_LINE_MM = 2.9
LABEL_GROUND: Mapping[str, Any] = {"facecolor": "white", "edgecolor": "none", "pad": 0.4}
"""Keeps the lines that pass behind a label from crossing its letters."""
TICK_MM = 1.5
TO_LABEL_MM = 0.6
GAP_MM = 1.2
NUMBER_TIERS = 4
"""Numbers that would need more tiers than this go unlabelled; levels never do."""


@dataclass(frozen=True)
class Tick:
    """A tick and its label, in mm from the left edge of the figure.

    Attributes:
        place: the tick.
        text: the label, in one or several lines.
        left: left end of the label.
        right: right end.
    """

    place: float
    text: str
    left: float
    right: float


@dataclass(frozen=True)
class Scale:
    """An axis as it is drawn.

    Attributes:
        title: words at its left, in lines.
        ticks: in the order of their places.
        tiers: where the label of each tick stands: 0 below the line, 1 above it, 2 and 3 one step further below
            and above, and so on; None: no label.
        minor: places of small ticks.
    """

    title: str
    ticks: tuple[Tick, ...]
    tiers: tuple[int | None, ...]
    minor: tuple[float, ...] = ()

    def offset(self, tier: int) -> float:
        """Distance from the line to the near edge of the labels of a tier, in mm."""
        nearer = range(tier % 2, tier, 2)
        return TICK_MM + TO_LABEL_MM + sum(self._height(other) for other in nearer)

    @property
    def above(self) -> float:
        """What the axis takes above its line, in mm."""
        return max(self._title_height / 2, *(self._reach(tier) for tier in self._used if tier % 2), 0)

    @property
    def below(self) -> float:
        """What the axis takes below its line, in mm."""
        return max(self._title_height / 2, *(self._reach(tier) for tier in self._used if not tier % 2), 0)

    @property
    def _title_height(self) -> float:
        return TITLE_LINE_MM * len(self.title.split("\n"))

    @property
    def _used(self) -> frozenset[int]:
        return frozenset(tier for tier in self.tiers if tier is not None)

    def _reach(self, tier: int) -> float:
        return self.offset(tier) + self._height(tier)

    def _height(self, tier: int) -> float:
        labels = (tick.text for tick, own in zip(self.ticks, self.tiers, strict=True) if own == tier)
        return LABEL_LINE_MM * max(len(text.split("\n")) for text in labels)


def nomogram_figure(model: Model, patient: Mapping[str, Any] | None = None) -> Figure:
    """Draw the nomogram of a model.

    Args:
        model: the model; nothing else is needed.
        patient: predictor -> value of an example patient, whose reading is drawn in dashes; None: no example.
    """
    layout = nomogram(model)
    figure = new_figure(PAGE_MM, ROW_MM)
    with styled():
        scales = _scales(figure, layout, model.outcome)
        levels = _levels(scales)
        height = levels[-1] + max(ROW_MM, scales[-1].below) + BOTTOM_MM
        figure.set_size_inches(PAGE_MM / MM_PER_INCH, height / MM_PER_INCH)
        canvas = figure.add_axes((0, 0, 1, 1))
        canvas.set_axis_off()
        canvas.set(xlim=(0, PAGE_MM), ylim=(height, 0))
        _guides(canvas, levels[0], levels[len(layout.axes)])
        for scale, level in zip(scales, levels, strict=True):
            _draw_scale(canvas, scale, level)
        if patient is not None:
            _draw_reading(canvas, read_off(model, patient), layout, levels)
    alt_text(
        figure,
        f"Nomogram of the risk: points of {len(model.terms)} predictors, total points, and the risk below them.",
    )
    synthetic_note(figure, model.synthetic)
    return figure


def _scales(figure: Figure, layout: Nomogram, outcome: str) -> tuple[Scale, ...]:
    """Points, the predictors, total points and risk, from top to bottom."""
    highest = layout.total_ticks[-1]
    risks = [
        (f"{risk:g}", _along(points, highest))
        for risk, points in zip(layout.risk_ticks, layout.risk_points, strict=True)
    ]
    return (
        _ruler(figure, "Points", [float(value) for value in range(0, 101, 10)]),
        *(_predictor(figure, axis) for axis in layout.axes),
        _ruler(figure, "Total points", layout.total_ticks),
        _scale(figure, f"Risk of {outcome.replace('_', ' ')}", risks, stepped_while_near),
    )


def _ruler(figure: Figure, title: str, values: Sequence[float]) -> Scale:
    """A scale from 0 with five small parts between any two numbers."""
    labelled = [(f"{value:g}", _along(value, values[-1])) for value in values]
    minor = tuple(
        left + (right - left) * part / 5
        for (_, left), (_, right) in pairwise(labelled)
        for part in range(1, 5)
    )
    return replace(_scale(figure, title, labelled, thinned), minor=minor)


def _predictor(figure: Figure, axis: Axis) -> Scale:
    title = f"{axis.label} ({axis.unit})" if axis.unit else axis.label
    labelled = [
        (text, _along(points, FULL_SCALE)) for text, points in zip(axis.values, axis.points, strict=True)
    ]
    return _scale(figure, title, labelled, thinned if axis.kind == "continuous" else stepped)


def _scale(
    figure: Figure,
    title: str,
    labelled: Sequence[tuple[str, float]],
    arrange: Callable[[Sequence[Tick]], list[int | None]],
) -> Scale:
    """Measure the texts of a scale and arrange them."""
    ticks = tuple(_tick(figure, text, place) for text, place in sorted(labelled, key=lambda pair: pair[1]))
    return Scale(wrapped(figure, title, TITLE_MM, TITLE_POINTS), ticks, tuple(arrange(ticks)))


def _tick(figure: Figure, text: str, place: float) -> Tick:
    """A tick with its label in the middle below or above, or as near to that as the page allows."""
    lines = wrapped(figure, text, LABEL_MM, LABEL_POINTS)
    width = width_mm(figure, lines, LABEL_POINTS)
    left = min(max(place - width / 2, LABELS_MM[0]), LABELS_MM[1] - width)
    return Tick(place, lines, left, left + width)


def _along(value: float, highest: float) -> float:
    """Place of a value on an axis from 0 to `highest`, in mm."""
    return LEFT_MM + (PAGE_MM - LEFT_MM - RIGHT_MM) * value / highest


def thinned(ticks: Sequence[Tick]) -> list[int | None]:
    """Label every tick, or every second, third ... so that none touch: tier 0, or None for no label.

    Where that would leave one label only, both ends have theirs, one below the line and one above: without the other
    end nobody could tell which way the axis runs.

    Args:
        ticks: in the order of their places.
    """
    for every in range(1, len(ticks) + 1):
        if all(_apart(left, right) for left, right in pairwise(ticks[::every])):
            if every < len(ticks) or len(ticks) == 1:
                return [0 if place % every == 0 else None for place in range(len(ticks))]
            return [0, *[None] * (len(ticks) - 2), 1]
    return [0] * len(ticks)


def stepped(ticks: Sequence[Tick]) -> list[int | None]:
    """Label every tick in the first tier where it touches no other label.

    Args:
        ticks: in the order of their places.
    """
    last: list[Tick] = []  # of each tier
    tiers: list[int | None] = []
    for tick in ticks:
        tier = next((tier for tier, other in enumerate(last) if _apart(other, tick)), len(last))
        last[tier : tier + 1] = [tick]
        tiers.append(tier)
    return tiers


def stepped_while_near(ticks: Sequence[Tick]) -> list[int | None]:
    """As `stepped`, but a tick that would need a tier far from the line stays without a label."""
    return [tier if tier is not None and tier < NUMBER_TIERS else None for tier in stepped(ticks)]


def _apart(left: Tick, right: Tick) -> bool:
    return right.left - left.right >= GAP_MM


def _levels(scales: Sequence[Scale]) -> list[float]:
    """Height of each axis in mm from the upper edge: in even rows, farther apart where labels need it."""
    levels = [max(TOP_MM, scales[0].above + GAP_MM)]
    for upper, lower in pairwise(scales):
        levels.append(levels[-1] + max(ROW_MM, upper.below + GAP_MM + lower.above))
    return levels


def _guides(canvas: Axes, top: float, bottom: float) -> None:
    """Faint lines every 10 points, to lead the eye from a predictor up to the points."""
    for value in range(0, 101, 10):
        canvas.plot([_along(value, FULL_SCALE)] * 2, [top, bottom], color=LIGHT_GREY, linewidth=0.4, zorder=0)


def _draw_scale(canvas: Axes, scale: Scale, level: float) -> None:
    """Draw one axis.

    Args:
        canvas: axes in mm, downwards.
        scale: what to draw.
        level: height of the axis in mm.
    """
    canvas.text(TITLE_LEFT_MM, level, scale.title, ha="left", va="center", fontsize=TITLE_POINTS)
    canvas.plot([scale.ticks[0].place, scale.ticks[-1].place], [level, level], color=BLACK, linewidth=0.8)
    for place in scale.minor:
        canvas.plot([place, place], [level, level + TICK_MM / 2], color=BLACK, linewidth=0.5)
    for tick, tier in zip(scale.ticks, scale.tiers, strict=True):
        side = -1 if tier is not None and tier % 2 else 1
        canvas.plot([tick.place] * 2, [level, level + side * TICK_MM], color=BLACK, linewidth=0.8)
        if tier is None:
            continue
        edge = level + side * scale.offset(tier)
        if tier >= 2:  # labels of nearer tiers stand between: a line leads to this one
            canvas.plot([tick.place] * 2, [level, edge], color=GREY, linewidth=0.4, zorder=1)
        canvas.text(
            (tick.left + tick.right) / 2,
            edge,
            tick.text,
            ha="center",
            va="top" if side > 0 else "bottom",
            fontsize=LABEL_POINTS,
            linespacing=1.0,
            bbox=LABEL_GROUND,
        )


def _draw_reading(canvas: Axes, reading: Reading, layout: Nomogram, levels: Sequence[float]) -> None:
    """Draw an example: from each predictor up to its points, from the total down to the risk."""
    dashes: dict[str, Any] = {"color": VERMILION, "linewidth": 0.8, "linestyle": (0, (3, 2)), "zorder": 1}
    spot: dict[str, Any] = {"color": VERMILION, "marker": "o", "markersize": 3, "linestyle": ""}
    right = PAGE_MM - RIGHT_MM + 3
    canvas.text(right, levels[0], "Example", color=VERMILION, ha="left", va="center")
    for axis, level in zip(layout.axes, levels[1:], strict=False):
        points = reading.points[axis.column]
        place = _along(points, FULL_SCALE)
        canvas.plot([place, place], [levels[0], level], **dashes)
        canvas.plot([place], [level], **spot)
        canvas.text(right, level, f"{points:.1f}", color=VERMILION, ha="left", va="center")
    place = _along(reading.total, layout.total_ticks[-1])
    canvas.plot([place, place], [levels[-2], levels[-1]], **dashes)
    canvas.plot([place, place], [levels[-2], levels[-1]], **spot)
    canvas.text(right, levels[-2], f"{reading.total:.1f}", color=VERMILION, ha="left", va="center")
    canvas.text(right, levels[-1], f"{reading.risk:.2f}", color=VERMILION, ha="left", va="center")
