"""Draw every measured region of one patient on its own slice, for a reader to check at a glance.

Writes `qc.png`: a panel for each region and slice with the outline, mean and number of pixels of each reader,
orientation letters at the edges, and below, the regions that were not measured and why.
"""

import json
from pathlib import Path
from typing import Any

from bonehold.cohort.patients import PatientFolders, patient_folders
from bonehold.files import read_json, write_whole
from bonehold.imaging.measuring_rules import ImagingRules, imaging_rules
from bonehold.imaging.patient import open_patient
from bonehold.imaging.sections import Section, sections
from bonehold.patient_images import patient_images
from bonehold.publishing.overlay_figure import overlay_figure
from bonehold.publishing.style import figure_bytes
from bonehold.roi_names import Modality
from bonehold.script import logged, print_fault
from bonehold.tracking import refuse_changed_files


def main(smk: Any) -> None:
    """Draw the patient of the wildcard."""
    cohort = Path(smk.config["cohort"])
    patient_id, options = smk.wildcards.patient, json.loads(smk.params.options)
    folders = next(p for p in patient_folders(cohort) if p.patient_id == patient_id)
    rows = {"CT": read_json(smk.input.ct)["rois"], "MR": read_json(smk.input.mr)["rois"]}
    refuse_changed_files(cohort, folders, Path(smk.input.manifest))
    drawn, refused = sections_or_fault(cohort, folders, rows, imaging_rules(options))
    figure = overlay_figure(patient_id, drawn, refused, options["synthetic"])
    write_whole({smk.output.png: figure_bytes(figure, "png")})


def sections_or_fault(
    cohort: Path, folders: PatientFolders, rows: dict[Modality, list[dict[str, Any]]], rules: ImagingRules
) -> tuple[list[Section], list[str]]:
    """What to draw, and a line for each region that was not measured; an unforeseen fault becomes a line, too."""
    refused = [
        f"{row['reader']} {row['roi']}: {row['reason']}"
        for each in rows.values()
        for row in each
        if row["reason"]
    ]
    try:
        opened = open_patient(patient_images(cohort, folders), rules)
        drawn = [
            section for modality in rows for section in sections(opened, modality, rows[modality], rules)
        ]
    except Exception as fault:
        print_fault(fault)
        return [], [
            *refused,
            f"nothing could be drawn: unforeseen fault ({type(fault).__name__}), see the log",
        ]
    return drawn, refused


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
