"""Measure how well a model and each of its predictors tell patients with the event from those without.

Reads the table the model was developed on, its imputed cells and `model.json`. Writes `roc.csv` (AUC with DeLong's CI;
Youden's cut-off with its counts, exact intervals and likelihood ratios), `roc_points.csv` (every point of every ROC
curve), `roc_comparison.csv` (the model against each predictor) and `thresholds.csv` (what the model does at a choice of
thresholds). All values are apparent: measured in the patients the model was fitted to. Without a model all hold their
header only.
"""

from pathlib import Path
from typing import Any

from bonehold.files import csv_bytes, write_whole
from bonehold.modelling.decision.thresholds import THRESHOLD_COLUMNS, threshold_rows
from bonehold.modelling.missing.analysed import read_model_patients
from bonehold.modelling.performance.roc_tables import (
    COMPARISON_COLUMNS,
    ROC_COLUMNS,
    ROC_POINT_COLUMNS,
    comparison_rows,
    roc_point_rows,
    roc_rows,
)
from bonehold.modelling.regression.development_data import development_data
from bonehold.modelling.regression.model import NotFitted, read_model
from bonehold.script import logged


def main(smk: Any) -> None:
    """Measure one model."""
    model = read_model(smk.input.model)
    roc, points, comparison, thresholds = (), (), (), ()
    if not isinstance(model, NotFitted):
        patients = read_model_patients(model, Path(smk.input.table), Path(smk.input.imputed))
        data = development_data(model, patients)
        roc, points = roc_rows(model, data), roc_point_rows(model, data)
        comparison = comparison_rows(model, data)
        thresholds = threshold_rows(data.risk, data.y, model.cutoff.cutoff)
    write_whole(
        {
            smk.output.roc: csv_bytes(ROC_COLUMNS, roc),
            smk.output.roc_points: csv_bytes(ROC_POINT_COLUMNS, points),
            smk.output.roc_comparison: csv_bytes(COMPARISON_COLUMNS, comparison),
            smk.output.thresholds: csv_bytes(THRESHOLD_COLUMNS, thresholds),
        }
    )


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
