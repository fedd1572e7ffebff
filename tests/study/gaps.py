"""Do pooled intervals hold the truth where values are missing at random?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.specification import Candidate, Specification
from bonehold.modelling.missing.chained_equations import impute
from bonehold.modelling.missing.completed_tables import completed_tables
from bonehold.modelling.missing.incomplete import incomplete
from bonehold.modelling.regression.logistic import NotConverged, fit_logistic
from bonehold.modelling.regression.pooling import pool
from bonehold.modelling.regression.terms import Floats
from intervals import fitted, held, wald_limits
from scipy.special import expit
from simulated_world import NAMES, N, Patients, draw

SETS, ITERATIONS = 5, 10
GAPS = {"pbq": 0.15, "hu_ratio": 0.15, "low_grade": 0.1}
"""Share of missing cells of each column, on average."""
COLUMNS = ("age", "pbq", "hu_ratio", "low_grade")
SPECIFICATION = Specification(
    "study",
    None,
    "loosening",
    (*map(Candidate, ("age", "pbq", "hu_ratio")), Candidate("low_grade", "0")),
    final=COLUMNS,
)
B_HU_MINIMUM = 20.0
QUANTITIES = (*NAMES, *(f"complete cases, {name}" for name in NAMES))


def pooled(number: int, random: np.random.Generator) -> Mapping[str, float]:
    """Pooled intervals after chained equations, and those of the patients without a gap."""
    patients = draw(N, random)
    seen = with_gaps(patients, random)
    nothing = dict.fromkeys(QUANTITIES, np.nan)
    complete = ~np.isnan(seen).any(axis=1)
    alone = fitted(Patients(patients.X[complete], patients.y[complete], patients.log_odds[complete]))
    table = table_of(seen, patients.y)
    imputation = impute(incomplete(SPECIFICATION, table, B_HU_MINIMUM), SETS, ITERATIONS, number, "study")
    try:
        fits = [
            fit_logistic(design(one), patients.y) for one in completed_tables(table, imputation.cells).sets
        ]
    except NotConverged:
        return nothing
    p = len(NAMES) + 1
    found: dict[str, float] = {**nothing, **held(*wald_limits(pool(fits, N - p)))}
    if alone is not None:
        few = held(*wald_limits(pool([alone], int(complete.sum()) - p)))
        found |= {f"complete cases, {name}": value for name, value in few.items()}
    return found


def with_gaps(patients: Patients, random: np.random.Generator) -> Floats:
    """Age, PBQ, HU ratio and grade, the last three with gaps whose chance follows from what is always seen.

    Older patients and those with the event lack more values: missing at random, but complete cases are no random
    sample of the patients.
    """
    seen = patients.X[:, 1:].copy()
    tilt = expit((patients.X[:, 1] - 60) / 12 + 1.5 * patients.y - 0.5)
    for place, column in enumerate(COLUMNS):
        if column in GAPS:
            seen[random.random(N) < GAPS[column] * tilt / tilt.mean(), place] = np.nan
    return seen


def table_of(seen: Floats, y: Floats) -> AnalysisTable:
    """The text table that a group would have."""
    cells = pd.DataFrame(
        {
            column: ["" if np.isnan(value) else f"{value:.10g}" for value in seen[:, place]]
            for place, column in enumerate(COLUMNS)
        },
        index=range(2, len(y) + 2),
    )
    return AnalysisTable("study.csv", cells.assign(loosening=[f"{value:.0f}" for value in y]))


def design(table: AnalysisTable) -> Floats:
    """Ones and the columns as numbers."""
    numbers = table.cells[list(COLUMNS)].to_numpy(dtype=float)
    return np.column_stack([np.ones(len(numbers)), numbers])
