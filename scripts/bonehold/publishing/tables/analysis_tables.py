"""The tables of an analysis as readers know them: one row per predictor, rounded, with what each test was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bonehold.publishing.tables.formatting import MISSING, interval, p_text, rounded

Row = Mapping[str, str]
Labels = Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """A table to print: title, column heads, rows of text, and notes below it. A row that starts with a space is
    a level of the predictor above it.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def baseline_table(rows: Sequence[Row]) -> Table:
    """Patients by outcome."""
    patients = next(row for row in rows if row["variable"] == "patients")
    lines = []
    for row in rows:
        if row is patients:
            continue
        unit = f", {row['unit']}" if row["unit"] else ""
        name = f" {row['level']}" if row["level"] else f"{row['label']}{unit}"
        p_value = "" if row["level"] else p_text(row["p_value"])
        difference = "" if row["level"] else rounded(row["standardised_difference"], 2)
        lines.append((name, row["overall"], row["without"], row["with"], difference, p_value, row["test"]))
    return Table(
        "Baseline characteristics",
        (
            "",
            f"All (n = {patients['overall']})",
            f"Without event (n = {patients['without']})",
            f"With event (n = {patients['with']})",
            "Std. difference",
            "P",
            "Test",
        ),
        tuple(lines),
        ("Mean ± SD, median (quartiles), or count (percentage); missing values are left out.",),
    )


def regression_table(univariable: Sequence[Row], multivariable: Sequence[Row], labels: Labels) -> Table:
    """Odds ratios of each candidate alone and together."""
    together = {(row["term"], row["level"]): row for row in multivariable}
    lines = []
    for row in univariable:
        # A factor that an exclusive group kept out has one row for all its levels.
        joint = together.get((row["term"], row["level"])) or together.get((row["term"], ""), {})
        notes = (note for note in (row["note"], joint.get("note", "")) if note)
        lines.append(
            (
                _name(row, labels),
                row["n"],
                row["events"],
                _odds_ratio(row),
                p_text(row["p_value"]),
                _odds_ratio(joint),
                p_text(joint.get("p_value", "")),
                "; ".join(dict.fromkeys(notes)),
            )
        )
    return Table(
        "Univariable and multivariable logistic regression",
        ("", "n", "Events", "Univariable OR (95% CI)", "P", "Multivariable OR (95% CI)", "P", "Note"),
        tuple(lines),
        (
            "Odds ratios per unit, or against the reference. Wald's intervals; where a note says Firth's fit, those "
            "of the profile penalised likelihood. n and events are those of the row.",
        ),
    )


def final_table(rows: Sequence[Row], labels: Labels) -> Table:
    """The final model; beside the true coefficients where the patients are simulated."""
    simulated = any(row["true_estimate"] for row in rows)
    lines = []
    for row in rows:
        line = [
            _name(row, labels),
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


def with_warnings(table: Table, warnings: Mapping[str, str]) -> Table:
    """The table with a further note for each warning that concerns it.

    Args:
        table: any table.
        warnings: label of a predictor -> sentence; it goes below tables with a row of that predictor.
    """
    notes = [
        f"{sentence}."
        for label, sentence in warnings.items()
        if any(row[0].startswith(label) for row in table.rows)
    ]
    return replace(table, notes=(*table.notes, *notes))


def _name(row: Row, labels: Labels) -> str:
    label = labels.get(row["term"], row["term"])
    return f"{label}: {row['level']} against {row['reference']}" if row["level"] else label


def _odds_ratio(row: Row) -> str:
    if not row or not row["odds_ratio"] or row["term"] == "(Intercept)":
        return MISSING
    return interval(row["odds_ratio"], row["ci_low"], row["ci_high"], 2)
