rule merge_measurements:
    """Combine planes, sides, levels and readers of all patients into HU ratio and PBQ."""
    input:
        measured=expand(
            f"{RESULTS}/patients/{{patient}}/{{document}}.json",
            patient=IMAGED,
            document=["series", "ct", "mr", "spinopelvic"],
        ),
        tables=manifest_of_tables("measured_tables"),
    output:
        measurements=f"{RESULTS}/cohort/measurements.csv",
        readers=f"{RESULTS}/cohort/readers.csv",
        repeat_measurements=f"{RESULTS}/cohort/repeat_measurements.csv",
        repeat_readers=f"{RESULTS}/cohort/repeat_readers.csv",
        acquisition=f"{RESULTS}/cohort/acquisition.csv",
        spinopelvic=f"{RESULTS}/cohort/spinopelvic.csv",
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
            config,
            "levels",
            "require",
            "combine",
            "b_hu_minimum",
            "hu_ratio_range",
            "left_right",
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
        spinopelvic=rules.merge_measurements.output.spinopelvic,
        statuses=rules.merge_measurements.output.statuses,
        tables=manifest_of_tables("tables"),
    output:
        cohort_csv=f"{RESULTS}/cohort/cohort.csv",
        cohort_parquet=f"{RESULTS}/cohort/cohort.parquet",
        time_to_loosening=f"{RESULTS}/cohort/time_to_loosening.csv",
        variants=f"{RESULTS}/cohort/variants.csv",
        dictionary=f"{RESULTS}/cohort/cohort.json",
        acquisition_summary=f"{RESULTS}/cohort/acquisition_summary.csv",
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


rule measure_agreement:
    """How readers agree with each other, and with themselves where they read again."""
    input:
        measurements=rules.merge_measurements.output.measurements,
        readers=rules.merge_measurements.output.readers,
        repeat_measurements=rules.merge_measurements.output.repeat_measurements,
        repeat_readers=rules.merge_measurements.output.repeat_readers,
        tables=manifest_of_tables("tables"),
    output:
        agreement=f"{RESULTS}/cohort/agreement.csv",
        pairs=f"{RESULTS}/cohort/agreement_pairs.csv",
    log:
        f"{LOGS}/measure_agreement.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=15,
    params:
        options=options(config, "outcome", "goutallier"),
        code=code(
            "measure_agreement",
            *schemas(
                "patients",
                "visits",
                "readings",
                "reading_sessions",
                "measurements",
                "overrides",
            ),
        ),
    script:
        "../../scripts/measure_agreement.py"


rule draw_agreement:
    """Draw Bland-Altman plots of the readers, and print their agreement, rounded, on one page."""
    input:
        agreement=rules.measure_agreement.output.agreement,
        pairs=rules.measure_agreement.output.pairs,
    output:
        svg=report(
            f"{RESULTS}/cohort/figures/agreement.svg",
            caption="../report/agreement.rst",
            category="Cohort",
            labels={"result": "Agreement of readers"},
        ),
        png=f"{RESULTS}/cohort/figures/agreement.png",
        pdf=f"{RESULTS}/cohort/figures/agreement.pdf",
        page=report(
            f"{RESULTS}/cohort/agreement.html",
            caption="../report/agreement_tables.rst",
            category="Cohort",
            labels={"result": "Agreement of readers, tables"},
        ),
    log:
        f"{LOGS}/draw_agreement.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        options=options(config, "synthetic"),
        code=code("draw_agreement"),
    script:
        "../../scripts/draw_agreement.py"


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
