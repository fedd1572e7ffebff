"""The rows of `univariable.csv`, `multivariable.csv` and `final_model.csv`."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.regression.observations import Observations
from bonehold.modelling.regression.pooling import PooledFit, overall_test
from bonehold.modelling.regression.terms import INTERCEPT, term_positions

COEFFICIENT_COLUMNS = (
    *("term", "level", "reference", "estimate", "std_error", "odds_ratio", "ci_low", "ci_high"),
    *("statistic", "p_value", "df", "n", "events", "term_p_value", "term_df", "term_test", "fmi", "note"),
)
FINAL_COLUMNS = (*COEFFICIENT_COLUMNS, "true_estimate")
FEW_PATIENTS = 20
FEW_EVENTS = 5
BEYOND_TERM = "odds ratio per unit beyond floating point: rescale the column"
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
        ci_low: lower 95 % Wald limit of the odds ratio, likewise.
        ci_high: upper limit.
        statistic: estimate / standard error: z, or t where values were imputed.
        p_value: its two-sided P.
        df: degrees of freedom of t; None: z, as always without imputed values.
        term_p_value: P of the overall test of the predictor.
        term_df: number of coefficients it tests.
        term_test: its name (`bonehold.modelling.regression.pooling.overall_test`).
        fmi: fraction of missing information; None without imputed values.
        note: why a row is empty, or that a level is sparse.
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
    true_estimate: float | None = None


def coefficient_rows(
    observations: Observations, fit: PooledFit, dictionary: Dictionary
) -> tuple[CoefficientRow, ...]:
    """Rows of a fitted model: the intercept, then every coefficient of every term.

    Args:
        observations: patients and predictors.
        fit: the estimates.
        dictionary: holds the true coefficients of simulated patients.
    """
    everybody = (observations.n, observations.events)
    rows = [_row(fit, 0, CoefficientRow(INTERCEPT, "", "", *everybody))]
    for column, positions in term_positions(observations.terms).items():
        test = overall_test(fit, positions)
        for place, blank in enumerate(blank_rows(observations, column), start=positions.start):
            truth = dictionary.true_estimate(column, blank.level, blank.reference)
            filled = _row(fit, place, blank)
            rows.append(
                replace(
                    filled,
                    term_p_value=test.p_value,
                    term_df=test.df,
                    term_test=test.name,
                    true_estimate=truth,
                )
            )
    return tuple(rows)


def blank_rows(observations: Observations, column: str) -> tuple[CoefficientRow, ...]:
    """Rows of one predictor with its counts and no numbers: what is left where nothing can be fitted."""
    term = next(term for term in observations.terms if term.column == column)
    if term.kind == "continuous":
        return (CoefficientRow(column, "", "", observations.n, observations.events),)
    levels = observations.X[:, term_positions(observations.terms)[column]]
    sizes = levels.sum(axis=0).astype(int).tolist()
    events = (observations.y @ levels).astype(int).tolist()
    reference = _sparse(observations.n - sum(sizes), observations.events - sum(events))
    about_reference = f"reference level: {reference}" if reference else ""
    return tuple(
        CoefficientRow(
            column,
            level,
            term.reference,
            size,
            with_event,
            note=joined(_sparse(size, with_event), about_reference),
        )
        for level, size, with_event in zip(term.levels, sizes, events, strict=True)
    )


def joined(*notes: str) -> str:
    """Notes on one row in one cell."""
    return "; ".join(note for note in notes if note)


def _row(fit: PooledFit, place: int, blank: CoefficientRow) -> CoefficientRow:
    estimate, std_error = float(fit.coefficients[place]), float(fit.std_errors[place])
    half = float(fit.quantiles[place]) * std_error
    ratios = [_exponential(log_odds) for log_odds in (estimate, estimate - half, estimate + half)]
    beyond = BEYOND_INTERCEPT if blank.term == INTERCEPT else BEYOND_TERM
    return replace(
        blank,
        estimate=estimate,
        std_error=std_error,
        odds_ratio=ratios[0],
        ci_low=ratios[1],
        ci_high=ratios[2],
        statistic=estimate / std_error,
        p_value=float(fit.p_values[place]),
        df=None if fit.df is None else float(fit.df[place]),
        fmi=None if fit.df is None else float(fit.fmi[place]),
        note=joined(blank.note, beyond if None in ratios else ""),
    )


def _exponential(log_odds: float) -> float | None:
    """exp, or None where a floating-point number holds only infinity or zero."""
    with np.errstate(over="ignore", under="ignore"):
        odds = float(np.exp(log_odds))
    return odds if 0 < odds < np.inf else None


def _sparse(n: int, events: int) -> str:
    few_patients = f"n < {FEW_PATIENTS}" if n < FEW_PATIENTS else ""
    few_events = f"fewer than {FEW_EVENTS} events" if events < FEW_EVENTS else ""
    return joined(few_patients, few_events)
