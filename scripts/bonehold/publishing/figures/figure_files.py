"""A figure as the files that its rule promises."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from bonehold.files import write_whole
from bonehold.publishing.figures.style import FORMATS, figure_bytes
from bonehold.publishing.figures.text_fitting import unprintable_texts


def write_figure(figure: Figure, output: Any) -> None:
    """Write a figure in every format, all or none, and print a line for each text that its font cannot show.

    Args:
        figure: the figure.
        output: paths by format (`svg`, `png`, `pdf`), as attributes.
    """
    for line in unprintable_texts(figure):
        print(line)
    write_whole({getattr(output, format): figure_bytes(figure, format) for format in FORMATS})
