"""Draw the nomogram of a model from `model.json` alone, as SVG, PNG and PDF.

The example patient of the configuration is read off in dashes where that patient stands on every axis: has a
value for each predictor, a level that the model knows or a number between the ends of the axis. Without a model
the figure says in words why there is none.
"""

import json
from typing import Any

from bonehold.modelling.decision.nomogram import has_reading
from bonehold.modelling.regression.model import NotFitted, read_model
from bonehold.publishing.figures.figure_files import write_figure
from bonehold.publishing.figures.no_model_figure import no_model_figure
from bonehold.publishing.figures.nomogram_figure import nomogram_figure
from bonehold.script import logged


def main(smk: Any) -> None:
    """Draw one nomogram."""
    patient = json.loads(smk.params.options)["nomogram_patient"]
    model = read_model(smk.input.model)
    figure = (
        no_model_figure("nomogram", model)
        if isinstance(model, NotFitted)
        else nomogram_figure(model, patient if patient and has_reading(model, patient) else None)
    )
    write_figure(figure, smk.output)


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
