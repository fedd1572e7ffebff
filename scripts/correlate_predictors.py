"""Correlate pairs of predictors: do PBQ and HU ratio say the same?

Reads the table of an analysis and its imputed cells. Writes `correlation.csv` (Pearson's r and Spearman's rho with
intervals and P, of the observed values and, where a value was imputed, pooled) and `correlation_points.csv` (the
observed values behind the figure). A pair that the table does not have is left out with a line in the log.
"""

import json
from pathlib import Path
from typing import Any

from bonehold.files import csv_bytes, write_whole
from bonehold.modelling.description.correlation import (
    CORRELATION_COLUMNS,
    POINT_COLUMNS,
    correlated_pairs,
    correlation_rows,
    point_rows,
)
from bonehold.modelling.inputs.dictionary import read_dictionary
from bonehold.modelling.inputs.paired_values import paired_numbers
from bonehold.modelling.inputs.specification import read_specification
from bonehold.modelling.missing.analysed import read_analysed_patients
from bonehold.problems import InputError, lines
from bonehold.script import logged


def main(smk: Any) -> None:
    """Correlate the pairs of one analysis."""
    options = json.loads(smk.params.options)
    specification = read_specification(options["analysis"], options["model"])
    dictionary = read_dictionary(smk.input.get("dictionary"))
    rows, points = [], []
    try:
        patients = read_analysed_patients(specification, Path(smk.input.table), Path(smk.input.imputed))
        pairs = [tuple(pair) for pair in options["correlation"]]
        usable, problems = correlated_pairs(pairs, specification, patients.observed)
        print(lines(problems))
        for pair in usable:
            rows += correlation_rows(pair, specification.outcome, patients, dictionary)
            points += point_rows(pair, paired_numbers(patients.observed, specification.outcome, pair))
    except InputError as error:
        print(error)
    write_whole(
        {
            smk.output.correlation: csv_bytes(CORRELATION_COLUMNS, rows),
            smk.output.points: csv_bytes(POINT_COLUMNS, points),
        }
    )


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
