"""Draw log-odds over each continuous predictor, as SVG, PNG and PDF.

Reads `linearity.csv`, `linearity_curves.csv`, `linearity_values.csv` and `model.json` (whether the patients are
synthetic).

Without a model the figure says in words why there is none.
"""

from typing import Any

from bonehold.files import read_csv
from bonehold.modelling.regression.model import NotFitted, read_model
from bonehold.publishing.figures.figure_files import write_figure
from bonehold.publishing.figures.linearity_figure import linearity_figure
from bonehold.publishing.figures.no_model_figure import no_model_figure
from bonehold.script import logged


def main(smk: Any) -> None:
    """Draw the figure of one analysis."""
    model = read_model(smk.input.model)
    if isinstance(model, NotFitted):
        figure = no_model_figure("test of linearity", model)
    else:
        rows, curves, values = (
            read_csv(path) for path in (smk.input.linearity, smk.input.curves, smk.input.values)
        )
        figure = linearity_figure(rows, curves, values, model.synthetic)
    write_figure(figure, smk.output)


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
