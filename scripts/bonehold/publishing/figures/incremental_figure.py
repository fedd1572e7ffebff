"""What each predictor adds: AUC of nested models and its difference to the base, corrected for optimism."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bonehold.publishing.figures.style import (
    BLUE,
    GREY,
    LIGHT_GREY,
    PAGE_MM,
    new_figure,
    styled,
    synthetic_note,
    words_figure,
)
from bonehold.publishing.figures.text_fitting import wrapped
from bonehold.publishing.tables.formatting import interval, p_text

Row = Mapping[str, str]

LABEL_MM, PLOT_MM, TEXT_MM = 43.0, 29.0, 25.0
P_MM = 14.0
SECOND_MM = LABEL_MM + PLOT_MM + TEXT_MM + 3.0
ROW_MM, HEAD_MM, FOOT_MM = 8.5, 13.0, 19.0
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
    height = (
        HEAD_MM + ROW_MM * (len(models) + len(inner)) + (5.0 if inner else 0.0) + FOOT_MM + 3.0 * len(absent)
    )
    figure = new_figure(PAGE_MM, height)
    with styled():
        first = HEAD_MM
        _block(figure, models, first, height)
        if inner:
            below = HEAD_MM + ROW_MM * len(models) + 5.0
            pairs = [f"{row['label']}\nagainst {_label_of(row['against'], models)}" for row in inner]
            _names(figure, pairs, below, height)
            axes = _axes(figure, SECOND_MM, len(inner), below, height)
            _estimates(axes, inner, "auc_difference_corrected", zero=True)
            _p_values(figure, inner, below, height)
            _match(figure.axes[1], axes)
        _titles(figure, height)
        base = models[0]
        words = (
            f"n = {base['n']}, {base['events']} with the event; {base['repetitions']} resamples"
            f"{'' if base['sets'] == '1' else ' over ' + base['sets'] + ' completed sets'}; "
            f"○ apparent, ● corrected for optimism, with 95% location-shifted bootstrap interval"
        )
        figure.text(4 / PAGE_MM, 5 / height, "\n".join([*absent, words]), va="bottom", fontsize=6, color=GREY)
    synthetic_note(figure, synthetic)
    return figure


def _block(figure: Figure, models: Sequence[Row], above: float, height: float) -> None:
    _names(figure, [row["label"] for row in models], above, height)
    areas = _axes(figure, LABEL_MM, len(models), above, height)
    _estimates(areas, models, "auc_corrected", zero=False)
    areas.tick_params(labelbottom=True)
    differences = _axes(figure, SECOND_MM, len(models), above, height)
    _estimates(differences, models, "auc_difference_corrected", zero=True)
    _p_values(figure, models, above, height)


def _label_of(name: str, models: Sequence[Row]) -> str:
    return next((row["label"] for row in models if row["model"] == name), name)


def _names(figure: Figure, names: Sequence[str], above: float, height: float) -> None:
    for place, name in enumerate(names):
        words = "\n".join(wrapped(figure, line, LABEL_MM - 6, POINTS) for line in name.split("\n"))
        y = 1 - (above + ROW_MM * (place + 0.5)) / height
        figure.text(4 / PAGE_MM, y, words, va="center", fontsize=POINTS, linespacing=1.05)


def _axes(figure: Figure, left: float, count: int, above: float, height: float) -> Axes:
    tall = ROW_MM * count
    axes = figure.add_axes(
        (left / PAGE_MM, 1 - (above + tall) / height, PLOT_MM / PAGE_MM, tall / height), ylim=(count, 0)
    )
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    return axes


def _estimates(axes: Axes, rows: Sequence[Row], key: str, zero: bool) -> None:
    if zero:
        axes.axvline(0, color=GREY, linewidth=0.7, zorder=1)
    for place, row in enumerate(rows):
        y = place + 0.5
        if zero and row["comparison"] == "itself":
            axes.annotate(
                "base",
                (1, y),
                (5, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                va="center",
                fontsize=POINTS,
                color=GREY,
            )
            continue
        apparent = row[key.removesuffix("_corrected")]
        axes.plot(
            [float(apparent)],
            [y],
            "o",
            markersize=3.5,
            markerfacecolor="white",
            markeredgecolor=GREY,
            zorder=2,
        )
        if row[key]:
            axes.plot(
                [float(row[f"{key}_ci_low"]), float(row[f"{key}_ci_high"])], [y, y], color=BLUE, linewidth=1.2
            )
            axes.plot([float(row[key])], [y], "o", markersize=4.5, color=BLUE, zorder=3)
        axes.annotate(
            interval(row[key], row[f"{key}_ci_low"], row[f"{key}_ci_high"], 3).replace(" (", "\n("),
            (1, y),
            (5, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center",
            fontsize=6,
        )
    axes.margins(x=0.06)
    axes.grid(axis="x", color=LIGHT_GREY, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.locator_params(axis="x", nbins=4)


def _p_values(figure: Figure, rows: Sequence[Row], above: float, height: float) -> None:
    for place, row in enumerate(rows):
        if not row["lr_p_value"]:
            continue
        y = 1 - (above + ROW_MM * (place + 0.5)) / height
        words = p_text(row["lr_p_value"])
        strong = float(row["lr_p_value"]) < 0.05
        figure.text(
            1 - 3 / PAGE_MM,
            y,
            words,
            ha="right",
            va="center",
            fontsize=POINTS,
            weight="bold" if strong else "normal",
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
