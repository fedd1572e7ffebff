"""The rows of `sample_size.csv`: what the study has against what its model needs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.checks import unusable
from bonehold.modelling.inputs.levels import level_text
from bonehold.modelling.inputs.specification import Candidate, Specification
from bonehold.modelling.regression.development_data import DevelopmentData
from bonehold.modelling.regression.model import Model
from bonehold.modelling.stability.sample_size import (
    Plan,
    binding,
    cox_snell_r2,
    heuristic_shrinkage,
    max_r2,
    needs,
    r2_of_auc,
)

SAMPLE_SIZE_COLUMNS = (
    *(
        "counted",
        "parameters",
        "r2_basis",
        "auc",
        "r2_cox_snell",
        "r2_nagelkerke",
        "r2_max",
        "criterion",
        "aim",
    ),
    *("shrinkage", "needed_n", "needed_events", "needed_events_per_parameter", "binding", "n", "events"),
    *("prevalence", "events_per_parameter", "met", "expected_shrinkage", "slope_mean", "slope_median"),
)
_NEARLY_1 = 0.9999
"""An AUC of 1 has no finite distance between events and non-events."""


@dataclass(frozen=True)
class Study:
    """What a run knows about its own size.

    Attributes:
        n: patients of the final model.
        events: those with the event.
        parameters: what is counted (`final`, `candidates`) -> coefficients without the intercept.
        likelihood_ratio: apparent chi-square of the final model.
        auc: anticipated AUC; None where there is none.
        auc_basis: where it is from.
        slope_mean: mean calibration slope of the bootstrap's refits in the original data: the uniform shrinkage.
        slope_median: its median.
    """

    n: int
    events: int
    parameters: Mapping[str, int]
    likelihood_ratio: float
    auc: float | None
    auc_basis: str
    slope_mean: float | None
    slope_median: float | None


def parameters_counted(model: Model, specification: Specification, patients: AnalysisTable) -> dict[str, int]:
    """Coefficients of the final model, and of all candidates that could be fitted, factors by their columns.

    The members of an exclusive group all count: selection looks at each of them.

    Args:
        model: the final model.
        specification: its candidates.
        patients: rows of the analysis.
    """
    usable = [
        candidate
        for candidate in specification.candidates
        if not unusable(candidate, specification.outcome, patients)
    ]
    return {
        "final": len(model.coefficients) - 1,
        "candidates": sum(_columns(candidate, specification.outcome, patients) for candidate in usable),
    }


def _columns(candidate: Candidate, outcome: str, patients: AnalysisTable) -> int:
    if candidate.reference is None:
        return 1
    cells = zip(patients.column(candidate.column), patients.column(outcome), strict=True)
    return len({level_text(cell) for cell, event in cells if cell and event} - {candidate.reference})


def likelihood_ratio(data: DevelopmentData) -> float:
    """Apparent chi-square of a model against the one without predictors, the mean over the completed sets."""
    y = data.y
    share = y.mean()
    null = len(y) * (share * np.log(share) + (1 - share) * np.log(1 - share))
    fitted = [float((y * one.log_odds - np.logaddexp(0, one.log_odds)).sum()) for one in data.sets]
    return 2 * (float(np.mean(fitted)) - float(null))


def sample_size_rows(study: Study) -> Iterator[Mapping[str, Any]]:
    """One row per set of predictors counted, anticipated R2 and criterion.

    The anticipated Cox-Snell R2 is, in turn: the apparent one of this study; the apparent one times the heuristic
    shrinkage for so many parameters, as Riley and co-workers advise where only an apparent value is known; and that
    of a model with the anticipated AUC.

    Args:
        study: what the run knows.
    """
    prevalence = study.events / study.n
    apparent = cox_snell_r2(study.likelihood_ratio, study.n)
    for counted, parameters in study.parameters.items():
        expected = heuristic_shrinkage(study.likelihood_ratio, parameters)
        bases: list[tuple[str, float | None, float]] = [
            ("apparent", None, apparent),
            ("apparent x expected shrinkage", None, apparent * expected),
        ]
        if study.auc is not None:
            r2 = r2_of_auc(min(max(study.auc, 0.5), _NEARLY_1), prevalence)
            bases.append((study.auc_basis, study.auc, r2))
        for basis, auc, r2 in bases:
            known = {
                "counted": counted,
                "parameters": parameters,
                "r2_basis": basis,
                "auc": auc,
                "r2_cox_snell": r2,
                "r2_nagelkerke": r2 / max_r2(prevalence),
                "r2_max": max_r2(prevalence),
                "n": study.n,
                "events": study.events,
                "prevalence": prevalence,
                "events_per_parameter": study.events / parameters,
                "expected_shrinkage": expected,
                "slope_mean": study.slope_mean,
                "slope_median": study.slope_median,
            }
            yield from (
                {**known, **criterion} for criterion in _criteria(study, Plan(parameters, prevalence, r2))
            )


def _criteria(study: Study, plan: Plan) -> Iterator[Mapping[str, Any]]:
    found = needs(plan)
    most = binding(found)
    for need in found:
        events = math.nan if need.n is None else need.n * plan.prevalence
        yield {
            "criterion": need.criterion,
            "aim": need.aim,
            "shrinkage": need.shrinkage,
            "needed_n": need.n,
            "needed_events": events,
            "needed_events_per_parameter": events / plan.parameters,
            "binding": need is most,
            "met": need.n is not None and study.n >= need.n,
        }
