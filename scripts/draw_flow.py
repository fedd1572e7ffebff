"""Draw the flow diagram.

Reads the counts of `cohort/flow.csv` and writes `cohort/flow.svg` and `flow.png`: how many patients were in the
table, how many left at each stage and why, and how many were analysed.
"""

import json
from pathlib import Path
from typing import Any

from bonehold.files import write_whole
from bonehold.publishing.figures.flow_figure import flow_figure, read_flow
from bonehold.publishing.figures.style import figure_bytes
from bonehold.script import logged


def main(smk: Any) -> None:
    """Run the rule with the paths that Snakemake gives."""
    dictionary = json.loads(Path(smk.input.dictionary).read_text(encoding="utf-8"))
    figure = flow_figure(read_flow(smk.input.flow), bool(dictionary["synthetic"]))
    write_whole({smk.output.svg: figure_bytes(figure, "svg"), smk.output.png: figure_bytes(figure, "png")})


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
