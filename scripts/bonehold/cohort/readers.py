"""Readers and the two reserved names whose word is the decision."""

from __future__ import annotations

from collections.abc import Iterable

RESERVED = ("adjudicator", "consensus")
"""Names of decisions, not of people, in order of precedence: what they give is the analysis value."""

FIRST_SESSION = 1
"""The session whose readings are the values of a reader; later ones serve the agreement of readers with themselves."""

COMBINED = "combined"
"""The row of readers.csv that holds a patient's analysis values; no reader may bear this name."""


def reader_name(given: str) -> str:
    """A reader's name as it is used: a reserved name counts in any case.

    >>> reader_name("Consensus"), reader_name("R1")
    ('consensus', 'R1')
    """
    return given.lower() if given.lower() in RESERVED else given


def deciding(readers: Iterable[str]) -> str | None:
    """The reserved reader whose word counts, or None where only independent readers read.

    >>> deciding(["R1", "consensus", "R2"]), deciding(["R1", "R2"])
    ('consensus', None)
    """
    given = set(readers)
    return next((name for name in RESERVED if name in given), None)


def independent(readers: Iterable[str]) -> list[str]:
    """The readers who are people, sorted: those whose agreement means something."""
    return sorted(set(readers) - set(RESERVED))
