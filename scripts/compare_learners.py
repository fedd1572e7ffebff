"""Ask whether anything beats the nomogram: penalised and boosted models under the same bootstrap.

Reads the table the model was developed on, its imputed cells and `model.json`. The nomogram's model and the learners of
the configuration are fitted to the first completed set and to bootstrap samples of it, tuned by cross-validation inside
each. Writes `comparison.csv`: AUC, Brier score and calibration slope of each, apparent, corrected for optimism, and in
the patients that each resample left out, there with the difference from the nomogram. Without a model the table holds
its header only.
"""

import json
from pathlib import Path
from typing import Any

from bonehold.files import csv_bytes, write_whole
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.specification import read_specification
from bonehold.modelling.missing.analysed import read_model_patients
from bonehold.modelling.performance.resampling import bootstrap_counts
from bonehold.modelling.regression.model import NotFitted, read_model
from bonehold.modelling.stability.comparison import predictions, rivals
from bonehold.modelling.stability.comparison_table import COMPARISON_COLUMNS, comparison_rows
from bonehold.script import logged


def main(smk: Any) -> None:
    """Compare the learners of one analysis."""
    options = json.loads(smk.params.options)
    model = read_model(smk.input.model)
    rows: Any = ()
    if not isinstance(model, NotFitted):
        specification = read_specification(options["analysis"], options["model"])
        patients = read_model_patients(model, Path(smk.input.table), Path(smk.input.imputed))
        compared = rivals(model, specification, patients, Dictionary())
        repetitions = options["comparison"]["repetitions"]
        weights = bootstrap_counts(len(compared.y), repetitions, options["seed"], model.analysis)
        rows = comparison_rows(
            predictions(options["comparison"]["learners"], compared, weights), compared, weights
        )
    write_whole({smk.output.comparison: csv_bytes(COMPARISON_COLUMNS, rows)})


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
