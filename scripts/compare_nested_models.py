"""Compare nested models on the same patients: what do PBQ and HU ratio add to age and muscle?

Reads the table of an analysis, its imputed cells and `model.json` (for its cut-off). Writes `incremental.csv`:
likelihood-ratio tests, and AUC, Brier score and net benefit with their differences, apparent and corrected for
optimism by refitting all models in the same resamples. A model that the table does not allow has a row that says why.
Without a final model the table holds its header only.
"""

import json
from pathlib import Path
from typing import Any

from bonehold.files import csv_bytes, write_whole
from bonehold.modelling.inputs.dictionary import read_dictionary
from bonehold.modelling.inputs.specification import read_specification
from bonehold.modelling.missing.analysed import read_analysed_patients
from bonehold.modelling.performance.nested_models import (
    compare_models,
    incremental_columns,
    incremental_rows,
    listed_models,
    named_thresholds,
)
from bonehold.modelling.regression.model import NotFitted, read_model
from bonehold.script import logged


def main(smk: Any) -> None:
    """Compare the models of one analysis."""
    options = json.loads(smk.params.options)
    asked = options["incremental"]
    model = read_model(smk.input.model)
    rows = []
    cutoff = 0.5 if isinstance(model, NotFitted) else model.cutoff.cutoff
    thresholds = named_thresholds(cutoff, asked["thresholds"])
    if not isinstance(model, NotFitted):
        specification = read_specification(options["analysis"], options["model"])
        dictionary = read_dictionary(smk.input.get("dictionary"))
        patients = read_analysed_patients(specification, Path(smk.input.table), Path(smk.input.imputed))
        listed = listed_models(asked["models"], specification, patients)
        for one in listed:
            if one.reason:
                print(f"incremental: {one.name}: {one.reason}; the model is left out")
        repetitions, seed = options["bootstrap"]["repetitions"], options["seed"]
        comparison = compare_models(
            listed, specification, patients, dictionary, thresholds, repetitions, seed
        )
        rows = list(incremental_rows(comparison))
    write_whole({smk.output.incremental: csv_bytes(incremental_columns(thresholds), rows)})


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
