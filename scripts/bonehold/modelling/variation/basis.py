"""What a sensitivity analysis starts from, and what it comes to before anything is fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.levels import level_text
from bonehold.modelling.inputs.specification import Candidate, Specification
from bonehold.modelling.missing.completed_tables import CompletedTables


@dataclass(frozen=True)
class Settings:
    """What the configuration says of the sensitivity analyses.

    Attributes:
        variants: names of the wanted ones, in order.
        factor: the factor that is recoded.
        ratio: the predictor of which the logarithm is taken.
        collapse: groups of levels of the factor.
        construct: columns that `with_construct` adds.
        drawn: predictors whose odds ratios the figure shows.
    """

    variants: tuple[str, ...]
    factor: str
    ratio: str
    collapse: tuple[tuple[str, ...], ...]
    construct: tuple[str, ...]
    drawn: tuple[str, ...]


@dataclass(frozen=True)
class Filling:
    """How gaps of a table of other definitions are filled, as those of the main analysis were."""

    m: int
    iterations: int
    seed: int
    b_hu_minimum: float


@dataclass(frozen=True)
class Basis:
    """The main model and what it can be varied with.

    Attributes:
        asked: the analysis as configured, with all candidates.
        final: the same with the predictors of the final model, as a fixed model.
        patients: those of the main analysis, their gaps filled.
        definitions: all rows of the table with other definitions (`cohort/variants.csv`, or a group's own table).
        settings: what is configured.
        filling: how gaps are filled.
        dictionary: labels and units.
    """

    asked: Specification
    final: Specification
    patients: CompletedTables
    definitions: AnalysisTable
    settings: Settings
    filling: Filling
    dictionary: Dictionary

    def has(self, column: str) -> bool:
        """Whether the final model has a predictor."""
        return any(candidate.column == column for candidate in self.final.candidates)


@dataclass(frozen=True)
class Prepared:
    """A model that can be fitted: what, to whom, and what is to be said of it."""

    specification: Specification
    patients: CompletedTables
    note: str = ""


@dataclass(frozen=True)
class Inapplicable:
    """A sensitivity analysis that this table does not allow, and why."""

    reason: str


def replaced(specification: Specification, column: str, candidate: Candidate) -> Specification:
    """A fixed model with another candidate in the place of one."""
    candidates = tuple(candidate if one.column == column else one for one in specification.candidates)
    final = tuple(one.column for one in candidates)
    return replace(specification, candidates=candidates, final=final)


def as_fixed(specification: Specification, columns: tuple[str, ...]) -> Specification:
    """The specification of a model of these columns, without selection."""
    kept = tuple(candidate for candidate in specification.candidates if candidate.column in columns)
    return replace(
        specification,
        candidates=kept,
        a_priori=(),
        final=tuple(candidate.column for candidate in kept),
    )


def read_settings(options: Mapping[str, Any]) -> Settings:
    """Unpack `sensitivity` of the configuration."""
    return Settings(
        variants=tuple(options["variants"]),
        factor=options["factor"],
        ratio=options["ratio"],
        collapse=tuple(tuple(map(level_text, group)) for group in options["collapse"]),
        construct=tuple(options["construct"]),
        drawn=tuple(options["drawn"]),
    )
