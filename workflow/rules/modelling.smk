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
