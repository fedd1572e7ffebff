"""Draw variance inflation and variance proportions, as SVG, PNG and PDF.

Reads `collinearity.csv` and `model.json` (whether the patients are synthetic).

Without a model the figure says in words why there is none.
"""

from typing import Any

from bonehold.files import read_csv
from bonehold.modelling.regression.model import NotFitted, read_model
from bonehold.publishing.figures.collinearity_figure import collinearity_figure
from bonehold.publishing.figures.figure_files import write_figure
from bonehold.publishing.figures.no_model_figure import no_model_figure
from bonehold.script import logged


def main(smk: Any) -> None:
    """Draw the figure of one analysis."""
    model = read_model(smk.input.model)
    if isinstance(model, NotFitted):
        figure = no_model_figure("collinearity", model)
    else:
        figure = collinearity_figure(read_csv(smk.input.collinearity), model.synthetic)
    write_figure(figure, smk.output)


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
