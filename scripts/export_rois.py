"""Write the measured regions of one reader of one patient as 3D Slicer markups and DICOM SR, into a folder you name.

The SR refers to the images by their identifiers, or no program could find them; so these files are made only on
request, and never in the results.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import yaml
from bonehold.cohort.patients import patient_folders
from bonehold.configuration import checked_configuration
from bonehold.files import write_whole
from bonehold.imaging.measuring_rules import imaging_rules
from bonehold.imaging.roi_out.export import export_regions
from bonehold.patient_images import patient_images
from bonehold.problems import InputError, Problem

SCHEMA = Path(__file__).resolve().parents[1] / "workflow/schemas/config.schema.yaml"


def export(patient_id: str, reader: str, out: Path) -> str:
    """Write the files; gives what to print.

    Raises:
        InputError: no such patient, or a folder that must not hold identifiers of images.
    """
    given = yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8")) or {}
    configuration = checked_configuration(given, SCHEMA)
    cohort = Path(configuration["cohort"])
    if out.resolve().is_relative_to(Path(configuration["results"]).resolve()):
        raise InputError(
            [Problem("OUT", "lies in the results, which hold no identifiers", "name another folder")]
        )
    folders = next((p for p in patient_folders(cohort) if p.patient_id == patient_id), None)
    if folders is None:
        raise InputError([Problem("PATIENT", "is not in patients.csv", "give a patient_id of the cohort")])
    exported = export_regions(patient_images(cohort, folders), reader, imaging_rules(configuration))
    write_whole({out / name: data for name, data in exported.files.items()})
    lines = [f"wrote {name}" for name in exported.files] or [f"reader {reader} has no measured region"]
    lines += [f"left out: {line}" for line in exported.left_out]
    return "\n".join(lines)


def main() -> int:
    """Read the arguments; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patient", required=True)
    parser.add_argument("--reader", required=True)
    parser.add_argument("--out", required=True, type=Path)
    arguments = parser.parse_args()
    try:
        print(export(arguments.patient, arguments.reader, arguments.out))
    except InputError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
