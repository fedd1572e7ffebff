"""Draw the Kaplan-Meier curves by predicted risk, with the numbers at risk, as SVG, PNG and PDF.

Reads `survival.csv`, `survival_curves.csv` and `survival.json`. Loosening is seen at visits only. Without a model,
or without a follow-up that can be analysed, the figure says in words why there is nothing to draw.
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd
from bonehold.publishing.figures.figure_files import write_figure
from bonehold.publishing.figures.survival_figure import survival_figure
from bonehold.script import logged


def main(smk: Any) -> None:
    """Draw the figure of one analysis."""
    figure = survival_figure(
        json.loads(Path(smk.input.about).read_text(encoding="utf-8")),
        pd.read_csv(smk.input.survival, keep_default_na=False, na_values=[""]),
        pd.read_csv(smk.input.curves, keep_default_na=False, na_values=[""]),
    )
    write_figure(figure, smk.output)


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
