"""The sensitivity analyses by name: what each changes, and in which words it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from bonehold.modelling.inputs.specification import ALWAYS
from bonehold.modelling.missing.completed_tables import CompletedTables
from bonehold.modelling.variation.basis import Basis, Inapplicable, Prepared, as_fixed
from bonehold.modelling.variation.definitions import (
    BLINDED,
    CT_ONLY,
    DISCS,
    PLANNED,
    disc_column,
    outcome_column,
)
from bonehold.modelling.variation.recoding import collapsed, log_ratio, merged_levels, ordinal
from bonehold.modelling.variation.redefining import (
    grade_from,
    only_where,
    outcome_from,
    reader_alone,
    readers_of,
)

MAIN = "main"
ORDINAL = "ordinal"


@dataclass(frozen=True)
class Variant:
    """A sensitivity analysis.

    Attributes:
        name: as in `sensitivity.csv`.
        label: words for a reader.
        prepare: gives the model and its patients, or why there are none.
    """

    name: str
    label: str
    prepare: Callable[[Basis], Prepared | Inapplicable]


def variants_of(basis: Basis) -> tuple[Variant, ...]:
    """The main model, then the configured sensitivity analyses in order.

    Args:
        basis: the main model; its table tells which readers there are, its settings which analyses are wanted.
    """
    main = Variant(MAIN, "Main model", lambda basis: Prepared(basis.final, basis.patients))
    return (main, *(one for name in basis.settings.variants for one in _FAMILIES[name](basis)))


def _factor(basis: Basis) -> str:
    return basis.dictionary.label(basis.settings.factor)


def _ordinal(basis: Basis) -> Iterator[Variant]:
    yield Variant(ORDINAL, f"{_factor(basis)} as a number", ordinal)


def _collapsed(basis: Basis) -> Iterator[Variant]:
    names = merged_levels(basis)
    groups = () if isinstance(names, Inapplicable) else dict.fromkeys(names.values())
    words = f": {' against '.join(groups)}" if groups else " merged"
    yield Variant("collapsed", f"{_factor(basis)}{words}", collapsed)


def _discs(basis: Basis) -> Iterator[Variant]:
    for disc in DISCS:
        place = "highest of all discs" if disc == "max" else f"disc {disc[:2]}-{disc[2:]}"
        column = disc_column(basis.settings.factor, disc)
        yield Variant(f"disc_{disc}", f"{_factor(basis)}: {place}", partial(grade_from, column=column))


def _firth(basis: Basis) -> Iterator[Variant]:
    yield Variant("firth", "Firth's penalised fit", _penalised)


def _complete_case(basis: Basis) -> Iterator[Variant]:
    yield Variant("complete_case", "Complete cases", _complete)


def _outcomes(basis: Basis) -> Iterator[Variant]:
    words = {
        "last": "Outcome: state at the last visit",
        "ever": "Outcome: loosening at any visit",
        "horizon": "Outcome: loosening by 12 months",
    }
    for rule, label in words.items():
        yield Variant(f"outcome_{rule}", label, partial(outcome_from, column=outcome_column(rule)))


def _ct_only(basis: Basis) -> Iterator[Variant]:
    yield Variant("ct_only", "Outcome: CT visits only", partial(outcome_from, column=CT_ONLY))


def _readers(basis: Basis) -> Iterator[Variant]:
    found = readers_of(basis.definitions)
    for reader in found:
        yield Variant(f"reader_{reader}", f"Reader {reader} alone", partial(reader_alone, reader=reader))
    if not found:
        yield Variant(
            "each_reader", "Each reader alone", lambda _: Inapplicable("the table has no measure by reader")
        )


def _log_ratio(basis: Basis) -> Iterator[Variant]:
    yield Variant("log_ratio", f"Logarithm of {basis.dictionary.label(basis.settings.ratio)}", log_ratio)


def _planned(basis: Basis) -> Iterator[Variant]:
    words = "all trajectories were planned"
    yield Variant(
        "planned",
        "Planned trajectories only",
        partial(only_where, column=PLANNED, words=words),
    )


def _blinded(basis: Basis) -> Iterator[Variant]:
    words = "the readers were blinded to the outcome"
    yield Variant("blinded", "Blinded readers only", partial(only_where, column=BLINDED, words=words))


def _construct(basis: Basis) -> Iterator[Variant]:
    added = ", ".join(map(basis.dictionary.label, basis.settings.construct))
    yield Variant("with_construct", f"Added: {added}", _with_construct)


_FAMILIES: Mapping[str, Callable[[Basis], Iterator[Variant]]] = {
    ORDINAL: _ordinal,
    "collapsed": _collapsed,
    "disc_rules": _discs,
    "firth": _firth,
    "complete_case": _complete_case,
    "outcome_rules": _outcomes,
    "ct_only": _ct_only,
    "each_reader": _readers,
    "log_ratio": _log_ratio,
    "planned": _planned,
    "blinded": _blinded,
    "with_construct": _construct,
}
"""Name in the configuration -> its analyses."""


def _penalised(basis: Basis) -> Prepared:
    return Prepared(replace(basis.final, firth=ALWAYS), basis.patients)


def _complete(basis: Basis) -> Prepared:
    return Prepared(basis.final, CompletedTables(basis.patients.observed))


def _with_construct(basis: Basis) -> Prepared | Inapplicable:
    """The final model with the columns of the construct beside its own."""
    listed = {candidate.column for candidate in basis.asked.candidates}
    absent = [column for column in basis.settings.construct if column not in listed]
    if absent:
        return Inapplicable(f"{', '.join(absent)}: not among the candidates")
    own = tuple(candidate.column for candidate in basis.final.candidates)
    return Prepared(as_fixed(basis.asked, (*own, *basis.settings.construct)), basis.patients)
