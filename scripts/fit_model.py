"""Develop the risk model of an analysis: univariable, multivariable and final logistic regression.

Reads the cohort table (or the group's own analysis table), its imputed cells and the data dictionary. Writes
`univariable.csv`, `multivariable.csv`, `final_model.csv` (log-odds, odds ratio with 95 % Wald and profile-likelihood
CI, P per coefficient and per factor; Firth's fit where the predictors separate the outcomes) and `model.json`, which
holds all that is needed to predict and to draw, and no patient.

Missing values: a model one of whose columns was imputed is fitted to each completed set and pooled, with the complete
cases in columns beside it; every other model uses the patients with a value in each of its own columns. `n` and
`events` are printed beside every row.

An analysis that cannot be fitted does not stop the run: `model.json` has the status `not_fitted` and one line per
reason. Where the predictors can be fitted alone but not together, the tables up to there are written all the same; the
others hold their header only.
"""

import json
from pathlib import Path
from typing import Any

from bonehold.files import csv_bytes, json_bytes, write_whole
from bonehold.modelling.inputs.dictionary import read_dictionary
from bonehold.modelling.inputs.specification import read_specification
from bonehold.modelling.missing.analysed import read_analysed_patients
from bonehold.modelling.regression.coefficient_tables import COEFFICIENT_COLUMNS, FINAL_COLUMNS
from bonehold.modelling.regression.development import Development, develop, not_fitted
from bonehold.modelling.regression.model import NotFitted, model_content
from bonehold.problems import InputError
from bonehold.script import logged


def main(smk: Any) -> None:
    """Develop one model."""
    options = json.loads(smk.params.options)
    specification = read_specification(options["analysis"], options["model"])
    dictionary = read_dictionary(smk.input.get("dictionary"))
    try:
        patients = read_analysed_patients(specification, Path(smk.input.table), Path(smk.input.imputed))
        development = develop(specification, patients, dictionary)
    except InputError as error:
        development = Development((), (), (), not_fitted(specification, dictionary, error))
    if isinstance(development.model, NotFitted):
        print("\n".join(development.model.reasons))
    write_whole(
        {
            smk.output.univariable: csv_bytes(COEFFICIENT_COLUMNS, map(vars, development.univariable)),
            smk.output.multivariable: csv_bytes(COEFFICIENT_COLUMNS, map(vars, development.multivariable)),
            smk.output.final_model: csv_bytes(FINAL_COLUMNS, map(vars, development.final)),
            smk.output.model: json_bytes(model_content(development.model)),
        }
    )


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
