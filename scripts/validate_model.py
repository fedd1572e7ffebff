"""Validate a model by the bootstrap: how much of its performance is optimism.

Reads the table the model was developed on, its imputed cells and `model.json`. The model is refitted in B resamples
of the patients (variant `fixed`: the predictors are taken as given). Writes `performance.csv` (AUC and Brier score,
apparent and corrected), `calibration.csv` (smooth calibration curve, apparent and corrected) and `validation.json`
(resamples used, separated and singular, seed, calibration slope, distance of the corrected curve). Without a model
the tables hold their header only.
"""

import json
from pathlib import Path
from typing import Any

from bonehold.files import csv_bytes, json_bytes, write_whole
from bonehold.modelling.missing.analysed import read_model_patients
from bonehold.modelling.performance.validation import (
    CALIBRATION_COLUMNS,
    PERFORMANCE_COLUMNS,
    calibration_rows,
    not_validated_content,
    performance_rows,
    validate,
    validation_content,
)
from bonehold.modelling.regression.development_data import development_data
from bonehold.modelling.regression.model import NotFitted, read_model
from bonehold.script import logged


def main(smk: Any) -> None:
    """Validate one model."""
    options = json.loads(smk.params.options)
    model = read_model(smk.input.model)
    if isinstance(model, NotFitted):
        performance, calibration = csv_bytes(PERFORMANCE_COLUMNS, ()), csv_bytes(CALIBRATION_COLUMNS, ())
        content = not_validated_content(model)
    else:
        data = development_data(
            model, read_model_patients(model, Path(smk.input.table), Path(smk.input.imputed))
        )
        validation = validate(model, data, options["bootstrap"]["repetitions"], options["seed"])
        performance = csv_bytes(PERFORMANCE_COLUMNS, performance_rows(validation))
        calibration = csv_bytes(CALIBRATION_COLUMNS, calibration_rows(validation))
        content = validation_content(model, data, validation)
    write_whole(
        {
            smk.output.performance: performance,
            smk.output.calibration: calibration,
            smk.output.validation: json_bytes(content),
        }
    )


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
