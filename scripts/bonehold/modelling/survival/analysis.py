"""Everything about the time to the event in one analysis: rows of the tables, and what the figures need beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.regression.model import Model, NotFitted
from bonehold.modelling.survival.concordance import concordance
from bonehold.modelling.survival.cox import CoxFit
from bonehold.modelling.survival.follow_up import FollowUp, FollowUpColumns, follow_up
from bonehold.modelling.survival.kaplan_meier import kaplan_meier, log_rank
from bonehold.modelling.survival.refusals import cox_or_reasons, weibull_or_reasons
from bonehold.modelling.survival.risk_groups import Grouping, groupings
from bonehold.modelling.survival.survival_curves import kaplan_meier_points, turnbull_points, weibull_points
from bonehold.modelling.survival.survival_tables import (
    COX,
    KAPLAN_MEIER,
    LOG_RANK,
    RISK_MODEL,
    TURNBULL,
    WEIBULL,
    SurvivalRow,
    concordance_row,
    cox_rows,
    kaplan_meier_risk,
    turnbull_risks,
    weibull_risk,
    weibull_rows,
)
from bonehold.modelling.survival.turnbull import turnbull
from bonehold.modelling.survival.weibull import WeibullFit, other_distributions
from bonehold.problems import InputError

SCHEMA = "survival/1"


@dataclass(frozen=True)
class SurvivalOptions:
    """What was asked for.

    Attributes:
        columns: where the follow-up stands.
        unit: unit of its times, for labels.
        horizons: times by which the risk is told.
    """

    columns: FollowUpColumns
    unit: str
    horizons: tuple[float, ...]


@dataclass(frozen=True)
class SurvivalAnalysis:
    """Rows of `survival.csv` and `survival_curves.csv`, and the content of `survival.json`."""

    rows: tuple[SurvivalRow, ...]
    points: tuple[Mapping[str, Any], ...]
    content: Mapping[str, Any]


def read_survival_options(options: Mapping[str, Any]) -> SurvivalOptions:
    """Unpack `survival` of the configuration."""
    columns = FollowUpColumns(*(options[name] for name in ("time", "event", "last_clean", "first_loose")))
    return SurvivalOptions(columns, options["unit"], tuple(map(float, options["horizons"])))


def not_analysed(
    model: Model | NotFitted, options: SurvivalOptions, reasons: Sequence[str]
) -> SurvivalAnalysis:
    """No rows, and why.

    Args:
        model: the model of the analysis, or that there is none.
        options: what was asked for.
        reasons: one line each.
    """
    content = {**_about(model, options, "not_analysed"), "reasons": list(reasons)}
    return SurvivalAnalysis((), (), content)


def analyse_survival(model: Model, table: AnalysisTable, options: SurvivalOptions) -> SurvivalAnalysis:
    """Analyse the time to the event with the predictors and the predicted risks of a model.

    Args:
        model: the model of the analysis.
        table: all patients, those with a short follow-up among them.
        options: what was asked for.

    Returns:
        Without rows where there is no follow-up that can be analysed; the content says why.
    """
    try:
        patients = follow_up(model, table, options.columns)
    except InputError as error:
        return not_analysed(model, options, [problem.line() for problem in error.problems])
    X, n, events = patients.X, patients.n, patients.events
    rows = [SurvivalRow("patients", "count", n, events, estimate=float(n))]
    weibull, cox = weibull_or_reasons(patients), cox_or_reasons(patients)
    if isinstance(weibull, WeibullFit):
        rows += weibull_rows(weibull, patients.terms, n, events)
        for name, aic in other_distributions(X, patients.lower, patients.upper).items():
            rows.append(SurvivalRow(f"interval_censored_{name}", "aic", n, events, estimate=aic))
    if isinstance(cox, CoxFit):
        rows += cox_rows(cox, patients.terms, n, events)
        rows.append(concordance_row(COX, concordance(cox.scores, patients.time, patients.event), n, events))
    refusals = [
        (name, reason)
        for name, fit in ((WEIBULL, weibull), (COX, cox))
        if isinstance(fit, tuple)
        for reason in fit
    ]
    rows += [SurvivalRow(name, "not_fitted", n, events, note=reason) for name, reason in refusals]
    rows.append(
        concordance_row(RISK_MODEL, concordance(patients.risk, patients.time, patients.event), n, events)
    )
    divisions = groupings(patients.risk, model.cutoff.cutoff)
    points: list[Mapping[str, Any]] = []
    for grouping, group, members in _groups(divisions, n):
        row = SurvivalRow(
            "", "", int(members.sum()), int(patients.event[members].sum()), grouping=grouping, group=group
        )
        fitted = weibull if isinstance(weibull, WeibullFit) else None
        more_rows, more_points = _of_group(patients, members, fitted, options.horizons, row)
        rows += more_rows
        points += more_points
    rows += _log_ranks(patients, divisions)
    content = {
        **_about(model, options, "analysed"),
        "reasons": [],
        "notes": [*patients.notes, *(f"{name}: {line}" for name, line in refusals)],
        "n": n,
        "events": events,
        "intervals": patients.intervals,
        "horizons": list(options.horizons),
        "groupings": {
            division.name: {
                "limits": list(division.limits),
                "groups": [
                    {"name": name, "n": int(of.sum()), "events": int(patients.event[of].sum())}
                    for name, of in division.occupied()
                ],
            }
            for division in divisions
        },
    }
    return SurvivalAnalysis(tuple(rows), tuple(points), content)


def _about(model: Model | NotFitted, options: SurvivalOptions, status: str) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "status": status,
        "analysis": model.analysis,
        "synthetic": model.synthetic,
        "unit": options.unit,
    }


def _groups(divisions: Sequence[Grouping], n: int) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    """All patients, then those of each group: grouping, group, shape (n,)."""
    yield "", "all", np.ones(n, dtype=bool)
    for division in divisions:
        for name, members in division.occupied():
            yield division.name, name, members


def _of_group(
    patients: FollowUp,
    members: NDArray[np.bool_],
    weibull: WeibullFit | None,
    horizons: Sequence[float],
    row: SurvivalRow,
) -> tuple[list[SurvivalRow], list[Mapping[str, Any]]]:
    """Risks at the horizons and points of the curves of some patients."""
    curve = kaplan_meier(patients.time[members], patients.event[members])
    rows = [kaplan_meier_risk(curve, one, replace(row, model=KAPLAN_MEIER)) for one in horizons]
    points = list(kaplan_meier_points(curve))
    last = float(patients.time[members].max())
    if weibull is not None:
        X = patients.X[members]
        rows += [weibull_risk(weibull, X, last, one, replace(row, model=WEIBULL)) for one in horizons]
        points += weibull_points(weibull, X, last)
    if patients.intervals:
        found = turnbull(patients.lower[members], patients.upper[members])
        for one in horizons:
            rows += turnbull_risks(found, last, one, replace(row, model=TURNBULL))
        points += turnbull_points(found, last)
    return rows, [{**point, "grouping": row.grouping, "group": row.group} for point in points]


def _log_ranks(patients: FollowUp, divisions: Sequence[Grouping]) -> Iterator[SurvivalRow]:
    for division in divisions:
        row = SurvivalRow(LOG_RANK, "difference", patients.n, patients.events, grouping=division.name)
        if len(division.occupied()) < 2:
            yield replace(row, note="all patients are in one group")
        elif not patients.events:
            yield replace(row, note="nobody has the event")
        else:
            yield row.tested(log_rank(patients.time, patients.event, division.members))
