"""List what became of every patient and every analysis.

Writes `status.csv`: how measuring ended for each patient (complete, partial, unmeasurable, error) and why, with flags
and rating, whether the patient is analysed or by which criterion not, and for each analysis whether a model could be
fitted.
"""

from typing import Any

from bonehold.files import csv_bytes, read_csv, read_json, write_whole
from bonehold.publishing.quality.quality_index import patient_flags
from bonehold.publishing.status import STATUS_COLUMNS, analysis_rows, patient_rows
from bonehold.script import logged


def main(smk: Any) -> None:
    """Gather the statuses; of a finished table there are no patients to speak of."""
    rows = analysis_rows(read_json(path) for path in smk.input.models)
    if smk.input.get("statuses"):
        statuses = read_json(smk.input.statuses)["patients"]
        analysed = [row["patient_id"] for row in read_csv(smk.input.cohort)]
        flags = patient_flags(read_csv(smk.input.measurements), read_csv(smk.input.readers))
        exclusions, ratings = read_csv(smk.input.exclusions), read_csv(smk.input.ratings)
        rows += patient_rows(statuses, exclusions, analysed, flags, ratings)
    write_whole({smk.output.status: csv_bytes(STATUS_COLUMNS, rows)})


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
