"""The rows of `univariable.csv`, `multivariable.csv` and `final_model.csv`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.regression.inference import Inference
from bonehold.modelling.regression.observations import Observations
from bonehold.modelling.regression.terms import INTERCEPT, Floats, term_positions

COEFFICIENT_COLUMNS = (
    *("term", "level", "reference", "estimate", "std_error", "odds_ratio", "ci_low", "ci_high"),
    *("statistic", "p_value", "df", "n", "events", "term_p_value", "term_df", "term_test", "fmi", "note"),
    *("method", "ci_method", "test", "reference_n", "reference_events", "profile_ci_low", "profile_ci_high"),
    *("lr_statistic", "lr_df", "lr_denominator_df", "lr_p_value", "lr_test"),
    *("complete_case_n", "complete_case_events", "complete_case_odds_ratio", "complete_case_ci_low"),
    *("complete_case_ci_high", "complete_case_ci_method", "complete_case_p_value"),
)
FINAL_COLUMNS = (*COEFFICIENT_COLUMNS, "true_estimate")
FEW_PATIENTS = 20
FEW_EVENTS = 5
BEYOND_TERM = "odds ratio per unit beyond floating point: rescale the column"
NOT_REACHED = "a profile limit was not reached"
BEYOND_INTERCEPT = "odds beyond floating point where every predictor is 0"


@dataclass(frozen=True)
class CoefficientRow:
    """One coefficient of one model.

    Attributes:
        term: column of the predictor, or `(Intercept)`.
        level: level of a factor, else empty.
        reference: the level it is compared with, else empty.
        n: patients at this level; of the whole model for a continuous predictor and the intercept.
        events: those of them with the event.
        estimate: log-odds; None where nothing could be fitted.
        std_error: its standard error.
        odds_ratio: exp(estimate); None where that is beyond floating point.
        ci_low: lower 95 % limit of the odds ratio, likewise.
        ci_high: upper limit.
        statistic: of the test of this coefficient: z, t, or chi-square on 1 df of a likelihood ratio.
        p_value: its two-sided P.
        df: degrees of freedom of t; None: z or chi-square, as always without imputed values.
        term_p_value: P of the overall test of the predictor, by which it is selected.
        term_df: number of coefficients it tests.
        term_test: its name (`bonehold.modelling.regression.inference`).
        fmi: fraction of missing information; None without imputed values.
        note: why a row is empty, why Firth's fit stands here, or that a level is sparse.
        method: how the model was fitted, `maximum likelihood` or `Firth`.
        ci_method: how the limits were found: `Wald z`, `Wald t`, `profile penalised likelihood`.
        test: name of the test of this coefficient.
        reference_n: patients at the reference level.
        reference_events: those of them with the event.
        profile_ci_low: lower 95 % limit of the odds ratio by the profile likelihood; None over several sets.
        profile_ci_high: upper limit.
        lr_statistic: likelihood-ratio test of the predictor: chi-square, or F of D3 over several sets.
        lr_df: its degrees of freedom.
        lr_denominator_df: those of the denominator of F.
        lr_p_value: its P.
        lr_test: its name: `likelihood ratio`, `penalised likelihood ratio`, `D3`.
        complete_case_n: where values were imputed: `n` of the same model on the patients with all values.
        complete_case_events: their `events`.
        complete_case_odds_ratio: their odds ratio.
        complete_case_ci_low: its lower 95 % limit.
        complete_case_ci_high: its upper limit.
        complete_case_ci_method: how these were found.
        complete_case_p_value: its P.
        true_estimate: the coefficient of the simulation, for simulated patients.
    """

    term: str
    level: str
    reference: str
    n: int | None
    events: int | None
    estimate: float | None = None
    std_error: float | None = None
    odds_ratio: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    statistic: float | None = None
    p_value: float | None = None
    df: float | None = None
    term_p_value: float | None = None
    term_df: int | None = None
    term_test: str = ""
    fmi: float | None = None
    note: str = ""
    method: str = ""
    ci_method: str = ""
    test: str = ""
    reference_n: int | None = None
    reference_events: int | None = None
    profile_ci_low: float | None = None
    profile_ci_high: float | None = None
    lr_statistic: float | None = None
    lr_df: int | None = None
    lr_denominator_df: float | None = None
    lr_p_value: float | None = None
    lr_test: str = ""
    complete_case_n: int | None = None
    complete_case_events: int | None = None
    complete_case_odds_ratio: float | None = None
    complete_case_ci_low: float | None = None
    complete_case_ci_high: float | None = None
    complete_case_ci_method: str = ""
    complete_case_p_value: float | None = None
    true_estimate: float | None = None


def coefficient_rows(
    observations: Observations, inference: Inference, dictionary: Dictionary, note: str = ""
) -> tuple[CoefficientRow, ...]:
    """Rows of a fitted model: the intercept, then every coefficient of every term.

    Args:
        observations: patients and predictors.
        inference: the estimates, limits and tests.
        dictionary: holds the true coefficients of simulated patients.
        note: what is to be said of the whole model.
    """
    everybody = (observations.n, observations.events)
    rows = [_row(inference, 0, CoefficientRow(INTERCEPT, "", "", *everybody), note)]
    for column, positions in term_positions(observations.terms).items():
        for place, blank in enumerate(blank_rows(observations, column), start=positions.start):
            truth = dictionary.true_estimate(column, blank.level, blank.reference)
            filled = _with_tests(_row(inference, place, blank, note), inference, column)
            rows.append(replace(filled, true_estimate=truth))
    return tuple(rows)


def beside_complete_cases(
    rows: Sequence[CoefficientRow], complete: Sequence[CoefficientRow]
) -> tuple[CoefficientRow, ...]:
    """Rows of a pooled model with what the patients with all values alone say of each coefficient.

    Args:
        rows: of the pooled model.
        complete: of the same model on complete cases; a level that none of them has is absent.
    """
    found = {(row.term, row.level): row for row in complete}
    return tuple(
        replace(
            row,
            complete_case_n=other.n,
            complete_case_events=other.events,
            complete_case_odds_ratio=other.odds_ratio,
            complete_case_ci_low=other.ci_low,
            complete_case_ci_high=other.ci_high,
            complete_case_ci_method=other.ci_method,
            complete_case_p_value=other.p_value,
        )
        if (other := found.get((row.term, row.level)))
        else row
        for row in rows
    )


def blank_rows(observations: Observations, column: str) -> tuple[CoefficientRow, ...]:
    """Rows of one predictor with its counts and no numbers: what is left where nothing can be fitted."""
    term = next(term for term in observations.terms if term.column == column)
    if term.kind == "continuous":
        return (CoefficientRow(column, "", "", observations.n, observations.events),)
    levels = observations.X[:, term_positions(observations.terms)[column]]
    sizes = levels.sum(axis=0).astype(int).tolist()
    events = (observations.y @ levels).astype(int).tolist()
    at_reference = (observations.n - sum(sizes), observations.events - sum(events))
    reference = _sparse(*at_reference)
    about_reference = f"reference level: {reference}" if reference else ""
    return tuple(
        CoefficientRow(
            column,
            level,
            term.reference,
            size,
            with_event,
            note=joined(_sparse(size, with_event), about_reference),
            reference_n=at_reference[0],
            reference_events=at_reference[1],
        )
        for level, size, with_event in zip(term.levels, sizes, events, strict=True)
    )


def joined(*notes: str) -> str:
    """Notes on one row in one cell."""
    return "; ".join(note for note in notes if note)


def _row(inference: Inference, place: int, blank: CoefficientRow, note: str) -> CoefficientRow:
    fit = inference.fit
    estimate = float(fit.coefficients[place])
    odds_ratio = _exponential(estimate)
    low, high = _ratios(inference.limits[place])
    profile_low, profile_high = _ratios(inference.profile[place])
    beyond = BEYOND_INTERCEPT if blank.term == INTERCEPT else BEYOND_TERM
    return replace(
        blank,
        estimate=estimate,
        std_error=float(fit.std_errors[place]),
        odds_ratio=odds_ratio,
        ci_low=low,
        ci_high=high,
        statistic=float(inference.statistics[place]),
        p_value=float(inference.p_values[place]),
        df=None if fit.df is None else float(fit.df[place]),
        fmi=None if fit.df is None else float(fit.fmi[place]),
        note=joined(
            blank.note,
            note,
            NOT_REACHED if np.isnan(inference.limits[place]).any() else "",
            beyond if any(_beyond(one) for one in (estimate, *inference.limits[place])) else "",
        ),
        method=inference.method,
        ci_method=inference.ci_method,
        test=inference.test,
        profile_ci_low=profile_low,
        profile_ci_high=profile_high,
    )


def _with_tests(row: CoefficientRow, inference: Inference, column: str) -> CoefficientRow:
    """The row with the tests of the whole predictor."""
    overall, ratio = inference.overall[column], inference.ratios.get(column)
    row = replace(row, term_p_value=overall.p_value, term_df=overall.df, term_test=overall.name)
    if ratio is None:
        return row
    return replace(
        row,
        lr_statistic=ratio.statistic,
        lr_df=ratio.df,
        lr_denominator_df=ratio.denominator_df,
        lr_p_value=ratio.p_value,
        lr_test=ratio.name,
    )


def _ratios(limits: Floats) -> tuple[float | None, float | None]:
    """Limits of an odds ratio from those of the log-odds."""
    return _exponential(float(limits[0])), _exponential(float(limits[1]))


def _exponential(log_odds: float) -> float | None:
    """exp, or None where there is none, or a floating-point number holds only infinity or zero."""
    with np.errstate(over="ignore", under="ignore"):
        odds = float(np.exp(log_odds))
    return odds if 0 < odds < np.inf else None


def _beyond(log_odds: float) -> bool:
    return not np.isnan(log_odds) and _exponential(float(log_odds)) is None


def _sparse(n: int, events: int) -> str:
    few_patients = f"n < {FEW_PATIENTS}" if n < FEW_PATIENTS else ""
    few_events = f"fewer than {FEW_EVENTS} events" if events < FEW_EVENTS else ""
    return joined(few_patients, few_events)
