"""How good the model is, in print."""

from __future__ import annotations

from collections.abc import Sequence

from bonehold.publishing.tables.formatting import interval, rounded
from bonehold.publishing.tables.table import Labels, Row, Table


def discrimination_table(rows: Sequence[Row], labels: Labels) -> Table:
    """Areas and cut-offs of the model and its predictors."""
    lines = tuple(
        (
            "Model (risk)" if row["marker"] == "model" else labels.get(row["marker"], row["marker"]),
            interval(row["auc"], row["ci_low"], row["ci_high"], 3),
            f"{row['direction']} {rounded(row['cutoff'], 3)}".strip(),
            f"{rounded(row['sensitivity'], 3)} ({row['tp']}/{int(row['tp']) + int(row['fn'])})",
            f"{rounded(row['specificity'], 3)} ({row['tn']}/{int(row['tn']) + int(row['fp'])})",
            rounded(row["youden"], 3),
        )
        for row in rows
    )
    return Table(
        "Discrimination (apparent)",
        ("", "AUC (95% CI)", "Cut-off", "Sensitivity", "Specificity", "Youden index"),
        lines,
        ("DeLong's interval. The cut-off has the largest Youden index; it is no recommendation.",),
    )


def performance_table(rows: Sequence[Row], resamples: int) -> Table:
    """Apparent performance, its optimism and what is left."""
    names = {"auc": "AUC", "brier": "Brier score"}
    lines = tuple(
        (
            names.get(row["measure"], row["measure"]),
            interval(row["apparent"], row["ci_low"], row["ci_high"], 3),
            rounded(row["optimism"], 3),
            interval(row["corrected"], row["corrected_ci_low"], row["corrected_ci_high"], 3),
        )
        for row in rows
    )
    return Table(
        "Internal validation",
        ("", "Apparent (95% CI)", "Optimism", "Corrected (95% CI)"),
        lines,
        (
            f"Bootstrap of {resamples} refits of the final model; the selection of predictors is not repeated.",
        ),
    )
