"""From candidates to the final model: univariable, multivariable, final, in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from bonehold.modelling.inputs.checks import fit_problems, known_counts, unusable
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.specification import Candidate, Specification
from bonehold.modelling.missing.completed_tables import CompletedTables
from bonehold.modelling.performance.discrimination import (
    HIGH_IS_RISK,
    pooled_delong,
    roc_points,
    youden_cutoff,
)
from bonehold.modelling.regression.coefficient_tables import (
    CoefficientRow,
    beside_complete_cases,
    blank_rows,
    coefficient_rows,
    joined,
)
from bonehold.modelling.regression.inference import Inference, infer
from bonehold.modelling.regression.logistic import NotConverged
from bonehold.modelling.regression.method import chosen_methods
from bonehold.modelling.regression.model import Missing, Model, NotFitted, linear_predictors
from bonehold.modelling.regression.observations import Observations, complete_cases
from bonehold.modelling.regression.selection import P_THRESHOLD, Selection, dropped_notes, enter, stay
from bonehold.modelling.regression.terms import INTERCEPT, coefficient_names
from bonehold.problems import InputError, Problem
from bonehold.version import __version__


@dataclass(frozen=True)
class Development:
    """The three tables of an analysis and its model.

    Without a model those tables are empty that could not be had.
    """

    univariable: tuple[CoefficientRow, ...]
    multivariable: tuple[CoefficientRow, ...]
    final: tuple[CoefficientRow, ...]
    model: Model | NotFitted


@dataclass(frozen=True)
class _Fitted:
    """One model: its patients in each completed set (one set without imputed values), and what they say."""

    sets: tuple[Observations, ...]
    inference: Inference
    rows: tuple[CoefficientRow, ...]


def develop(specification: Specification, patients: CompletedTables, dictionary: Dictionary) -> Development:
    """Develop the risk model of one analysis.

    Every candidate is fitted alone. Those with P < .05 (overall test for a factor) or named a priori, as
    far as the exclusive groups allow, are fitted together; those with P < .05 there are fitted again: the
    final model. With a fixed list the multivariable and the final model are both that list. No step is
    repeated (no stepwise selection).

    Missing values: a model one of whose columns was imputed is fitted to every completed set and pooled by
    Rubin's rules, with the fit to the complete cases beside it; any other uses the rows complete in its own
    columns, so `n` may differ between rows.

    Separation is looked for before every fit and answered with Firth's (`bonehold.modelling.regression.method`).

    Args:
        specification: what was asked for.
        patients: those of the analysis, checked (`bonehold.modelling.inputs.checks.analysed_patients`).
        dictionary: labels, units, truth.

    Returns:
        The tables and the model; where the predictors cannot be fitted together, the tables up to there and why.
    """
    left_out = {
        candidate.column: reason
        for candidate in specification.candidates
        if (reason := unusable(candidate, specification.outcome, patients.observed))
    }
    alone = {
        candidate.column: _univariable(
            specification, candidate, left_out.get(candidate.column, ""), patients, dictionary
        )
        for candidate in specification.candidates
    }
    if specification.final is None:
        p_values = {column: rows[0].term_p_value for column, rows in alone.items()}
        entry = enter(specification, {column: p for column, p in p_values.items() if p is not None})
        entered, dropped = entry.entered, entry.dropped_exclusive
    else:
        listed = (candidate.column for candidate in specification.candidates)
        entered, dropped = tuple(column for column in listed if column in specification.final), ()
    univariable = tuple(row for rows in alone.values() for row in rows)
    multivariable: tuple[CoefficientRow, ...] = ()
    try:
        together = _jointly("multivariable model", specification, entered, patients, dictionary)
        multivariable = (*together.rows, *_dropped_rows(specification, entered, dropped, patients))
        retained = entered if specification.final is not None else stay(_overall_p(together))
        final = _jointly("final model", specification, retained, patients, dictionary)
    except InputError as error:
        return Development(univariable, multivariable, (), not_fitted(specification, dictionary, error))
    selection = Selection(
        rule="auto" if specification.final is None else "fixed",
        threshold=P_THRESHOLD,
        a_priori=specification.a_priori,
        multivariable=entered,
        dropped_exclusive=dropped,
        unusable=left_out,
        final=retained,
    )
    model = _model(specification, dictionary, final, selection)
    return Development(univariable, multivariable, final.rows, model)


def not_fitted(specification: Specification, dictionary: Dictionary, error: InputError) -> NotFitted:
    """What stands in place of a model, with every problem as a reason."""
    reasons = tuple(problem.line() for problem in error.problems)
    return NotFitted(specification.analysis, dictionary.synthetic, reasons)


def _univariable(
    specification: Specification,
    candidate: Candidate,
    reason: str,
    patients: CompletedTables,
    dictionary: Dictionary,
) -> tuple[CoefficientRow, ...]:
    """Rows of one candidate alone; without numbers, and with a note why, where it cannot be fitted."""
    column = candidate.column
    if reason:
        counts = known_counts(column, specification.outcome, patients.observed)
        return (CoefficientRow(column, "", candidate.reference or "", *counts, note=f"left out: {reason}"),)
    try:
        fitted = _fitted("univariable model", specification, [candidate], patients, dictionary)
    except InputError as error:
        notes = [f"not fitted: {problem.problem}" for problem in error.problems]
        blank = blank_rows(completed_cases(specification, [candidate], patients, dictionary)[0], column)
        return tuple(replace(row, note=joined(row.note, *notes)) for row in blank)
    return tuple(row for row in fitted.rows if row.term != INTERCEPT)


def _dropped_rows(
    specification: Specification, entered: Sequence[str], dropped: Sequence[str], patients: CompletedTables
) -> tuple[CoefficientRow, ...]:
    """A row without numbers for each column that an exclusive group kept out of the multivariable model."""
    notes = dropped_notes(specification, entered, dropped)
    return tuple(
        CoefficientRow(
            column,
            "",
            specification.candidate(column).reference or "",
            *known_counts(column, specification.outcome, patients.observed),
            note=note,
        )
        for column, note in notes.items()
    )


def _jointly(
    what: str,
    specification: Specification,
    columns: Sequence[str],
    patients: CompletedTables,
    dictionary: Dictionary,
) -> _Fitted:
    """Fit some columns together, on the patients with a value in each."""
    if not columns:
        remedy = "name columns a_priori, or a final list"
        raise InputError([Problem(what, f"no predictor has P < {P_THRESHOLD}", remedy)])
    candidates = [specification.candidate(column) for column in columns]
    return _fitted(what, specification, candidates, patients, dictionary)


def completed_cases(
    specification: Specification,
    candidates: Sequence[Candidate],
    patients: CompletedTables,
    dictionary: Dictionary,
) -> tuple[Observations, ...]:
    """The patients that a model of these candidates is fitted to: one entry per completed set, or just one."""
    tables = patients.of([candidate.column for candidate in candidates])
    return tuple(complete_cases(table, specification.outcome, candidates, dictionary) for table in tables)


def _fitted(
    what: str,
    specification: Specification,
    candidates: Sequence[Candidate],
    patients: CompletedTables,
    dictionary: Dictionary,
) -> _Fitted:
    """Fit one model to its patients; where values were imputed, to those with all values as well."""
    sets = completed_cases(specification, candidates, patients, dictionary)
    fitted = _fitted_to(what, specification, sets, dictionary)
    if len(sets) == 1:
        return fitted
    try:
        observed = complete_cases(patients.observed, specification.outcome, candidates, dictionary)
        complete = _fitted_to("complete cases", specification, (observed,), dictionary).rows
    except InputError as error:
        why = joined(*(f"complete cases not fitted: {problem.problem}" for problem in error.problems))
        noted = tuple(replace(row, note=joined(row.note, why)) for row in fitted.rows)
        return replace(fitted, rows=noted)
    return replace(fitted, rows=beside_complete_cases(fitted.rows, complete))


def _fitted_to(
    what: str, specification: Specification, sets: tuple[Observations, ...], dictionary: Dictionary
) -> _Fitted:
    """Fit one model by the first method that gives finite estimates."""
    problems = tuple(dict.fromkeys(problem for one in sets for problem in fit_problems(one, what)))
    if problems:
        raise InputError(problems)
    for choice in chosen_methods(sets, specification.firth):
        try:
            inference = infer(sets, choice.method)
        except NotConverged:
            continue
        return _Fitted(sets, inference, coefficient_rows(sets[0], inference, dictionary, choice.note))
    raise InputError(
        [Problem(what, "no finite estimates were found", "collapse rare levels or name fewer predictors")]
    )


def _overall_p(fitted: _Fitted) -> Mapping[str, float]:
    return {column: test.p_value for column, test in fitted.inference.overall.items()}


def _model(
    specification: Specification, dictionary: Dictionary, final: _Fitted, selection: Selection
) -> Model:
    observations, fit = final.sets[0], final.inference.fit
    log_odds = [linear_predictors(one.X, fit.coefficients[None])[0] for one in final.sets]
    risk = np.mean([expit(one) for one in log_odds], axis=0)
    names = coefficient_names(observations.terms)
    return Model(
        analysis=specification.analysis,
        where=specification.where,
        outcome=specification.outcome,
        synthetic=dictionary.synthetic,
        version=__version__,
        terms=observations.terms,
        coefficients=dict(zip(names, fit.coefficients.tolist(), strict=True)),
        covariance=tuple(tuple(row) for row in fit.covariance.tolist()),
        n=observations.n,
        events=observations.events,
        auc=pooled_delong(log_odds, observations.y).auc,
        cutoff=youden_cutoff(roc_points(risk, observations.y, HIGH_IS_RISK)),
        selection=selection,
        missing=Missing(
            "complete cases" if fit.sets == 1 else "chained equations, pooled by Rubin's rules",
            rows=observations.n + observations.left_out,
            left_out=observations.left_out,
            sets=fit.sets,
        ),
        method=final.inference.method,
    )
