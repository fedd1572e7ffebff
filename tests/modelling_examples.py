"""Tables and models that several tests of the modelling half use."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from bonehold.modelling.inputs.analysis_table import AnalysisTable, patients_of, read_analysis_table
from bonehold.modelling.inputs.checks import analysed_patients
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.specification import Candidate, ExclusiveGroup, Specification
from bonehold.modelling.missing.chained_equations import impute
from bonehold.modelling.missing.completed_tables import CompletedTables, completed_tables
from bonehold.modelling.missing.incomplete import incomplete
from bonehold.modelling.regression.development import Development, develop
from bonehold.modelling.regression.development_data import DevelopmentData, development_data
from bonehold.modelling.regression.model import Model

REFERENCE_SETS = ("birthwt", "pbc312", "sim313")
OUTCOMES = {"birthwt": "low", "pbc312": "died", "sim313": "loosening"}
PREDICTORS = {
    "birthwt": (*map(Candidate, ("age", "lwt", "smoke", "ht")), Candidate("ptl", "0")),
    "pbc312": (*map(Candidate, ("age", "logbili", "albumin", "protime")), Candidate("stage3", "4")),
    "sim313": (*map(Candidate, ("age", "pbq", "hu_ratio")), Candidate("goutallier", "4")),
}
REFERENCE_NAMES = {
    # the reference programme writes a level behind its column; levels here stand in natural order
    "birthwt": ("(Intercept)", "age", "lwt", "smoke", "ht", "ptl=1", "ptl=2+"),
    "pbc312": ("(Intercept)", "age", "logbili", "albumin", "protime", "stage3=1-2", "stage3=3"),
    "sim313": ("(Intercept)", "age", "pbq", "hu_ratio", "goutallier=1", "goutallier=2", "goutallier=3"),
}


def fixed_specification(name: str) -> Specification:
    """The primary model of a reference set, without selection."""
    predictors = PREDICTORS[name]
    columns = tuple(candidate.column for candidate in predictors)
    return Specification("primary", None, OUTCOMES[name], predictors, final=columns)


def reference_table(shared: Path, name: str) -> AnalysisTable:
    return read_analysis_table(shared / "reference" / "statistics" / f"{name}.csv")


def reference_values(shared: Path, name: str) -> dict[str, Any]:
    path = shared / "reference" / "statistics" / f"{name}.reference.json"
    return dict(json.loads(path.read_text(encoding="utf-8")))


def reference_development(shared: Path, name: str) -> Development:
    return develop_on(fixed_specification(name), reference_table(shared, name))


def develop_on(
    specification: Specification, table: AnalysisTable, dictionary: Dictionary | None = None
) -> Development:
    """Develop a model on complete cases."""
    return develop(
        specification, CompletedTables(analysed_patients(specification, table)), dictionary or Dictionary()
    )


def data_of(model: Model, table: AnalysisTable) -> DevelopmentData:
    """The patients of a model fitted to complete cases."""
    return development_data(model, CompletedTables(patients_of(table, model.where)))


def small_cohort(n: int = 160, seed: int = 6) -> dict[str, list[str]]:
    """Text cells of a made-up cohort: `age` and `grade` matter, `noise` does not, `a = b + c`."""
    random = np.random.default_rng(seed)
    age = np.round(random.normal(60, 10, n))
    grade = random.integers(1, 4, n)
    b, c = np.round(random.normal(20, 5, n)), np.round(random.normal(30, 5, n))
    log_odds = -1.2 + 0.09 * (age - 60) + np.array([0.0, 0.9, 1.8])[grade - 1]
    event = random.random(n) < 1 / (1 + np.exp(-log_odds))
    return {
        "patient_id": [f"P{place:03d}" for place in range(n)],
        "age": [f"{value:g}" for value in age],
        "grade": [str(value) for value in grade],
        "noise": [f"{value:.3f}" for value in random.normal(0, 1, n)],
        "a": [f"{value:g}" for value in b + c],
        "b": [f"{value:g}" for value in b],
        "c": [f"{value:g}" for value in c],
        "loosening": ["1" if value else "0" for value in event],
    }


def write_table(path: Path, columns: dict[str, list[str]], separator: str = ",") -> Path:
    rows = [separator.join(columns), *(separator.join(row) for row in zip(*columns.values(), strict=True))]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def small_specification(**changes: Any) -> Specification:
    """Candidates of the small cohort; keyword arguments replace parts."""
    parts: dict[str, Any] = {
        "analysis": "primary",
        "where": None,
        "outcome": "loosening",
        "candidates": (*map(Candidate, ("age", "noise", "a", "b", "c")), Candidate("grade", "1")),
        "a_priori": ("age", "grade"),
        "exclusive": (ExclusiveGroup(("a", "b", "c"), 2),),
    }
    return Specification(**{**parts, **changes})


class Named(SimpleNamespace):
    """Named items as a rule script sees them."""

    def get(self, name: str, default: Any = None) -> Any:
        return getattr(self, name, default)


def rule(inputs: dict[str, Any], outputs: dict[str, Any], options: dict[str, Any]) -> Named:
    """What a rule script gets, without Snakemake."""
    return Named(
        input=Named(**{key: str(value) for key, value in inputs.items()}),
        output=Named(**{key: str(value) for key, value in outputs.items()}),
        params=Named(options=json.dumps(options)),
    )


def gappy(
    cells: dict[str, list[str]], share: float, seed: int, columns: Sequence[str]
) -> dict[str, list[str]]:
    """The same cells with gaps at random in some columns, at least three values left in each."""
    random = np.random.default_rng(seed)
    emptied = {}
    for column, values in cells.items():
        gaps = random.random(len(values)) < share
        gaps[random.choice(len(values), 3, replace=False)] = False
        emptied[column] = [
            "" if gap and column in columns else value for value, gap in zip(values, gaps, strict=True)
        ]
    return emptied


def bone_cohort(n: int = 90, seed: int = 8) -> dict[str, list[str]]:
    """A small cohort with related columns (pi = pt + ss, hu_ratio = st_hu / b_hu) and factors of each kind."""
    random = np.random.default_rng(seed)
    pt, ss = np.round(random.normal(18, 5, n), 1), np.round(random.normal(32, 6, n), 1)
    body, trajectory = np.round(random.normal(130, 25, n), 1), np.round(random.normal(210, 30, n), 1)
    age = np.round(random.normal(60, 10, n))
    event = random.random(n) < 1 / (1 + np.exp(-(age - 60) / 10))
    return {
        "patient_id": [f"P{place:03d}" for place in range(n)],
        "age": [f"{value:g}" for value in age],
        "pi": [f"{value:.1f}" for value in pt + ss],
        "pt": [f"{value:.1f}" for value in pt],
        "ss": [f"{value:.1f}" for value in ss],
        "st_hu": [f"{value:.1f}" for value in trajectory],
        "b_hu": [f"{value:.1f}" for value in body],
        "hu_ratio": [repr(float(value)) for value in trajectory / body],
        "diabetes": [str(value) for value in random.integers(0, 2, n)],
        "sex": random.choice(["F", "M"], n).tolist(),
        "technique": random.choice(["TLIF", "PLIF", "OLIF"], n).tolist(),
        "grade": [str(value) for value in random.integers(1, 5, n)],
        "loosening": ["1" if value else "0" for value in event],
    }


def bone_specification(**changes: Any) -> Specification:
    """Candidates of the bone cohort; keyword arguments replace parts."""
    numbers = ("age", "pi", "pt", "ss", "hu_ratio", "st_hu", "b_hu", "diabetes")
    factors = (Candidate("sex", "F"), Candidate("technique", "TLIF"), Candidate("grade", "4"))
    parts: dict[str, Any] = {
        "analysis": "primary",
        "where": None,
        "outcome": "loosening",
        "candidates": (*map(Candidate, numbers), *factors),
        "exclusive": (
            ExclusiveGroup(("pi", "pt", "ss"), 2),
            ExclusiveGroup(("hu_ratio", "st_hu", "b_hu"), 1),
        ),
    }
    return Specification(**{**parts, **changes})


def table_of(cells: dict[str, list[str]]) -> AnalysisTable:
    """Text cells as a table whose rows are numbered as in a file."""
    rows = len(next(iter(cells.values())))
    return AnalysisTable("cohort.csv", pd.DataFrame(cells, index=range(2, rows + 2)))


def imputed(
    specification: Specification, table: AnalysisTable, m: int = 2, iterations: int = 2, seed: int = 1
) -> CompletedTables:
    """The tables of an analysis with their gaps filled."""
    gaps = incomplete(specification, table, b_hu_minimum=20)
    return completed_tables(table, impute(gaps, m, iterations, seed, specification.analysis).cells)
