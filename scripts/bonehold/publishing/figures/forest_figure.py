"""Univariable and multivariable odds ratios on one logarithmic axis, their numbers beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bonehold.publishing.figures.forest_rows import FIRTH_MARK, ForestLine, Ratio
from bonehold.publishing.figures.style import (
    BLACK,
    BLUE,
    GREY,
    LIGHT_GREY,
    MM_PER_INCH,
    PAGE_MM,
    alt_text,
    new_figure,
    styled,
    synthetic_note,
)
from bonehold.publishing.figures.text_fitting import wrapped

POINTS = 6.3
LABEL_MM, LABEL_WIDTH_MM, INDENT_MM = 3.0, 43.0, 3.0
COUNTS_MM = 60.0
PLOT_MM, PLOT_WIDTH_MM = 64.0, 48.0
ALONE_MM, ALONE_P_MM = 115.0, 146.0
TOGETHER_MM, TOGETHER_P_MM = 150.0, 181.0
HEAD_MM, AXIS_MM, NOTE_MM = 12.0, 9.0, 3.0
LINE_MM, MORE_MM, ABOVE_MM = 4.6, 2.7, 1.4
"""Height of a line, of each further row of a long label, and the room above a predictor."""
APART_MM = 0.85
"""The univariable odds ratio stands so far above the middle of its line, the multivariable one below."""
WIDEST = 50.0
"""The axis never goes further than this or its reciprocal: limits beyond it are arrows."""
_TICKS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
_ALONE: dict[str, Any] = {"color": GREY, "markerfacecolor": "white", "marker": "s"}
_TOGETHER: dict[str, Any] = {"color": BLUE, "markerfacecolor": BLUE, "marker": "o"}
_FIRTH_MARKER = "D"


def forest_figure(lines: Sequence[ForestLine], outcome: str, patients: str, synthetic: bool) -> Figure:
    """Draw the forest plot.

    Args:
        lines: what to draw (`bonehold.publishing.figures.forest_rows`).
        outcome: words for the event.
        patients: how many patients and events there are, in words.
        synthetic: whether the data are synthetic.
    """
    figure = new_figure(PAGE_MM, 100)
    with styled():
        labels = [wrapped(figure, line.label, _width(line), POINTS) for line in lines]
        heights = [
            LINE_MM + MORE_MM * label.count("\n") + _above(line)
            for line, label in zip(lines, labels, strict=True)
        ]
        notes = [wrapped(figure, note, PAGE_MM - 8, POINTS - 0.5) for note in _notes(lines, patients)]
        below = NOTE_MM * sum(note.count("\n") + 1 for note in notes) + 5
        body = sum(heights)
        height = HEAD_MM + body + AXIS_MM + below
        figure.set_size_inches(PAGE_MM / MM_PER_INCH, height / MM_PER_INCH)
        sheet = figure.add_axes((0, 0, 1, 1))
        sheet.set(xlim=(0, PAGE_MM), ylim=(height, 0))
        sheet.axis("off")
        axes = figure.add_axes(
            (PLOT_MM / PAGE_MM, 1 - (HEAD_MM + body) / height, PLOT_WIDTH_MM / PAGE_MM, body / height)
        )
        axes.set_facecolor("none")
        _draw_head(sheet)
        _prepare(axes, lines, body, outcome)
        top = 0.0
        for line, label, size in zip(lines, labels, heights, strict=True):
            middle = top + _above(line) + (size - _above(line)) / 2
            _draw_words(sheet, line, label, HEAD_MM + middle)
            _draw_ratio(axes, line.alone, middle - APART_MM, _ALONE)
            _draw_ratio(axes, line.together, middle + APART_MM, _TOGETHER)
            top += size
            if line.kind in ("factor", "predictor") and top > size:
                place = HEAD_MM + top - size + ABOVE_MM / 2
                sheet.plot([LABEL_MM, PAGE_MM - 2], [place, place], color=LIGHT_GREY, linewidth=0.4, zorder=0)
        sheet.text(
            LABEL_MM,
            HEAD_MM + body + AXIS_MM,
            "\n".join(notes),
            fontsize=POINTS - 0.5,
            va="top",
            linespacing=1.25,
        )
    alt_text(
        figure,
        "Forest plot: univariable and multivariable odds ratios of every candidate with their 95% intervals.",
    )
    synthetic_note(figure, synthetic)
    return figure


def _width(line: ForestLine) -> float:
    return LABEL_WIDTH_MM - (INDENT_MM if line.kind in ("reference", "level") else 0)


def _above(line: ForestLine) -> float:
    return ABOVE_MM if line.kind in ("factor", "predictor") else 0.0


def _draw_head(sheet: Axes) -> None:
    style: dict[str, Any] = {"fontsize": POINTS, "weight": "bold", "va": "bottom"}
    sheet.text(LABEL_MM, HEAD_MM - 2, "Predictor", **style)
    sheet.text(COUNTS_MM, HEAD_MM - 2, "Events/\npatients", ha="right", **style)
    for left, right, words, marker in (
        (ALONE_MM, ALONE_P_MM, "Univariable", _ALONE),
        (TOGETHER_MM, TOGETHER_P_MM, "Multivariable", _TOGETHER),
    ):
        sheet.plot([left + 0.8], [HEAD_MM - 6.2], linestyle="", markersize=3.4, **marker)
        sheet.text(left + 2.4, HEAD_MM - 5, words, **style)
        sheet.text(left, HEAD_MM - 2, "OR (95% CI)", **style)
        sheet.text(right, HEAD_MM - 2, "P", ha="right", **style)
    sheet.plot([LABEL_MM, PAGE_MM - 2], [HEAD_MM - 1, HEAD_MM - 1], color=BLACK, linewidth=0.7)


def _prepare(axes: Axes, lines: Sequence[ForestLine], body: float, outcome: str) -> None:
    low, high = _ends(lines)
    axes.set_xscale("log")
    axes.set(xlim=(low, high), ylim=(body, 0), yticks=[])
    ticks = [tick for tick in _TICKS if low <= tick <= high]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.tick_params(axis="x", labelsize=POINTS, length=2, pad=1.5)
    axes.spines["left"].set_visible(False)
    axes.axvline(1, color=BLACK, linewidth=0.6, zorder=0)
    axes.set_xlabel(f"Odds ratio of {outcome} (logarithmic scale)", fontsize=POINTS, labelpad=1.5)


def _ends(lines: Sequence[ForestLine]) -> tuple[float, float]:
    """Ends of the axis: everything drawn, to the next tick, at least a half and two, at most `WIDEST`."""
    drawn = [
        one
        for line in lines
        for ratio in (line.alone, line.together)
        for one in (ratio.value, ratio.low, ratio.high)
        if one is not None
    ]
    low = max(1 / WIDEST, min([0.5, *drawn]))
    high = min(WIDEST, max([2.0, *drawn]))
    return (
        max(tick for tick in _TICKS if tick <= low * (1 + 1e-9)) / 1.08,
        min(tick for tick in _TICKS if tick >= high * (1 - 1e-9)) * 1.08,
    )


def _draw_words(sheet: Axes, line: ForestLine, label: str, place: float) -> None:
    inside = line.kind in ("reference", "level")
    style: dict[str, Any] = {"fontsize": POINTS, "va": "center"}
    sheet.text(LABEL_MM + (INDENT_MM if inside else 0), place, label, linespacing=1.1, **style)
    sheet.text(COUNTS_MM, place, line.counts, ha="right", **style)
    for left, right, ratio in (
        (ALONE_MM, ALONE_P_MM, line.alone),
        (TOGETHER_MM, TOGETHER_P_MM, line.together),
    ):
        color = BLACK if ratio.value is not None else GREY
        sheet.text(left, place, ratio.text, color=color, **style)
        sheet.text(right, place, ratio.p, ha="right", color=color, **style)


def _draw_ratio(axes: Axes, ratio: Ratio, place: float, marker: dict[str, Any]) -> None:
    """One odds ratio with its interval; an arrow where that goes beyond the axis, or is not known."""
    if ratio.value is None:
        return
    left, right = axes.get_xlim()
    low, high = ratio.low or 0.0, ratio.high or math.inf
    color = marker["color"]
    axes.plot(
        [min(max(low, left), right), max(min(high, right), left)], [place, place], color=color, linewidth=0.9
    )
    for beyond, end, arrow in ((low < left, left, "<"), (high > right, right, ">")):
        if beyond:
            axes.plot([end], [place], marker=arrow, markersize=3.2, color=color, linestyle="", clip_on=False)
    if left <= ratio.value <= right:
        shape = _FIRTH_MARKER if ratio.firth else marker["marker"]
        axes.plot(
            [ratio.value],
            [place],
            marker=shape,
            markersize=3.0 if ratio.firth else 3.4,
            markeredgewidth=0.8,
            markerfacecolor=marker["markerfacecolor"],
            markeredgecolor=color,
            linestyle="",
            zorder=3,
        )


def _notes(lines: Sequence[ForestLine], patients: str) -> list[str]:
    ratios = [ratio for line in lines for ratio in (line.alone, line.together)]
    notes = [
        f"{patients} Odds ratios are per unit, of a level against its reference; events/patients are those of the "
        "univariable model, or of the level. Bars: 95% CI, Wald's unless marked."
    ]
    if any(ratio.firth for ratio in ratios):
        notes.append(
            f"{FIRTH_MARK} (diamond) Firth's penalised fit; interval and P by the profile penalised likelihood, or "
            "by Wald's t where values were imputed."
        )
    low, high = _ends(lines)
    if any(
        ratio.value is not None and ((ratio.low or 0.0) < low or (ratio.high or math.inf) > high)
        for ratio in ratios
    ):
        notes.append("Arrows: the interval goes on beyond the axis.")
    return notes
