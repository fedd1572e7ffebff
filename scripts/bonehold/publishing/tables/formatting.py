"""Numbers as a journal prints them: rounded half up, never truncated."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

MISSING = "–"
LONGEST = 1_000_000
"""From here on a number is printed with an exponent."""


def rounded(number: str, digits: int) -> str:
    """A number with a fixed count of decimals, halves away from zero; a dash where it is missing.

    >>> rounded("0.0125", 3), rounded("-1.005", 2), rounded("", 2)
    ('0.013', '−1.01', '–')
    >>> rounded("-0.003", 2)
    '0.00'
    >>> rounded("3.1234e30", 2)
    '3.12e+30'
    """
    if not number:
        return MISSING
    value = Decimal(number)
    if abs(value) >= LONGEST:
        return f"{float(number):.{digits}e}".replace("-", "−")
    nearest = value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP) + 0  # no minus before zero
    return f"{nearest:f}".replace("-", "−")


def p_text(number: str) -> str:
    """A P value: three decimals without a leading zero, `<.001` below that.

    >>> p_text("0.0004"), p_text("0.04951"), p_text("0.9999"), p_text("")
    ('<.001', '.050', '>.999', '–')
    """
    if not number:
        return MISSING
    value = Decimal(number)
    if value < Decimal("0.001"):
        return "<.001"
    if value > Decimal("0.999"):
        return ">.999"
    return rounded(number, 3).removeprefix("0")


def p_clause(number: str) -> str:
    """A P value inside a sentence.

    >>> p_clause("0.0004"), p_clause("0.0232")
    ('P <.001', 'P = .023')
    """
    text = p_text(number)
    return f"P {text}" if text[0] in "<>" else f"P = {text}"


def interval(estimate: str, low: str, high: str, digits: int) -> str:
    r"""An estimate with its interval.

    >>> interval("0.9016", "0.8574", "0.9458", 3)
    '0.902\xa0(0.857\xa0to\xa00.946)'
    """
    if not estimate:
        return MISSING
    if not low or not high:
        return rounded(estimate, digits)
    # Spaces that do not break: an interval stays on one line.
    return f"{rounded(estimate, digits)}\u00a0({rounded(low, digits)}\u00a0to\u00a0{rounded(high, digits)})"


def count_and_share(count: str, whole: str) -> str:
    r"""A count beside its percentage, to one decimal.

    >>> count_and_share("45", "313"), count_and_share("0", "0"), count_and_share("", "3")
    ('45\xa0(14.4%)', '0', '–')
    """
    if not count:
        return MISSING
    if not whole or not int(float(whole)):
        return count
    return f"{count}\u00a0({rounded(str(100 * Decimal(count) / Decimal(whole)), 1)}%)"
