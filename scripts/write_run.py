"""Record what the results were made with.

Writes `run.json`: the checked configuration and its hash, versions, the numbers of patients at each stage, and the
models with their validation. The same input and configuration give the same file.
"""

import json
from typing import Any

from bonehold.files import json_bytes, read_csv, read_json, write_whole
from bonehold.publishing.run_record import run_record
from bonehold.script import logged


def main(smk: Any) -> None:
    """Gather the record."""
    of_cohort = smk.input.get("dictionary") is not None
    record = run_record(
        json.loads(smk.params.options),
        read_json(smk.input.dictionary) if of_cohort else None,
        read_csv(smk.input.flow) if of_cohort else [],
        [read_json(path) for path in smk.input.models],
        [read_json(path) for path in smk.input.validations],
    )
    write_whole({smk.output.run: json_bytes(record)})


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
