rule impute_missing:
    """Count missing values and fill them several times by chained equations."""
    input:
        unpack(analysis_input),
    output:
        missing=f"{RESULTS}/{{analysis}}/missing.csv",
        imputed=f"{RESULTS}/{{analysis}}/imputed.csv",
    log:
        f"{LOGS}/impute_missing/{{analysis}}.log",
    conda:
        "../../envs/bonehold.yaml"
    resources:
        mem_mb=1000,
        runtime=15,
    params:
        options=analysis_options("model", "imputation", "seed"),
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
    """Bootstrap optimism of the final model and its bias-corrected calibration curve."""
    input:
        unpack(analysis_input),
        imputed=rules.impute_missing.output.imputed,
        model=rules.fit_model.output.model,
    output:
        performance=f"{RESULTS}/{{analysis}}/performance.csv",
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
        options=analysis_options("model", "bootstrap", "seed"),
        code=code("validate_model"),
    script:
        "../../scripts/validate_model.py"


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
