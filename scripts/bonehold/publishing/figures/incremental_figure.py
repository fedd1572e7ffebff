"""What each predictor adds: AUC of nested models and its difference to the base, corrected for optimism."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bonehold.publishing.figures.style import (
    BLUE,
    GREY,
    LIGHT_GREY,
    MM_PER_INCH,
    PAGE_MM,
    alt_text,
    new_figure,
    styled,
    synthetic_note,
    words_figure,
)
from bonehold.publishing.figures.text_fitting import wrapped
from bonehold.publishing.tables.formatting import interval, p_text, rounded

Row = Mapping[str, str]

LABEL_MM, PLOT_MM, TEXT_MM = 43.0, 29.0, 25.0
SECOND_MM = LABEL_MM + PLOT_MM + TEXT_MM + 3.0
ROW_MM, LINE_MM, HEAD_MM, BETWEEN_MM, FOOT_MM = 8.5, 2.9, 13.0, 8.0, 19.0
POINTS = 6.5


def incremental_figure(rows: Sequence[Row], synthetic: bool) -> Figure:
    """Draw every model in a line: corrected AUC, corrected difference to the base, P of the likelihood-ratio test.

    Args:
        rows: `incremental.csv`, as text.
        synthetic: whether the patients are simulated.
    """
    models = [row for row in rows if row["comparison"] in ("itself", "base")]
    absent = [f"{row['label'] or row['model']}: {row['note']}" for row in rows if not row["comparison"]]
    if not models:
        reasons = absent or ["No models are listed under `incremental`."]
        return words_figure("What each predictor adds: nothing to compare", reasons, synthetic)
    inner = [row for row in rows if row["comparison"] == "nested"]
    pairs = [f"{row['label']}\nagainst {_label_of(row['against'], models)}" for row in inner]
    figure = new_figure(PAGE_MM, PAGE_MM)
    with styled():
        upper = _block_of(figure, models, [row["label"] for row in models], HEAD_MM)
        lower = _block_of(figure, inner, pairs, HEAD_MM + sum(upper.heights) + BETWEEN_MM)
        height = lower.above + sum(lower.heights) + FOOT_MM + LINE_MM * len(absent)
        figure.set_size_inches(PAGE_MM / MM_PER_INCH, height / MM_PER_INCH)
        _names(figure, upper, height)
        _estimates(_axes(figure, LABEL_MM, upper, height), upper, "auc_corrected", zero=False)
        differences = _axes(figure, SECOND_MM, upper, height)
        _estimates(differences, upper, "auc_difference_corrected", zero=True)
        _p_values(figure, upper, height)
        if inner:
            _names(figure, lower, height)
            axes = _axes(figure, SECOND_MM, lower, height)
            _estimates(axes, lower, "auc_difference_corrected", zero=True)
            _p_values(figure, lower, height)
            _match(differences, axes)
        _titles(figure, height)
        lines = "\n".join([*absent, _footnote(models[0])])
        figure.text(4 / PAGE_MM, 5 / height, lines, va="bottom", fontsize=6, color=GREY)
    n, events = models[0]["n"], models[0]["events"]
    areas = "; ".join(f"{row['label']} {rounded(row['auc_corrected'], 3)}" for row in models)
    alt_text(
        figure, f"AUC of nested models, corrected for optimism: {areas}. n = {n}, {events} with the event."
    )
    synthetic_note(figure, synthetic)
    return figure


@dataclass(frozen=True)
class _Block:
    """Rows of the figure, as tall as their names: names, heights and the distance from the upper edge in mm."""

    rows: Sequence[Row]
    names: Sequence[str]
    heights: Sequence[float]
    above: float

    @property
    def middles(self) -> Sequence[float]:
        """Middle of each row, from the block's upper edge in mm."""
        ends = itertools.accumulate(self.heights)
        return [end - tall / 2 for end, tall in zip(ends, self.heights, strict=True)]


def _block_of(figure: Figure, rows: Sequence[Row], names: Sequence[str], above: float) -> _Block:
    broken = [
        "\n".join(wrapped(figure, line, LABEL_MM - 6, POINTS) for line in name.split("\n")) for name in names
    ]
    heights = [max(ROW_MM, LINE_MM * (1 + name.count("\n")) + 2) for name in broken]
    return _Block(rows, broken, heights, above)


