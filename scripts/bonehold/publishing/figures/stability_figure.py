"""How much predictions, their calibration and the side of the cut-off change from resample to resample."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from bonehold.modelling.regression.model import Model
from bonehold.modelling.stability.stability_tables import ORIGINAL
from bonehold.publishing.figures.style import (
    BLACK,
    BLUE,
    GREY,
    PAGE_MM,
    SKY,
    VERMILION,
    alt_text,
    new_figure,
    styled,
    synthetic_note,
    words_figure,
)
from bonehold.publishing.figures.text_fitting import wrapped

HEIGHT_MM = 168.0
PLOT_MM = 60.0
LEFT_MM = (17.0, 109.0)
ABOVE_MM = (7.0, 87.0)
TITLE_POINTS = 7.5
SMALL_POINTS = 6.5
_IDEAL: dict[str, Any] = {"color": GREY, "linewidth": 0.7, "linestyle": (0, (2, 2))}
_SPOTS: dict[str, Any] = {"color": BLUE, "s": 5, "linewidths": 0, "alpha": 0.7}


def stability_figure(model: Model, patients: pd.DataFrame, curves: pd.DataFrame) -> Figure:
    """Draw the four instability plots of Riley and Collins (Biometrical Journal 2023;65:2200302).

    Args:
        model: the model, for its cut-off, its counts and the note on synthetic data.
        patients: `stability.csv`.
        curves: `stability_curves.csv`.
    """
    if patients["mape"].isna().all():
        return words_figure(
            f"No instability of the analysis “{model.analysis}”",
            ["the model could not be fitted to any resample"],
            model.synthetic,
        )
    figure = new_figure(PAGE_MM, HEIGHT_MM)
    top = _end_of_axes(patients)
    with styled():
        panels = [_panel(figure, left, above) for above in ABOVE_MM for left in LEFT_MM]
        for axes, letter, title in zip(
            panels,
            "ABCD",
            ("Predicted risk", "Calibration", "Side of the cut-off", "Error of the predicted risk"),
            strict=True,
        ):
            axes.text(
                *(-0.2, 1.03, letter), transform=axes.transAxes, fontsize=10, weight="bold", va="bottom"
            )
            axes.set_title(title, loc="left")
            axes.set(xlim=(-0.01 * top, top), xlabel="Risk predicted by the model")
        _draw_predictions(panels[0], patients, top)
        _draw_curves(figure, panels[1], model, curves, top)
        _draw_changes(panels[2], model, patients)
        _draw_errors(panels[3], patients)
        figure.text(0.5, 7.0 / HEIGHT_MM, _counts(model, patients), ha="center", fontsize=SMALL_POINTS)
    alt_text(
        figure,
        "Stability over bootstrap models: predicted risk, calibration, side of the cut-off, error of each risk.",
    )
    synthetic_note(figure, model.synthetic)
    return figure


def _panel(figure: Figure, left: float, above: float) -> Axes:
    return figure.add_axes(
        (left / PAGE_MM, 1 - (above + PLOT_MM) / HEIGHT_MM, PLOT_MM / PAGE_MM, PLOT_MM / HEIGHT_MM)
    )


def _end_of_axes(patients: pd.DataFrame) -> float:
    """The next tenth above every risk, at most 1."""
    highest = float(np.nanmax(patients[["risk", "ci_high"]].to_numpy()))
    return min(1.0, math.ceil(highest * 10 + 0.2) / 10)


def _draw_predictions(axes: Axes, patients: pd.DataFrame, top: float) -> None:
    """A bar per patient with the band of the bootstrap models' risks, a dot at their mean."""
    bars = [
        [(risk, low), (risk, high)]
        for risk, low, high in zip(patients["risk"], patients["ci_low"], patients["ci_high"], strict=True)
    ]
    axes.add_collection(LineCollection(bars, colors=SKY, linewidths=0.7, alpha=0.6, label="95% of models"))
    axes.scatter(patients["risk"], patients["mean"], label="Mean", zorder=3, **_SPOTS)
    axes.plot([0, top], [0, top], label="No change", zorder=2, **_IDEAL)
    axes.set(ylim=(-0.01 * top, top), ylabel="Risk predicted by the bootstrap models")
    axes.legend(loc="upper left", handlelength=2.4)


def _counts(model: Model, patients: pd.DataFrame) -> str:
    known = patients.iloc[0]
    return (
        f"{model.n} patients, {model.events} with the event; {known['resamples']:.0f} bootstrap models "
        f"({known['separated']:.0f} separated); "
        f"{known['singular']:.0f} resamples could not be fitted"
    )


def _draw_curves(figure: Figure, axes: Axes, model: Model, curves: pd.DataFrame, top: float) -> None:
    by_number = list(curves.groupby("curve", sort=True))
    lines = [one[["predicted", "observed"]].to_numpy() for number, one in by_number if number != ORIGINAL]
    label = f"Bootstrap models (first {len(lines)})"
    axes.add_collection(LineCollection(lines, colors=SKY, linewidths=0.5, alpha=0.6, label=label))
    original = curves[curves["curve"] == ORIGINAL]
    axes.plot(original["predicted"], original["observed"], color=BLACK, linewidth=1.7, label="The model")
    axes.plot([0, top], [0, top], label="Ideal", **_IDEAL)
    axes.set(ylim=(-0.01 * top, top), xlabel="Risk predicted by each model")
    title = f"Observed risk of {model.outcome.replace('_', ' ')}"
    axes.set_ylabel(wrapped(figure, title, PLOT_MM, TITLE_POINTS))
    axes.legend(loc="upper left", handlelength=2.4)


def _draw_changes(axes: Axes, model: Model, patients: pd.DataFrame) -> None:
    changes = patients["classification_instability"]
    axes.axvline(
        model.cutoff.cutoff,
        color=VERMILION,
        linewidth=0.9,
        linestyle=(0, (4, 2)),
        label=f"Cut-off {model.cutoff.cutoff:.3f}",
    )
    axes.scatter(patients["risk"], changes, **_SPOTS)
    axes.set(
        ylim=(-0.01, max(0.55, 1.05 * float(changes.max()))),
        ylabel="Share of models that change the patient's side",
    )
    unsure = int((changes > 0.1).sum())
    axes.legend(
        loc="upper right",
        title=f"{unsure} of {len(patients)} patients change\nin more than 1 of 10 models",
        title_fontsize=SMALL_POINTS,
        alignment="left",
    )


def _draw_errors(axes: Axes, patients: pd.DataFrame) -> None:
    mape = patients["mape"]
    axes.scatter(patients["risk"], mape, **_SPOTS)
    axes.axhline(
        mape.mean(), color=VERMILION, linewidth=0.9, linestyle=(0, (4, 2)), label=f"Mean {mape.mean():.3f}"
    )
    # room above the spots for the legend
    axes.set(ylim=(-0.005, max(0.05, 1.25 * float(mape.max()))), ylabel="Mean absolute difference of risk")
    axes.legend(loc="upper left", handlelength=2.4)
