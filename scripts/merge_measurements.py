"""Merge all patients' measurements.

Reads what was measured in each patient's images (`patients/<id>/ct.json`, `mr.json`, `spinopelvic.json`) and the
group's own PACS values (`measurements.csv`). Writes `cohort/measurements.csv` (every region of every reader),
`cohort/readers.csv` (B-HU, ST-HU, HU ratio and PBQ per reader and, in the row `combined`, per patient),
`cohort/repeat_measurements.csv` and `repeat_readers.csv` (the same of what readers measured again),
`cohort/acquisition.csv` (how the images were made), `cohort/spinopelvic.csv` (every reader's angles by landmarks)
and, for the rules that follow, every patient's status.
"""

import json
from pathlib import Path
from typing import Any

from bonehold.cohort.bone_measures import measuring_rules
from bonehold.cohort.landmark_angles import SPINOPELVIC_COLUMNS, spinopelvic_rows
from bonehold.cohort.measuring_tables import read_measuring_tables
from bonehold.cohort.merging import (
    ACQUISITION_COLUMNS,
    MEASUREMENT_COLUMNS,
    READER_COLUMNS,
    REPEAT_MEASUREMENT_COLUMNS,
    REPEAT_READER_COLUMNS,
    merge,
    read_measured,
)
from bonehold.cohort.quality_flags import side_limits
from bonehold.files import csv_bytes, json_bytes, write_whole
from bonehold.script import logged
from bonehold.tracking import set_aside_removed


def main(smk: Any) -> None:
    """Run the rule with the paths and options that Snakemake gives."""
    tables = read_measuring_tables(Path(smk.config["cohort"]))
    measured = read_measured(smk.input.measured)
    options = json.loads(smk.params.options)
    merged = merge(measured, tables, measuring_rules(options), side_limits(options))
    angles = [document for images in measured.values() for document in images.spinopelvic]
    write_whole(
        {
            smk.output.measurements: csv_bytes(MEASUREMENT_COLUMNS, merged.measurements),
            smk.output.readers: csv_bytes(READER_COLUMNS, merged.readers),
            smk.output.repeat_measurements: csv_bytes(REPEAT_MEASUREMENT_COLUMNS, merged.repeat_measurements),
            smk.output.repeat_readers: csv_bytes(REPEAT_READER_COLUMNS, merged.repeat_readers),
            smk.output.acquisition: csv_bytes(ACQUISITION_COLUMNS, merged.acquisition),
            smk.output.spinopelvic: csv_bytes(SPINOPELVIC_COLUMNS, spinopelvic_rows(angles)),
            smk.output.statuses: json_bytes({"schema": "statuses/1", "patients": merged.statuses}),
        }
    )
    set_aside_removed(Path(smk.config["results"]), measured)
    for patient_id, status in merged.statuses.items():
        print(f"{patient_id}: {status['status']}", *status["reasons"].values(), sep="; ")


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
