"""The follow-up of the patients of a model: when each was seen last without, and first with the event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bonehold.modelling.inputs.analysis_table import AnalysisTable, patients_of, refused_cells
from bonehold.modelling.inputs.levels import level_text, number
from bonehold.modelling.regression.model import Model, risk
from bonehold.modelling.regression.terms import Floats, Term, design_matrix
from bonehold.problems import InputError, Problem

WHERE_NAMED = "name it under survival in config.yaml"


@dataclass(frozen=True)
class FollowUpColumns:
    """Names of the columns that hold the follow-up.

    Attributes:
        time: first visit with the event, or the last visit.
        event: 1 where the event was seen, 0 where not.
        last_clean: last visit before the event was seen; empty: none after the start.
        first_loose: first visit with the event; empty where it was never seen.
    """

    time: str
    event: str
    last_clean: str
    first_loose: str


@dataclass(frozen=True)
class FollowUp:
    """Patients with a follow-up and a value of every predictor, in the order of the table.

    Attributes:
        terms: predictors of the model.
        X: their columns without one of ones, shape (n, p).
        risk: predicted by the model, shape (n,).
        time: first visit with the event or last visit, above 0, shape (n,).
        event: whether the event was seen, shape (n,).
        lower: last visit without the event, 0 where there was none, shape (n,).
        upper: first visit with it, infinite where it was never seen, shape (n,); `lower` = `upper` is a known time.
        intervals: whether the table tells `lower` and `upper`; else the event is taken as seen when it happened.
        notes: who was left out and why, one line each.
    """

    terms: tuple[Term, ...]
    X: Floats
    risk: Floats
    time: Floats
    event: NDArray[np.bool_]
    lower: Floats
    upper: Floats
    intervals: bool
    notes: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Number of patients."""
        return len(self.time)

    @property
    def events(self) -> int:
        """Number of patients in whom the event was seen."""
        return int(self.event.sum())


def follow_up(model: Model, table: AnalysisTable, columns: FollowUpColumns) -> FollowUp:
    """Take the patients of an analysis whose follow-up can be analysed.

    Values are not imputed here: the imputed sets are those of the main analysis, whose patients are fewer. Patients
    without a value of every predictor, or at a level that the model has not seen, are left out and counted.

    Args:
        model: the model; its `where` selects the patients, whatever their length of follow-up.
        table: all patients.
        columns: where the follow-up stands.

    Raises:
        InputError: the columns are absent, or cells in them cannot be used.
    """
    absent = [name for name in (columns.time, columns.event) if name not in table.columns]
    if absent:
        raise InputError(
            Problem(table.name, "the column of the follow-up is absent", WHERE_NAMED, column=name)
            for name in absent
        )
    patients = patients_of(table, model.where)
    intervals = {columns.last_clean, columns.first_loose} <= set(patients.columns)
    problems = tuple(_unusable_cells(patients, columns, intervals))
    if problems:
        raise InputError(problems)
    cells, notes = patients.cells, []
    for chosen, why in (
        ((cells[columns.time] != "") & (cells[columns.event] != ""), "no time of follow-up"),
        (_numbers(cells, columns.time, 0.0) > 0, "seen on the day of surgery only"),
        (_complete(model, cells), "without a value of every predictor"),
        (_known(model, cells), "at a level of a factor that the model has not seen"),
    ):
        left_out = int((~chosen.loc[cells.index]).sum())
        if left_out:
            notes.append(f"{left_out} of {len(patients.cells)} patients left out: {why}")
        cells = cells.loc[chosen.loc[cells.index]]
    if cells.empty:
        found = "no patient with a follow-up and a value of every predictor"
        raise InputError([Problem(table.name, found, "fill the columns of survival and of the predictors")])
    time, event = _numbers(cells, columns.time, 0.0), _numbers(cells, columns.event, 0.0) == 1
    lower, upper = time.to_numpy(), np.where(event, time, np.inf)
    if intervals:
        lower = np.where(
            event, _numbers(cells, columns.last_clean, 0.0), _numbers(cells, columns.last_clean, time)
        )
        upper = np.where(event, _numbers(cells, columns.first_loose, time), np.inf)
    return FollowUp(
        terms=model.terms,
        X=design_matrix(model.terms, cells)[:, 1:],
        risk=risk(model, cells),
        time=time.to_numpy(),
        event=event.to_numpy(),
        lower=lower,
        upper=upper,
        intervals=intervals,
        notes=tuple(notes),
    )


def _numbers(cells: pd.DataFrame, column: str, empty: float | pd.Series) -> pd.Series:
    """A column as numbers, with something else where a cell is empty."""
    values = pd.Series([number(cell) for cell in cells[column]], index=cells.index, dtype=float)
    return values.fillna(empty)


def _complete(model: Model, cells: pd.DataFrame) -> pd.Series:
    return (cells[[term.column for term in model.terms]] != "").all(axis="columns")


def _known(model: Model, cells: pd.DataFrame) -> pd.Series:
    """Who is at levels that the model has seen; an empty cell is no level and counts elsewhere."""
    known = pd.Series(True, index=cells.index)
    for term in model.terms:
        texts = cells[term.column].map(level_text)
        if term.kind == "factor":
            known &= texts.isin(["", term.reference, *term.levels])
        else:
            known &= texts.map(lambda text: text == "" or number(text) is not None)
    return known


def _unusable_cells(table: AnalysisTable, columns: FollowUpColumns, intervals: bool) -> Iterator[Problem]:
    """Cells that are no times or no 0 and 1; where all are, rows that contradict themselves.

    The cells are not shown: a table's column may bear the name of a default by chance, and hold anything.
    """
    times = (columns.time, *((columns.last_clean, columns.first_loose) if intervals else ()))
    refused = [
        problem
        for column in times
        for problem in refused_cells(table, column, _no_time, "no time since surgery", "a number, 0 or more")
    ]
    refused += refused_cells(
        table, columns.event, _no_event, "neither 0 nor 1", "1 with and 0 without the event"
    )
    yield from (replace(problem, value="") for problem in refused)
    if intervals and not refused:
        yield from _contradictions(table, columns)


def _no_event(cell: str) -> bool:
    return cell != "" and number(cell) not in (0, 1)


def _no_time(cell: str) -> bool:
    value = number(cell)
    return cell != "" and (value is None or value < 0)


def _contradictions(table: AnalysisTable, columns: FollowUpColumns) -> Iterator[Problem]:
    """Rows whose times do not fit each other: the first of each kind, with how many there are."""
    found: dict[str, list[int]] = {}
    for row, cells in table.cells.iterrows():
        problem = _contradiction({name: number(str(cells[name])) for name in vars(columns).values()}, columns)
        if problem:
            found.setdefault(problem, []).append(int(str(row)))
    for problem, rows in found.items():
        count = "1 such row" if len(rows) == 1 else f"the first of {len(rows)} such rows"
        yield Problem(table.name, f"{problem} ({count})", "correct the row", row=rows[0])


def _contradiction(values: Mapping[str, float | None], columns: FollowUpColumns) -> str:
    clean, loose = values[columns.last_clean], values[columns.first_loose]
    if values[columns.event] == 0 and loose is not None:
        return f"{columns.first_loose} is given although {columns.event} is 0"
    if values[columns.event] == 1:
        loose = loose if loose is not None else values[columns.time]
        if clean is not None and loose is not None and clean > loose:
            return f"{columns.last_clean} is after {columns.first_loose}"
    return ""
