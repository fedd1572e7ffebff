"""What a group asked for: outcome, candidate predictors and the rules of selection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bonehold.modelling.inputs.levels import level_text
from bonehold.modelling.regression.terms import INTERCEPT
from bonehold.problems import Problem

RESERVED_COLUMNS = {
    "model": "the model's own row of roc.csv",
    "patients": "the first row of baseline.csv",
    INTERCEPT: "the intercept",
}
"""Names that a table of results gives to something else than a predictor."""
WHEN_SEPARATED, ALWAYS = "when_separated", "always"
"""When Firth's fit is made."""


@dataclass(frozen=True)
class Candidate:
    """A possible predictor.

    Attributes:
        column: its column.
        reference: the reference level where it is a factor; None: continuous.
        levels: the levels that a factor may have; empty: any.
    """

    column: str
    reference: str | None = None
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExclusiveGroup:
    """Columns of which at most so many may stand in one model: aliased or near-collinear ones."""

    columns: tuple[str, ...]
    most: int


@dataclass(frozen=True)
class Specification:
    """One analysis as configured.

    Attributes:
        analysis: its name.
        where: condition that selects its patients; None: all.
        outcome: a 0/1 column.
        candidates: continuous ones, then factors, as listed; the order of every table.
        a_priori: columns that enter the multivariable model whatever their P.
        exclusive: groups of columns that exclude each other.
        final: columns of a fixed final model; None: selected by P.
        firth: when Firth's fit is made, `when_separated` or `always`.
    """

    analysis: str
    where: str | None
    outcome: str
    candidates: tuple[Candidate, ...]
    a_priori: tuple[str, ...] = ()
    exclusive: tuple[ExclusiveGroup, ...] = ()
    final: tuple[str, ...] | None = None
    firth: str = WHEN_SEPARATED

    def candidate(self, column: str) -> Candidate:
        """Candidate of a column."""
        return next(candidate for candidate in self.candidates if candidate.column == column)

    def checked(self) -> tuple[Candidate, ...]:
        """Candidates whose cells must be in order: all that selection looks at; of a fixed model its own."""
        final = self.final
        return tuple(one for one in self.candidates if final is None or one.column in final)

    def required(self) -> frozenset[str]:
        """Columns that the model cannot do without: the fixed ones, else those named a priori."""
        return frozenset(self.a_priori if self.final is None else self.final)


def read_specification(analysis: Mapping[str, Any], model: Mapping[str, Any]) -> Specification:
    """Unpack the configuration of one analysis.

    Args:
        analysis: one entry of `analyses` in the configuration.
        model: `model` of the configuration.
    """
    final = model.get("final", "auto")
    continuous = (Candidate(column) for column in model.get("continuous") or ())
    factors = (
        Candidate(
            entry["column"], level_text(entry["reference"]), tuple(map(level_text, entry.get("levels") or ()))
        )
        for entry in model.get("categorical") or ()
    )
    return Specification(
        analysis=analysis["name"],
        where=analysis.get("where"),
        outcome=model["outcome"],
        candidates=(*continuous, *factors),
        a_priori=tuple(model.get("a_priori") or ()),
        exclusive=tuple(
            ExclusiveGroup(tuple(group["columns"]), group["most"]) for group in model.get("exclusive") or ()
        ),
        final=None if final == "auto" else tuple(final),
        firth=model.get("firth", WHEN_SEPARATED),
    )


def contradictions(specification: Specification) -> Iterator[Problem]:
    """What is wrong with a specification before any table is looked at."""
    listed = [candidate.column for candidate in specification.candidates]
    for column in sorted({column for column in listed if listed.count(column) > 1}):
        yield Problem("model", f"{column} is listed twice", "list it once, as continuous or categorical")
    if specification.outcome in listed:
        yield Problem(
            "model", f"the outcome {specification.outcome} is its own predictor", "take it out of the list"
        )
    yield from _ambiguous_names(listed)
    # What steers the selection is not asked of a fixed model.
    fixed = specification.final is not None
    key, named = ("final", specification.final) if fixed else ("a_priori", specification.a_priori)
    for column in dict.fromkeys(named or ()):
        if column not in listed:
            remedy = "add it to continuous or categorical"
            yield Problem(f"model: {key}", f"{column} is not among the candidates", remedy)
    if specification.final == ():
        yield Problem("model: final", "the list is empty", "name at least one column, or write auto")
    for group in specification.exclusive:
        together = [column for column in group.columns if column in (specification.final or ())]
        if len(together) > group.most:
            found = f"{', '.join(together)} stand together"
            remedy = (
                f"of {', '.join(group.columns)} at most {group.most} may; shorten final or change exclusive"
            )
            yield Problem("model: final", found, remedy)
    for candidate in specification.candidates:
        if candidate.levels and candidate.reference not in candidate.levels:
            found = f"the reference {candidate.reference} of {candidate.column} is not among its levels"
            yield Problem("model", found, f"choose one of {', '.join(candidate.levels)}")


def _ambiguous_names(listed: Sequence[str]) -> Iterator[Problem]:
    """Columns that the tables of results could not tell from something else.

    A coefficient of a factor is called `column=level`; no other column may begin like one.
    """
    remedy = "rename the column in the table"
    for column in dict.fromkeys(listed):
        if column in RESERVED_COLUMNS:
            yield Problem("model", f"the name {column} is taken by {RESERVED_COLUMNS[column]}", remedy)
        for other in listed:
            if column.startswith(f"{other}="):
                yield Problem("model", f"{column} reads like a coefficient of {other}", remedy)
