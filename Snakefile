"""Bonehold: from DICOM and regions of interest to a validated nomogram. A table of contents; nothing here computes."""

import sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.0")


configfile: "config.yaml"


report: "workflow/report/workflow.rst"


sys.path.insert(0, str(Path(workflow.basedir, "scripts")))


include: "workflow/rules/common.smk"


config.update(checked_config())
config["synthetic"] = synthetic_cohort()
PATIENTS = cohort_patients()
IMAGED = [patient.patient_id for patient in imaged(PATIENTS)]
ANALYSES = {analysis["name"]: analysis for analysis in config["analyses"]}
RESULTS = config["results"]
MANIFESTS = f"{RESULTS}/manifests"
LOGS = f"{RESULTS}/logs"

if workflow.is_main_process and not run_in_progress(Path.cwd()):
    bring_manifests_up_to_date()


wildcard_constraints:
    patient="[A-Za-z0-9][A-Za-z0-9_-]{0,31}",
    analysis="[a-z][a-z0-9_]{0,30}",


include: "workflow/rules/imaging.smk"
include: "workflow/rules/cohort.smk"
include: "workflow/rules/modelling.smk"
include: "workflow/rules/publishing.smk"


localrules:
    all,
    measurements,
    cohort,
    modelling,
    publishing,


rule measurements:
    input:
        f"{RESULTS}/cohort/measurements.csv",
        f"{RESULTS}/cohort/readers.csv",
        f"{RESULTS}/cohort/acquisition.csv",
        expand(f"{RESULTS}/patients/{{patient}}/qc.html", patient=IMAGED),
        f"{RESULTS}/qc/index.html",


rule cohort:
    input:
        f"{RESULTS}/cohort/cohort.csv",
        f"{RESULTS}/cohort/variants.csv",
        f"{RESULTS}/cohort/exclusions.csv",
        f"{RESULTS}/cohort/flow.svg",
        f"{RESULTS}/cohort/acquisition_summary.csv",
        f"{RESULTS}/cohort/agreement.csv",
        f"{RESULTS}/cohort/figures/agreement.svg",
        f"{RESULTS}/cohort/agreement.html",


rule modelling:
    input:
        expand(
            f"{RESULTS}/{{analysis}}/{{table}}.csv",
            analysis=ANALYSES,
            table=[
                "missing",
                "baseline",
                "univariable",
                "roc",
                "performance",
                "survival",
                "nomogram",
                "sample_size",
                "stability",
                "comparison",
                "correlation",
                "association",
                "collinearity",
                "linearity",
                "incremental",
                "sensitivity",
            ],
        ),


rule publishing:
    input:
        expand(
            f"{RESULTS}/{{analysis}}/figures/{{figure}}.svg",
            analysis=ANALYSES,
            figure=[
                "forest",
                "nomogram",
                "roc",
                "calibration",
                "imputation_trace",
                "survival",
                "survival_interval",
                "decision_curve",
                "clinical_impact",
                "stability",
                "comparison",
                "correlation",
                "association",
                "collinearity",
                "linearity",
                "incremental",
                "sensitivity",
            ],
        ),
        expand(f"{RESULTS}/{{analysis}}/tables.html", analysis=ANALYSES),
        f"{RESULTS}/publication/tables.docx",
        f"{RESULTS}/status.csv",
        f"{RESULTS}/run.json",


rule all:
    default_target: True
    input:
        []
        if config["analysis_table"]
        else [rules.measurements.input, rules.cohort.input],
        rules.modelling.input,
        rules.publishing.input,


onsuccess:
    print(closing_lines(Path(RESULTS)), flush=True)
