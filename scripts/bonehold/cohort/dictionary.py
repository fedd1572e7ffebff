"""What every column of the cohort table means, and the rules it was made by: `cohort.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bonehold.cohort.cohort_file import CohortFile
from bonehold.cohort.field_strengths import MixedFields
from bonehold.cohort.goutallier import GoutallierRules
from bonehold.cohort.outcome import OutcomeRules


@dataclass(frozen=True)
class Column:
    """Label and unit as printed, type (`number`, `integer`, `string`) and meaning of a column."""

    label: str
    unit: str
    type: str
    description: str


COMPUTED: Mapping[str, Column] = {
    "dxa_t": Column("T-score", "SD", "number", "Lowest valid DXA T-score."),
    "dxa_site": Column("Site of the lowest T-score", "", "string", "lumbar, femoral_neck or total_hip."),
    "bone_status": Column("Bone status by DXA", "", "string", "osteoporosis, osteopenia or normal."),
    "level_used": Column(
        "Level of the HU measures", "", "string", "Vertebra at which B-HU and ST-HU were drawn."
    ),
    "csf_level": Column("Level of the CSF signal", "", "string", "Vertebra behind which the CSF was drawn."),
    "b_hu": Column("B-HU", "HU", "number", "Mean HU of three ellipses in the vertebral body."),
    "st_hu": Column("ST-HU", "HU", "number", "Mean HU along the left and right screw trajectories."),
    "hu_ratio": Column("HU ratio", "", "number", "ST-HU / B-HU, readers combined first."),
    "pbq": Column("PBQ score", "", "number", "Mean T1 signal of the L1-L4 pedicles / CSF signal."),
    "goutallier": Column("Goutallier grade", "", "integer", "Fatty infiltration of the multifidus, 0 to 4."),
    "loosening": Column("Screw loosening", "", "integer", "1: loosened, by the configured outcome rule."),
    "follow_up_months": Column("Follow-up", "months", "number", "Last visit at which loosening is resolved."),
    "time_months": Column("Time", "months", "number", "First loose visit, or the last resolved one."),
    "event": Column("Loosening at any visit", "", "integer", "1: loose at any resolved visit."),
    "last_clean_months": Column(
        "Last visit without loosening", "months", "number", "Loosening came after; 0 is the day of surgery."
    ),
    "first_loose_months": Column("First visit with loosening", "months", "number", "Loosening came before."),
    "outcome_modality": Column("Images of the outcome", "", "string", "CT or XR at the visit that decided."),
    "status": Column("Measurability", "", "string", "complete, partial, unmeasurable or error."),
    "ct_kvp": Column("CT tube voltage", "kV", "number", "Of the measured CT."),
    "ct_slice_mm": Column("CT slice thickness", "mm", "number", "Of the measured CT."),
    "mr_field_t": Column("MR field strength", "T", "number", "Of the measured MRI."),
    "mr_tr": Column("MR repetition time", "ms", "number", "Of the measured MRI."),
    "mr_te": Column("MR echo time", "ms", "number", "Of the measured MRI."),
}
"""The columns of cohort.csv that are computed or measured, in their order, after the clinical ones."""


@dataclass(frozen=True)
class CohortRules:
    """Every definition that turns readings into the cohort table."""

    outcome: OutcomeRules
    goutallier: GoutallierRules
    osteoporosis_at: str
    eligibility: tuple[str, ...]
    on_bad_row: str = "quarantine"


def clinical_column(name: str, schema: Mapping[str, Any]) -> Column:
    """The dictionary's entry for a column of patients.csv, from its schema."""
    return Column(
        schema.get("x-label", name),
        schema.get("x-unit", ""),
        schema.get("type", "string"),
        schema.get("description", "Column of patients.csv."),
    )


def dictionary(
    columns: Mapping[str, Column],
    patients: int,
    cohort: CohortFile,
    rules: CohortRules,
    fields: MixedFields | None = None,
) -> dict[str, Any]:
    """The content of `cohort.json`.

    Args:
        columns: the columns of cohort.csv in order.
        patients: number of its rows.
        cohort: what the cohort folder says about itself.
        rules: the definitions by which the table was made.
        fields: the warning of mixed field strengths, which goes wherever PBQ is named; None without.
    """
    beside = {
        "goutallier": _merged_grades(rules.goutallier),
        "pbq": fields.beside_label if fields else "",
    }
    truth = {} if cohort.true_coefficients is None else {"true_coefficients": dict(cohort.true_coefficients)}
    return {
        "schema": "cohort/1",
        "title": cohort.title,
        "centre": cohort.centre,
        "synthetic": cohort.synthetic,
        **truth,
        "patients": patients,
        "warnings": {"pbq": fields.sentence} if fields else {},
        "columns": {
            name: {
                "label": column.label + beside.get(name, ""),
                "unit": column.unit,
                "type": column.type,
                "description": column.description,
            }
            for name, column in columns.items()
        },
        "rules": in_words(rules),
    }


def in_words(rules: CohortRules) -> dict[str, Any]:
    """The definitions as sentences for tables and reports."""
    return {
        "loosening": f"lucency >= {rules.outcome.lucency_mm:g} mm, double halo, or a decision",
        "outcome": _outcome_words(rules.outcome),
        "goutallier": _goutallier_words(rules.goutallier),
        "goutallier_collapse": [list(group) for group in rules.goutallier.collapse],
        "dxa": f"lowest valid T-score; osteoporosis {rules.osteoporosis_at} -2.5, osteopenia up to -1.0",
        "eligibility": list(rules.eligibility),
    }


def cohort_rules(options: Mapping[str, Any]) -> CohortRules:
    """The definitions in config.yaml: `outcome`, `goutallier`, `dxa`, `eligibility`, `on_bad_row`."""
    outcome, goutallier = options["outcome"], options["goutallier"]
    low, high = outcome["horizon_window"]
    return CohortRules(
        OutcomeRules(
            outcome["rule"],
            outcome["lucency_mm"],
            outcome["minimum_months"],
            outcome["minimum_months_ads"],
            (low, high),
        ),
        GoutallierRules(
            goutallier["disagreement"],
            goutallier["disc"],
            tuple(tuple(group) for group in goutallier["collapse"]),
        ),
        options["dxa"]["osteoporosis_at"],
        tuple(options["eligibility"]),
        options["on_bad_row"],
    )


def _outcome_words(rules: OutcomeRules) -> str:
    follow_up = f"{rules.minimum_months:g} months ({rules.minimum_months_ads:g} with scoliosis)"
    low, high = rules.horizon_window
    return {
        "last": f"state at the last resolved visit of at least {follow_up}; or revised for loosening",
        "ever": f"loosening at any resolved visit; without it, at least {follow_up} of follow-up",
        "horizon": f"loosening at a visit up to {high:g} months; else clean at {low:g} months or later",
    }[rules.rule]


def _goutallier_words(rules: GoutallierRules) -> str:
    place = "highest of the five discs" if rules.disc == "max" else f"disc {rules.disc}"
    merged = _merged_grades(rules)
    return f"{place}, higher side; unlike grades of two readers: {rules.disagreement}{merged}"


def _merged_grades(rules: GoutallierRules) -> str:
    """What is said of merged grades wherever the grade is named; nothing where none are."""
    groups = [f"{' and '.join(map(str, sorted(group)))} as {min(group)}" for group in rules.collapse]
    return f" ({', '.join(groups)})" if groups else ""
