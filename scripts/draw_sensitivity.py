"""Draw AUC and odds ratios of the final model under every sensitivity analysis: SVG, PNG and PDF.

Reads `sensitivity.csv`, `model.json` and the data dictionary. Variants that come to the main model itself, and those
that could not be had, are told below in words. Without a model the figure says why there is none.
"""

import json
from typing import Any

from bonehold.files import read_csv
from bonehold.modelling.inputs.dictionary import Dictionary, read_dictionary
from bonehold.modelling.regression.model import NotFitted, read_model
from bonehold.modelling.variation.basis import read_settings
from bonehold.publishing.figures.figure_files import write_figure
from bonehold.publishing.figures.no_model_figure import no_model_figure
from bonehold.publishing.figures.sensitivity_figure import sensitivity_figure
from bonehold.publishing.figures.sensitivity_lines import drawn_columns, left_aside, sensitivity_lines
from bonehold.script import logged


def main(smk: Any) -> None:
    """Draw the sensitivity analyses of one analysis."""
    model = read_model(smk.input.model)
    if isinstance(model, NotFitted):
        figure = no_model_figure("sensitivity analyses", model)
    else:
        rows = read_csv(smk.input.sensitivity)
        dictionary = read_dictionary(smk.input.get("dictionary"))
        columns = drawn_columns(rows, read_settings(json.loads(smk.params.options)["sensitivity"]).drawn)
        predictors = [_words(dictionary, column) for column in columns]
        figure = sensitivity_figure(
            sensitivity_lines(rows, columns), predictors, list(left_aside(rows)), model.synthetic
        )
    write_figure(figure, smk.output)


def _words(dictionary: Dictionary, column: str) -> str:
    """Words for a predictor with its unit."""
    unit = dictionary.unit(column)
    return f"{dictionary.label(column)} ({unit})" if unit else dictionary.label(column)


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
