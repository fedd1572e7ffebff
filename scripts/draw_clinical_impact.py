"""Draw the clinical impact curve of a model, as SVG, PNG and PDF.

Reads `clinical_impact.csv` and `model.json`. Without a model the figure says in words why there is none.
"""

from typing import Any

import pandas as pd
from bonehold.modelling.regression.model import NotFitted, read_model
from bonehold.publishing.figures.clinical_impact_figure import clinical_impact_figure
from bonehold.publishing.figures.figure_files import write_figure
from bonehold.publishing.figures.no_model_figure import no_model_figure
from bonehold.script import logged


def main(smk: Any) -> None:
    """Draw the figure of one analysis."""
    model = read_model(smk.input.model)
    if isinstance(model, NotFitted):
        figure = no_model_figure("Clinical impact", model)
    else:
        figure = clinical_impact_figure(model, pd.read_csv(smk.input.clinical_impact))
    write_figure(figure, smk.output)


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
