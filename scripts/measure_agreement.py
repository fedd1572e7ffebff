"""How readers agree with each other and with themselves.

Reads each reader's measures and regions, first and later sessions, and the grades, angles and visits of the cohort's
tables. Writes `cohort/agreement.csv` (statistics) and `cohort/agreement_pairs.csv` (the values they come from).
"""

import itertools
import json
from pathlib import Path
from typing import Any

from bonehold.cohort.agreement import AGREEMENT_COLUMNS, PAIR_COLUMNS, agreement_rows, pair_rows
from bonehold.cohort.agreement_readings import (
    angle_readings,
    grade_readings,
    loosening_readings,
    paired,
    reader_readings,
    region_readings,
)
from bonehold.cohort.cohort_tables import read_cohort_tables
from bonehold.cohort.goutallier import GoutallierRules
from bonehold.files import csv_bytes, read_csv, write_whole
from bonehold.script import logged


def main(smk: Any) -> None:
    """Run the rule with the paths and options that Snakemake gives."""
    options = json.loads(smk.params.options)
    readers = read_csv(smk.input.readers)
    tables = read_cohort_tables(Path(smk.config["cohort"]))
    everyone = {row["patient_id"] for row in readers}  # those whose id stands once
    grades, visits = (
        [row for row in table.rows if row.patient_id in everyone]
        for table in (tables.readings, tables.visits)
    )
    readings = itertools.chain(
        reader_readings([*readers, *read_csv(smk.input.repeat_readers)]),
        region_readings([*read_csv(smk.input.measurements), *read_csv(smk.input.repeat_measurements)]),
        angle_readings(grades),
        grade_readings(grades, GoutallierRules(disc=options["goutallier"]["disc"])),
        loosening_readings(visits, options["outcome"]["lucency_mm"]),
    )
    pairs = paired(readings)
    rows = agreement_rows(pairs)
    write_whole(
        {
            smk.output.agreement: csv_bytes(AGREEMENT_COLUMNS, rows),
            smk.output.pairs: csv_bytes(PAIR_COLUMNS, pair_rows(pairs)),
        }
    )
    for row in rows:
        if row["reason"]:
            print(f"{row['measure']}, {row['rater_1']} and {row['rater_2']}: {row['reason']}")


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
