"""Draw columns that hang together, as SVG, PNG and PDF.

Reads `association.csv`, `association_points.csv` and `model.json` (whether the patients are synthetic).

Without a model the figure says in words why there is none.
"""

from typing import Any

from bonehold.files import read_csv, write_whole
from bonehold.modelling.regression.model import NotFitted, read_model
from bonehold.publishing.figures.association_figure import association_figure
from bonehold.publishing.figures.no_model_figure import no_model_figure
from bonehold.publishing.figures.style import FORMATS, figure_bytes
from bonehold.publishing.figures.text_fitting import unprintable_texts
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
    for line in unprintable_texts(figure):
        print(line)
    write_whole({getattr(smk.output, format): figure_bytes(figure, format) for format in FORMATS})


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
