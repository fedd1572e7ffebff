"""List what became of every patient and every analysis.

Writes `status.csv`: how measuring ended for each patient (complete, partial, unmeasurable, error) and why, whether
the patient is analysed or by which criterion not, and for each analysis whether a model could be fitted.
"""

from typing import Any

from bonehold.files import csv_bytes, read_csv, read_json, write_whole
from bonehold.publishing.status import STATUS_COLUMNS, analysis_rows, patient_rows
from bonehold.script import logged


def main(smk: Any) -> None:
    """Gather the statuses; of a finished table there are no patients to speak of."""
    rows = analysis_rows(read_json(path) for path in smk.input.models)
    if smk.input.get("statuses"):
        statuses = read_json(smk.input.statuses)["patients"]
        analysed = [row["patient_id"] for row in read_csv(smk.input.cohort)]
        rows += patient_rows(statuses, read_csv(smk.input.exclusions), analysed)
    write_whole({smk.output.status: csv_bytes(STATUS_COLUMNS, rows)})


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
