rule merge_measurements:
    """Combine planes, sides, levels and readers of all patients into HU ratio and PBQ."""
    input:
        measured=expand(
            f"{RESULTS}/patients/{{patient}}/{{document}}.json",
            patient=IMAGED,
            document=["series", "ct", "mr"],
        ),
        tables=manifest_of_tables("measured_tables"),
    output:
        measurements=f"{RESULTS}/cohort/measurements.csv",
        readers=f"{RESULTS}/cohort/readers.csv",
        acquisition=f"{RESULTS}/cohort/acquisition.csv",
        statuses=f"{RESULTS}/cohort/measured.json",
    log:
        f"{LOGS}/merge_measurements.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        options=options(
            config, "levels", "require", "combine", "b_hu_minimum", "hu_ratio_range"
        ),
        code=code(
            "merge_measurements", *schemas("patients", "measurements", "overrides")
        ),
    script:
        "../../scripts/merge_measurements.py"


rule build_cohort:
    """Validate the tables, decide outcome and eligibility, and write one row per analysed patient."""
    input:
        readers=rules.merge_measurements.output.readers,
        acquisition=rules.merge_measurements.output.acquisition,
        statuses=rules.merge_measurements.output.statuses,
        tables=manifest_of_tables("tables"),
    output:
        cohort_csv=f"{RESULTS}/cohort/cohort.csv",
        cohort_parquet=f"{RESULTS}/cohort/cohort.parquet",
        dictionary=f"{RESULTS}/cohort/cohort.json",
        exclusions=f"{RESULTS}/cohort/exclusions.csv",
        problems=f"{RESULTS}/cohort/problems.csv",
        flow=f"{RESULTS}/cohort/flow.csv",
        ratings=f"{RESULTS}/cohort/ratings.csv",
    log:
        f"{LOGS}/build_cohort.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        options=options(
            config, "on_bad_row", "outcome", "goutallier", "dxa", "eligibility"
        ),
        code=code(
            "build_cohort",
            *schemas(
                "cohort",
                "patients",
                "visits",
                "readings",
                "reading_sessions",
                "measurements",
                "overrides",
                "ratings",
            ),
        ),
    script:
        "../../scripts/build_cohort.py"


rule draw_flow:
    """Draw who entered, who left and why."""
    input:
        flow=rules.build_cohort.output.flow,
        dictionary=rules.build_cohort.output.dictionary,
    output:
        svg=report(
            f"{RESULTS}/cohort/flow.svg",
            caption="../report/flow.rst",
            category="Cohort",
            labels={"result": "Patient flow"},
        ),
        png=f"{RESULTS}/cohort/flow.png",
    log:
        f"{LOGS}/draw_flow.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code("draw_flow"),
    script:
        "../../scripts/draw_flow.py"
