"""Diagnose collinearity: tolerance, variance inflation, condition indices and variance proportions.

Reads the table the model was developed on, its imputed cells and `model.json`. Writes `collinearity.csv` for the final
model, the multivariable model, and models of columns that are named for this alone (terminal segment with the length of
the construct). Without a model it holds its header only.
"""

import json
from pathlib import Path
from typing import Any

from bonehold.files import csv_bytes, write_whole
from bonehold.modelling.description.collinearity import (
    COLLINEARITY_COLUMNS,
    collinearity_rows,
    proportion_columns,
)
from bonehold.modelling.description.diagnosed_models import developed_models, model_asked_for
from bonehold.modelling.inputs.dictionary import read_dictionary
from bonehold.modelling.inputs.specification import read_specification
from bonehold.modelling.missing.analysed import read_analysed_patients
from bonehold.modelling.regression.model import NotFitted, read_model
from bonehold.problems import InputError
from bonehold.script import logged


def main(smk: Any) -> None:
    """Diagnose the models of one analysis."""
    options = json.loads(smk.params.options)
    specification = read_specification(options["analysis"], options["model"])
    dictionary = read_dictionary(smk.input.get("dictionary"))
    model = read_model(smk.input.model)
    rows = []
    if not isinstance(model, NotFitted):
        patients = read_analysed_patients(specification, Path(smk.input.table), Path(smk.input.imputed))
        models = [*developed_models(model, specification, patients, dictionary)]
        for columns in options["collinearity"]:
            try:
                models.append(model_asked_for(columns, specification, patients, dictionary))
            except InputError as error:
                print(error)
        rows = [row for one in models for row in collinearity_rows(one)]
    columns = (*COLLINEARITY_COLUMNS, *proportion_columns(rows))
    write_whole({smk.output.collinearity: csv_bytes(columns, rows)})


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
