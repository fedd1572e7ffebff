"""Write the index of the quality pages.

Writes `qc/index.html`: all patients with thumbnail, status, measures, flags and rating, those first who need a look,
each against the distribution of everybody; it exports the `ratings.csv` that the workflow reads back.
"""

import json
from pathlib import Path
from typing import Any

from bonehold.cohort.measuring_tables import read_ratings
from bonehold.cohort.ratings import judged_ratings
from bonehold.files import read_csv, read_json, write_whole
from bonehold.publishing.quality.quality_index import index_page, indexed_patients, patient_flags
from bonehold.script import logged


def main(smk: Any) -> None:
    """Gather what was measured and rated."""
    cohort = Path(smk.config["cohort"])
    statuses = read_json(smk.input.statuses)["patients"]
    readers = read_csv(smk.input.readers)
    flags = patient_flags(read_csv(smk.input.measurements), readers)
    measured = {patient_id: one["measured"] for patient_id, one in statuses.items()}
    ratings = judged_ratings(read_ratings(cohort), measured)
    patients = indexed_patients(statuses, readers, flags, ratings)
    synthetic = json.loads(smk.params.options)["synthetic"]
    page = index_page(patients, synthetic)
    write_whole({smk.output.page: page.encode()})


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
