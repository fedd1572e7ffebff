"""The paper's Figures 1 and 2 for every patient: each measured region on its own slice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.patheffects import withStroke

from bonehold.imaging.sections import Section
from bonehold.publishing.figures.style import (
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    alt_text,
    new_figure,
    styled,
    synthetic_note,
    words_figure,
)
from bonehold.publishing.quality.grey_pictures import CT_WINDOW
from bonehold.roi_names import BODY_PLANES, SIDES

COLUMNS = 5
PANEL_MM = 52.0
CAPTION_MM = 13.0
HEAD_MM = 9.0
FOOT_MM = 5.0
LINE_MM = 3.6
READER_COLOURS = (ORANGE, SKY, GREEN, PURPLE, VERMILION, BLUE)
ORDER = ("body", "trajectory", "pedicle", "csf")
PLACES = ("", *BODY_PLANES, *SIDES)
UNITS = {"CT": "HU", "MR": "SI"}


def overlay_figure(
    patient_id: str, sections: Sequence[Section], refused: Sequence[str], synthetic: bool
) -> Figure:
    """One panel for each region and slice, with outline, mean and number of pixels of every reader.

    Args:
        patient_id: the group's own code.
        sections: crops with the measured regions.
        refused: one line for each region that was not measured, and why.
        synthetic: whether the data are synthetic.
    """
    title = f"Patient {patient_id}: measured regions"
    if not sections:
        return words_figure(title, list(refused) or ["No region was measured."], synthetic)
    ordered = sorted(sections, key=_place)
    colours = reader_colours(ordered)
    rows = -(-len(ordered) // COLUMNS)
    foot = FOOT_MM + LINE_MM * len(refused)
    width, height = COLUMNS * PANEL_MM, HEAD_MM + rows * (PANEL_MM + CAPTION_MM) + foot
    figure = new_figure(width, height)
    with styled():
        figure.text(0.01, 1 - 2.5 / height, title, ha="left", va="top", fontsize=9, weight="bold")
        _reader_legend(figure, colours, height)
        for number, section in enumerate(ordered):
            row, column = divmod(number, COLUMNS)
            bottom = height - HEAD_MM - (row + 1) * (PANEL_MM + CAPTION_MM) + 1
            axes = figure.add_axes(
                (
                    (column * PANEL_MM + 1.5) / width,
                    bottom / height,
                    (PANEL_MM - 3) / width,
                    (PANEL_MM - 3) / height,
                )
            )
            _draw_section(axes, section, colours)
        for number, line in enumerate(refused):
            place = (foot - LINE_MM * (number + 0.5)) / height
            figure.text(
                0.01, place, f"Not measured: {line}", ha="left", va="center", fontsize=6.5, color=VERMILION
            )
    alt_text(figure, "Slices with the measured regions drawn on them, one panel per region.")
    synthetic_note(figure, synthetic)
    return figure


def _place(section: Section) -> tuple[int, str, int]:
    level, what, *where = section.roi.split("_")
    return ORDER.index(what), level, PLACES.index(where[0] if where else "")


def reader_colours(sections: Sequence[Section]) -> dict[str, str]:
    """Reader -> colour of the outlines, the same on every picture of a patient."""
    readers = sorted({region.reader for section in sections for region in section.regions})
    return {reader: READER_COLOURS[k % len(READER_COLOURS)] for k, reader in enumerate(readers)}


def _reader_legend(figure: Figure, colours: dict[str, str], height: float) -> None:
    place = 0.99
    for reader, colour in reversed(list(colours.items())):
        figure.text(
            place,
            1 - 2.5 / height,
            f"● {reader}",
            ha="right",
            va="top",
            fontsize=8,
            color=colour,
            weight="bold",
        )
        place -= 0.02 + 0.008 * (len(reader) + 2)


def _draw_section(axes: Axes, section: Section, colours: dict[str, str]) -> None:
    low, high = CT_WINDOW if section.modality == "CT" else np.percentile(section.image, (1, 99.5))
    axes.imshow(
        section.image,
        cmap="gray",
        vmin=low,
        vmax=high,
        aspect=section.pixel_mm[0] / section.pixel_mm[1],
        interpolation="nearest",
    )
    widths = np.linspace(2.0, 0.8, len(section.regions)) if len(section.regions) > 1 else [0.9]
    for width, region in zip(widths, section.regions, strict=True):  # the first stays seen below the last
        for corners in region.outlines:
            outline: Any = Polygon(
                corners, closed=True, fill=False, edgecolor=colours[region.reader], linewidth=width
            )
            axes.add_patch(outline)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    _orientation(axes, section.edges)
    lines = [
        _caption(region.reader, region.mean, region.n, UNITS[section.modality], region.flags)
        for region in section.regions
    ]
    axes.set_title(
        section.roi.replace("_", " "), fontsize=7.5, weight="bold", loc="left", pad=3 + 8 * len(lines)
    )
    for number, (line, region) in enumerate(zip(lines, section.regions, strict=True)):
        axes.annotate(
            line,
            (0, 1),
            xycoords="axes fraction",
            xytext=(0, 3 + 8 * (len(lines) - 1 - number)),
            textcoords="offset points",
            fontsize=6.5,
            color="black",
        )
        axes.annotate(
            "●",
            (1, 1),
            xycoords="axes fraction",
            xytext=(0, 3 + 8 * (len(lines) - 1 - number)),
            textcoords="offset points",
            fontsize=6.5,
            color=colours[region.reader],
            ha="right",
        )


def _caption(reader: str, mean: float, n: int, unit: str, flags: Sequence[str]) -> str:
    marks = f"  ! {', '.join(flag.replace('_', ' ') for flag in flags)}" if flags else ""
    return f"{reader}  {mean:.1f} {unit}  n {n}{marks}"


def _orientation(axes: Axes, edges: tuple[str, str, str, str]) -> None:
    places = ((0.03, 0.5), (0.97, 0.5), (0.5, 0.965), (0.5, 0.035))
    for letter, (x, y) in zip(edges, places, strict=True):
        axes.text(
            x,
            y,
            letter,
            transform=axes.transAxes,
            ha="center",
            va="center",
            fontsize=7,
            color="white",
            path_effects=[withStroke(linewidth=1.5, foreground="black")],
        )
