"""The table of agreement: one row for each measure and pair of readers, or pair of sessions of one reader."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from bonehold.cohort.agreement_measures import MEASURES, Measure
from bonehold.cohort.agreement_of_grades import (
    GWET_CI_METHOD,
    KAPPA_CI_METHOD,
    WEIGHTS,
    Weights,
    grade_agreement,
)
from bonehold.cohort.agreement_of_values import ICC_CI_METHOD, LIMITS_CI_METHOD, Estimate, value_agreement
from bonehold.cohort.agreement_readings import Pairs

LEAST_CASES = 3

KAPPA: dict[Weights, str] = {
    "unweighted": "kappa",
    "linear": "kappa_linear",
    "quadratic": "kappa_quadratic",
}
GWET: dict[Weights, str] = {
    "unweighted": "gwet_ac1",
    "linear": "gwet_ac2_linear",
    "quadratic": "gwet_ac2_quadratic",
}


def _with_limits(*names: str) -> tuple[str, ...]:
    return tuple(column for name in names for column in (name, f"{name}_low", f"{name}_high"))


RATERS = ("kind", "measure", "rater_1", "rater_2", "session_1", "session_2")
AGREEMENT_COLUMNS = (
    *RATERS,
    "unit",
    "case",
    "n",
    "patients",
    "mean_1",
    "mean_2",
    *_with_limits("icc_2_1", "icc_2_k"),
    "icc_ci_method",
    *_with_limits("bias"),
    "sd_difference",
    *_with_limits("lower_limit", "upper_limit"),
    "limits_ci_method",
    "sem",
    "mdc95",
    "categories",
    "observed_agreement",
    *_with_limits(*KAPPA.values()),
    "kappa_ci_method",
    *_with_limits(*GWET.values()),
    "gwet_ci_method",
    "reason",
)
PAIR_COLUMNS = (*RATERS, "patient_id", "place", "value_1", "value_2")


def agreement_rows(pairs: Iterable[Pairs]) -> list[dict[str, Any]]:
    """Rows of `agreement.csv`; what cannot be computed is absent, with the reason.

    Args:
        pairs: every pair of readers or sessions, in the order of the rows.
    """
    return [_row(pair, MEASURES[pair.measure]) for pair in pairs]


def pair_rows(pairs: Iterable[Pairs]) -> Iterator[dict[str, Any]]:
    """Rows of `agreement_pairs.csv`: the two values of every case."""
    for pair in pairs:
        raters = _raters(pair)
        for (patient_id, place), first, second in zip(pair.cases, pair.first, pair.second, strict=True):
            yield {
                **raters,
                "patient_id": patient_id,
                "place": place,
                "value_1": first,
                "value_2": second,
            }


def _raters(pair: Pairs) -> dict[str, Any]:
    values = (pair.kind, pair.measure, pair.reader_1, pair.reader_2, pair.session_1, pair.session_2)
    return dict(zip(RATERS, values, strict=True))


def _row(pair: Pairs, measure: Measure) -> dict[str, Any]:
    n = len(pair.cases)
    row = {
        **_raters(pair),
        "unit": measure.unit,
        "case": measure.case,
        "n": n,
        "patients": len({patient_id for patient_id, _ in pair.cases}),
        "categories": len(measure.grades) or None,
    }
    if n < LEAST_CASES:
        return {**row, "reason": f"{n} read in common, at least {LEAST_CASES} are needed"}
    return {**row, **(_of_grades(pair, measure) if measure.grades else _of_values(pair))}


def _of_values(pair: Pairs) -> dict[str, Any]:
    found = value_agreement(pair.first, pair.second)
    return {
        "mean_1": found.mean_1,
        "mean_2": found.mean_2,
        **_interval("icc_2_1", found.icc),
        **_interval("icc_2_k", found.icc_mean),
        "icc_ci_method": _method(ICC_CI_METHOD, [found.icc]),
        **_interval("bias", found.bias),
        "sd_difference": found.sd,
        **_interval("lower_limit", found.lower_limit),
        **_interval("upper_limit", found.upper_limit),
        "limits_ci_method": LIMITS_CI_METHOD,
        "sem": found.sem,
        "mdc95": found.mdc95,
        "reason": found.reason,
    }


def _of_grades(pair: Pairs, measure: Measure) -> dict[str, Any]:
    first, second = ([int(value) for value in values] for values in (pair.first, pair.second))
    found = grade_agreement(first, second, measure.grades)
    given = [weights for weights in WEIGHTS if weights in found.gwet]
    columns = itertools.chain(
        *(_interval(KAPPA[weights], found.kappa[weights]).items() for weights in given),
        *(_interval(GWET[weights], found.gwet[weights]).items() for weights in given),
    )
    return {
        "observed_agreement": found.observed,
        **dict(columns),
        "kappa_ci_method": _method(KAPPA_CI_METHOD, found.kappa.values()),
        "gwet_ci_method": GWET_CI_METHOD,
        "reason": found.reason,
    }


def _interval(name: str, estimate: Estimate | None) -> dict[str, Any]:
    if estimate is None:
        return {}
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}


def _method(words: str, estimates: Iterable[Estimate | None]) -> str:
    """The method of an interval, where there is one."""
    return words if any(one is not None and one.low is not None for one in estimates) else ""
