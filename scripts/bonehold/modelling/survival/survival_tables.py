"""The rows of `survival.csv`: one long table of every model of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bonehold.modelling.regression.terms import Floats, Term, term_positions
from bonehold.modelling.survival.concordance import CI_METHOD as JACKKNIFE
from bonehold.modelling.survival.concordance import Concordance
from bonehold.modelling.survival.cox import TIES, CoxFit
from bonehold.modelling.survival.estimates import (
    WALD,
    Z_95,
    Estimates,
    Test,
    likelihood_ratio_test,
    wald_test,
)
from bonehold.modelling.survival.kaplan_meier import CI_METHOD as LOG_LOG
from bonehold.modelling.survival.kaplan_meier import Share, log_log_interval, share_at
from bonehold.modelling.survival.turnbull import Turnbull
from bonehold.modelling.survival.weibull import WeibullFit

SURVIVAL_COLUMNS = (
    *(
        "model",
        "quantity",
        "term",
        "level",
        "reference",
        "grouping",
        "group",
        "time",
        "estimate",
        "std_error",
    ),
    *(
        "ci_low",
        "ci_high",
        "ci_method",
        "statistic",
        "df",
        "p_value",
        "test",
        "n",
        "events",
        "n_at_risk",
        "note",
    ),
)
WEIBULL, COX, KAPLAN_MEIER, TURNBULL, LOG_RANK = (
    *("interval_censored_weibull", "cox", "kaplan_meier", "turnbull", "log_rank"),
)
RISK_MODEL = "risk_model"
DELTA_LOG_LOG = "log-log (delta method)"
BEYOND = "nobody of the group was followed so long"
EXTRAPOLATED = "nobody of the group was followed so long: the model goes on"


@dataclass(frozen=True)
class SurvivalRow:
    """One number of one model; what does not apply stays empty.

    Attributes:
        model: whose number it is.
        quantity: what it is.
        n: patients it is of.
        events: those of them in whom the event was seen at any visit.
        term, level, reference: the coefficient, as in the tables of the logistic model.
        grouping, group: the patients, where they are not all.
        time: where the quantity is one at a time.
        estimate, std_error, ci_low, ci_high: the number; of a ratio, the standard error is that of its logarithm.
        ci_method: how the interval was made.
        statistic, df, p_value, test: a test and its name.
        n_at_risk: patients followed to `time` without the event.
        note: why a number is missing, or how it was made.
    """

    model: str
    quantity: str
    n: int
    events: int
    term: str = ""
    level: str = ""
    reference: str = ""
    grouping: str = ""
    group: str = ""
    time: float | None = None
    estimate: float | None = None
    std_error: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    ci_method: str = ""
    statistic: float | None = None
    df: int | None = None
    p_value: float | None = None
    test: str = ""
    n_at_risk: int | None = None
    note: str = ""

    def tested(self, test: Test) -> SurvivalRow:
        """The same row with a test."""
        return replace(self, statistic=test.statistic, df=test.df, p_value=test.p_value, test=test.name)


def weibull_rows(fit: WeibullFit, terms: Sequence[Term], n: int, events: int) -> Iterator[SurvivalRow]:
    """Hazard ratios, time ratios and fit of the interval-censored model.

    Args:
        fit: the model.
        terms: its predictors.
        n: its patients.
        events: those of them with the event.
    """
    whole = SurvivalRow(WEIBULL, "", n, events)
    yield from _ratio_rows(fit.log_hazard_ratios, "hazard_ratio", terms, whole)
    yield from _term_rows(fit.log_hazard_ratios, terms, whole)
    yield from _ratio_rows(fit.log_time_ratios, "time_ratio", terms, whole)
    yield _ratio(replace(whole, quantity="shape"), fit.log_shape, 0)
    yield from _fit_rows(whole, terms, fit.log_likelihood, fit.null_log_likelihood)
    yield replace(whole, quantity="aic", estimate=fit.aic)


def cox_rows(fit: CoxFit, terms: Sequence[Term], n: int, events: int) -> Iterator[SurvivalRow]:
    """Hazard ratios, tests of proportional hazards and fit of the Cox model; arguments as for `weibull_rows`."""
    whole = SurvivalRow(COX, "", n, events, note=f"ties: {TIES}")
    yield from _ratio_rows(fit.log_hazard_ratios, "hazard_ratio", terms, whole)
    yield from _term_rows(fit.log_hazard_ratios, terms, whole)
    for row, test in zip(_coefficients(terms, whole), fit.proportionality, strict=True):
        yield replace(row, quantity="proportional_hazards").tested(test)
    yield from _fit_rows(whole, terms, fit.log_likelihood, fit.null_log_likelihood)


def concordance_row(model: str, found: Concordance | None, n: int, events: int) -> SurvivalRow:
    """Harrell's C of a model.

    Args:
        model: whose scores were compared with the times.
        found: its C; None: no two patients can be compared.
        n: the patients.
        events: those of them with the event.
    """
    row = SurvivalRow(model, "concordance", n, events)
    if found is None:
        return replace(row, note="no two patients can be compared")
    return replace(
        row,
        estimate=found.estimate,
        std_error=found.std_error,
        ci_low=found.ci_low,
        ci_high=found.ci_high,
        ci_method=JACKKNIFE,
    )


def kaplan_meier_risk(curve: Sequence[Share], horizon: float, row: SurvivalRow) -> SurvivalRow:
    """Risk by a time, from a Kaplan-Meier curve.

    Args:
        curve: of the patients.
        horizon: the time.
        row: the row's patients.
    """
    share = share_at(curve, horizon)
    row = replace(row, quantity="risk", time=horizon, n_at_risk=share.n_at_risk)
    if share.survival is None:
        return replace(row, note=BEYOND)
    return _risk(row, share.survival, share.std_error, (share.ci_low, share.ci_high), LOG_LOG)


def weibull_risk(fit: WeibullFit, X: Floats, last: float, horizon: float, row: SurvivalRow) -> SurvivalRow:
    """Risk by a time, the mean over patients of that predicted by the interval-censored model.

    Args:
        fit: the model.
        X: the patients' predictors, shape (m, p).
        last: their last visit.
        horizon: the time.
        row: the row's patients.
    """
    mean = fit.mean_survival(X, horizon)
    survival, std_error = float(mean.values[0]), float(mean.std_errors[0])
    limits = log_log_interval(survival, std_error)
    note = EXTRAPOLATED if horizon > last else ""
    row = replace(row, quantity="risk", time=horizon, note=note)
    return _risk(row, survival, std_error, limits, DELTA_LOG_LOG)


def turnbull_risks(found: Turnbull, last: float, horizon: float, row: SurvivalRow) -> Iterator[SurvivalRow]:
    """Least and most that the risk by a time can be; equal but within an interval in which visits cannot tell.

    Args:
        found: the estimate.
        last: last visit of these patients.
        horizon: the time.
        row: the row's patients.
    """
    row = replace(row, time=horizon)
    bounds = (
        float(found.share[found.right <= horizon].sum()),
        float(found.share[found.left < horizon].sum()),
    )
    for quantity, risk in zip(("risk_at_least", "risk_at_most"), bounds, strict=True):
        if horizon > last:
            yield replace(row, quantity=quantity, note=BEYOND)
        else:
            yield replace(row, quantity=quantity, estimate=risk)


def _risk(
    row: SurvivalRow,
    survival: float,
    std_error: float | None,
    limits: tuple[float | None, float | None],
    ci_method: str,
) -> SurvivalRow:
    low, high = limits
    if low is None or high is None:
        return replace(row, estimate=1 - survival, note="nobody or everybody has the event: no interval")
    return replace(
        row,
        estimate=1 - survival,
        std_error=std_error,
        ci_low=1 - high,
        ci_high=1 - low,
        ci_method=ci_method,
    )


def _coefficients(terms: Sequence[Term], whole: SurvivalRow) -> Iterator[SurvivalRow]:
    for term in terms:
        for level in term.levels or ("",):
            yield replace(whole, term=term.column, level=level, reference=term.reference)


def _ratio_rows(
    logs: Estimates, quantity: str, terms: Sequence[Term], whole: SurvivalRow
) -> Iterator[SurvivalRow]:
    """Each coefficient as a logarithm and as a ratio."""
    for place, row in enumerate(_coefficients(terms, whole)):
        estimate, std_error = float(logs.values[place]), float(logs.std_errors[place])
        logarithm = replace(
            row,
            quantity=f"log_{quantity}",
            estimate=estimate,
            std_error=std_error,
            ci_low=estimate - Z_95 * std_error,
            ci_high=estimate + Z_95 * std_error,
            ci_method=WALD,
        )
        test = wald_test(logs, slice(place, place + 1))
        z = replace(test, statistic=estimate / std_error, df=None, name="Wald z")
        yield logarithm.tested(z)
        yield _ratio(replace(row, quantity=quantity), logs, place).tested(z)


def _term_rows(logs: Estimates, terms: Sequence[Term], whole: SurvivalRow) -> Iterator[SurvivalRow]:
    """The overall test of each predictor."""
    for column, positions in term_positions(terms).items():
        test = wald_test(logs, slice(positions.start - 1, positions.stop - 1))
        yield replace(whole, quantity="whole_predictor", term=column).tested(test)


def _ratio(row: SurvivalRow, logs: Estimates, place: int) -> SurvivalRow:
    estimate, std_error = float(logs.values[place]), float(logs.std_errors[place])
    with np.errstate(over="ignore", under="ignore"):
        ratio, low, high = np.exp(estimate + std_error * np.array([0, -Z_95, Z_95])).tolist()
    return replace(row, estimate=ratio, std_error=std_error, ci_low=low, ci_high=high, ci_method=WALD)


def _fit_rows(
    whole: SurvivalRow, terms: Sequence[Term], log_likelihood: float, of_null: float
) -> Iterator[SurvivalRow]:
    df = sum(len(term.names) for term in terms)
    yield replace(whole, quantity="log_likelihood", estimate=log_likelihood)
    yield replace(whole, quantity="whole_model").tested(likelihood_ratio_test(log_likelihood, of_null, df))
