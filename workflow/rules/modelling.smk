rule describe_analysis:
    """Describe the patients of an analysis by outcome."""
    input:
        unpack(analysis_input),
    output:
        baseline=report(
            f"{RESULTS}/{{analysis}}/baseline.csv",
            caption="../report/baseline.rst",
            category="{analysis}",
            labels={"table": "Baseline characteristics"},
        ),
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
    output:
        univariable=report(
            f"{RESULTS}/{{analysis}}/univariable.csv",
            caption="../report/regression.rst",
            category="{analysis}",
            labels={"table": "Univariable regression"},
        ),
        multivariable=report(
            f"{RESULTS}/{{analysis}}/multivariable.csv",
            caption="../report/regression.rst",
            category="{analysis}",
            labels={"table": "Multivariable regression"},
        ),
        final_model=report(
            f"{RESULTS}/{{analysis}}/final_model.csv",
            caption="../report/final_model.rst",
            category="{analysis}",
            labels={"table": "Final model"},
        ),
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
        model=rules.fit_model.output.model,
    output:
        roc=report(
            f"{RESULTS}/{{analysis}}/roc.csv",
            caption="../report/roc_table.rst",
            category="{analysis}",
            labels={"table": "Discrimination"},
        ),
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
        model=rules.fit_model.output.model,
    output:
        performance=report(
            f"{RESULTS}/{{analysis}}/performance.csv",
            caption="../report/performance.rst",
            category="{analysis}",
            labels={"table": "Performance"},
        ),
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
