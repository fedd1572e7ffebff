"""Describe the patients of an analysis, those with the event beside those without.

Reads the cohort table (or the group's own analysis table) and the data dictionary. Writes `baseline.csv`: per
candidate predictor mean ± SD or median (quartiles of type 6) as the Shapiro-Wilk test decides in both groups,
or counts with percentages per level; the test that belongs to it, its P, the standardised difference, and the
counts behind every cell.

An analysis that cannot be described (no patient selected, no outcome, absent columns) gets the header only;
the reasons stand in its `model.json`.
"""

import json
from pathlib import Path
from typing import Any

from bonehold.files import csv_bytes, write_whole
from bonehold.modelling.description.baseline import BASELINE_COLUMNS, BaselineRow, describe
from bonehold.modelling.inputs.analysis_table import read_analysis_table
from bonehold.modelling.inputs.checks import analysed_patients
from bonehold.modelling.inputs.dictionary import read_dictionary
from bonehold.modelling.inputs.specification import read_specification
from bonehold.problems import InputError
from bonehold.script import logged


def main(smk: Any) -> None:
    """Describe one analysis."""
    options = json.loads(smk.params.options)
    specification = read_specification(options["analysis"], options["model"])
    dictionary = read_dictionary(smk.input.get("dictionary"))
    rows: tuple[BaselineRow, ...] = ()
    try:
        patients = analysed_patients(specification, read_analysis_table(Path(smk.input.table)))
        rows = describe(specification, patients, dictionary)
    except InputError as error:
        print(error)
    write_whole({smk.output.baseline: csv_bytes(BASELINE_COLUMNS, (row.as_row() for row in rows))})


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
