rule impute_missing:
    """Count missing values and fill them several times by chained equations."""
    input:
        unpack(analysis_input),
    output:
        missing=f"{RESULTS}/{{analysis}}/missing.csv",
        imputed=f"{RESULTS}/{{analysis}}/imputed.csv",
        trace=f"{RESULTS}/{{analysis}}/imputation_trace.csv",
    log:
        f"{LOGS}/impute_missing/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=15,
    params:
        options=analysis_options("model", "imputation", "seed", "b_hu_minimum"),
        code=code("impute_missing"),
    script:
        "../../scripts/impute_missing.py"


rule describe_analysis:
    """Describe the patients of an analysis by outcome."""
    input:
        unpack(analysis_input),
    output:
        baseline=f"{RESULTS}/{{analysis}}/baseline.csv",
    log:
        f"{LOGS}/describe_analysis/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=15,
    params:
        options=analysis_options("model"),
        code=code("describe_analysis"),
    script:
        "../../scripts/describe_analysis.py"


rule fit_model:
    """Univariable and multivariable logistic regression, the final model, and model.json."""
    input:
        unpack(analysis_input),
        imputed=rules.impute_missing.output.imputed,
    output:
        univariable=f"{RESULTS}/{{analysis}}/univariable.csv",
        multivariable=f"{RESULTS}/{{analysis}}/multivariable.csv",
        final_model=f"{RESULTS}/{{analysis}}/final_model.csv",
        model=f"{RESULTS}/{{analysis}}/model.json",
    log:
        f"{LOGS}/fit_model/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=15,
    params:
        options=analysis_options("model"),
        code=code("fit_model"),
    script:
        "../../scripts/fit_model.py"


rule measure_discrimination:
    """ROC curves, areas with confidence intervals, and cut-offs, of the model and of each of its predictors."""
    input:
        unpack(analysis_input),
        imputed=rules.impute_missing.output.imputed,
        model=rules.fit_model.output.model,
    output:
        roc=f"{RESULTS}/{{analysis}}/roc.csv",
        roc_points=f"{RESULTS}/{{analysis}}/roc_points.csv",
        roc_comparison=f"{RESULTS}/{{analysis}}/roc_comparison.csv",
        thresholds=f"{RESULTS}/{{analysis}}/thresholds.csv",
    log:
        f"{LOGS}/measure_discrimination/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=15,
    params:
        options=analysis_options("model"),
        code=code("measure_discrimination"),
    script:
        "../../scripts/measure_discrimination.py"


rule validate_model:
    """Bootstrap optimism of the final model, of its selection too, and its bias-corrected calibration curve."""
    input:
        unpack(analysis_input),
        imputed=rules.impute_missing.output.imputed,
        model=rules.fit_model.output.model,
    output:
        performance=f"{RESULTS}/{{analysis}}/performance.csv",
        performance_selection=f"{RESULTS}/{{analysis}}/performance_selection.csv",
        selection_frequency=f"{RESULTS}/{{analysis}}/selection_frequency.csv",
        calibration=f"{RESULTS}/{{analysis}}/calibration.csv",
        validation=f"{RESULTS}/{{analysis}}/validation.json",
    log:
        f"{LOGS}/validate_model/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        options=analysis_options(
            "model", "bootstrap", "imputation", "b_hu_minimum", "seed"
        ),
        code=code("validate_model"),
    script:
        "../../scripts/validate_model.py"


rule vary_analysis:
    """Sensitivity analyses of the final model."""
    input:
        unpack(analysis_input),
        unpack(definitions_input),
        imputed=rules.impute_missing.output.imputed,
        model=rules.fit_model.output.model,
    output:
        sensitivity=f"{RESULTS}/{{analysis}}/sensitivity.csv",
    log:
        f"{LOGS}/vary_analysis/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        options=analysis_options(
            "model", "imputation", "bootstrap", "seed", "b_hu_minimum", "sensitivity"
        ),
        code=code("vary_analysis"),
    script:
        "../../scripts/vary_analysis.py"


rule correlate_predictors:
    """Correlate pairs of predictors, observed and pooled."""
    input:
        unpack(analysis_input),
        imputed=rules.impute_missing.output.imputed,
    output:
        correlation=f"{RESULTS}/{{analysis}}/correlation.csv",
        points=f"{RESULTS}/{{analysis}}/correlation_points.csv",
    log:
        f"{LOGS}/correlate_predictors/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=15,
    params:
        options=analysis_options("model", "correlation"),
        code=code("correlate_predictors"),
    script:
        "../../scripts/correlate_predictors.py"


rule associate_predictors:
    """Relate columns that are made of each other: the ratio and its parts, the segments of a construct."""
    input:
        unpack(analysis_input),
        imputed=rules.impute_missing.output.imputed,
    output:
        association=f"{RESULTS}/{{analysis}}/association.csv",
        points=f"{RESULTS}/{{analysis}}/association_points.csv",
    log:
        f"{LOGS}/associate_predictors/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=15,
    params:
        options=analysis_options("model", "association"),
        code=code("associate_predictors"),
    script:
        "../../scripts/associate_predictors.py"


