"""Draw the Bland-Altman plots, as SVG, PNG and PDF, and print the tables of agreement on one page.

Reads `agreement.csv` and `agreement_pairs.csv`. Where nothing was read twice, figure and page say so.
"""

import json
from typing import Any

from bonehold.files import read_csv, write_whole
from bonehold.publishing.figures.agreement_figure import agreement_figure
from bonehold.publishing.figures.style import FORMATS, figure_bytes
from bonehold.publishing.tables.agreement_tables import TITLE, agreement_tables
from bonehold.publishing.tables.tables_page import tables_page
from bonehold.script import logged


def main(smk: Any) -> None:
    """Draw and print the agreement of one cohort's readers."""
    rows = read_csv(smk.input.agreement)
    synthetic = bool(json.loads(smk.params.options)["synthetic"])
    figure = agreement_figure(rows, read_csv(smk.input.pairs), synthetic)
    page = tables_page(TITLE, agreement_tables(rows), (), synthetic)
    drawn = {getattr(smk.output, format): figure_bytes(figure, format) for format in FORMATS}
    write_whole({**drawn, smk.output.page: page.encode()})


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
