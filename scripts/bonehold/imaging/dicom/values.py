"""Header values as numbers and text; what is absent or malformed is None or empty, and nothing raises."""

from __future__ import annotations

import re
from functools import lru_cache

from bonehold.imaging.dicom.elements import Values

PLAIN_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\s*")
"""Python's own `float` takes more than this, `1_0` and `nan` among it."""


def text(values: Values, keyword: str) -> str:
    """The values of a text element, with spaces between them."""
    return " ".join(values.get(keyword, ()))


def words(values: Values, keyword: str) -> tuple[str, ...]:
    """The values of a coded element, upper case."""
    return tuple(value.upper() for value in values.get(keyword, ()))


def numbers(values: Values, keyword: str, count: int) -> tuple[float, ...] | None:
    """So many finite numbers, or None."""
    return _parsed(values.get(keyword, ()), count)


def pair(values: Values, keyword: str) -> tuple[float, float] | None:
    """Two numbers above zero, or None."""
    found = numbers(values, keyword, 2)
    return (found[0], found[1]) if found and min(found) > 0 else None


def number(values: Values, keyword: str) -> float | None:
    """One finite number, or None."""
    found = numbers(values, keyword, 1)
    return found[0] if found else None


def positive(values: Values, keyword: str) -> float | None:
    """One number above zero, or None."""
    found = number(values, keyword)
    return found if found is not None and found > 0 else None


def integer(values: Values, keyword: str) -> int | None:
    """One whole number, or None."""
    found = number(values, keyword)
    return int(found) if found is not None and found.is_integer() else None


def count(values: Values, keyword: str, default: int) -> int:
    """A whole number above zero, else the default."""
    found = integer(values, keyword)
    return found if found is not None and found > 0 else default


@lru_cache(maxsize=4096)
def _parsed(texts: tuple[str, ...], expected: int) -> tuple[float, ...] | None:
    """Cached, for the slices of a series say the same over and over."""
    if len(texts) != expected or not all(map(PLAIN_NUMBER.fullmatch, texts)):
        return None
    found = tuple(map(float, texts))
    return found if all(abs(number) < float("inf") for number in found) else None
