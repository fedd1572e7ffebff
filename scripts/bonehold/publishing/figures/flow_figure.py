"""The flow diagram: who was in the table, who left at each stage and why, and who was analysed.

Laid out as STROBE asks (item 13: numbers at each stage, reasons, a diagram; Vandenbroucke et al., PLoS Med 2007;
4: e297): a column of boxes, and beside each arrow a box with the reasons of those who left there.
"""

from __future__ import annotations

import csv
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from bonehold.publishing.figures.style import PAGE_MM, alt_text, new_figure, styled, synthetic_note

LINE_MM = 3.4
PADDING_MM = 2.2
GAP_MM = 5.0
MARGIN_MM = 2.0
MAIN_MM = 74.0
SIDE_MM = 82.0
SIDE_LEFT_MM = PAGE_MM - SIDE_MM - MARGIN_MM
CHARACTERS_PER_MM = 0.74
"""Of the figure's font at its size, an average that wrapping errs on the safe side of."""


@dataclass(frozen=True)
class Stage:
    """A box of the column: what it holds, how many, and the reasons by which patients leave it, with counts."""

    label: str
    n: int
    exits: tuple[tuple[str, int], ...]

    @property
    def left(self) -> int:
        """How many leave here."""
        return sum(n for _, n in self.exits)


@dataclass(frozen=True)
class Part:
    """Those analysed, or a part of them: how many, and how many of them with loosening."""

    label: str
    n: int
    events: int


@dataclass(frozen=True)
class Flow:
    """The stages from the table to the analysis, and the parts of those analysed."""

    stages: tuple[Stage, ...]
    analysed: Part
    parts: tuple[Part, ...]


def read_flow(path: str | Path) -> Flow:
    """Read `flow.csv`."""
    with Path(path).open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    names = list(dict.fromkeys(row["stage"] for row in rows if row["stage"] != "analysed"))
    ends = [row for row in rows if row["stage"] == "analysed"]
    parts = {row["criterion"]: Part(row["label"], int(row["n"]), int(row["events"])) for row in ends}
    return Flow(
        tuple(_stage([row for row in rows if row["stage"] == name]) for name in names),
        parts[""],
        tuple(part for criterion, part in parts.items() if criterion),
    )


def flow_figure(flow: Flow, synthetic: bool) -> Figure:
    """Draw the flow diagram.

    Args:
        flow: the counts.
        synthetic: whether the patients are made up, which is then printed below.
    """
    boxes = [*(_wrapped(f"{stage.label} (n = {stage.n:,})", MAIN_MM) for stage in flow.stages)]
    sides = [_side_lines(stage) for stage in flow.stages]
    end = _part_lines(flow.analysed, MAIN_MM)
    halves = [_part_lines(part, MAIN_MM) for part in flow.parts if part.n < flow.analysed.n and part.n > 0]
    rooms = [max(GAP_MM, _height(side) + 2 * MARGIN_MM if side else 0.0) for side in sides]
    total = (
        2 * MARGIN_MM
        + sum(map(_height, boxes))
        + sum(rooms)
        + _height(end)
        + (GAP_MM * 2 + max(map(_height, halves)) if halves else 0.0)
        + (4.0 if synthetic else 0.0)
    )
    figure = new_figure(PAGE_MM, total)
    with styled():
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set_xlim(0, PAGE_MM)
        axes.set_ylim(total, 0)
        axes.set_axis_off()
        top = MARGIN_MM
        for box, side, room in zip(boxes, sides, rooms, strict=True):
            top = _draw_stage(axes, top, box, side, room)
        _draw_end(axes, top, end, halves)
    alt_text(figure, "Flow of patients: how many left by each criterion, and how many were analysed.")
    synthetic_note(figure, synthetic)
    return figure


