"""Draw the calibration curve of a model, apparent and corrected for optimism, as SVG, PNG and PDF.

Reads `calibration.csv`, `performance.csv`, `validation.json` and `model.json`. Below the curve stands how the predicted
risks are distributed in patients with and without the event, and the measures of calibration. Without a model the
figure says in words why there is none.
"""

import csv
import json
from pathlib import Path
from typing import Any

import pandas as pd
from bonehold.modelling.regression.model import NotFitted, read_model
from bonehold.publishing.figures.calibration_figure import calibration_figure
from bonehold.publishing.figures.figure_files import write_figure
from bonehold.publishing.figures.no_model_figure import no_model_figure
from bonehold.script import logged


def main(smk: Any) -> None:
    """Draw the curve of one analysis."""
    model = read_model(smk.input.model)
    if isinstance(model, NotFitted):
        figure = no_model_figure("calibration curve", model)
    else:
        validation = json.loads(Path(smk.input.validation).read_text(encoding="utf-8"))
        with Path(smk.input.performance).open(encoding="utf-8", newline="") as handle:
            performance = list(csv.DictReader(handle))
        curve = pd.read_csv(smk.input.calibration)
        figure = calibration_figure(model, curve, validation, performance)
    write_figure(figure, smk.output)


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
