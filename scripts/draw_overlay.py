"""Draw every measured region of one patient on its own slice, for a reader to check at a glance.

Writes `qc.png`: a panel for each region and slice with the outline, mean and number of pixels of each reader,
orientation letters at the edges, and below, the regions that were not measured and why; `qc.html`: the same as a
page, what needs a look first, with the derived measures, the series and a rating; and `thumbnail.png` for the index.
"""

import json
from pathlib import Path
from typing import Any

from bonehold.cohort.bone_measures import measuring_rules
from bonehold.cohort.patients import PatientFolders, patient_folders
from bonehold.cohort.quality_flags import side_limits
from bonehold.files import read_json, write_whole
from bonehold.imaging.measuring_rules import ImagingRules, imaging_rules
from bonehold.imaging.patient import open_patient
from bonehold.imaging.sections import Section, sections
from bonehold.patient_images import patient_images
from bonehold.publishing.figures.overlay_figure import overlay_figure, reader_colours
from bonehold.publishing.figures.style import figure_bytes
from bonehold.publishing.quality.grey_pictures import thumbnail, windows
from bonehold.publishing.quality.quality_page import quality_page
from bonehold.publishing.quality.quality_view import first_session, patient_view
from bonehold.roi_names import Modality
from bonehold.script import logged, print_fault
from bonehold.tracking import refuse_changed_files


def main(smk: Any) -> None:
    """Draw the patient of the wildcard."""
    cohort = Path(smk.config["cohort"])
    patient_id, options = smk.wildcards.patient, json.loads(smk.params.options)
    folders = next(p for p in patient_folders(cohort) if p.patient_id == patient_id)
    documents: dict[Modality, Any] = {"CT": read_json(smk.input.ct), "MR": read_json(smk.input.mr)}
    refuse_changed_files(cohort, folders, Path(smk.input.manifest))
    drawn, troubles = sections_or_fault(cohort, folders, documents, imaging_rules(options))
    synthetic = options["synthetic"]
    figure = overlay_figure(patient_id, drawn, [*refusals(documents), *troubles], synthetic)
    view = patient_view(documents, drawn, measuring_rules(options), side_limits(options), folders.overrides)
    sight, colours = windows(drawn), reader_colours(drawn)
    series = read_json(smk.input.series)
    told = [f"{one['source']}: {one['problem']}; {one['remedy']}" for one in series["problems"]]
    page = quality_page(view, series, [*troubles, *told], sight, colours, synthetic)
    shown = view.thumbnail_section
    stamp = thumbnail(shown, sight[shown.modality] if shown else (0, 1), colours, synthetic)
    write_whole(
        {
            smk.output.png: figure_bytes(figure, "png"),
            smk.output.page: page.encode(),
            smk.output.thumbnail: stamp,
        }
    )


def refusals(documents: dict[Modality, Any]) -> list[str]:
    """A line for each region that was not measured."""
    return [
        f"{row['reader']} {row['roi']}: {row['reason']}"
        for document in documents.values()
        for row in document["rois"]
        if row["reason"]
    ]


def sections_or_fault(
    cohort: Path, folders: PatientFolders, documents: dict[Modality, Any], rules: ImagingRules
) -> tuple[list[Section], list[str]]:
    """What to draw; an unforeseen fault becomes a line."""
    try:
        opened = open_patient(patient_images(cohort, folders), rules)
        return [
            section
            for modality, document in documents.items()
            for section in sections(opened, modality, first_session(document), rules)
        ], []
    except Exception as fault:
        print_fault(fault)
        return [], [f"nothing could be drawn: unforeseen fault ({type(fault).__name__}), see the log"]


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
