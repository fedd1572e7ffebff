"""Tables and models that several tests of the modelling half use."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from bonehold.modelling.inputs.analysis_table import AnalysisTable, patients_of, read_analysis_table
from bonehold.modelling.inputs.checks import analysed_patients
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.specification import Candidate, ExclusiveGroup, Specification
from bonehold.modelling.missing.completed_tables import CompletedTables
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
