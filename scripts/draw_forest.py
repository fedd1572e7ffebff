"""Draw the univariable and multivariable odds ratios of all candidates as a forest plot: SVG, PNG and PDF.

Reads `univariable.csv`, `multivariable.csv`, `model.json` and the data dictionary. Without a model the figure says
in words why there is none.
"""

from typing import Any

from bonehold.files import read_csv
from bonehold.modelling.inputs.dictionary import Dictionary, read_dictionary
from bonehold.modelling.regression.model import NotFitted, read_model
from bonehold.modelling.regression.terms import INTERCEPT
from bonehold.publishing.figures.figure_files import write_figure
from bonehold.publishing.figures.forest_figure import forest_figure
from bonehold.publishing.figures.forest_rows import forest_lines
from bonehold.publishing.figures.no_model_figure import no_model_figure
from bonehold.script import logged


def main(smk: Any) -> None:
    """Draw the forest plot of one analysis."""
    model = read_model(smk.input.model)
    if isinstance(model, NotFitted):
        figure = no_model_figure("forest plot", model)
    else:
        dictionary = read_dictionary(smk.input.get("dictionary"))
        multivariable = read_csv(smk.input.multivariable)
        lines = forest_lines(
            read_csv(smk.input.univariable), multivariable, lambda column: _words(dictionary, column)
        )
        joint = next(row for row in multivariable if row["term"] == INTERCEPT)
        patients = f"Multivariable model: {joint['n']} patients, {joint['events']} with the event."
        outcome = dictionary.label(model.outcome).replace("_", " ").lower()
        figure = forest_figure(lines, outcome, patients, model.synthetic)
    write_figure(figure, smk.output)


def _words(dictionary: Dictionary, column: str) -> str:
    """Words for a predictor with its unit."""
    unit = dictionary.unit(column)
    return f"{dictionary.label(column)} ({unit})" if unit else dictionary.label(column)


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
