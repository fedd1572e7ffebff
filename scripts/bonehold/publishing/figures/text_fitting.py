"""How wide words are in print, where they have to break, and which of them the font cannot print."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.text import Text

from bonehold.problems import one_line
from bonehold.publishing.figures.style import MM_PER_INCH


def width_mm(figure: Figure, text: str, size: float) -> float:
    """Width of a text (of its longest line) in mm.

    Args:
        figure: any figure of the style in use; it is left as it was.
        text: the text.
        size: font size in points.
    """
    trial = figure.text(0, 0, text, fontsize=size)
    pixels = trial.get_window_extent().width
    trial.remove()
    return float(pixels / figure.dpi * MM_PER_INCH)


def wrapped(figure: Figure, text: str, limit_mm: float, size: float) -> str:
    """The text in lines of at most so many mm, broken between words, inside a word only where it must be.

    Args:
        figure: as for `width_mm`.
        text: the text; line breaks in it count as spaces.
        limit_mm: width that is free.
        size: font size in points.
    """
    text = one_line(text)
    width = width_mm(figure, text, size)
    if width <= limit_mm:
        return text
    # Characters differ in width: begin with lines half as long again as the average allows.
    longest = min(len(text), int(1.5 * len(text) * limit_mm / width) + 1)
    for characters in range(longest, 1, -1):
        lines = textwrap.wrap(text, characters)
        if all(width_mm(figure, line, size) <= limit_mm for line in lines):
            return "\n".join(lines)
    return "\n".join(textwrap.wrap(text, 1))


def unprintable_texts(figure: Figure) -> Iterator[str]:
    """One line for each text of a figure with characters that its font prints as boxes."""
    for artist in figure.findobj(Text):
        assert isinstance(artist, Text)
        text = one_line(artist.get_text())
        font = get_font(findfont(artist.get_fontproperties()))
        strange = dict.fromkeys(character for character in text if not font.get_char_index(ord(character)))
        if strange:
            yield (
                f"the text {text!r} is printed with boxes: the figures' font lacks {' '.join(strange)}; "
                "labels need Latin, Greek or Cyrillic script"
            )
