"""Test whether the log-odds are linear in each continuous predictor: a restricted cubic spline against the line.

Reads the table the model was developed on, its imputed cells and `model.json`. Writes `linearity.csv` (likelihood-ratio
test, over completed sets D3), `linearity_curves.csv` (log-odds over the predictor, line and spline with bands) and
`linearity_values.csv` (the predictors' values for the rug). Without a model they hold their header only.
"""

import json
from pathlib import Path
from typing import Any

from bonehold.files import csv_bytes, write_whole
from bonehold.modelling.inputs.dictionary import read_dictionary
from bonehold.modelling.inputs.specification import read_specification
from bonehold.modelling.missing.analysed import read_analysed_patients
from bonehold.modelling.regression.linearity import (
    CURVE_COLUMNS,
    LINEARITY_COLUMNS,
    VALUE_COLUMNS,
    Linearity,
    curve_rows,
    linearity_of_predictors,
    linearity_row,
    value_rows,
)
from bonehold.modelling.regression.model import NotFitted, read_model
from bonehold.script import logged


def main(smk: Any) -> None:
    """Test the predictors of one analysis."""
    options = json.loads(smk.params.options)
    specification = read_specification(options["analysis"], options["model"])
    dictionary = read_dictionary(smk.input.get("dictionary"))
    model = read_model(smk.input.model)
    results: tuple[Linearity, ...] = ()
    if not isinstance(model, NotFitted):
        patients = read_analysed_patients(specification, Path(smk.input.table), Path(smk.input.imputed))
        results = linearity_of_predictors(model, specification, patients, dictionary)
    curves = (row for result in results for row in curve_rows(result))
    values = (row for result in results for row in value_rows(result))
    write_whole(
        {
            smk.output.linearity: csv_bytes(LINEARITY_COLUMNS, map(linearity_row, results)),
            smk.output.curves: csv_bytes(CURVE_COLUMNS, curves),
            smk.output.values: csv_bytes(VALUE_COLUMNS, values),
        }
    )


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
