"""Which tables of an analysis are printed, in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bonehold.files import read_csv, read_json
from bonehold.publishing.tables.abbreviations import with_abbreviations
from bonehold.publishing.tables.description_tables import (
    association_table,
    baseline_table,
    collinearity_table,
    correlation_table,
    missing_table,
)
from bonehold.publishing.tables.numbering import AnalysisTables
from bonehold.publishing.tables.performance_tables import (
    area_comparison_table,
    discrimination_table,
    learners_table,
    performance_table,
    sample_size_table,
    thresholds_table,
)
from bonehold.publishing.tables.regression_tables import (
    final_table,
    incremental_table,
    linearity_table,
    regression_table,
    sensitivity_table,
)
from bonehold.publishing.tables.survival_tables import hazard_table, risk_table
from bonehold.publishing.tables.table import Row, Table, with_warnings

PRINTED = (
    *("baseline", "univariable", "multivariable", "final_model", "roc", "performance"),
    *("performance_selection", "thresholds", "missing", "roc_comparison", "survival"),
    *("sample_size", "comparison", "correlation", "association", "collinearity"),
    *("linearity", "incremental", "sensitivity"),
)
"""The CSV files that are printed."""


@dataclass(frozen=True)
class AnalysisResults:
    """The results of one analysis as they are kept.

    Attributes:
        tables: name of a CSV file -> its rows.
        model: content of `model.json`.
        validation: content of `validation.json`.
    """

    tables: Mapping[str, Sequence[Row]]
    model: Mapping[str, Any]
    validation: Mapping[str, Any]


def read_results(folder: Path) -> AnalysisResults:
    """Read what is printed of an analysis.

    Args:
        folder: its folder of results.
    """
    return AnalysisResults(
        tables={name: read_csv(str(folder / f"{name}.csv")) for name in PRINTED},
        model=read_json(str(folder / "model.json")),
        validation=read_json(str(folder / "validation.json")),
    )


def composed(results: AnalysisResults, warnings: Mapping[str, str]) -> AnalysisTables:
    """The printed tables of an analysis.

    Args:
        results: of the analysis.
        warnings: column -> sentence that must stand below every table with that predictor.
    """
    rows, model = results.tables, results.model
    labels = {row["variable"]: row["label"] for row in rows["baseline"]}
    main: list[Table] = []
    if rows["baseline"]:
        main.append(baseline_table(rows["baseline"]))
    main.append(regression_table(rows["univariable"], rows["multivariable"], labels))
    supplement = [
        missing_table(rows["missing"]),
        correlation_table(rows["correlation"]),
        association_table(rows["association"]),
    ]
    if model["status"] == "fitted":
        main += [
            final_table(rows["final_model"], labels),
            discrimination_table(rows["roc"], labels),
            performance_table(
                rows["performance"], rows["performance_selection"], results.validation["variants"]
            ),
            thresholds_table(rows["thresholds"]),
            incremental_table(rows["incremental"]),
        ]
        supplement += [
            collinearity_table(rows["collinearity"], labels),
            linearity_table(rows["linearity"]),
            area_comparison_table(rows["roc_comparison"]),
            sensitivity_table(rows["sensitivity"], ("hu_ratio", "pbq"), labels),
            hazard_table(rows["survival"], labels),
            risk_table(rows["survival"]),
            sample_size_table(rows["sample_size"]),
            learners_table(rows["comparison"]),
        ]
    warned = {labels.get(column, column): sentence for column, sentence in warnings.items()}

    def finished(tables: Sequence[Table]) -> tuple[Table, ...]:
        return tuple(with_abbreviations(with_warnings(table, warned)) for table in tables if table.rows)

    return AnalysisTables(model["analysis"], _lines(model), finished(main), finished(supplement))


def _lines(model: Mapping[str, Any]) -> tuple[str, ...]:
    if model["status"] != "fitted":
        return ("No model could be fitted:", *model["reasons"])
    share = f"{model['events']} of {model['n']} patients had the event ({model['events'] / model['n']:.1%})"
    chosen = f"; patients: {model['where']}" if model["where"] else ""
    return (f"{share}{chosen}.",)
