"""Draw how the chains of the imputation ran, as SVG, PNG and PDF.

Reads `imputation_trace.csv`, `missing.csv` (labels) and `model.json` (whether the data are synthetic). Where nothing
was drawn, the figure says in words why.
"""

from typing import Any

import pandas as pd
from bonehold.modelling.regression.model import NotFitted, read_model
from bonehold.publishing.figures.figure_files import write_figure
from bonehold.publishing.figures.imputation_trace_figure import imputation_trace_figure
from bonehold.publishing.figures.no_model_figure import no_model_figure
from bonehold.publishing.figures.style import words_figure
from bonehold.script import logged


def main(smk: Any) -> None:
    """Draw the chains of one analysis."""
    model = read_model(smk.input.model)
    texts = {"column": str, "level": str, "variable": str, "label": str, "unit": str}
    trace = pd.read_csv(
        smk.input.trace, dtype=texts, keep_default_na=False, na_values={"sd": "", "observed_sd": ""}
    )
    missing = pd.read_csv(smk.input.missing, dtype=texts, keep_default_na=False)
    if not trace.empty:
        figure = imputation_trace_figure(trace, missing, model.synthetic)
    elif missing.empty and isinstance(model, NotFitted):
        figure = no_model_figure("trace of the imputation", model)
    else:
        nothing = (
            "no value of a candidate had to be drawn: none is missing, or what is follows from other columns"
        )
        figure = words_figure("No trace of the imputation", [nothing], model.synthetic)
    write_figure(figure, smk.output)


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
