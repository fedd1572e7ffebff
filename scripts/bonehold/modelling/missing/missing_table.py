"""Table S6: what is missing of each variable, in patients with and without the event, and what was done about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.levels import number
from bonehold.modelling.inputs.specification import Specification
from bonehold.modelling.missing.chained_equations import TracePoint, changing_cells, computed_cells
from bonehold.modelling.missing.incomplete import Incomplete
from bonehold.modelling.missing.relations import Bools

MISSING_COLUMNS = (
    *("variable", "label", "n", "missing", "share"),
    *("n_without_event", "missing_without_event", "share_without_event"),
    *("n_with_event", "missing_with_event", "share_with_event"),
    *("method", "imputed", "computed", "left_missing", "sets", "iterations", "unit", "note"),
)
TRACE_COLUMNS = (
    *("column", "level", "set", "iteration", "n", "mean", "sd"),
    *("observed_n", "observed_mean", "observed_sd"),
)
COMPUTED = "computed"
_NO_OUTCOME = "patients without the outcome are left out of the imputation"
_UNDEFINED = "the HU ratio of {} is undefined (B-HU below the minimum): nothing of theirs is imputed"


def missing_rows(
    specification: Specification,
    patients: AnalysisTable,
    dictionary: Dictionary,
    imputed: Incomplete,
    undefined: Bools,
    m: int,
    iterations: int,
) -> Iterator[Mapping[str, Any]]:
    """Rows of `missing.csv`: the outcome, every candidate, every further column of an exclusive group.

    Args:
        specification: what was asked for.
        patients: those of the analysis.
        dictionary: labels and units.
        imputed: what was imputed.
        undefined: patients whose HU ratio is undefined, shape (n,).
        m: completed sets.
        iterations: of each chain.
    """
    events = np.array(
        [cell and number(cell) == 1 for cell in patients.column(specification.outcome)], dtype=bool
    )
    known = np.array([cell != "" for cell in patients.column(specification.outcome)])
    changing, computed = changing_cells(imputed), computed_cells(imputed)
    for column in _variables(specification):
        row: dict[str, Any] = {
            "variable": column,
            "label": dictionary.label(column),
            "unit": dictionary.unit(column),
        }
        if column not in patients.columns:
            yield row | {"n": len(known), "note": "the column is absent"}
            continue
        gaps = np.array([cell == "" for cell in patients.column(column)])
        drawn = int(changing[column].sum()) if column in changing else 0
        exact = int(computed[column].sum()) if column in computed else 0
        row |= _counts("", gaps)
        row |= _counts("_without_event", gaps[known & ~events]) | _counts("_with_event", gaps[events])
        row |= {
            "method": " and ".join(_methods(column, imputed)),
            "imputed": drawn,
            "computed": exact,
            "left_missing": int(gaps.sum()) - drawn - exact,
            "sets": m if drawn or exact else None,
            "iterations": iterations if drawn else None,
            "note": _note(column, specification, imputed, gaps, known, undefined),
        }
        yield row


def trace_rows(trace: tuple[TracePoint, ...], imputed: Incomplete) -> Iterator[Mapping[str, Any]]:
    """Rows of `imputation_trace.csv`: the imputed values of each iteration beside the observed ones.

    Args:
        trace: the course of all chains.
        imputed: what was imputed.
    """
    observed = {one.name: one.values[~one.missing] for one in imputed.columns}
    levels = {one.name: one.levels for one in imputed.columns}
    for point in trace:
        values = observed[point.column]
        if point.level:
            mean, sd = float((values == levels[point.column].index(point.level)).mean()), None
        else:
            mean, sd = float(values.mean()), float(values.std(ddof=1))
        yield {
            "column": point.column,
            "level": point.level,
            "set": point.set,
            "iteration": point.iteration,
            "n": point.n,
            "mean": point.mean,
            "sd": point.sd,
            "observed_n": len(values),
            "observed_mean": mean,
            "observed_sd": sd,
        }


def _variables(specification: Specification) -> tuple[str, ...]:
    """The outcome, the candidates and what stands in exclusive groups, each once."""
    candidates = (one.column for one in specification.candidates)
    grouped = (column for group in specification.exclusive for column in group.columns)
    return tuple(dict.fromkeys((specification.outcome, *candidates, *grouped)))


def _counts(ending: str, gaps: Bools) -> dict[str, Any]:
    return {
        f"n{ending}": len(gaps),
        f"missing{ending}": int(gaps.sum()),
        f"share{ending}": float(gaps.mean()) if len(gaps) else None,
    }


def _methods(column: str, imputed: Incomplete) -> Iterator[str]:
    """How the gaps of a column are filled; nothing where none is."""
    if column in imputed.visits:
        yield next(one.method.value for one in imputed.columns if one.name == column)
    formulas = dict.fromkeys(one.relation.formula for one in imputed.derivations if one.column == column)
    yield from (f"{COMPUTED} ({formula})" for formula in formulas)


def _note(
    column: str,
    specification: Specification,
    imputed: Incomplete,
    gaps: Bools,
    known: Bools,
    undefined: Bools,
) -> str:
    if column == specification.outcome:
        return _NO_OUTCOME if gaps.any() else ""
    if not gaps.any():
        return ""
    if column in imputed.unusable:
        return f"not imputed: {imputed.unusable[column]}"
    if column not in {one.name for one in imputed.columns}:
        return "not imputed: no candidate"
    notes = []
    if (gaps & ~known).any():
        notes.append(_NO_OUTCOME)
    if (gaps & known & undefined).any():
        count = int((gaps & known & undefined).sum())
        notes.append(_UNDEFINED.format("1 patient" if count == 1 else f"{count} patients"))
    return "; ".join(notes)
