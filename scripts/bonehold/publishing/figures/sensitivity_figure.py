"""AUC and odds ratios of the final model under every sensitivity analysis, one line each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bonehold.publishing.figures.sensitivity_lines import Interval, SensitivityLine
from bonehold.publishing.figures.style import (
    BLACK,
    BLUE,
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
from bonehold.publishing.figures.text_fitting import wrapped

POINTS = 6.3
LABEL_MM, LABEL_WIDTH_MM, COUNTS_MM = 3.0, 47.0, 64.0
PLOTS_MM, APART_MM = 69.0, 9.0
HEAD_MM, AXIS_MM, NOTE_MM, TEXT_MM = 10.0, 9.5, 2.75, 2.7
LINE_MM = 4.4
"""Height of a line of a one-row label."""
SHIFT_MM = 0.9
"""The apparent AUC stands so far above the middle of its line, the corrected one below."""
MOST_TICKS = 5
"""With more of them, an odds-ratio axis has one for each power of ten."""
WIDEST = 100.0
"""No odds-ratio axis goes further than this or its reciprocal: limits beyond it are arrows."""
_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


def sensitivity_figure(
    lines: Sequence[SensitivityLine],
    predictors: Sequence[str],
    notes: Sequence[str],
    synthetic: bool,
) -> Figure:
    """Draw the sensitivity analyses.

    Args:
        lines: the main model, then the variants.
        predictors: words for the predictor of each panel of odds ratios.
        notes: sentences below: what is not drawn and why.
        synthetic: whether the data are synthetic.
    """
    figure = new_figure(PAGE_MM, 100)
    with styled():
        labels = [wrapped(figure, line.label, LABEL_WIDTH_MM, POINTS) for line in lines]
        heights = [LINE_MM + TEXT_MM * label.count("\n") for label in labels]
        told = [*_legend(lines), *notes]
        words = [wrapped(figure, one, PAGE_MM - 8, POINTS - 0.5) for one in told]
        body = sum(heights)
        below = NOTE_MM * sum(one.count("\n") + 1 for one in words) + 5
        height = HEAD_MM + body + AXIS_MM + below
        figure.set_size_inches(PAGE_MM / MM_PER_INCH, height / MM_PER_INCH)
        sheet = figure.add_axes((0, 0, 1, 1))
        sheet.set(xlim=(0, PAGE_MM), ylim=(height, 0))
        sheet.axis("off")
        middles = [sum(heights[:place]) + heights[place] / 2 for place in range(len(lines))]
        _draw_words(sheet, lines, labels, middles, heights)
        panels = 1 + len(predictors)
        width = (PAGE_MM - 4 - PLOTS_MM - APART_MM * (panels - 1)) / panels
        boxes = [
            figure.add_axes(
                (
                    (PLOTS_MM + place * (width + APART_MM)) / PAGE_MM,
                    1 - (HEAD_MM + body) / height,
                    width / PAGE_MM,
                    body / height,
                )
            )
            for place in range(panels)
        ]
        _draw_areas(boxes[0], lines, middles, body)
        for place, words_for in enumerate(predictors):
            title = wrapped(figure, words_for, width, POINTS)
            _draw_ratios(boxes[place + 1], [line.ratios[place] for line in lines], middles, body, title)
        sheet.text(
            LABEL_MM,
            HEAD_MM + body + AXIS_MM,
            "\n".join(words),
            fontsize=POINTS - 0.5,
            va="top",
            linespacing=1.25,
        )
    main = lines[0]
    alt_text(
        figure,
        f"Sensitivity analyses: AUC of the main model {main.auc.value:.3f}, of {len(lines) - 1} variants "
        f"{min(line.auc.value for line in lines):.3f} to {max(line.auc.value for line in lines):.3f}.",
    )
    synthetic_note(figure, synthetic)
    return figure


def _legend(lines: Sequence[SensitivityLine]) -> list[str]:
    told = [
        "Filled circles: apparent AUC with DeLong's 95% CI; open diamonds: AUC corrected for optimism by the "
        "bootstrap. Squares: odds ratios with 95% CI; arrows: beyond the axis. Dashed: the main model. In every "
        "variant the predictors of the main model are fitted again."
    ]
    if any(ratio is not None and ratio.logarithm for line in lines for ratio in line.ratios):
        told.append(
            "Open square: odds ratio per unit of the natural logarithm, another unit than the others."
        )
    return told


def _draw_words(
    sheet: Axes,
    lines: Sequence[SensitivityLine],
    labels: Sequence[str],
    middles: Sequence[float],
    heights: Sequence[float],
) -> None:
    head: dict[str, Any] = {"fontsize": POINTS, "weight": "bold", "va": "bottom"}
    sheet.text(LABEL_MM, HEAD_MM - 2, "Analysis", **head)
    sheet.text(COUNTS_MM, HEAD_MM - 2, "Events/\npatients", ha="right", **head)
    sheet.plot([LABEL_MM, PAGE_MM - 2], [HEAD_MM - 1, HEAD_MM - 1], color=BLACK, linewidth=0.7)
    for place, (line, label, middle, size) in enumerate(zip(lines, labels, middles, heights, strict=True)):
        weight = "normal" if place else "bold"
        style: dict[str, Any] = {"fontsize": POINTS, "va": "center", "weight": weight}
        sheet.text(LABEL_MM, HEAD_MM + middle, label, linespacing=1.1, **style)
        sheet.text(COUNTS_MM, HEAD_MM + middle, line.counts, ha="right", **style)
        edge = HEAD_MM + middle + size / 2
        sheet.plot([LABEL_MM, PAGE_MM - 2], [edge, edge], color=LIGHT_GREY, linewidth=0.3, zorder=0)


def _draw_areas(axes: Axes, lines: Sequence[SensitivityLine], middles: Sequence[float], body: float) -> None:
    drawn = [
        one
        for line in lines
        for one in (line.auc.value, line.auc.low, line.auc.high, line.corrected)
        if one is not None
    ]
    low, high = math.floor(min(drawn) * 20 - 0.1) / 20, math.ceil(max(drawn) * 20 + 0.1) / 20
    _prepare(axes, max(0.0, low), min(1.005, high), body, "AUC", lines[0].auc.value)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    for line, middle in zip(lines, middles, strict=True):
        _draw_interval(axes, line.auc, middle - SHIFT_MM, {"marker": "o", "color": BLUE, "markersize": 3.4})
        if line.corrected is not None:
            axes.plot(
                [line.corrected],
                [middle + SHIFT_MM],
                marker="D",
                markersize=3.0,
                markerfacecolor="white",
                markeredgewidth=0.8,
                color=VERMILION,
                linestyle="",
            )


def _draw_ratios(
    axes: Axes, ratios: Sequence[Interval | None], middles: Sequence[float], body: float, title: str
) -> None:
    drawn = [
        one
        for ratio in ratios
        if ratio is not None
        for one in (ratio.value, ratio.low, ratio.high)
        if one is not None
    ]
    low, high = _ends(min([1.0, *drawn]), max([1.0, *drawn]))
    axes.set_xscale("log")
    _prepare(axes, low, high, body, f"Odds ratio: {title}", ratios[0].value if ratios[0] else None)
    inside = [tick for tick in _TICKS if low <= tick <= high]
    if len(inside) > MOST_TICKS:
        inside = [tick for tick in inside if math.log10(tick).is_integer()]
    axes.set_xticks(inside, [f"{tick:g}" for tick in inside])
    axes.set_xticks([], minor=True)
    axes.axvline(1, color=BLACK, linewidth=0.6, zorder=0)
    for ratio, middle in zip(ratios, middles, strict=True):
        if ratio is None:
            axes.text(
                0.5,
                middle,
                "–",
                ha="center",
                va="center",
                fontsize=POINTS,
                color=GREY,
                transform=_across(axes),
            )
            continue
        face = "white" if ratio.logarithm else BLUE
        marker = {"marker": "s", "color": BLUE, "markersize": 3.2, "markerfacecolor": face}
        _draw_interval(axes, ratio, middle, marker)


def _across(axes: Axes) -> Any:
    """Places by share of the width, and by the height of the lines."""
    return axes.get_yaxis_transform()


def _prepare(axes: Axes, low: float, high: float, body: float, title: str, main: float | None) -> None:
    axes.set_facecolor("none")
    axes.set(xlim=(low, high), ylim=(body, 0), yticks=[])
    axes.tick_params(axis="x", labelsize=POINTS, length=2, pad=1.5)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(title, fontsize=POINTS, labelpad=1.5)
    if main is not None and low <= main <= high:
        axes.axvline(main, color=GREY, linewidth=0.6, linestyle=(0, (4, 2)), zorder=0)


def _ends(low: float, high: float) -> tuple[float, float]:
    """Ends of a logarithmic axis: the ticks around everything drawn, at most `WIDEST`."""
    low, high = max(low, 1 / WIDEST), min(high, WIDEST)
    return (
        max(tick for tick in _TICKS if tick <= low * (1 + 1e-9)) / 1.08,
        min(tick for tick in _TICKS if tick >= high * (1 - 1e-9)) * 1.08,
    )


def _draw_interval(axes: Axes, interval: Interval, place: float, marker: dict[str, Any]) -> None:
    """A value with its limits; an arrow where they go beyond the axis, or are not known."""
    left, right = axes.get_xlim()
    color = marker["color"]
    low = -math.inf if interval.low is None else interval.low
    high = math.inf if interval.high is None else interval.high
    ends = [min(max(low, left), right), max(min(high, right), left)]
    axes.plot(ends, [place, place], color=color, linewidth=0.9)
    for beyond, end, arrow in ((low < left, left, "<"), (high > right, right, ">")):
        if beyond:
            axes.plot([end], [place], marker=arrow, markersize=3.2, color=color, linestyle="", clip_on=False)
    if left <= interval.value <= right:
        axes.plot([interval.value], [place], linestyle="", markeredgewidth=0.8, **marker)
