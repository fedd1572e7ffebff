"""Draw the ROC curves of a model and its predictors, as SVG, PNG and PDF.

Reads `roc.csv`, `roc_points.csv` and `model.json`. The curves, the cut-off and its sensitivity and
specificity are apparent: of the patients the model was fitted to. Without a model the figure says in words
why there is none.
"""

from typing import Any

import pandas as pd
from bonehold.modelling.regression.model import NotFitted, read_model
from bonehold.publishing.figures.figure_files import write_figure
from bonehold.publishing.figures.no_model_figure import no_model_figure
from bonehold.publishing.figures.roc_figure import roc_figure
from bonehold.script import logged


def main(smk: Any) -> None:
    """Draw the curves of one analysis."""
    model = read_model(smk.input.model)
    if isinstance(model, NotFitted):
        figure = no_model_figure("ROC curve", model)
    else:
        figure = roc_figure(model, _markers(smk.input.roc), _markers(smk.input.roc_points))
    write_figure(figure, smk.output)


def _markers(path: str) -> pd.DataFrame:
    """A table with a column `marker`, in which `NA` and `1` are names; only an empty cell is missing."""
    return pd.read_csv(path, dtype={"marker": str}, keep_default_na=False, na_values=[""])


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
