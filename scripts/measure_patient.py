"""Measure one patient: choose the CT and MR series and measure every region that the readers drew.

Writes `series.json` (series seen, chosen and refused, each with its reasons), `ct.json` and `mr.json` (a row for
each region and reader: mean, SD, range, pixels, area, flags, or the reason why there is none) and
`spinopelvic.json` (the angles of each reader who set landmarks). A patient who cannot be measured is a result too.
Only if files change while they are read does the job fail, to be run again.
"""

import json
from pathlib import Path
from typing import Any

from bonehold.cohort.patients import PatientFolders, patient_folders
from bonehold.files import json_bytes, write_whole
from bonehold.imaging.measuring import PatientMeasurement, failed_measurement, measure_patient
from bonehold.imaging.measuring_rules import ImagingRules, imaging_rules
from bonehold.patient_images import patient_images
from bonehold.script import logged, print_fault
from bonehold.tracking import refuse_changed_files


def main(smk: Any) -> None:
    """Measure the patient of the wildcard."""
    cohort = Path(smk.config["cohort"])
    folders = next(p for p in patient_folders(cohort) if p.patient_id == smk.wildcards.patient)
    refuse_changed_files(cohort, folders, Path(smk.input.manifest))
    measured = measured_or_fault(cohort, folders, imaging_rules(json.loads(smk.params.options)))
    refuse_changed_files(cohort, folders, Path(smk.input.manifest))
    write_whole(
        {
            smk.output.series: json_bytes(measured.series),
            smk.output.ct: json_bytes(measured.ct),
            smk.output.mr: json_bytes(measured.mr),
            smk.output.spinopelvic: json_bytes(measured.spinopelvic),
        }
    )


def measured_or_fault(cohort: Path, folders: PatientFolders, rules: ImagingRules) -> PatientMeasurement:
    """The measurement; an unforeseen fault becomes the status `error`, its traceback goes to the log."""
    try:
        return measure_patient(patient_images(cohort, folders), rules)
    except Exception as fault:
        print_fault(fault)
        return failed_measurement(folders.patient_id, fault)


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
