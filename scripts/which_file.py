"""Print the path behind a file's hash, e.g. `P012:3fa9c1e2` from a log line, on the terminal and nowhere else."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml
from bonehold.cohort.patients import inside, patient_folders
from bonehold.files import is_folder
from bonehold.imaging.file_listing import list_files, path_token


def main(name: str) -> int:
    """Look for the file among the patient's; gives the exit code."""
    patient_id, _, token = name.partition(":")
    cohort = Path(
        (yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8")) or {}).get("cohort", "sample")
    )
    for patient in patient_folders(cohort):
        if patient.patient_id != patient_id:
            continue
        for folder in filter(None, (inside(cohort, patient.dicom), inside(cohort, patient.annotations))):
            for relative, _ in list_files(folder).files if is_folder(folder) else ():
                if path_token(relative) == token:
                    print(folder / relative)
                    return 0
    print("no such file; say e.g. make which FILE=P012:3fa9c1e2", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
