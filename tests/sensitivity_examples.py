"""A made-up cohort with other definitions beside each value, and sensitivity analyses of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from bonehold.modelling.inputs.checks import analysed_patients
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.specification import Candidate, Specification
from bonehold.modelling.missing.completed_tables import CompletedTables
from bonehold.modelling.variation.basis import Basis, Filling, Settings, as_fixed
from modelling_examples import table_of

FAMILIES = (
    *("ordinal", "collapsed", "disc_rules", "firth", "complete_case", "outcome_rules", "ct_only"),
    *("each_reader", "log_ratio", "planned", "blinded", "with_construct"),
)
PREDICTORS = ("age", "pbq", "hu_ratio", "goutallier")
SENSITIVITY: dict[str, Any] = {
    "variants": list(FAMILIES),
    "factor": "goutallier",
    "ratio": "hu_ratio",
    "collapse": [[0, 1, 2], [3, 4]],
    "construct": ["fused_levels", "terminal_segment"],
    "drawn": ["hu_ratio", "pbq"],
}


def study_cohort(n: int = 220, seed: int = 4) -> dict[str, list[str]]:
    """Text cells of the final model's columns and of those of the construct."""
    random = np.random.default_rng(seed)
    age = np.round(random.normal(60, 9, n))
    pbq, ratio = random.normal(3, 0.5, n), np.exp(random.normal(0.4, 0.25, n))
    grade = random.integers(1, 5, n)
    log_odds = -1 + 0.05 * (age - 60) + (pbq - 3) - 1.2 * (ratio - 1.5) + 0.5 * (grade - 2.5)
    event = random.random(n) < 1 / (1 + np.exp(-log_odds))
    return {
        "patient_id": [f"P{place:03d}" for place in range(n)],
        "age": [f"{value:g}" for value in age],
        "pbq": [repr(float(value)) for value in pbq],
        "hu_ratio": [repr(float(value)) for value in ratio],
        "goutallier": [str(value) for value in grade],
        "fused_levels": [str(value) for value in random.integers(1, 6, n)],
        "terminal_segment": random.choice(["L4_or_above", "L5", "S1"], n).tolist(),
        "loosening": ["1" if value else "0" for value in event],
    }


def specification(**changes: Any) -> Specification:
    """The candidates of that cohort, the final model fixed."""
    numbers = ("age", "fused_levels", "pbq", "hu_ratio")
    factors = (Candidate("terminal_segment", "L4_or_above"), Candidate("goutallier", "4"))
    parts: dict[str, Any] = {
        "analysis": "primary",
        "where": None,
        "outcome": "loosening",
        "candidates": (*map(Candidate, numbers), *factors),
        "final": PREDICTORS,
    }
    return Specification(**{**parts, **changes})


def basis(
    cells: dict[str, list[str]],
    definitions: dict[str, list[str]] | None = None,
    patients: CompletedTables | None = None,
    asked: Specification | None = None,
    **settings: Any,
) -> Basis:
    """What sensitivity analyses of a cohort start from; keyword arguments replace settings."""
    asked = asked or specification()
    known = SENSITIVITY | settings
    return Basis(
        asked=asked,
        final=as_fixed(asked, asked.final or ()),
        patients=patients or CompletedTables(analysed_patients(asked, table_of(cells))),
        definitions=table_of(definitions or cells),
        settings=Settings(
            tuple(known["variants"]),
            known["factor"],
            known["ratio"],
            tuple(tuple(map(str, group)) for group in known["collapse"]),
            tuple(known["construct"]),
            tuple(known["drawn"]),
        ),
        filling=Filling(2, 2, 1, 20),
        dictionary=Dictionary(),
    )
