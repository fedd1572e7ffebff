"""Crops of slices as small grey pictures."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from bonehold.imaging.sections import Section
from bonehold.publishing.figures.style import SYNTHETIC_NOTE

CT_WINDOW = (-120.0, 500.0)
"""Lowest and highest HU shown: cancellous bone in the middle greys, cortex near white."""

MOST_PIXELS = 1_100_000
"""Of all pictures of a page together: at a byte for each, a third more as text, the page stays below 2 MB."""

THUMBNAIL_PIXELS = 112
COLOURS_OF_A_THUMBNAIL = 64

Window = tuple[float, float]


def windows(sections: Sequence[Section]) -> dict[str, Window]:
    """Modality -> darkest and brightest value shown; one window for all crops, so that they can be compared.

    The CT's is fixed in HU; an MR has no scale of its own and gets the 1st to the 99.5th percentile of its crops.
    """
    found: dict[str, Window] = {"CT": CT_WINDOW}
    signals = [section.image.ravel() for section in sections if section.modality == "MR"]
    if signals:
        low, high = np.percentile(np.concatenate(signals), (1, 99.5))
        found["MR"] = (float(low), float(max(high, low + 1)))
    return found


def shrinkage(sections: Sequence[Section]) -> int:
    """By which whole factor pictures must be made smaller so that a page can hold all of them."""
    pixels = sum(section.image.size for section in sections)
    return max(1, math.ceil(math.sqrt(pixels / MOST_PIXELS)))


def grey_levels(image: NDArray[np.float64], window: Window, factor: int = 1) -> NDArray[np.uint8]:
    """The image in 256 greys; with a factor, each block of so many pixels becomes their mean (an incomplete block
    at the edge is filled with the last row or column, so that the picture covers the same area).
    """
    low, high = window
    levels = np.clip((np.nan_to_num(image) - low) / (high - low), 0.0, 1.0) * 255
    if factor > 1:
        rows, columns = (-size % factor for size in levels.shape)
        padded = np.pad(levels, ((0, rows), (0, columns)), mode="edge")
        blocks = padded.reshape(padded.shape[0] // factor, factor, padded.shape[1] // factor, factor)
        levels = blocks.mean(axis=(1, 3))
    return np.asarray(np.rint(levels), dtype=np.uint8)


def data_address(levels: NDArray[np.uint8]) -> str:
    """A grey picture as an address that holds all of it."""
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def thumbnail(section: Section | None, window: Window, colours: Mapping[str, str], synthetic: bool) -> bytes:
    """A stamp of a section with its outlines, as PNG; an empty one where nothing could be drawn.

    Args:
        section: what to show.
        window: darkest and brightest value.
        colours: reader -> colour of the outlines.
        synthetic: whether the data are made up, which the file's description then says.
    """
    side = THUMBNAIL_PIXELS
    picture = Image.new("RGB", (side, side), "#20262c")
    if section is not None:
        rows, columns = section.image.shape
        height_mm, width_mm = rows * section.pixel_mm[0], columns * section.pixel_mm[1]
        scale = side / max(height_mm, width_mm)
        size = (max(1, round(width_mm * scale)), max(1, round(height_mm * scale)))
        left, top = (side - size[0]) // 2, (side - size[1]) // 2
        grey = Image.fromarray(grey_levels(section.image, window))
        picture.paste(grey.resize(size, Image.Resampling.BILINEAR).convert("RGB"), (left, top))
        pen = ImageDraw.Draw(picture)
        per_pixel = (size[0] / columns, size[1] / rows)
        for region in section.regions:
            for outline in region.outlines:
                points = [tuple(point) for point in (outline + 0.5) * per_pixel + (left, top)]
                pen.line([*points, points[0]], fill=colours[region.reader], width=1)
    buffer = io.BytesIO()
    words = PngInfo()
    if synthetic:
        words.add_text("Description", SYNTHETIC_NOTE.replace("–", "-"))
    few = picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=COLOURS_OF_A_THUMBNAIL)
    few.save(buffer, "PNG", optimize=True, pnginfo=words)
    return buffer.getvalue()
