"""Print the tables of an analysis, rounded, on one page.

Writes `tables.html`: baseline characteristics, regression, final model (beside the true coefficients where the
patients are simulated), discrimination and internal validation. The unrounded numbers are in the CSV files.
"""

from typing import Any

from bonehold.files import read_csv, read_json, write_whole
from bonehold.publishing.tables.analysis_tables import (
    baseline_table,
    discrimination_table,
    final_table,
    performance_table,
    regression_table,
    with_warnings,
)
from bonehold.publishing.tables.tables_page import tables_page
from bonehold.script import logged


def main(smk: Any) -> None:
    """Print the page of one analysis."""
    model, validation = read_json(smk.input.model), read_json(smk.input.validation)
    fitted = model["status"] == "fitted"
    baseline = read_csv(smk.input.baseline)
    labels = {row["variable"]: row["label"] for row in baseline}
    univariable, multivariable = read_csv(smk.input.univariable), read_csv(smk.input.multivariable)
    tables = [baseline_table(baseline)] if baseline else []
    tables += [regression_table(univariable, multivariable, labels)]
    if fitted:
        tables += [
            final_table(read_csv(smk.input.final_model), labels),
            discrimination_table(read_csv(smk.input.roc), labels),
            performance_table(read_csv(smk.input.performance), validation["variants"]["fixed"]["used"]),
        ]
    dictionary = smk.input.get("dictionary")
    warnings = read_json(dictionary)["warnings"] if dictionary else {}
    warned = {labels.get(column, column): sentence for column, sentence in warnings.items()}
    tables = [with_warnings(table, warned) for table in tables]
    page = tables_page(f"Analysis {model['analysis']}", tables, model.get("reasons", ()), model["synthetic"])
    write_whole({smk.output.page: page.encode()})


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
