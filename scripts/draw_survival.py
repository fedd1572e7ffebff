"""Draw the Kaplan-Meier curves by predicted risk, with the numbers at risk, as SVG, PNG and PDF.

Reads `survival.csv`, `survival_curves.csv` and `survival.json`. Loosening is seen at visits only. Without a model,
or without a follow-up that can be analysed, the figure says in words why there is nothing to draw.
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd
from bonehold.files import write_whole
from bonehold.publishing.figures.style import FORMATS, figure_bytes
from bonehold.publishing.figures.survival_figure import survival_figure
from bonehold.publishing.figures.text_fitting import unprintable_texts
from bonehold.script import logged


def main(smk: Any) -> None:
    """Draw the figure of one analysis."""
    figure = survival_figure(
        json.loads(Path(smk.input.about).read_text(encoding="utf-8")),
        pd.read_csv(smk.input.survival, keep_default_na=False, na_values=[""]),
        pd.read_csv(smk.input.curves, keep_default_na=False, na_values=[""]),
    )
    for line in unprintable_texts(figure):
        print(line)
    write_whole({getattr(smk.output, format): figure_bytes(figure, format) for format in FORMATS})


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
