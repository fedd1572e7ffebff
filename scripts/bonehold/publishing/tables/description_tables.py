"""The patients in print: by outcome, what is missing, what goes together."""

from __future__ import annotations

from collections.abc import Sequence

from bonehold.publishing.tables.formatting import (
    MISSING,
    count_and_share,
    interval,
    p_clause,
    p_text,
    rounded,
)
from bonehold.publishing.tables.table import Labels, Row, Table, footnote_marks, footnotes


def baseline_table(rows: Sequence[Row]) -> Table:
    """Patients by outcome; the test behind each P is a note."""
    patients = next(row for row in rows if row["variable"] == "patients")
    described = [row for row in rows if row is not patients]
    marks = footnote_marks(row["test"] for row in described)
    lines = []
    for row in described:
        unit = f", {row['unit']}" if row["unit"] else ""
        if row["level"]:
            lines.append((f" {row['level']}", row["overall"], row["without"], row["with"], "", ""))
            continue
        missing = int(row["missing"] or 0)
        gaps = f" [{missing} missing]" if missing else ""
        p_value = f"{p_text(row['p_value'])}{marks.get(row['test'], '')}"
        difference = rounded(row["standardised_difference"], 2)
        name = f"{row['label']}{unit}{gaps}"
        lines.append((name, row["overall"], row["without"], row["with"], difference, p_value))
    return Table(
        "Baseline characteristics by outcome",
        (
            "",
            f"All (n = {patients['overall']})",
            f"Without event (n = {patients['without']})",
            f"With event (n = {patients['with']})",
            "Standardised difference",
            "P",
        ),
        tuple(lines),
        (
            "Mean ± SD, median (quartiles of type 6), or count (percentage of the patients with a value).",
            *footnotes(marks),
        ),
    )


def missing_table(rows: Sequence[Row]) -> Table:
    """Missing values and how they were filled (the study's Table S6)."""
    known = [row for row in rows if row["missing"] == "0"]
    rows = [row for row in rows if row["missing"] != "0"]
    methods = footnote_marks(row[key] for key in ("method", "note") for row in rows)
    lines = tuple(
        (
            row["label"],
            count_and_share(row["missing"], row["n"]),
            count_and_share(row["missing_without_event"], row["n_without_event"]),
            count_and_share(row["missing_with_event"], row["n_with_event"]),
            f"{row['imputed'] or MISSING}{methods.get(row['method'], '')}{methods.get(row['note'], '')}",
        )
        for row in rows
    )
    sets = next((row for row in rows if row["sets"]), None)
    how = f" {sets['sets']} completed sets, {sets['iterations']} iterations each." if sets else ""
    return Table(
        "Missing values",
        ("", "Missing, all", "Missing, without event", "Missing, with event", "Imputed"),
        lines,
        (
            f"Counts and percentages of the patients.{how} {len(known)} further variables have no missing value.",
            *footnotes(methods),
        ),
    )


def correlation_table(rows: Sequence[Row]) -> Table:
    """Correlation of two measures."""
    lines = tuple(
        (
            f"{row['x_label']} with {row['y_label']}",
            row["values"],
            row["n"],
            interval(row["pearson"], row["pearson_ci_low"], row["pearson_ci_high"], 3),
            p_text(row["pearson_p_value"]),
            interval(row["spearman"], row["spearman_ci_low"], row["spearman_ci_high"], 3),
            p_text(row["spearman_p_value"]),
        )
        for row in rows
    )
    return Table(
        "Correlation",
        ("", "Values", "n", "Pearson r (95% CI)", "P", "Spearman ρ (95% CI)", "P"),
        lines,
        tuple(dict.fromkeys(f"{row['ci_method']}." for row in rows if row["ci_method"])),
    )


def association_table(rows: Sequence[Row]) -> Table:
    """Columns that hang together by how they are made: correlations, or a measure over the levels of a factor."""
    lines = []
    for row in rows:
        name = f"{row['x_label']} with {row['y_label']}"
        if row["kind"] == "level":
            low, middle, high = (
                rounded(row[key], 1) for key in ("lower_quartile", "median", "upper_quartile")
            )
            lines.append((f" {row['level']}", row["n"], "", "", f"{middle} ({low}–{high})", ""))
        elif row["kind"] == "groups":
            found = f"{row['test']}, {p_clause(row['p_value'])}, η² = {rounded(row['eta_squared'], 3)}"
            lines.append((name, row["n"], "", "", found, ""))
        elif row["values"] == "observed":
            linear, ranks = (
                interval(row[kind], row[f"{kind}_ci_low"], row[f"{kind}_ci_high"], 3)
                for kind in ("pearson", "spearman")
            )
            lines.append((name, row["n"], linear, ranks, "", rounded(row["pearson_by_division"], 3)))
    return Table(
        "Association of columns that hang together by how they are made",
        (
            *("", "n", "Pearson r (95% CI)", "Spearman ρ (95% CI)"),
            *("Over levels: test; median (quartiles)", "r by division alone"),
        ),
        tuple(lines),
        (
            "A ratio is coupled to its parts. By division alone: the correlation that independent parts with these "
            "spreads would have with their ratio (Pearson 1897).",
        ),
    )


def collinearity_table(rows: Sequence[Row], labels: Labels) -> Table:
    """Tolerance, variance inflation and the largest condition index of each diagnosed model."""
    names = {"final": "Final model", "multivariable": "Multivariable model"}
    lines = []
    for model, coding in dict.fromkeys((row["model"], row["coding"]) for row in rows):
        own = [row for row in rows if (row["model"], row["coding"]) == (model, coding)]
        words = {"levels": "factors as levels", "numeric": "factors as grades"}[coding]
        largest = max(float(row["condition_index"]) for row in own if row["term"] == "condition_index")
        asked = " + ".join(labels.get(column, column) for column in model.split(" + "))
        lines.append((f"{names.get(model, asked)}, {words}", "", "", "", rounded(str(largest), 3)))
        for row in own:
            if row["term"] != "condition_index":
                scaled = rounded(row["vif_scaled"], 3) if row["df"] != "1" else MISSING
                lines.append(
                    (f" {row['label']}", rounded(row["tolerance"], 3), rounded(row["vif"], 3), scaled, "")
                )
    return Table(
        "Collinearity",
        ("", "Tolerance", "VIF", "GVIF^(1/2df)", "Largest condition index"),
        tuple(lines),
        (
            "VIF of a factor with several columns: generalised. Condition index: columns with the constant, unit "
            "length, not centred (SPSS).",
        ),
    )
