"""Missing cells filled several times by chained equations (fully conditional specification).

Every column with gaps is drawn in turn from a model on the outcome and all other candidates, as they stand
completed, over and over (van Buuren, Stat Methods Med Res 2007;16:219-242). Numbers are copied from like patients,
levels drawn from logistic models, and cells that follow from other columns computed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from bonehold.modelling.missing.completed_tables import ImputedCell
from bonehold.modelling.missing.incomplete import Column, Incomplete, Method
from bonehold.modelling.missing.level_draws import drawn_grades, drawn_levels
from bonehold.modelling.missing.matching import matched_donors
from bonehold.modelling.missing.relations import Bools, Derivation, Visit
from bonehold.modelling.regression.terms import Floats

DIGITS = 10
"""Significant digits of a computed cell."""


@dataclass(frozen=True)
class TracePoint:
    """The imputed values of a column after one iteration; of a factor, of one of its levels.

    Attributes:
        column: the column.
        level: level of a factor, empty for a number.
        set: number of the completed set, from 1.
        iteration: from 1.
        n: imputed cells, those that are the same in every set not among them.
        mean: their mean, for a level its share.
        sd: their SD (divisor n - 1), None for a level or a single cell.
    """

    column: str
    level: str
    set: int
    iteration: int
    n: int
    mean: float
    sd: float | None


@dataclass(frozen=True)
class Imputation:
    """All filled cells, ordered by set, column and row, and the course of the chains."""

    cells: tuple[ImputedCell, ...] = ()
    trace: tuple[TracePoint, ...] = ()


def impute(patients: Incomplete, m: int, iterations: int, seed: int, analysis: str) -> Imputation:
    """Fill the gaps m times.

    Every set has a chain and a stream of random numbers of its own, made from seed, name of the analysis and number
    of the set: more sets only add to fewer, and sets could be made anywhere.

    Args:
        patients: what is imputed.
        m: number of completed sets.
        iterations: how often each column is visited in a chain.
        seed: seed of the run.
        analysis: name of the analysis.
    """
    if not patients.visits and not patients.derivations:
        return Imputation()
    cells: list[ImputedCell] = []
    trace: list[TracePoint] = []
    for number in range(1, m + 1):
        chain = _Chain(patients, _stream(seed, analysis, number))
        for iteration in range(1, iterations + 1):
            chain.iterate()
            trace += chain.trace(number, iteration)
        cells += chain.cells(number)
    return Imputation(tuple(cells), tuple(trace))


def _stream(seed: int, analysis: str, number: int) -> np.random.Generator:
    name = int.from_bytes(hashlib.sha256(f"imputation of {analysis}".encode()).digest()[:8], "big")
    return np.random.default_rng(np.random.SeedSequence([seed, name, number]))


class _Chain:
    """One completed set on its way: values, donors, and the predictors made of them."""

    def __init__(self, patients: Incomplete, random: np.random.Generator) -> None:
        self._patients = patients
        self._random = random
        self._columns = {one.name: one for one in patients.columns}
        self._values = {one.name: one.values.copy() for one in patients.columns}
        self._donors = {one.name: np.arange(len(patients.rows)) for one in patients.columns}
        self._start()
        self._predictors = _Predictors(patients.outcome, self._columns, self._values)

    def _start(self) -> None:
        """Random observed values wherever something is drawn."""
        for name, visits in self._patients.visits.items():
            observed = np.flatnonzero(~self._columns[name].missing)
            for visit in visits:
                self._take(name, visit.rows, self._random.choice(observed, size=int(visit.rows.sum())))
        for derivation in self._patients.derivations:
            self._derive(derivation)

    def iterate(self) -> None:
        """Visit every column with gaps once, in order."""
        for name in self._columns:
            for visit in self._patients.visits.get(name, ()):
                self._draw(self._columns[name], visit)
                self._predictors.update(name, self._values[name], visit.rows)
                for derivation in self._patients.derivations:
                    if not derivation.fixed and name in derivation.relation.columns:
                        self._derive(derivation)
                        self._predictors.update(
                            derivation.column, self._values[derivation.column], derivation.rows
                        )

    def trace(self, number: int, iteration: int) -> Iterator[TracePoint]:
        """Mean and SD, or shares, of what changes from iteration to iteration."""
        for name, rows in changing_cells(self._patients).items():
            values, levels = self._values[name][rows], self._columns[name].levels
            n = len(values)
            if not levels:
                sd = float(values.std(ddof=1)) if n > 1 else None
                yield TracePoint(name, "", number, iteration, n, float(values.mean()), sd)
            for place, level in enumerate(levels):
                yield TracePoint(name, level, number, iteration, n, float((values == place).mean()), None)

    def cells(self, number: int) -> Iterator[ImputedCell]:
        """The filled cells as they stand."""
        drawn = drawn_cells(self._patients)
        for name, column in self._columns.items():
            filled = drawn.get(name, np.zeros(len(column.values), dtype=bool))
            for row in np.flatnonzero(column.missing & np.isfinite(self._values[name])):
                value = self._values[name][row]
                if column.levels:
                    text = column.levels[int(value)]
                elif filled[row]:
                    text = column.texts[self._donors[name][row]]
                else:
                    text = f"{value:.{DIGITS}g}"
                yield ImputedCell(number, self._patients.rows[row], name, text)

    def _draw(self, column: Column, visit: Visit) -> None:
        X = self._predictors.of(self._patients.predictors(column.name, visit))
        observed = np.flatnonzero(~column.missing)
        seen, unseen = X[observed], X[visit.rows]
        if column.method is Method.MATCHING:
            donors = matched_donors(seen, column.values[observed], unseen, self._random)
            self._take(column.name, visit.rows, observed[donors])
            return
        draw = drawn_grades if column.method is Method.PROPORTIONAL_ODDS else drawn_levels
        levels = column.values[observed].astype(np.intp)
        self._values[column.name][visit.rows] = draw(seen, levels, len(column.levels), unseen, self._random)

    def _take(self, name: str, rows: Bools, donors: np.ndarray) -> None:
        self._donors[name][rows] = donors
        self._values[name][rows] = self._columns[name].values[donors]

    def _derive(self, derivation: Derivation) -> None:
        derived = derivation.relation.derived(derivation.column, self._values)
        self._values[derivation.column][derivation.rows] = derived[derivation.rows]


class _Predictors:
    """Standardised columns of the regressions: the outcome, numbers as they are, levels as 0/1 against the first.

    Mean and SD are those of the observed cells throughout.
    """

    def __init__(self, outcome: Floats, columns: Mapping[str, Column], values: Mapping[str, Floats]) -> None:
        self._columns = columns
        mean, sd = _scale(outcome[:, None])
        self._outcome = (outcome[:, None] - mean) / sd
        self._scales = {name: _scale(_coded(one, one.values[~one.missing])) for name, one in columns.items()}
        everyone = np.ones(len(outcome), dtype=bool)
        self._blocks = {
            name: np.empty((len(outcome), len(one.levels) - 1 if one.levels else 1))
            for name, one in columns.items()
        }
        for name in columns:
            self.update(name, values[name], everyone)

    def update(self, name: str, values: Floats, rows: Bools) -> None:
        """Code some patients' values of a column anew."""
        mean, sd = self._scales[name]
        self._blocks[name][rows] = (_coded(self._columns[name], values[rows]) - mean) / sd

    def of(self, names: Collection[str]) -> Floats:
        """The outcome and some columns, shape (n, p)."""
        return np.hstack([self._outcome, *(block for name, block in self._blocks.items() if name in names)])


