"""Print the tables of an analysis, rounded, on one page.

Writes `tables.html` with the tables of the paper and of its supplement (beside the true coefficients where the
patients are simulated). The unrounded numbers are in the CSV files.
"""

from pathlib import Path
from typing import Any

from bonehold.files import read_json, write_whole
from bonehold.publishing.tables.composition import composed, read_results
from bonehold.publishing.tables.tables_page import tables_page
from bonehold.script import logged


def main(smk: Any) -> None:
    """Print the page of one analysis."""
    results = read_results(Path(smk.input.model).parent)
    dictionary = smk.input.get("dictionary")
    tables = composed(results, read_json(dictionary)["warnings"] if dictionary else {})
    page = tables_page(
        f"Analysis {tables.analysis}",
        (*tables.main, *tables.supplement),
        results.model.get("reasons", ()),
        results.model["synthetic"],
    )
    write_whole({smk.output.page: page.encode()})


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