rule diagnose_collinearity:
    """Tolerance, variance inflation, condition indices and variance proportions."""
    input:
        unpack(analysis_input),
        imputed=rules.impute_missing.output.imputed,
        model=rules.fit_model.output.model,
    output:
        collinearity=f"{RESULTS}/{{analysis}}/collinearity.csv",
    log:
        f"{LOGS}/diagnose_collinearity/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=15,
    params:
        options=analysis_options("model", "collinearity"),
        code=code("diagnose_collinearity"),
    script:
        "../../scripts/diagnose_collinearity.py"


rule check_linearity:
    """Test a spline against a straight line for each continuous predictor."""
    input:
        unpack(analysis_input),
        imputed=rules.impute_missing.output.imputed,
        model=rules.fit_model.output.model,
    output:
        linearity=f"{RESULTS}/{{analysis}}/linearity.csv",
        curves=f"{RESULTS}/{{analysis}}/linearity_curves.csv",
        values=f"{RESULTS}/{{analysis}}/linearity_values.csv",
    log:
        f"{LOGS}/check_linearity/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=15,
    params:
        options=analysis_options("model"),
        code=code("check_linearity"),
    script:
        "../../scripts/check_linearity.py"


rule compare_nested_models:
    """What PBQ and HU ratio add: nested models on the same patients and resamples."""
    input:
        unpack(analysis_input),
        imputed=rules.impute_missing.output.imputed,
        model=rules.fit_model.output.model,
    output:
        incremental=f"{RESULTS}/{{analysis}}/incremental.csv",
    log:
        f"{LOGS}/compare_nested_models/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        options=analysis_options("model", "incremental", "bootstrap", "seed"),
        code=code("compare_nested_models"),
    script:
        "../../scripts/compare_nested_models.py"


rule plan_sample_size:
    """Hold the size of the study against what its model needs."""
    input:
        unpack(analysis_input),
        imputed=rules.impute_missing.output.imputed,
        model=rules.fit_model.output.model,
        performance=rules.validate_model.output.performance,
        validation=rules.validate_model.output.validation,
    output:
        sample_size=f"{RESULTS}/{{analysis}}/sample_size.csv",
    log:
        f"{LOGS}/plan_sample_size/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=15,
    params:
        options=analysis_options("model", "sample_size"),
        code=code("plan_sample_size"),
    script:
        "../../scripts/plan_sample_size.py"


rule assess_stability:
    """How much each patient's risk, its side of the cut-off and the calibration change from resample to resample."""
    input:
        unpack(analysis_input),
        imputed=rules.impute_missing.output.imputed,
        model=rules.fit_model.output.model,
    output:
        stability=f"{RESULTS}/{{analysis}}/stability.csv",
        curves=f"{RESULTS}/{{analysis}}/stability_curves.csv",
    log:
        f"{LOGS}/assess_stability/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        options=analysis_options("model", "bootstrap", "seed"),
        code=code("assess_stability"),
    script:
        "../../scripts/assess_stability.py"


rule compare_learners:
    """The nomogram's model against penalised and boosted ones in the same resamples."""
    input:
        unpack(analysis_input),
        imputed=rules.impute_missing.output.imputed,
        model=rules.fit_model.output.model,
    output:
        comparison=f"{RESULTS}/{{analysis}}/comparison.csv",
    log:
        f"{LOGS}/compare_learners/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1500,
        runtime=60,
    params:
        options=analysis_options("model", "comparison", "seed"),
        code=code("compare_learners"),
    script:
        "../../scripts/compare_learners.py"


rule analyse_decisions:
    """Net benefit of acting on the model at every threshold, and its clinical impact."""
    input:
        unpack(analysis_input),
        imputed=rules.impute_missing.output.imputed,
        model=rules.fit_model.output.model,
    output:
        decision_curve=f"{RESULTS}/{{analysis}}/decision_curve.csv",
        clinical_impact=f"{RESULTS}/{{analysis}}/clinical_impact.csv",
    log:
        f"{LOGS}/analyse_decisions/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        options=analysis_options("model", "bootstrap", "seed"),
        code=code("analyse_decisions"),
    script:
        "../../scripts/analyse_decisions.py"


rule tabulate_nomogram:
    """Write the nomogram in numbers; it needs no data but model.json."""
    input:
        model=rules.fit_model.output.model,
    output:
        nomogram=f"{RESULTS}/{{analysis}}/nomogram.csv",
    log:
        f"{LOGS}/tabulate_nomogram/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=500,
        runtime=10,
    params:
        code=code("tabulate_nomogram"),
    script:
        "../../scripts/tabulate_nomogram.py"


rule analyse_survival:
    """Time to loosening: interval-censored model, Kaplan-Meier by predicted risk, Cox model."""
    input:
        unpack(survival_input),
        model=rules.fit_model.output.model,
    output:
        survival=f"{RESULTS}/{{analysis}}/survival.csv",
        curves=f"{RESULTS}/{{analysis}}/survival_curves.csv",
        about=f"{RESULTS}/{{analysis}}/survival.json",
    log:
        f"{LOGS}/analyse_survival/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=15,
    params:
        options=options(config, "survival"),
        code=code("analyse_survival"),
    script:
        "../../scripts/analyse_survival.py"
