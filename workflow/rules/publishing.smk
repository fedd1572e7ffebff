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
        performance=rules.validate_model.output.performance,
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


rule draw_correlation:
    """Draw PBQ against HU ratio, events marked."""
    input:
        correlation=rules.correlate_predictors.output.correlation,
        points=rules.correlate_predictors.output.points,
        model=rules.fit_model.output.model,
    output:
        svg=report(
            f"{RESULTS}/{{analysis}}/figures/correlation.svg",
            caption="../report/correlation.rst",
            category="{analysis}",
            labels={"result": "Correlation"},
        ),
        png=f"{RESULTS}/{{analysis}}/figures/correlation.png",
        pdf=f"{RESULTS}/{{analysis}}/figures/correlation.pdf",
    log:
        f"{LOGS}/draw_correlation/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code("draw_correlation"),
    script:
        "../../scripts/draw_correlation.py"


rule draw_association:
    """Draw the HU ratio against its parts, and constructs by their terminal segment."""
    input:
        association=rules.associate_predictors.output.association,
        points=rules.associate_predictors.output.points,
        model=rules.fit_model.output.model,
    output:
        svg=report(
            f"{RESULTS}/{{analysis}}/figures/association.svg",
            caption="../report/association.rst",
            category="{analysis}",
            labels={"result": "Association"},
        ),
        png=f"{RESULTS}/{{analysis}}/figures/association.png",
        pdf=f"{RESULTS}/{{analysis}}/figures/association.pdf",
    log:
        f"{LOGS}/draw_association/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code("draw_association"),
    script:
        "../../scripts/draw_association.py"


rule draw_collinearity:
    """Draw variance inflation and variance proportions."""
    input:
        collinearity=rules.diagnose_collinearity.output.collinearity,
        model=rules.fit_model.output.model,
    output:
        svg=report(
            f"{RESULTS}/{{analysis}}/figures/collinearity.svg",
            caption="../report/collinearity.rst",
            category="{analysis}",
            labels={"result": "Collinearity"},
        ),
        png=f"{RESULTS}/{{analysis}}/figures/collinearity.png",
        pdf=f"{RESULTS}/{{analysis}}/figures/collinearity.pdf",
    log:
        f"{LOGS}/draw_collinearity/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code("draw_collinearity"),
    script:
        "../../scripts/draw_collinearity.py"


rule draw_linearity:
    """Draw the log-odds over each continuous predictor, spline and straight line."""
    input:
        linearity=rules.check_linearity.output.linearity,
        curves=rules.check_linearity.output.curves,
        values=rules.check_linearity.output.values,
        model=rules.fit_model.output.model,
    output:
        svg=report(
            f"{RESULTS}/{{analysis}}/figures/linearity.svg",
            caption="../report/linearity.rst",
            category="{analysis}",
            labels={"result": "Linearity"},
        ),
        png=f"{RESULTS}/{{analysis}}/figures/linearity.png",
        pdf=f"{RESULTS}/{{analysis}}/figures/linearity.pdf",
    log:
        f"{LOGS}/draw_linearity/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code("draw_linearity"),
    script:
        "../../scripts/draw_linearity.py"


rule draw_incremental:
    """Draw what each predictor adds, corrected for optimism."""
    input:
        incremental=rules.compare_nested_models.output.incremental,
        model=rules.fit_model.output.model,
    output:
        svg=report(
            f"{RESULTS}/{{analysis}}/figures/incremental.svg",
            caption="../report/incremental.rst",
            category="{analysis}",
            labels={"result": "What each predictor adds"},
        ),
        png=f"{RESULTS}/{{analysis}}/figures/incremental.png",
        pdf=f"{RESULTS}/{{analysis}}/figures/incremental.pdf",
    log:
        f"{LOGS}/draw_incremental/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code("draw_incremental"),
    script:
        "../../scripts/draw_incremental.py"


