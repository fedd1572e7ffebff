"""Decisions of the group that overrule an automatic one: which of them can be followed.

Light on purpose (standard library only), like `patients`, which needs it each time the workflow is parsed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from bonehold.cohort.csv_tables import IDENTIFIER
from bonehold.cohort.readers import reader_name
from bonehold.cohort.regions import canonical
from bonehold.roi_names import LEVELS

ONE_EACH = ("level", "ct_series", "mr_series")
"""Items of which a patient can have one only: of two, neither can be preferred to the other."""

_SERIES = (re.compile(r"[0-9]{1,10}"), "a SeriesNumber, a whole number")
_EXPECTED = {
    "level": (re.compile("|".join(LEVELS)), "a vertebra, L1 to L5"),
    "ct_series": _SERIES,
    "mr_series": _SERIES,
    "exclude": (re.compile("1?"), "1 or an empty cell; delete the row of a patient who stays"),
}
ITEMS = ("roi", *_EXPECTED)


def unfit(item: str, value: str) -> str:
    """What the value of an item should have been; empty where it fits.

    >>> unfit("level", "L3"), unfit("ct_series", "5.5"), unfit("exclude", "")
    ('', 'a SeriesNumber, a whole number', '')
    """
    if item == "roi":
        return "" if override_reading(value) else "a reader and a region, as `R1 L3_csf`"
    form, expected = _EXPECTED[item]
    return "" if form.fullmatch(value) else expected


def followed(overrides: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Of one patient's overrides (item, value) those that can be followed, sorted."""
    given = [one for one in overrides if one[0] in ITEMS]
    times = Counter(_place(*one) for one in given)
    return tuple(sorted(one for one in given if times[_place(*one)] == 1 and not unfit(*one)))


def _place(item: str, value: str) -> tuple[str, ...]:
    """What a patient's override takes, which no second one may."""
    return (item,) if item in ONE_EACH else (item, value)


def override_reading(value: str) -> tuple[str, str] | None:
    """Reader and region of an override of item `roi`, as `R1 L3_csf` or `R1:L3_csf`, or None.

    >>> override_reading("R1: l3 csf"), override_reading("L3_csf")
    (('R1', 'L3_csf'), None)
    """
    reader, colon, region = value.partition(":") if ":" in value else value.partition(" ")
    roi = canonical(region)
    return (
        (reader_name(reader.strip()), roi) if colon and roi and IDENTIFIER.fullmatch(reader.strip()) else None
    )