def _draw_stage(axes: Axes, top: float, box: Sequence[str], side: Sequence[str], room: float) -> float:
    """Draw a box, the arrow below it and the reasons beside the arrow; return where the next box begins."""
    middle = MARGIN_MM + MAIN_MM / 2
    bottom = top + _height(box)
    _draw_box(axes, MARGIN_MM, top, MAIN_MM, box, centred=True)
    _draw_arrow(axes, (middle, bottom), (middle, bottom + room))
    if side:
        _draw_arrow(axes, (middle, bottom + room / 2), (SIDE_LEFT_MM, bottom + room / 2))
        _draw_box(axes, SIDE_LEFT_MM, bottom + MARGIN_MM, SIDE_MM, side, centred=False)
    return bottom + room


def _draw_end(axes: Axes, top: float, end: Sequence[str], halves: Sequence[Sequence[str]]) -> None:
    middle = MARGIN_MM + MAIN_MM / 2
    _draw_box(axes, MARGIN_MM, top, MAIN_MM, end, centred=True, bold_first=True)
    if not halves:
        return
    bottom = top + _height(end)
    branch, below = bottom + GAP_MM, bottom + 2 * GAP_MM
    _draw_line(axes, (middle, bottom), (middle, branch))
    for left, half in zip((MARGIN_MM, PAGE_MM - MAIN_MM - MARGIN_MM), halves, strict=False):
        centre = left + MAIN_MM / 2
        _draw_line(axes, (middle, branch), (centre, branch))
        _draw_arrow(axes, (centre, branch), (centre, below))
        _draw_box(axes, left, below, MAIN_MM, half, centred=True)


def _draw_box(
    axes: Axes,
    left: float,
    top: float,
    width: float,
    lines: Sequence[str],
    *,
    centred: bool,
    bold_first: bool = False,
) -> None:
    axes.add_patch(
        Rectangle((left, top), width, _height(lines), facecolor="white", edgecolor="black", lw=0.7)
    )
    for number, line in enumerate(lines):
        indent = 3.0 * (len(line) - len(line.lstrip(" "))) / 2
        axes.text(
            left + width / 2 if centred else left + PADDING_MM + indent,
            top + PADDING_MM + (number + 0.5) * LINE_MM,
            line.strip(),
            ha="center" if centred else "left",
            va="center",
            fontsize=7,
            weight="bold" if bold_first and number == 0 else "normal",
        )


def _draw_arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate(
        "",
        end,
        start,
        arrowprops={"arrowstyle": "-|>", "lw": 0.7, "color": "black", "shrinkA": 0, "shrinkB": 0},
    )


def _draw_line(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.plot([start[0], end[0]], [start[1], end[1]], color="black", lw=0.7, solid_capstyle="projecting")


def _stage(rows: Sequence[Mapping[str, str]]) -> Stage:
    box = next(row for row in rows if not row["criterion"])
    return Stage(
        box["label"], int(box["n"]), tuple((row["label"], int(row["n"])) for row in rows if row["criterion"])
    )


def _side_lines(stage: Stage) -> list[str]:
    """The reasons of those who left, those that nobody met being left out; nothing when nobody left."""
    if not stage.left:
        return []
    reasons = (_wrapped(f"{label} (n = {n:,})", SIDE_MM - 6.0) for label, n in stage.exits if n)
    return [f"Excluded (n = {stage.left:,})", *(f"  {line}" for reason in reasons for line in reason)]


def _part_lines(part: Part, width: float) -> list[str]:
    share = f" ({_percentage(part.events, part.n)})" if part.n else ""
    return [*_wrapped(f"{part.label} (n = {part.n:,})", width), f"Screw loosening: {part.events:,}{share}"]


def _percentage(part: int, whole: int) -> str:
    """A percentage with one decimal, halves rounded up."""
    return f"{(Decimal(100 * part) / whole).quantize(Decimal('0.1'), ROUND_HALF_UP)}%"


def _wrapped(text: str, width_mm: float) -> list[str]:
    # the count never stands apart from its "n ="
    lines = textwrap.wrap(text.replace("n = ", "n\u00a0=\u00a0"), int(width_mm * CHARACTERS_PER_MM))
    return [line.replace("\u00a0", " ") for line in lines]


def _height(lines: Sequence[str]) -> float:
    return len(lines) * LINE_MM + 2 * PADDING_MM