rule draw_survival:
    """Draw Kaplan-Meier curves by predicted risk, with the numbers at risk."""
    input:
        survival=rules.analyse_survival.output.survival,
        curves=rules.analyse_survival.output.curves,
        about=rules.analyse_survival.output.about,
    output:
        svg=report(
            f"{RESULTS}/{{analysis}}/figures/survival.svg",
            caption="../report/survival.rst",
            category="{analysis}",
            labels={"result": "Time to loosening"},
        ),
        png=f"{RESULTS}/{{analysis}}/figures/survival.png",
        pdf=f"{RESULTS}/{{analysis}}/figures/survival.pdf",
    log:
        f"{LOGS}/draw_survival/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code("draw_survival"),
    script:
        "../../scripts/draw_survival.py"


rule draw_survival_interval:
    """Draw the share with loosening by time, from the interval-censored model and without a model."""
    input:
        survival=rules.analyse_survival.output.survival,
        curves=rules.analyse_survival.output.curves,
        about=rules.analyse_survival.output.about,
    output:
        svg=report(
            f"{RESULTS}/{{analysis}}/figures/survival_interval.svg",
            caption="../report/survival_interval.rst",
            category="{analysis}",
            labels={"result": "Time to loosening, interval-censored"},
        ),
        png=f"{RESULTS}/{{analysis}}/figures/survival_interval.png",
        pdf=f"{RESULTS}/{{analysis}}/figures/survival_interval.pdf",
    log:
        f"{LOGS}/draw_survival_interval/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code("draw_survival_interval"),
    script:
        "../../scripts/draw_survival_interval.py"


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


rule draw_stability:
    """Draw how much predictions change from resample to resample."""
    input:
        stability=rules.assess_stability.output.stability,
        curves=rules.assess_stability.output.curves,
        model=rules.fit_model.output.model,
    output:
        svg=report(
            f"{RESULTS}/{{analysis}}/figures/stability.svg",
            caption="../report/stability.rst",
            category="{analysis}",
            labels={"result": "Stability"},
        ),
        png=f"{RESULTS}/{{analysis}}/figures/stability.png",
        pdf=f"{RESULTS}/{{analysis}}/figures/stability.pdf",
    log:
        f"{LOGS}/draw_stability/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code("draw_stability"),
    script:
        "../../scripts/draw_stability.py"


rule draw_comparison:
    """Draw the nomogram beside penalised and boosted models."""
    input:
        comparison=rules.compare_learners.output.comparison,
        model=rules.fit_model.output.model,
    output:
        svg=report(
            f"{RESULTS}/{{analysis}}/figures/comparison.svg",
            caption="../report/comparison.rst",
            category="{analysis}",
            labels={"result": "Comparison with other models"},
        ),
        png=f"{RESULTS}/{{analysis}}/figures/comparison.png",
        pdf=f"{RESULTS}/{{analysis}}/figures/comparison.pdf",
    log:
        f"{LOGS}/draw_comparison/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code("draw_comparison"),
    script:
        "../../scripts/draw_comparison.py"


rule draw_decision_curve:
    """Draw the decision curve."""
    input:
        decision_curve=rules.analyse_decisions.output.decision_curve,
        model=rules.fit_model.output.model,
    output:
        svg=report(
            f"{RESULTS}/{{analysis}}/figures/decision_curve.svg",
            caption="../report/decision_curve.rst",
            category="{analysis}",
            labels={"result": "Decision curve"},
        ),
        png=f"{RESULTS}/{{analysis}}/figures/decision_curve.png",
        pdf=f"{RESULTS}/{{analysis}}/figures/decision_curve.pdf",
    log:
        f"{LOGS}/draw_decision_curve/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code("draw_decision_curve"),
    script:
        "../../scripts/draw_decision_curve.py"


rule draw_clinical_impact:
    """Draw the clinical impact curve."""
    input:
        clinical_impact=rules.analyse_decisions.output.clinical_impact,
        model=rules.fit_model.output.model,
    output:
        svg=report(
            f"{RESULTS}/{{analysis}}/figures/clinical_impact.svg",
            caption="../report/clinical_impact.rst",
            category="{analysis}",
            labels={"result": "Clinical impact"},
        ),
        png=f"{RESULTS}/{{analysis}}/figures/clinical_impact.png",
        pdf=f"{RESULTS}/{{analysis}}/figures/clinical_impact.pdf",
    log:
        f"{LOGS}/draw_clinical_impact/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code("draw_clinical_impact"),
    script:
        "../../scripts/draw_clinical_impact.py"


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
