rule measure_patient:
    """Choose the series of one patient and measure every region that the readers drew."""
    input:
        manifest=f"{MANIFESTS}/patients/{{patient}}.json",
    output:
        series=f"{RESULTS}/patients/{{patient}}/series.json",
        ct=f"{RESULTS}/patients/{{patient}}/ct.json",
        mr=f"{RESULTS}/patients/{{patient}}/mr.json",
        spinopelvic=f"{RESULTS}/patients/{{patient}}/spinopelvic.json",
    log:
        f"{LOGS}/measure_patient/{{patient}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        options=options(config, "series", "trajectory", "quality"),
        code=code("measure_patient"),
    script:
        "../../scripts/measure_patient.py"


rule draw_overlay:
    """Draw each measured region of one patient on its slice, as a picture and as a page to look at and rate."""
    input:
        manifest=f"{MANIFESTS}/patients/{{patient}}.json",
        series=rules.measure_patient.output.series,
        ct=rules.measure_patient.output.ct,
        mr=rules.measure_patient.output.mr,
    output:
        png=f"{RESULTS}/patients/{{patient}}/qc.png",
        page=f"{RESULTS}/patients/{{patient}}/qc.html",
        thumbnail=f"{RESULTS}/patients/{{patient}}/thumbnail.png",
    log:
        f"{LOGS}/draw_overlay/{{patient}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        options=options(
            config,
            *("series", "trajectory", "quality", "synthetic"),
            *("levels", "require", "combine", "b_hu_minimum", "hu_ratio_range"),
            "left_right",
        ),
        code=code("draw_overlay", *web("patient.css", "patient.js")),
    script:
        "../../scripts/draw_overlay.py"
