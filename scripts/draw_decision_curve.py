"""Draw the decision curve of a model, as SVG, PNG and PDF.

Reads `decision_curve.csv` and `model.json`. Without a model the figure says in words why there is none.
"""

from typing import Any

import pandas as pd
from bonehold.modelling.regression.model import NotFitted, read_model
from bonehold.publishing.figures.decision_curve_figure import decision_curve_figure
from bonehold.publishing.figures.figure_files import write_figure
from bonehold.publishing.figures.no_model_figure import no_model_figure
from bonehold.script import logged


def main(smk: Any) -> None:
    """Draw the figure of one analysis."""
    model = read_model(smk.input.model)
    if isinstance(model, NotFitted):
        figure = no_model_figure("Decision curve", model)
    else:
        figure = decision_curve_figure(model, pd.read_csv(smk.input.decision_curve))
    write_figure(figure, smk.output)


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
