"""Hold the size of a study against what its model needs, by the criteria of Riley and co-workers.

Reads the table the model was developed on, its imputed cells, `model.json`, and the validation for the calibration
slope and the corrected AUC. Writes `sample_size.csv`: one row per criterion, for the parameters of the final model and
for those of all candidates. Without a model the table holds its header only.
"""

import json
from pathlib import Path
from typing import Any

from bonehold.files import csv_bytes, read_csv, read_json, write_whole
from bonehold.modelling.inputs.specification import read_specification
from bonehold.modelling.missing.analysed import read_model_patients
from bonehold.modelling.regression.development_data import development_data
from bonehold.modelling.regression.model import NotFitted, read_model
from bonehold.modelling.stability.sample_size_table import (
    SAMPLE_SIZE_COLUMNS,
    Study,
    likelihood_ratio,
    parameters_counted,
    sample_size_rows,
)
from bonehold.script import logged


def main(smk: Any) -> None:
    """Plan for one model."""
    options = json.loads(smk.params.options)
    model = read_model(smk.input.model)
    rows: Any = ()
    if not isinstance(model, NotFitted):
        specification = read_specification(options["analysis"], options["model"])
        patients = read_model_patients(model, Path(smk.input.table), Path(smk.input.imputed))
        auc, auc_basis = anticipated_auc(options["sample_size"]["auc"], read_csv(smk.input.performance))
        fixed = read_json(smk.input.validation)["variants"]["fixed"]
        rows = sample_size_rows(
            Study(
                n=model.n,
                events=model.events,
                parameters=parameters_counted(model, specification, patients.observed),
                likelihood_ratio=likelihood_ratio(development_data(model, patients)),
                auc=auc,
                auc_basis=auc_basis,
                slope_mean=fixed["slope_mean"],
                slope_median=fixed["slope_median"],
            )
        )
    write_whole({smk.output.sample_size: csv_bytes(SAMPLE_SIZE_COLUMNS, rows)})


def anticipated_auc(stated: float | None, performance: list[dict[str, str]]) -> tuple[float | None, str]:
    """The AUC to plan with and where it is from: the configuration, else the model's own, corrected."""
    if stated is not None:
        return stated, "stated AUC"
    corrected = next(row["corrected"] for row in performance if row["measure"] == "auc")
    return (float(corrected) if corrected else None), "corrected AUC"


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
