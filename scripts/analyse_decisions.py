"""Weigh acting on the risk of a model: decision curve and clinical impact.

Reads the table the model was developed on, its imputed cells and `model.json`. Writes `decision_curve.csv` (net benefit
of the model, of treating everybody and nobody at thresholds of .01 to .99; apparent, with the bootstrap's band and
optimism) and `clinical_impact.csv` (patients at high risk, and those of them with the event, per 1000). Without a model
both hold their header only.
"""

import json
from pathlib import Path
from typing import Any

from bonehold.files import csv_bytes, write_whole
from bonehold.modelling.decision.decision_curve import (
    DECISION_COLUMNS,
    IMPACT_COLUMNS,
    decision_rows,
    decisions,
    impact_rows,
)
from bonehold.modelling.missing.analysed import read_model_patients
from bonehold.modelling.regression.development_data import development_data
from bonehold.modelling.regression.model import NotFitted, read_model
from bonehold.script import logged


def main(smk: Any) -> None:
    """Weigh one model."""
    options = json.loads(smk.params.options)
    model = read_model(smk.input.model)
    curve, impact = (), ()
    if not isinstance(model, NotFitted):
        patients = read_model_patients(model, Path(smk.input.table), Path(smk.input.imputed))
        data = development_data(model, patients)
        found = decisions(model, data, options["bootstrap"]["repetitions"], options["seed"])
        curve, impact = decision_rows(found), impact_rows(found)
    write_whole(
        {
            smk.output.decision_curve: csv_bytes(DECISION_COLUMNS, curve),
            smk.output.clinical_impact: csv_bytes(IMPACT_COLUMNS, impact),
        }
    )


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
