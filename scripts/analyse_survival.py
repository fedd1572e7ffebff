"""Analyse the time to loosening with the predictors and the predicted risks of the final model.

Reads the patients with any follow-up after surgery (`cohort/time_to_loosening.csv`; of a finished table that table) and
`model.json`. Writes `survival.csv` (interval-censored Weibull model, Kaplan-Meier by group of predicted risk, log-rank
test, Cox model, concordance, risks at the horizons), `survival_curves.csv` (every point of the curves) and
`survival.json` (who was analysed, or why nobody was). Without a model, or without the columns of the follow-up, the
tables hold their header only.
"""

import json
from pathlib import Path
from typing import Any

from bonehold.files import csv_bytes, json_bytes, write_whole
from bonehold.modelling.inputs.analysis_table import read_analysis_table
from bonehold.modelling.regression.model import NotFitted, read_model
from bonehold.modelling.survival.analysis import analyse_survival, not_analysed, read_survival_options
from bonehold.modelling.survival.survival_curves import CURVE_COLUMNS
from bonehold.modelling.survival.survival_tables import SURVIVAL_COLUMNS
from bonehold.script import logged


def main(smk: Any) -> None:
    """Analyse one model."""
    options = read_survival_options(json.loads(smk.params.options)["survival"])
    model = read_model(smk.input.model)
    if isinstance(model, NotFitted):
        found = not_analysed(model, options, model.reasons)
    else:
        found = analyse_survival(model, read_analysis_table(Path(smk.input.table)), options)
    for line in (*found.content["reasons"], *found.content.get("notes", ())):
        print(line)
    write_whole(
        {
            smk.output.survival: csv_bytes(SURVIVAL_COLUMNS, map(vars, found.rows)),
            smk.output.curves: csv_bytes(CURVE_COLUMNS, found.points),
            smk.output.about: json_bytes(found.content),
        }
    )


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
