"""Draw the nomogram beside penalised and boosted models, as SVG, PNG and PDF.

Reads `comparison.csv` and `model.json`. Without a model the figure says in words why there is none.
"""

from typing import Any

import pandas as pd
from bonehold.modelling.regression.model import NotFitted, read_model
from bonehold.publishing.figures.comparison_figure import comparison_figure
from bonehold.publishing.figures.figure_files import write_figure
from bonehold.publishing.figures.no_model_figure import no_model_figure
from bonehold.script import logged


def main(smk: Any) -> None:
    """Draw the figure of one analysis."""
    model = read_model(smk.input.model)
    if isinstance(model, NotFitted):
        figure = no_model_figure("comparison with other models", model)
    else:
        figure = comparison_figure(model, pd.read_csv(smk.input.comparison))
    write_figure(figure, smk.output)


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
