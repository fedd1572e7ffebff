"""Tell what is missing, and fill it several times by chained equations.

Reads the cohort table (or the group's own analysis table). Writes `missing.csv` (missing cells per column) and
`imputed.csv` (the filled cells of each completed set; the header only where nothing is missing).
"""

import json
from pathlib import Path
from typing import Any

from bonehold.files import csv_bytes, write_whole
from bonehold.modelling.inputs.analysis_table import read_analysis_table
from bonehold.modelling.inputs.checks import analysed_patients
from bonehold.modelling.inputs.specification import read_specification
from bonehold.modelling.missing.completed_tables import IMPUTED_COLUMNS
from bonehold.problems import InputError
from bonehold.script import logged


def main(smk: Any) -> None:
    """Impute one analysis."""
    options = json.loads(smk.params.options)
    specification = read_specification(options["analysis"], options["model"])
    try:
        analysed_patients(specification, read_analysis_table(Path(smk.input.table)))
    except InputError as error:
        print(error)
    write_whole(
        {
            smk.output.missing: csv_bytes(("variable", "n", "missing", "share"), ()),
            smk.output.imputed: csv_bytes(IMPUTED_COLUMNS, ()),
        }
    )


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
