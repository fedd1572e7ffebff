"""Show how columns hang together that are made of each other: the HU ratio and its parts, the segments of a construct.

Reads the table of an analysis and its imputed cells. Writes `association.csv` (two measures: correlations, and what
division alone would make of them; a factor and a measure: the test over its levels and a summary of each) and
`association_points.csv` (the observed values behind the figure). A pair that the table does not have is left out with
a line in the log.
"""

import json
from pathlib import Path
from typing import Any

from bonehold.files import csv_bytes, write_whole
from bonehold.modelling.description.association import (
    ASSOCIATION_COLUMNS,
    POINT_COLUMNS,
    associated_point_rows,
    association_rows,
)
from bonehold.modelling.inputs.dictionary import read_dictionary
from bonehold.modelling.inputs.paired_values import unpaired
from bonehold.modelling.inputs.specification import read_specification
from bonehold.modelling.missing.analysed import read_analysed_patients
from bonehold.problems import InputError
from bonehold.script import logged


def main(smk: Any) -> None:
    """Relate the pairs of one analysis."""
    options = json.loads(smk.params.options)
    specification = read_specification(options["analysis"], options["model"])
    dictionary = read_dictionary(smk.input.get("dictionary"))
    rows, points = [], []
    try:
        patients = read_analysed_patients(specification, Path(smk.input.table), Path(smk.input.imputed))
        for pair in map(tuple, options["association"]):
            problem = unpaired("association", pair, specification, patients.observed)
            if problem is None:
                rows += association_rows(pair, specification, patients, dictionary)
                points += associated_point_rows(pair, specification, patients.observed)
            else:
                print(problem.line())
    except InputError as error:
        print(error)
    write_whole(
        {
            smk.output.association: csv_bytes(ASSOCIATION_COLUMNS, rows),
            smk.output.points: csv_bytes(POINT_COLUMNS, points),
        }
    )


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
