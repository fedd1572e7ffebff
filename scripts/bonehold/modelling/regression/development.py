"""From candidates to the final model: univariable, multivariable, final, in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scipy.special import expit

from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.checks import analysed_patients, fit_problems, known_counts, unusable
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.specification import Candidate, Specification
from bonehold.modelling.performance.discrimination import HIGH_IS_RISK, auc, roc_points, youden_cutoff
from bonehold.modelling.regression.coefficient_tables import (
    CoefficientRow,
    blank_rows,
    coefficient_rows,
    joined,
)
from bonehold.modelling.regression.logistic import LogisticFit, NotConverged, fit_logistic, wald_test
from bonehold.modelling.regression.model import Missing, Model, NotFitted, linear_predictors
from bonehold.modelling.regression.observations import Observations, complete_cases
from bonehold.modelling.regression.selection import P_THRESHOLD, Selection, enter, stay
from bonehold.modelling.regression.terms import INTERCEPT, coefficient_names, term_positions
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
    observations: Observations
    fit: LogisticFit
    rows: tuple[CoefficientRow, ...]


def develop(specification: Specification, table: AnalysisTable, dictionary: Dictionary) -> Development:
    """Develop the risk model of one analysis.

    Every candidate is fitted alone. Those with P < .05 (overall Wald test for a factor) or named a priori, as
    far as the exclusive groups allow, are fitted together; those with P < .05 there are fitted again: the
    final model. With a fixed list the multivariable and the final model are both that list. No step is
    repeated (no stepwise selection).

    Missing values: each model uses the rows complete in its own columns, so `n` may differ between rows.

    Args:
        specification: what was asked for.
        table: all rows; the condition of the specification selects those of the analysis.
        dictionary: labels, units, truth.

    Returns:
        The tables and the model; where the predictors cannot be fitted together, the tables up to there and why.

    Raises:
        InputError: nothing can be fitted: what specification and table show at once, one line each.
    """
    patients = analysed_patients(specification, table)
    left_out = {
        candidate.column: reason
        for candidate in specification.candidates
        if (reason := unusable(candidate, specification.outcome, patients))
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
        multivariable = together.rows
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
    patients: AnalysisTable,
    dictionary: Dictionary,
) -> tuple[CoefficientRow, ...]:
    """Rows of one candidate alone; without numbers, and with a note why, where it cannot be fitted."""
    column = candidate.column
    if reason:
        counts = known_counts(column, specification.outcome, patients)
        return (CoefficientRow(column, "", candidate.reference or "", *counts, note=f"left out: {reason}"),)
    observations = complete_cases(patients, specification.outcome, [candidate], dictionary)
    try:
        fitted = _fitted("univariable model", observations, dictionary)
    except InputError as error:
        notes = [f"not fitted: {problem.problem}" for problem in error.problems]
        blank = blank_rows(observations, column)
        return tuple(replace(row, note=joined(row.note, *notes)) for row in blank)
    return tuple(row for row in fitted.rows if row.term != INTERCEPT)


def _jointly(
    what: str,
    specification: Specification,
    columns: Sequence[str],
    patients: AnalysisTable,
    dictionary: Dictionary,
) -> _Fitted:
    """Fit some columns together, on the patients with a value in each."""
    if not columns:
        remedy = "name columns a_priori, or a final list"
        raise InputError([Problem(what, f"no predictor has P < {P_THRESHOLD}", remedy)])
    candidates = [specification.candidate(column) for column in columns]
    return _fitted(what, complete_cases(patients, specification.outcome, candidates, dictionary), dictionary)


def _fitted(what: str, observations: Observations, dictionary: Dictionary) -> _Fitted:
    problems = fit_problems(observations, what)
    if problems:
        raise InputError(problems)
    try:
        fit = fit_logistic(observations.X, observations.y)
    except NotConverged:
        found = "the estimates are not finite: the predictors all but separate the outcomes"
        raise InputError([Problem(what, found, "collapse rare levels or name fewer predictors")]) from None
    return _Fitted(observations, fit, coefficient_rows(observations, fit, dictionary))


def _overall_p(fitted: _Fitted) -> Mapping[str, float]:
    positions = term_positions(fitted.observations.terms)
    return {column: wald_test(fitted.fit, places).p_value for column, places in positions.items()}


def _model(
    specification: Specification, dictionary: Dictionary, final: _Fitted, selection: Selection
) -> Model:
    observations, fit = final.observations, final.fit
    log_odds = linear_predictors(observations.X, fit.coefficients[None])[0]
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
        auc=auc(log_odds, observations.y),
        cutoff=youden_cutoff(roc_points(expit(log_odds), observations.y, HIGH_IS_RISK)),
        selection=selection,
        missing=Missing(
            "complete cases", rows=observations.n + observations.left_out, left_out=observations.left_out
        ),
    )