def _footnote(base: Row) -> str:
    sets = "" if base["sets"] == "1" else f" over {base['sets']} completed sets"
    return (
        f"n = {base['n']}, {base['events']} with the event; {base['repetitions']} resamples{sets}; "
        "○ apparent, ● corrected for optimism, with 95% location-shifted bootstrap interval"
    )


def _label_of(name: str, models: Sequence[Row]) -> str:
    return next((row["label"] for row in models if row["model"] == name), name)


def _names(figure: Figure, block: _Block, height: float) -> None:
    for middle, name in zip(block.middles, block.names, strict=True):
        y = 1 - (block.above + middle) / height
        figure.text(4 / PAGE_MM, y, name, va="center", fontsize=POINTS, linespacing=1.05)


def _axes(figure: Figure, left: float, block: _Block, height: float) -> Axes:
    tall = sum(block.heights)
    bottom = 1 - (block.above + tall) / height
    axes = figure.add_axes(
        (left / PAGE_MM, bottom, PLOT_MM / PAGE_MM, tall / height), ylim=(tall, 0), yticks=[]
    )
    axes.spines["left"].set_visible(False)
    return axes


def _estimates(axes: Axes, block: _Block, key: str, zero: bool) -> None:
    """Draw apparent and corrected values with their numbers; the base has no difference to itself."""
    beside: dict[str, Any] = {
        "xycoords": ("axes fraction", "data"),
        "textcoords": "offset points",
        "va": "center",
    }
    if zero:
        axes.axvline(0, color=GREY, linewidth=0.7, zorder=1)
    for y, row in zip(block.middles, block.rows, strict=True):
        if zero and row["comparison"] == "itself":
            axes.annotate("base", (1, y), (5, 0), fontsize=POINTS, color=GREY, **beside)
            continue
        apparent = float(row[key.removesuffix("_corrected")])
        axes.plot([apparent], [y], **_APPARENT)
        if row[key]:
            limits = [float(row[f"{key}_ci_low"]), float(row[f"{key}_ci_high"])]
            axes.plot(limits, [y, y], color=BLUE, linewidth=1.2)
            axes.plot([float(row[key])], [y], "o", markersize=4.5, color=BLUE, zorder=3)
        words = interval(row[key], row[f"{key}_ci_low"], row[f"{key}_ci_high"], 3).replace(" (", "\n(")
        axes.annotate(words, (1, y), (5, 0), fontsize=6, **beside)
    axes.margins(x=0.06)
    axes.grid(axis="x", color=LIGHT_GREY, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.locator_params(axis="x", nbins=4)


_APPARENT: dict[str, Any] = {
    "marker": "o",
    "markersize": 3.5,
    "markerfacecolor": "white",
    "markeredgecolor": GREY,
    "linestyle": "",
    "zorder": 2,
}


def _p_values(figure: Figure, block: _Block, height: float) -> None:
    for middle, row in zip(block.middles, block.rows, strict=True):
        if not row["lr_p_value"]:
            continue
        figure.text(
            1 - 3 / PAGE_MM,
            1 - (block.above + middle) / height,
            p_text(row["lr_p_value"]),
            ha="right",
            va="center",
            fontsize=POINTS,
        )


def _match(one: Axes, other: Axes) -> None:
    """The same scale for two plots of differences."""
    low = min(one.get_xlim()[0], other.get_xlim()[0])
    high = max(one.get_xlim()[1], other.get_xlim()[1])
    one.set_xlim(low, high)
    other.set_xlim(low, high)


def _titles(figure: Figure, height: float) -> None:
    y = 1 - 3 / height
    for left, words in ((4.0, "Model"), (LABEL_MM, "AUC"), (SECOND_MM, "Difference of AUC")):
        figure.text(left / PAGE_MM, y, words, va="top", fontsize=7.5, weight="bold")
    figure.text(1 - 3 / PAGE_MM, y, "P, likelihood\nratio", ha="right", va="top", fontsize=7, weight="bold")
