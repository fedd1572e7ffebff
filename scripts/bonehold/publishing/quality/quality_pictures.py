"""One crop as a drawing: the slice, each reader's outline over it, orientation letters, level, scale bar."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from numpy import float64
from numpy.typing import NDArray

from bonehold.imaging.sections import Section

UNITS = {"CT": "HU", "MR": "SI"}
SCALE_BAR_MM = 20.0


def picture(section: Section, address: str, factor: int, colours: Mapping[str, str]) -> str:
    """The drawing as SVG in mm, so that pixels that are not square show as they are.

    Args:
        section: the crop.
        address: the grey picture of it.
        factor: how many pixels in a row became one; the picture may then reach over the crop's edge.
        colours: reader -> colour.
    """
    rows, columns = section.image.shape
    row_mm, column_mm = section.pixel_mm
    width, height = columns * column_mm, rows * row_mm
    image_width = -(-columns // factor) * factor * column_mm
    image_height = -(-rows // factor) * factor * row_mm
    text = max(width, height) / 21
    outlines = "".join(
        f'<g class="outline{_dashed(region.reader, colours)}" data-reader="{escape(region.reader)}">'
        + "".join(_outline(outline, section.pixel_mm, colours[region.reader]) for outline in region.outlines)
        + "</g>"
        for region in section.regions
    )
    readers = ", ".join(region.reader for region in section.regions)
    words = escape(f"{section.roi.replace('_', ' ')}, outlines of {readers}", quote=True)
    return (
        f'<svg class="picture" viewBox="0 0 {width:.2f} {height:.2f}" role="img" aria-label="{words}" tabindex="0">'
        f'<image href="{address}" width="{image_width:.2f}" height="{image_height:.2f}" preserveAspectRatio="none"/>'
        f"{outlines}{_letters(section, width, height, text)}{_scale_bar(width, height, text)}</svg>"
    )


def _outline(outline: NDArray[float64], pixel_mm: tuple[float, float], colour: str) -> str:
    """A closed line; pixel (0, 0) has its centre half a pixel inside the picture."""
    points = " ".join(f"{(x + 0.5) * pixel_mm[1]:.2f},{(y + 0.5) * pixel_mm[0]:.2f}" for x, y in outline)
    return f'<polygon class="halo" points="{points}"/><polygon points="{points}" stroke="{colour}"/>'


def _dashed(reader: str, colours: Mapping[str, str]) -> str:
    """Every second reader's line is dashed, so that one is seen through another where they agree."""
    return " dashed" if list(colours).index(reader) % 2 else ""


def _letters(section: Section, width: float, height: float, text: float) -> str:
    left, right, top, bottom = section.edges
    places = (
        (left, text * 0.8, height / 2),
        (right, width - text * 0.8, height / 2),
        (top, width / 2, text * 0.8),
        (bottom, width / 2, height - text * 0.8),
    )
    letters = "".join(f'<text x="{x:.2f}" y="{y:.2f}">{letter}</text>' for letter, x, y in places)
    level = f'<text class="level" x="{text * 0.5:.2f}" y="{text:.2f}">{escape(section.roi[:2])}</text>'
    return f'<g class="letters" font-size="{text:.2f}">{letters}{level}</g>'


def _scale_bar(width: float, height: float, text: float) -> str:
    right, base = width - text * 0.6, height - text * 0.7
    middle = right - SCALE_BAR_MM / 2
    return (
        f'<g class="scale" font-size="{text * 0.8:.2f}">'
        f'<path d="M{right - SCALE_BAR_MM:.2f} {base:.2f}H{right:.2f}"/>'
        f'<text x="{middle:.2f}" y="{base - text * 0.6:.2f}">{SCALE_BAR_MM:.0f} mm</text></g>'
    )
