rule draw_nomogram:
    """Draw the nomogram of the final model; it needs no data but model.json."""
    input:
        model=rules.fit_model.output.model,
    output:
        svg=report(
            f"{RESULTS}/{{analysis}}/figures/nomogram.svg",
            caption="../report/nomogram.rst",
            category="{analysis}",
            labels={"result": "Nomogram"},
        ),
        png=f"{RESULTS}/{{analysis}}/figures/nomogram.png",
        pdf=f"{RESULTS}/{{analysis}}/figures/nomogram.pdf",
    log:
        f"{LOGS}/draw_nomogram/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        options=options(config, "nomogram_patient"),
        code=code("draw_nomogram"),
    script:
        "../../scripts/draw_nomogram.py"


rule draw_forest:
    """Draw the univariable and multivariable odds ratios."""
    input:
        **dictionary_input(),
        univariable=rules.fit_model.output.univariable,
        multivariable=rules.fit_model.output.multivariable,
        model=rules.fit_model.output.model,
    output:
        svg=report(
            f"{RESULTS}/{{analysis}}/figures/forest.svg",
            caption="../report/forest.rst",
            category="{analysis}",
            labels={"result": "Odds ratios"},
        ),
        png=f"{RESULTS}/{{analysis}}/figures/forest.png",
        pdf=f"{RESULTS}/{{analysis}}/figures/forest.pdf",
    log:
        f"{LOGS}/draw_forest/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code("draw_forest"),
    script:
        "../../scripts/draw_forest.py"


rule draw_sensitivity:
    """Draw the AUC and two odds ratios under every sensitivity analysis."""
    input:
        **dictionary_input(),
        sensitivity=rules.vary_analysis.output.sensitivity,
        model=rules.fit_model.output.model,
    output:
        svg=report(
            f"{RESULTS}/{{analysis}}/figures/sensitivity.svg",
            caption="../report/sensitivity.rst",
            category="{analysis}",
            labels={"result": "Sensitivity analyses"},
        ),
        png=f"{RESULTS}/{{analysis}}/figures/sensitivity.png",
        pdf=f"{RESULTS}/{{analysis}}/figures/sensitivity.pdf",
    log:
        f"{LOGS}/draw_sensitivity/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        options=analysis_options("sensitivity"),
        code=code("draw_sensitivity"),
    script:
        "../../scripts/draw_sensitivity.py"


rule draw_roc:
    """Draw the ROC curves of the model and its predictors."""
    input:
        roc=rules.measure_discrimination.output.roc,
        roc_points=rules.measure_discrimination.output.roc_points,
        model=rules.fit_model.output.model,
    output:
        svg=report(
            f"{RESULTS}/{{analysis}}/figures/roc.svg",
            caption="../report/roc.rst",
            category="{analysis}",
            labels={"result": "ROC curves"},
        ),
        png=f"{RESULTS}/{{analysis}}/figures/roc.png",
        pdf=f"{RESULTS}/{{analysis}}/figures/roc.pdf",
    log:
        f"{LOGS}/draw_roc/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code("draw_roc"),
    script:
        "../../scripts/draw_roc.py"


rule draw_calibration:
    """Draw the apparent, bias-corrected and ideal calibration curves."""
    input:
        calibration=rules.validate_model.output.calibration,
        validation=rules.validate_model.output.validation,
        model=rules.fit_model.output.model,
    output:
        svg=report(
            f"{RESULTS}/{{analysis}}/figures/calibration.svg",
            caption="../report/calibration.rst",
            category="{analysis}",
            labels={"result": "Calibration"},
        ),
        png=f"{RESULTS}/{{analysis}}/figures/calibration.png",
        pdf=f"{RESULTS}/{{analysis}}/figures/calibration.pdf",
    log:
        f"{LOGS}/draw_calibration/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code("draw_calibration"),
    script:
        "../../scripts/draw_calibration.py"


