"""Measure how well a model and each of its predictors tell patients with the event from those without.

Reads the table the model was developed on, its imputed cells and `model.json`. Writes `roc.csv` (AUC with DeLong's
CI; Youden's cut-off with its counts) and `roc_points.csv` (every point of every ROC curve). All values are apparent:
measured in the patients the model was fitted to. Without a model both hold their header only.
"""

from pathlib import Path
from typing import Any

from bonehold.files import csv_bytes, write_whole
from bonehold.modelling.missing.analysed import read_model_patients
from bonehold.modelling.performance.roc_tables import ROC_COLUMNS, ROC_POINT_COLUMNS, roc_point_rows, roc_rows
from bonehold.modelling.regression.development_data import development_data
from bonehold.modelling.regression.model import NotFitted, read_model
from bonehold.script import logged


def main(smk: Any) -> None:
    """Measure one model."""
    model = read_model(smk.input.model)
    if isinstance(model, NotFitted):
        roc, points = csv_bytes(ROC_COLUMNS, ()), csv_bytes(ROC_POINT_COLUMNS, ())
    else:
        data = development_data(
            model, read_model_patients(model, Path(smk.input.table), Path(smk.input.imputed))
        )
        roc = csv_bytes(ROC_COLUMNS, roc_rows(model, data))
        points = csv_bytes(ROC_POINT_COLUMNS, roc_point_rows(model, data))
    write_whole({smk.output.roc: roc, smk.output.roc_points: points})


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
