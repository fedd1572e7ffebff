"""Sensitivity analyses: the final model under other definitions, codings and methods.

Reads the table of an analysis with its imputed cells and `model.json`, and the table of other definitions
(`cohort/variants.csv`; a finished table of a group's own serves as both). The predictors of the final model are fitted
again, none is selected anew. Writes `sensitivity.csv`: the main model and one block of rows per variant. Without a
model it holds its header only.
"""

import json
from pathlib import Path
from typing import Any

from bonehold.files import csv_bytes, write_whole
from bonehold.modelling.inputs.analysis_table import read_analysis_table
from bonehold.modelling.inputs.dictionary import read_dictionary
from bonehold.modelling.inputs.specification import read_specification
from bonehold.modelling.missing.analysed import read_model_patients
from bonehold.modelling.regression.model import NotFitted, read_model
from bonehold.modelling.variation.basis import Basis, Filling, as_fixed, read_settings
from bonehold.modelling.variation.sensitivity_table import SENSITIVITY_COLUMNS, sensitivity_rows
from bonehold.modelling.variation.varied_models import vary
from bonehold.script import logged


def main(smk: Any) -> None:
    """Vary one model."""
    options = json.loads(smk.params.options)
    model = read_model(smk.input.model)
    if isinstance(model, NotFitted):
        rows = []
    else:
        asked = read_specification(options["analysis"], options["model"])
        imputation = options["imputation"]
        basis = Basis(
            asked=asked,
            final=as_fixed(asked, model.selection.final),
            patients=read_model_patients(model, Path(smk.input.table), Path(smk.input.imputed)),
            definitions=read_analysis_table(Path(smk.input.get("variants") or smk.input.table)),
            settings=read_settings(options["sensitivity"]),
            filling=Filling(
                imputation["m"], imputation["iterations"], options["seed"], options["b_hu_minimum"]
            ),
            dictionary=read_dictionary(smk.input.get("dictionary")),
        )
        rows = list(sensitivity_rows(vary(basis, options["bootstrap"]["repetitions"], options["seed"])))
    write_whole({smk.output.sensitivity: csv_bytes(SENSITIVITY_COLUMNS, rows)})


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
