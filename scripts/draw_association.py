"""Draw columns that hang together, as SVG, PNG and PDF.

Reads `association.csv`, `association_points.csv` and `model.json` (whether the patients are synthetic).

Without a model the figure says in words why there is none.
"""

from typing import Any

from bonehold.files import read_csv
from bonehold.modelling.regression.model import NotFitted, read_model
from bonehold.publishing.figures.association_figure import association_figure
from bonehold.publishing.figures.figure_files import write_figure
from bonehold.publishing.figures.no_model_figure import no_model_figure
from bonehold.script import logged


def main(smk: Any) -> None:
    """Draw the figure of one analysis."""
    model = read_model(smk.input.model)
    if isinstance(model, NotFitted):
        figure = no_model_figure("association", model)
    else:
        figure = association_figure(
            read_csv(smk.input.association), read_csv(smk.input.points), model.synthetic
        )
    write_figure(figure, smk.output)


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
