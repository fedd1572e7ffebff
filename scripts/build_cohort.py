"""Build the cohort table.

Validates every table of the cohort folder, decides on each patient and writes `cohort/cohort.csv` (and
`.parquet`) with one row per analysed patient, `cohort/time_to_loosening.csv` (the same columns, for these and for
those whom only the follow-up keeps out), `cohort/cohort.json` (what each column means),
`cohort/variants.csv` (the same under other definitions, for sensitivity analyses),
`cohort/acquisition_summary.csv` (how the images were made), `cohort/exclusions.csv` (every criterion each other
patient fails), `cohort/problems.csv` (everything that is wrong with the input, with what to do), `cohort/flow.csv`
(the numbers of the flow diagram) and `cohort/ratings.csv` (which ratings hold; never their notes).
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bonehold.cohort.acquisition_summary import SUMMARY_COLUMNS
from bonehold.cohort.building import (
    EXCLUSION_COLUMNS,
    IN_MAIN_ANALYSIS,
    build_cohort,
    parquet_bytes,
    read_measurements,
)
from bonehold.cohort.cohort_file import read_cohort_file
from bonehold.cohort.cohort_tables import read_cohort_tables
from bonehold.cohort.dictionary import cohort_rules
from bonehold.cohort.flow import FLOW_COLUMNS
from bonehold.cohort.ratings import RATING_COLUMNS
from bonehold.cohort.schemas import load_table_schema
from bonehold.files import csv_bytes, json_bytes, write_whole
from bonehold.problems import PROBLEM_COLUMNS, lines
from bonehold.script import logged


def main(smk: Any) -> None:
    """Run the rule with the paths and options that Snakemake gives."""
    folder = Path(smk.config["cohort"])
    statuses = json.loads(Path(smk.input.statuses).read_text(encoding="utf-8"))
    cohort = build_cohort(
        read_cohort_tables(folder),
        read_cohort_file(folder),
        read_measurements(
            Path(smk.input.readers), Path(smk.input.acquisition), Path(smk.input.spinopelvic), statuses
        ),
        cohort_rules(json.loads(smk.params.options)),
        load_table_schema("patients"),
    )
    write_whole(
        {
            smk.output.cohort_csv: csv_bytes(tuple(cohort.columns), cohort.rows),
            smk.output.time_to_loosening: csv_bytes(
                (*cohort.columns, IN_MAIN_ANALYSIS), cohort.time_to_loosening
            ),
            smk.output.variants: csv_bytes(cohort.variants.columns, cohort.variants.rows),
            smk.output.cohort_parquet: parquet_bytes(cohort.columns, cohort.rows),
            smk.output.dictionary: json_bytes(cohort.dictionary),
            smk.output.acquisition_summary: csv_bytes(SUMMARY_COLUMNS, cohort.acquisition_summary),
            smk.output.exclusions: csv_bytes(EXCLUSION_COLUMNS, map(asdict, cohort.exclusions)),
            smk.output.problems: csv_bytes(
                PROBLEM_COLUMNS, (problem.as_row() for problem in cohort.problems)
            ),
            smk.output.flow: csv_bytes(FLOW_COLUMNS, map(asdict, cohort.flow)),
            smk.output.ratings: csv_bytes(RATING_COLUMNS, map(asdict, cohort.ratings)),
        }
    )
    print(lines(cohort.problems))


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
