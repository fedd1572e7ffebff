"""See how much the predictions of a model would change had it been developed in other patients.

Reads the table the model was developed on, its imputed cells and `model.json`, and refits the model in the resamples of
the validation. Writes `stability.csv` (per patient, sorted by risk and without any id: risk, mean and 95 % band under
the bootstrap models, mean absolute difference, how often the side of the cut-off changes) and `stability_curves.csv`
(calibration curves of the bootstrap models in the original data). Without a model both hold their header only.
"""

import json
from pathlib import Path
from typing import Any

from bonehold.files import csv_bytes, write_whole
from bonehold.modelling.missing.analysed import read_model_patients
from bonehold.modelling.performance.optimism import refit_method
from bonehold.modelling.regression.development_data import development_data
from bonehold.modelling.regression.model import NotFitted, read_model
from bonehold.modelling.stability.stability_tables import (
    CURVE_COLUMNS,
    STABILITY_COLUMNS,
    assess,
    curve_rows,
    stability_rows,
)
from bonehold.script import logged


def main(smk: Any) -> None:
    """Assess one model."""
    options = json.loads(smk.params.options)
    model = read_model(smk.input.model)
    if isinstance(model, NotFitted):
        patients, curves = csv_bytes(STABILITY_COLUMNS, ()), csv_bytes(CURVE_COLUMNS, ())
    else:
        data = development_data(
            model, read_model_patients(model, Path(smk.input.table), Path(smk.input.imputed))
        )
        bootstrap = options["bootstrap"]
        method = refit_method(model.method, bootstrap["firth"], bootstrap["stopping_rule"])
        stability = assess(model, data, bootstrap["repetitions"], options["seed"], method)
        patients = csv_bytes(STABILITY_COLUMNS, stability_rows(model, stability))
        curves = csv_bytes(CURVE_COLUMNS, curve_rows(stability))
    write_whole({smk.output.stability: patients, smk.output.curves: curves})


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
