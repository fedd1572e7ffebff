"""Cells of a table as numbers and as levels of a factor."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_PLAIN_DECIMAL = re.compile(r"([+-]?(?:0|[1-9]\d*))\.(\d*)")


def number(cell: str) -> float | None:
    """The cell as a finite number; None where it is none (empty, text, `nan`, `inf`, 1e999).

    >>> number("4"), number("-1.50"), number("L5"), number("nan"), number("1e999")
    (4.0, -1.5, None, None, None)
    """
    text = cell.strip()
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def level_text(cell: object) -> str:
    """The level that a cell names: 4, `4` and `4.0` are the same one.

    >>> level_text(4.0), level_text("4.50"), level_text(" L5 "), level_text("1-2")
    ('4', '4.5', 'L5', '1-2')
    """
    text = str(cell).strip()
    decimal = _PLAIN_DECIMAL.fullmatch(text)
    if decimal is None:
        return text
    fraction = decimal[2].rstrip("0")
    return f"{decimal[1]}.{fraction}" if fraction else decimal[1]


def natural_order(levels: Iterable[str]) -> tuple[str, ...]:
    """The distinct levels by the number they begin with, then by alphabet; those without a number last.

    >>> natural_order(["10", "3", "3", "1-2", "L5"])
    ('1-2', '3', '10', 'L5')
    """
    return tuple(sorted(set(levels), key=_natural_key))


def _natural_key(level: str) -> tuple[int, float, str]:
    beginning = _NUMBER.match(level)
    return (1, 0.0, level) if beginning is None else (0, float(beginning[0]), level)
