"""Variance inflation of each term, and where the variance of each coefficient comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bonehold.publishing.figures.style import (
    BLACK,
    BLUE,
    GREY,
    MM_PER_INCH,
    PAGE_MM,
    VERMILION,
    alt_text,
    new_figure,
    styled,
    synthetic_note,
    words_figure,
)
from bonehold.publishing.figures.text_fitting import width_mm, wrapped
from bonehold.publishing.tables.formatting import rounded

Row = Mapping[str, str]

PROPORTION = "proportion: "
CONDITION_INDEX = "condition_index"
LABEL_MM, VIF_MM = 46.0, 28.0
TABLE_LEFT_MM = 92.0
ROW_MM, TITLE_MM, FOOT_MM = 6.0, 8.0, 19.0
LONGEST_MM = 30.0
"""Length of a line of the words above the columns."""
POINTS = 6.5
LINE_MM = 2.9
LARGE = 0.5
"""From this share on a proportion is printed in bold: two of them in one line are what to look for."""
DARK = 0.8
FIVE = 5.0
"""A variance inflation factor from here on is often called large; drawn where the axis reaches it."""


def collinearity_figure(rows: Sequence[Row], synthetic: bool) -> Figure:
    """Draw the final model, factors by their grades where they are numbers, else by their levels.

    Args:
        rows: `collinearity.csv`, as text.
        synthetic: whether the patients are simulated.
    """
    final = [row for row in rows if row["model"] == "final"]
    codings = [row["coding"] for row in final]
    coding = "numeric" if "numeric" in codings else "levels"
    shown = [row for row in final if row["coding"] == coding]
    terms = [row for row in shown if row["term"] != CONDITION_INDEX]
    dimensions = [row for row in shown if row["term"] == CONDITION_INDEX]
    if not terms:
        return words_figure(
            "Collinearity: nothing to draw", ["collinearity.csv has no final model."], synthetic
        )
    names = [key for key in dimensions[0] if key.startswith(PROPORTION) and dimensions[0][key]]
    figure = new_figure(PAGE_MM, PAGE_MM)
    with styled():
        words = [
            wrapped(figure, f"{place}  {row['label']}", LABEL_MM - 6, POINTS)
            for place, row in enumerate(terms, start=1)
        ]
        term_mm = max(ROW_MM, LINE_MM * max(1 + text.count("\n") for text in words) + 1)
        rows_mm = max(term_mm * len(terms), ROW_MM * len(dimensions))
        labels = [wrapped(figure, head, LONGEST_MM, 6) for head in _heads(terms, names)]
        longest = max(width_mm(figure, label, 6) for label in labels)
        head_mm = max(8.0, longest + 4)
        height = TITLE_MM + head_mm + rows_mm + FOOT_MM
        figure.set_size_inches(PAGE_MM / MM_PER_INCH, height / MM_PER_INCH)
        top = height - TITLE_MM - head_mm
        _draw_inflation(figure, terms, words, term_mm, top, height)
        _draw_proportions(figure, dimensions, names, labels, top, height)
        by = "factors by their grades" if coding == "numeric" else "factors by levels"
        head = f"Final model, n = {terms[0]['n']}{', ' + by if coding == 'numeric' else ''}"
        if int(terms[0]["sets"]) > 1:
            head += f"; means over {terms[0]['sets']} completed sets"
        figure.text(4 / PAGE_MM, 1 - 3 / height, head, va="top", fontsize=8, weight="bold")
    inflation = ", ".join(f"{row['label']} {rounded(row['vif'], 2)}" for row in terms)
    largest = rounded(dimensions[-1]["condition_index"], 1)
    alt_text(figure, f"{head}. Variance inflation: {inflation}. Largest condition index {largest}.")
    synthetic_note(figure, synthetic)
    return figure


def _heads(terms: Sequence[Row], names: Sequence[str]) -> list[str]:
    """A word above each column: the number of its term on the left, with the level of a factor."""
    numbers = {row["term"]: str(place) for place, row in enumerate(terms, start=1)}
    heads = []
    for name in names:
        coefficient = name.removeprefix(PROPORTION)
        column = coefficient if coefficient in numbers else coefficient.rsplit("=", 1)[0]
        level = coefficient.removeprefix(column).removeprefix("=")
        heads.append(f"{numbers[column]}  {level}".strip() if column in numbers else "Constant")
    return heads


def _draw_inflation(
    figure: Figure, terms: Sequence[Row], words: Sequence[str], term_mm: float, top: float, height: float
) -> None:
    tall = term_mm * len(terms)
    axes = figure.add_axes(
        (LABEL_MM / PAGE_MM, (top - tall) / height, VIF_MM / PAGE_MM, tall / height), ylim=(len(terms), 0)
    )
    vif = np.array([float(row["vif_scaled"]) ** 2 for row in terms])
    places = np.arange(len(terms)) + 0.5
    right = max(2.0, float(vif.max()) * 1.15)
    axes.hlines(places, 1, vif, color=BLUE, linewidth=1.0)
    axes.plot(vif, places, "o", markersize=4.5, color=BLUE, clip_on=False)
    if right > FIVE:
        axes.axvline(FIVE, color=VERMILION, linewidth=0.7, linestyle=(0, (3, 2)))
    axes.set_xlim(1, right)
    axes.set_yticks(places, words, fontsize=POINTS)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("Variance inflation factor\n(factor: GVIF to the power 1/df)")
    for place, value, row in zip(places, vif, terms, strict=True):
        axes.text(
            right + 0.04 * (right - 1),
            place,
            f"{rounded(str(value), 2)} (tolerance {rounded(row['tolerance'], 2)})"
            if row["df"] == "1"
            else f"{rounded(str(value), 2)}",
            va="center",
            fontsize=6,
        )


def _draw_proportions(
    figure: Figure,
    dimensions: Sequence[Row],
    names: Sequence[str],
    labels: Sequence[str],
    top: float,
    height: float,
) -> None:
    wide, tall = PAGE_MM - TABLE_LEFT_MM - 26.0, ROW_MM * len(dimensions)
    left = TABLE_LEFT_MM + 24.0
    axes = figure.add_axes((left / PAGE_MM, (top - tall) / height, wide / PAGE_MM, tall / height))
    shares = np.array([[float(row[name]) for name in names] for row in dimensions])
    axes.imshow(shares, cmap="Greys", vmin=0, vmax=1.6, aspect="auto")
    _print_shares(axes, shares)
    indices = [f"{row['dimension']}:  {rounded(row['condition_index'], 1)}" for row in dimensions]
    axes.set_yticks(range(len(dimensions)), indices, fontsize=POINTS)
    axes.set_xticks(
        range(len(names)),
        labels,
        fontsize=6,
        rotation=90,
    )
    axes.tick_params(length=0, labelbottom=False, labeltop=True)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.annotate(
        "Dimension:\ncondition index",
        (0, 1),
        (-4, 5),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=6,
        color=GREY,
    )
    axes.annotate(
        "Share of each coefficient's variance",
        (0.5, 0),
        (0, -2.5 / MM_PER_INCH * 72),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="center",
        va="top",
        fontsize=7.5,
    )


def _print_shares(axes: Axes, shares: np.ndarray) -> None:
    size = 6.5 if shares.shape[1] <= 7 else 5.5
    for line, row in enumerate(shares):
        for place, share in enumerate(row):
            axes.text(
                place,
                line,
                rounded(str(float(share)), 2).removeprefix("0"),
                ha="center",
                va="center",
                fontsize=size,
                color="white" if share > DARK else BLACK,
                weight="bold" if share > LARGE else "normal",
            )
