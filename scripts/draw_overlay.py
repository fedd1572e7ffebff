"""Draw every measured region of one patient on its own slice, for a reader to check at a glance.

Writes `qc.png`: a panel for each region and slice with the outline, mean and number of pixels of each reader,
orientation letters at the edges, and below, the regions that were not measured and why.
"""

import json
from pathlib import Path
from typing import Any

from bonehold.cohort.patients import patient_folders
from bonehold.files import read_json, write_whole
from bonehold.imaging.patient import open_patient
from bonehold.imaging.sections import sections
from bonehold.patient_images import patient_images
from bonehold.publishing.overlay_figure import overlay_figure
from bonehold.publishing.style import figure_bytes
from bonehold.script import logged
from bonehold.tracking import refuse_changed_files


def main(smk: Any) -> None:
    """Draw the patient of the wildcard."""
    cohort = Path(smk.config["cohort"])
    options = json.loads(smk.params.options)
    patient_id = smk.wildcards.patient
    folders = next(p for p in patient_folders(cohort) if p.patient_id == patient_id)
    ct, mr = read_json(smk.input.ct), read_json(smk.input.mr)
    refuse_changed_files(cohort, folders, Path(smk.input.manifest))
    opened = open_patient(patient_images(cohort, folders))
    width = options["trajectory"]["width_mm"]
    drawn = [*sections(opened, "CT", ct["rois"], width), *sections(opened, "MR", mr["rois"], width)]
    refused = [
        f"{row['reader']} {row['roi']}: {row['reason']}"
        for row in [*ct["rois"], *mr["rois"]]
        if row["reason"]
    ]
    figure = overlay_figure(patient_id, drawn, refused, options["synthetic"])
    write_whole({smk.output.png: figure_bytes(figure, "png")})


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
