"""Tell what is missing, and fill it several times by chained equations.

Reads the cohort table (or the group's own analysis table). Writes `missing.csv` (what is missing of each variable and
how it was filled: Table S6), `imputed.csv` (the filled cells of each completed set) and `imputation_trace.csv` (the
imputed values over the iterations). The last two have their header only where nothing is missing, all three where the
analysis cannot be fitted.
"""

import json
from pathlib import Path
from typing import Any

from bonehold.files import csv_bytes, write_whole
from bonehold.modelling.inputs.analysis_table import read_analysis_table
from bonehold.modelling.inputs.checks import analysed_patients
from bonehold.modelling.inputs.dictionary import read_dictionary
from bonehold.modelling.inputs.specification import read_specification
from bonehold.modelling.missing.chained_equations import Imputation, impute
from bonehold.modelling.missing.completed_tables import IMPUTED_COLUMNS
from bonehold.modelling.missing.incomplete import incomplete, undefined_ratio
from bonehold.modelling.missing.missing_table import MISSING_COLUMNS, TRACE_COLUMNS, missing_rows, trace_rows
from bonehold.problems import InputError
from bonehold.script import logged


def main(smk: Any) -> None:
    """Impute one analysis."""
    options = json.loads(smk.params.options)
    specification = read_specification(options["analysis"], options["model"])
    m, iterations = options["imputation"]["m"], options["imputation"]["iterations"]
    missing: list[Any] = []
    trace: list[Any] = []
    imputation = Imputation()
    try:
        patients = analysed_patients(specification, read_analysis_table(Path(smk.input.table)))
    except InputError as error:
        print(error)
    else:
        gaps = incomplete(specification, patients, options["b_hu_minimum"])
        imputation = impute(gaps, m, iterations, options["seed"], specification.analysis)
        undefined = undefined_ratio(patients, options["b_hu_minimum"])
        dictionary = read_dictionary(smk.input.get("dictionary"))
        missing += missing_rows(specification, patients, dictionary, gaps, undefined, m, iterations)
        trace += trace_rows(imputation.trace, gaps)
    write_whole(
        {
            smk.output.missing: csv_bytes(MISSING_COLUMNS, missing),
            smk.output.imputed: csv_bytes(IMPUTED_COLUMNS, (vars(one) for one in imputation.cells)),
            smk.output.trace: csv_bytes(TRACE_COLUMNS, trace),
        }
    )


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
