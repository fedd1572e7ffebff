"""What stands in the way of a model: everything that can be said before it is fitted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bonehold.modelling.inputs.analysis_table import (
    AnalysisTable,
    patients_of,
    refused_cells,
)
from bonehold.modelling.inputs.levels import level_text, natural_order, number
from bonehold.modelling.inputs.specification import Candidate, Specification, contradictions
from bonehold.modelling.regression.observations import Observations
from bonehold.modelling.regression.separation import aliased_coefficients
from bonehold.modelling.regression.terms import Term, coefficient_names, term_positions
from bonehold.problems import InputError, Problem


def analysed_patients(specification: Specification, table: AnalysisTable) -> AnalysisTable:
    """Select the rows of an analysis and check all that can be checked before a model is fitted.

    Args:
        specification: what was asked for.
        table: all rows.

    Returns:
        The rows of the analysis, every cell of outcome and candidates of a usable kind.

    Raises:
        InputError: the analysis cannot be fitted; every reason that specification and cells show.
    """
    checked = specification.checked()
    problems = (*contradictions(specification), *_absent(specification, checked, table))
    try:
        patients = patients_of(table, specification.where)
    except InputError as error:
        raise InputError((*problems, *error.problems)) from None
    present = [candidate for candidate in checked if candidate.column in table.columns]
    if specification.outcome in table.columns:
        problems += (
            *_outcome_problems(specification.outcome, patients),
            *_required_problems(specification, present, patients),
        )
    problems += tuple(problem for candidate in present for problem in _cell_problems(candidate, patients))
    if problems:
        raise InputError(problems)
    return patients


def unusable(candidate: Candidate, outcome: str, table: AnalysisTable) -> str:
    """Why a candidate cannot be fitted: absent, not in order, or the same in every patient; empty where it can."""
    if candidate.column not in table.columns:
        return "the column is absent"
    wrong = next(_cell_problems(candidate, table), None)
    if wrong is not None:
        return wrong.problem
    return _sameness(candidate.column, outcome, table)


def _sameness(column: str, outcome: str, table: AnalysisTable) -> str:
    """Why a column cannot tell patients of known outcome apart; empty where it can."""
    levels = natural_order(_known(column, outcome, table))
    if not levels:
        return "every value is missing"
    return f"constant ({levels[0]} in every patient)" if len(levels) == 1 else ""


def fit_problems(observations: Observations, what: str) -> tuple[Problem, ...]:
    """Everything that keeps a model from being fitted; separation does not (`bonehold.modelling.regression.method`).

    Args:
        observations: the patients and predictors of the model.
        what: name of the model, for the messages.
    """
    n, events = observations.n, observations.events
    if events in (0, n):
        found = f"of {n} patients with all values {events} have the event"
        return (Problem(what, found, "both outcomes must occur; look for a column with many missing values"),)
    poor = tuple(
        problem for term in observations.terms for problem in _level_problems(term, observations, what)
    )
    if poor:
        return poor
    names = coefficient_names(observations.terms)
    aliased = aliased_coefficients(observations.X)
    if aliased:
        return tuple(
            Problem(
                what,
                f"{names[place]} is constant or an exact combination of the predictors before it",
                "leave it out, or name it with them under exclusive",
            )
            for place in aliased
        )
    columns, rarer = len(names) - 1, min(events, n - events)
    if columns > rarer:
        found = f"{columns} coefficients but only {rarer} patients with the rarer outcome"
        return (Problem(what, found, "name fewer predictors or collapse levels"),)
    return ()


def _level_problems(term: Term, observations: Observations, what: str) -> Iterator[Problem]:
    """A factor of which one level is left among the complete cases, or whose reference is not."""
    if term.kind != "factor":
        return
    elsewhere = observations.X[:, term_positions(observations.terms)[term.column]].sum()
    at_reference = elsewhere < observations.n
    levels = ((term.reference,) if at_reference else ()) + term.levels
    if len(levels) == 1:
        yield Problem(what, f"of {term.column} only the level {levels[0]} is left", "leave the predictor out")
    elif not at_reference:
        found = (
            f"the reference level {term.reference} of {term.column} does not occur among the "
            f"{observations.n} patients with all values"
        )
        yield Problem(what, found, f"choose one of {', '.join(levels)}")


def known_counts(column: str, outcome: str, table: AnalysisTable) -> tuple[int, int]:
    """Patients with a value in a column and a known outcome, and those of them with the event; none if it is absent."""
    if column not in table.columns:
        return 0, 0
    cells = zip(table.column(column), table.column(outcome), strict=True)
    events = [number(event) == 1 for cell, event in cells if cell and event]
    return len(events), sum(events)


def _known(column: str, outcome: str, table: AnalysisTable) -> Sequence[str]:
    cells = zip(table.column(column), table.column(outcome), strict=True)
    return [level_text(cell) for cell, event in cells if cell and event]


def _absent(
    specification: Specification, checked: Sequence[Candidate], table: AnalysisTable
) -> Iterator[Problem]:
    if specification.outcome not in table.columns:
        remedy = "name a 0/1 column as outcome"
        yield Problem(table.name, "the outcome column is absent", remedy, column=specification.outcome)
    for candidate in checked:
        if candidate.column not in table.columns:
            remedy = "add it, or take it out of model"
            yield Problem(
                table.name, "the column of this predictor is absent", remedy, column=candidate.column
            )


def _outcome_problems(outcome: str, table: AnalysisTable) -> Iterator[Problem]:
    wrong = refused_cells(
        table,
        outcome,
        lambda cell: cell != "" and number(cell) not in (0, 1),
        "neither 0 nor 1",
        "1 with and 0 without the event",
    )
    if wrong:
        yield from wrong
        return
    known = {number(cell) for cell in table.column(outcome) if cell}
    if len(known) < 2:
        lone = f"has one class only: {'every' if known == {1.0} else 'no'} patient has the event"
        found = lone if known else "every value is missing"
        yield Problem(table.name, found, "both outcomes must occur in the analysis", column=outcome)


def _cell_problems(candidate: Candidate, table: AnalysisTable) -> Iterator[Problem]:
    column = candidate.column
    if candidate.reference is None:
        yield from refused_cells(
            table,
            column,
            lambda cell: cell != "" and number(cell) is None,
            "not a number",
            "correct it, or list the column as categorical",
        )
        return
    levels = natural_order(level_text(cell) for cell in table.column(column) if cell)
    if candidate.levels:
        for level in levels:
            if level not in candidate.levels:
                yield _undeclared(candidate, level, table)
    if len(levels) > 1 and candidate.reference not in levels:
        found = f"the reference level {candidate.reference} does not occur"
        yield Problem(table.name, found, f"choose one of {', '.join(levels)}", column=column)


def _undeclared(candidate: Candidate, level: str, table: AnalysisTable) -> Problem:
    """A level that the configuration does not list: nobody has said whether it stands for itself."""
    rows = [row for row, cell in table.cells[candidate.column].items() if cell and level_text(cell) == level]
    found = f"undeclared level ({len(rows)} patient{'s' if len(rows) > 1 else ''})"
    everything = ", ".join(natural_order((*candidate.levels, level)))
    remedy = (
        f"merge it into one of {', '.join(candidate.levels)} (grades of a cohort by goutallier.collapse), or declare "
        f"it: levels: [{everything}] of {candidate.column} in model.categorical"
    )
    return Problem(table.name, found, remedy, row=rows[0], column=candidate.column, value=level)


def _required_problems(
    specification: Specification, present: Sequence[Candidate], table: AnalysisTable
) -> Iterator[Problem]:
    for candidate in present:
        reason = _sameness(candidate.column, specification.outcome, table)
        if reason and candidate.column in specification.required():
            remedy = "take it out of a_priori and final for this analysis"
            yield Problem(table.name, reason, remedy, column=candidate.column)
