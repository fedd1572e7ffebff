"""How every figure looks, and how it becomes the same bytes each time."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from contextlib import AbstractContextManager
from html import escape
from typing import Any

import matplotlib

matplotlib.use("Agg")

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

MM_PER_INCH = 25.4
COLUMN_MM = 89.0
"""Width of one column of a journal page."""
PAGE_MM = 183.0
"""Width of the whole type area."""
WORDS_MM = 140.0
LINE_MM = 3.6
CHARACTERS_PER_LINE = 92
"""Width, line spacing and line length of a figure of words."""
FORMATS = ("svg", "png", "pdf")
SYNTHETIC_NOTE = "SYNTHETIC DATA – demonstrates the code, not the study"

BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILION, PURPLE = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#F0E442",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
)
"""Colours that colour-blind readers can tell apart (Okabe and Ito, Color Universal Design, 2008)."""
GREY = "#777777"
LIGHT_GREY = "#DDDDDD"

_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so the same glyphs on every machine
    "font.size": 7.0,
    "axes.labelsize": 7.5,
    "axes.titlesize": 8.0,
    "xtick.labelsize": 7.0,
    "ytick.labelsize": 7.0,
    "legend.fontsize": 6.5,
    "axes.linewidth": 0.7,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "lines.linewidth": 1.2,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "text.parse_math": False,  # a `$` in somebody's label is a dollar
    "svg.hashsalt": "bonehold",
    "pdf.fonttype": 42,  # text stays text that a journal can edit
}
_PLAIN_NOTE = SYNTHETIC_NOTE.replace("–", "-")
_METADATA: dict[str, dict[str, str | None]] = {
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
_DESCRIPTION = {"svg": "Description", "png": "Description", "pdf": "Subject"}
"""Where each format keeps words about the picture, for readers that cannot see it."""


def new_figure(width_mm: float, height_mm: float) -> Figure:
    """An empty figure of the given size in the style of this module."""
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(width_mm / MM_PER_INCH, height_mm / MM_PER_INCH))
        FigureCanvasAgg(figure)
        return figure


def styled() -> AbstractContextManager[Any]:
    """Enter the style in which axes and text are made."""
    return matplotlib.rc_context(_STYLE)


def figure_bytes(figure: Figure, format: str) -> bytes:
    """The figure as a file's content: no date, no host, fixed identifiers.

    Args:
        figure: the figure.
        format: `svg`, `png` (300 dots per inch) or `pdf`.
    """
    buffer = io.BytesIO()
    with matplotlib.rc_context(_STYLE):
        label = str(figure.get_label())
        words = {_DESCRIPTION[format]: label} if label else {}
        metadata = {**_METADATA[format], **words}
        figure.savefig(buffer, format=format, dpi=300, facecolor="white", metadata=metadata)
    content = buffer.getvalue()
    return _titled(content, label) if format == "svg" and label else content


def alt_text(figure: Figure, words: str) -> None:
    """Say in words what a figure shows, for readers that cannot see it; it is kept in the file.

    Args:
        figure: the figure, before or after its note on synthetic data.
        words: one or two sentences.
    """
    figure.set_label(" ".join(part for part in (words, str(figure.get_label())) if part))


def _titled(svg: bytes, words: str) -> bytes:
    """The picture with a title, which browsers and screen readers tell."""
    before, opening, rest = svg.partition(b"<svg ")
    attributes, end, drawing = rest.partition(b">")
    title = f"<title>{escape(words)}</title>".encode()
    return b"".join([before, opening, b'role="img" ', attributes, end, b"\n ", title, drawing])


def synthetic_note(figure: Figure, synthetic: bool) -> None:
    """Print along the lower edge that the data are synthetic, where they are, and say so in the file's description."""
    if synthetic:
        figure.set_label(" ".join(part for part in (str(figure.get_label()), _PLAIN_NOTE) if part))
        figure.text(
            0.5, 0.008, SYNTHETIC_NOTE, ha="center", va="bottom", fontsize=6, color=VERMILION, weight="bold"
        )


def words_figure(title: str, lines: Sequence[str], synthetic: bool) -> Figure:
    """A figure that says in words why there is nothing to draw.

    Args:
        title: what would have been drawn.
        lines: the reasons, one line each; long ones are wrapped.
        synthetic: whether the data are synthetic.
    """
    wrapped = [
        row
        for line in lines
        for row in textwrap.wrap(f"•  {line}", CHARACTERS_PER_LINE, subsequent_indent="    ")
    ]
    height = 20 + LINE_MM * len(wrapped)
    figure = new_figure(WORDS_MM, height)
    with styled():
        figure.text(0.04, 1 - 4 / height, title, ha="left", va="top", fontsize=8, weight="bold")
        figure.text(0.04, 1 - 10 / height, "\n".join(wrapped), ha="left", va="top", fontsize=7)
    alt_text(figure, f"{title}: nothing to draw.")
    synthetic_note(figure, synthetic)
    return figure
