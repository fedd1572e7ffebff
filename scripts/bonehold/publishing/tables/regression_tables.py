"""The models in print: candidates alone and together, the final model."""

from __future__ import annotations

from collections.abc import Sequence

from bonehold.publishing.tables.formatting import MISSING, interval, p_text, rounded
from bonehold.publishing.tables.table import Labels, Row, Table, name_of


def regression_table(univariable: Sequence[Row], multivariable: Sequence[Row], labels: Labels) -> Table:
    """Odds ratios of each candidate alone and together."""
    together = {(row["term"], row["level"]): row for row in multivariable}
    lines = []
    for row in univariable:
        joint = together.get((row["term"], row["level"]), {})
        lines.append(
            (
                name_of(row, labels),
                row["n"],
                row["events"],
                _odds_ratio(row),
                p_text(row["p_value"]),
                _odds_ratio(joint),
                p_text(joint.get("p_value", "")),
                row["note"],
            )
        )
    return Table(
        "Univariable and multivariable logistic regression",
        ("", "n", "Events", "Univariable OR (95% CI)", "P", "Multivariable OR (95% CI)", "P", "Note"),
        tuple(lines),
        (
            "Odds ratios per unit, or against the reference; Wald intervals. n and events are those of the row.",
        ),
    )


def final_table(rows: Sequence[Row], labels: Labels) -> Table:
    """The final model; beside the true coefficients where the patients are simulated."""
    simulated = any(row["true_estimate"] for row in rows)
    lines = []
    for row in rows:
        line = [
            name_of(row, labels),
            rounded(row["estimate"], 3),
            rounded(row["std_error"], 3),
            _odds_ratio(row),
            p_text(row["p_value"]),
        ]
        lines.append((*line, *([rounded(row["true_estimate"], 3)] if simulated else []), row["note"]))
    true = ("True coefficient",) if simulated else ()
    notes = ["Coefficients are log-odds."]
    if simulated:
        notes.append("The patients were simulated with the true coefficients.")
    return Table(
        "Final model",
        ("", "Coefficient", "SE", "OR (95% CI)", "P", *true, "Note"),
        tuple(lines),
        tuple(notes),
    )


def _odds_ratio(row: Row) -> str:
    if not row or not row["odds_ratio"] or row["term"] == "(Intercept)":
        return MISSING
    return interval(row["odds_ratio"], row["ci_low"], row["ci_high"], 2)