def _scale(coded: Floats) -> tuple[Floats, Floats]:
    sd = coded.std(axis=0)
    return coded.mean(axis=0), np.where(sd > 0, sd, 1.0)


def _coded(column: Column, values: Floats) -> Floats:
    if not column.levels:
        return values[:, None]
    return np.asarray(values[:, None] == np.arange(1, len(column.levels)), dtype=float)


def drawn_cells(patients: Incomplete) -> Mapping[str, Bools]:
    """Column -> the cells that are drawn, shape (n,)."""
    return {
        name: np.any([visit.rows for visit in visits], axis=0) for name, visits in patients.visits.items()
    }


def changing_cells(patients: Incomplete) -> Mapping[str, Bools]:
    """Column -> the cells that are drawn or follow from drawn ones, shape (n,), in the order of the columns."""
    changing = dict(drawn_cells(patients))
    for one in patients.derivations:
        if not one.fixed:
            changing[one.column] = changing.get(one.column, np.zeros(len(one.rows), dtype=bool)) | one.rows
    return {one.name: changing[one.name] for one in patients.columns if one.name in changing}


def computed_cells(patients: Incomplete) -> Mapping[str, Bools]:
    """Column -> the cells that follow from observed ones, the same in every set, shape (n,)."""
    computed: dict[str, Bools] = {}
    for one in patients.derivations:
        if one.fixed:
            computed[one.column] = computed.get(one.column, np.zeros(len(one.rows), dtype=bool)) | one.rows
    return computed