rule draw_imputation_trace:
    """Draw how the chains of the imputation ran."""
    input:
        trace=rules.impute_missing.output.trace,
        missing=rules.impute_missing.output.missing,
        model=rules.fit_model.output.model,
    output:
        svg=report(
            f"{RESULTS}/{{analysis}}/figures/imputation_trace.svg",
            caption="../report/imputation_trace.rst",
            category="{analysis}",
            labels={"result": "Imputation"},
        ),
        png=f"{RESULTS}/{{analysis}}/figures/imputation_trace.png",
        pdf=f"{RESULTS}/{{analysis}}/figures/imputation_trace.pdf",
    log:
        f"{LOGS}/draw_imputation_trace/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code("draw_imputation_trace"),
    script:
        "../../scripts/draw_imputation_trace.py"


rule write_tables:
    """Print the tables of an analysis, rounded, on one page."""
    input:
        **dictionary_input(),
        tables=expand(f"{RESULTS}/{{{{analysis}}}}/{{table}}.csv", table=PRINTED),
        model=rules.fit_model.output.model,
        validation=rules.validate_model.output.validation,
    output:
        page=report(
            f"{RESULTS}/{{analysis}}/tables.html",
            caption="../report/tables.rst",
            category="{analysis}",
            labels={"result": "Tables"},
        ),
    log:
        f"{LOGS}/write_tables/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=500,
        runtime=10,
    params:
        code=code("write_tables"),
    script:
        "../../scripts/write_tables.py"


rule write_publication:
    """Print the tables of all analyses as a Word document and an Excel workbook."""
    input:
        **dictionary_input(),
        tables=expand(
            f"{RESULTS}/{{analysis}}/{{table}}.csv", analysis=ANALYSES, table=PRINTED
        ),
        models=expand(f"{RESULTS}/{{analysis}}/model.json", analysis=ANALYSES),
        validations=expand(f"{RESULTS}/{{analysis}}/validation.json", analysis=ANALYSES),
    output:
        document=f"{RESULTS}/publication/tables.docx",
        workbook=f"{RESULTS}/publication/tables.xlsx",
    log:
        f"{LOGS}/write_publication.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=500,
        runtime=10,
    params:
        code=code("write_publication"),
    script:
        "../../scripts/write_publication.py"


rule write_quality_index:
    """List all patients for a look at their regions, those first who need one, and take ratings."""
    input:
        measurements=rules.merge_measurements.output.measurements,
        readers=rules.merge_measurements.output.readers,
        statuses=rules.merge_measurements.output.statuses,
        ratings=manifest_of_tables("ratings"),
    output:
        page=f"{RESULTS}/qc/index.html",
    log:
        f"{LOGS}/write_quality_index.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        options=options(config, "synthetic"),
        code=code(
            "write_quality_index",
            *web("index.css", "index_patients.js", "index.js"),
            *schemas("patients", "ratings"),
        ),
    script:
        "../../scripts/write_quality_index.py"


rule write_status:
    """List what became of every patient and every analysis."""
    input:
        **status_input(),
        models=expand(f"{RESULTS}/{{analysis}}/model.json", analysis=ANALYSES),
    output:
        status=f"{RESULTS}/status.csv",
    log:
        f"{LOGS}/write_status.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=500,
        runtime=10,
    params:
        code=code("write_status"),
    script:
        "../../scripts/write_status.py"


rule write_run:
    """Record what the results were made with: configuration, versions, counts."""
    input:
        **run_input(),
        models=expand(f"{RESULTS}/{{analysis}}/model.json", analysis=ANALYSES),
        validations=expand(f"{RESULTS}/{{analysis}}/validation.json", analysis=ANALYSES),
    output:
        run=f"{RESULTS}/run.json",
    log:
        f"{LOGS}/write_run.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=500,
        runtime=10,
    params:
        options=recorded_options(),
        code=code("write_run"),
    script:
        "../../scripts/write_run.py"
