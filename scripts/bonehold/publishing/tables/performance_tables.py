"""How good the model is, in print: discrimination, internal validation, what thresholds do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bonehold.publishing.tables.formatting import (
    MISSING,
    count_and_share,
    interval,
    p_clause,
    p_text,
    rounded,
)
from bonehold.publishing.tables.table import Labels, Row, Table, footnote_marks, footnotes

MEASURES = {
    "auc": "AUC",
    "brier": "Brier score",
    "scaled_brier": "Scaled Brier score",
    "citl": "CITL (slope held at 1)",
    "slope": "Calibration slope",
    "joint_intercept": "Joint calibration intercept",
    "emax": "Emax",
    "eavg": "Eavg",
    "e50": "E50",
    "e90": "E90",
    "sensitivity": "Sensitivity at the cut-off",
    "specificity": "Specificity at the cut-off",
    "ppv": "PPV at the cut-off",
    "npv": "NPV at the cut-off",
    "youden": "Youden index at the cut-off",
    "net_benefit": "Net benefit at the cut-off",
}
"""Measures with an optimism, in print."""
LEARNERS = {
    "nomogram": "Nomogram (final model)",
    "logistic_all": "Logistic, all candidates",
    "ridge": "Ridge",
    "lasso": "LASSO",
    "boosting": "Gradient boosting",
}


def discrimination_table(rows: Sequence[Row], labels: Labels) -> Table:
    """Areas and cut-offs of the model and its predictors.

    Args:
        rows: of `roc.csv`.
        labels: column -> words.
    """
    lines = tuple(
        (
            "Model (risk)" if row["marker"] == "model" else labels.get(row["marker"], row["marker"]),
            interval(row["auc"], row["ci_low"], row["ci_high"], 3),
            f"{'≥' if row['direction'] == '>=' else '≤'}\u00a0{_trimmed(row['cutoff'])}",
            _share(row, "sensitivity", "tp", "fn"),
            _share(row, "specificity", "tn", "fp"),
            rounded(row["youden"], 3),
        )
        for row in rows
    )
    return Table(
        "Discrimination (apparent)",
        ("", "AUC (95% CI)", "Cut-off", "Sensitivity (95% CI)", "Specificity (95% CI)", "Youden index"),
        lines,
        (
            "AUC: DeLong's interval; sensitivity and specificity with counts and exact (Clopper-Pearson) intervals. "
            "The cut-off has the largest Youden index, which weighs sensitivity and specificity alike; it is no "
            "recommendation.",
        ),
    )


def performance_table(
    fixed: Sequence[Row], selection: Sequence[Row], variants: Mapping[str, Mapping[str, Any]]
) -> Table:
    """Apparent performance, its optimism and what is left, for both variants.

    Args:
        fixed: rows of `performance.csv`.
        selection: rows of `performance_selection.csv`; none where the model was fixed by the configuration.
        variants: of `validation.json`.
    """
    repeated = {row["measure"]: row for row in selection}
    lines = []
    for row in fixed:
        if row["measure"] not in MEASURES:
            continue
        other = repeated.get(row["measure"])
        line = [
            MEASURES[row["measure"]],
            interval(row["apparent"], row["ci_low"], row["ci_high"], 3),
            rounded(row["optimism"], 3),
            interval(row["corrected"], row["corrected_ci_low"], row["corrected_ci_high"], 3),
        ]
        if repeated:
            line.append(
                interval(other["corrected"], other["corrected_ci_low"], other["corrected_ci_high"], 3)
                if other
                else MISSING
            )
        lines.append(tuple(line))
    counts = variants["fixed"]
    notes = [
        f"Bootstrap of {counts['B']} refits of the final model ({counts['singular']} singular, left out; "
        f"{counts['separated']} separated, kept).",
        "Cut-off chosen again in each resample.",
    ]
    if repeated:
        notes.append(
            "Selection repeated: the univariable screen and both multivariable steps in each resample."
        )
    notes += _hosmer_lemeshow(fixed)
    heads = ("", "Apparent (95% CI)", "Optimism", "Corrected (95% CI)")
    more = ("Corrected, selection repeated (95% CI)",) if repeated else ()
    return Table("Internal validation", (*heads, *more), tuple(lines), tuple(notes))


def thresholds_table(rows: Sequence[Row]) -> Table:
    """What the model does at a choice of thresholds.

    Args:
        rows: of `thresholds.csv`.
    """
    marks = footnote_marks(row["rule"] for row in rows if row["rule"] != "step")
    lines = tuple(
        (
            f"{rounded(row['threshold'], 3)}{marks.get(row['rule'], '')}",
            count_and_share(row["flagged"], row["n"]),
            row["tp"],
            row["fp"],
            *(
                interval(row[name], row[f"{name}_ci_low"], row[f"{name}_ci_high"], 2)
                for name in ("sensitivity", "specificity", "ppv", "npv")
            ),
            rounded(row["net_benefit"], 3),
            f"1:{rounded(row['cost_ratio'], 1)}" if row["cost_ratio"] else MISSING,
        )
        for row in rows
    )
    return Table(
        "The model at a choice of thresholds (apparent)",
        (
            *("Threshold", "High risk", "TP", "FP", "Sensitivity (95% CI)", "Specificity (95% CI)"),
            *("PPV (95% CI)", "NPV (95% CI)", "Net benefit", "Cost ratio"),
        ),
        lines,
        (
            "High risk: at or above the threshold. Exact (Clopper-Pearson) intervals. Cost ratio: one act in vain "
            "against so many found events, as the threshold implies.",
            *footnotes(marks),
        ),
    )


def area_comparison_table(rows: Sequence[Row]) -> Table:
    """The model against each of its predictors.

    Args:
        rows: of `roc_comparison.csv`.
    """
    lines = tuple(
        (
            row["label"],
            rounded(row["model_auc"], 3),
            rounded(row["marker_auc"], 3),
            interval(row["difference"], row["ci_low"], row["ci_high"], 3),
            p_text(row["p_value"]),
        )
        for row in rows
    )
    return Table(
        "AUC of the model against each of its predictors (apparent)",
        ("", "AUC, model", "AUC, predictor", "Difference (95% CI)", "P"),
        lines,
        ("DeLong's paired test. The model was fitted to these patients, so the difference flatters it.",),
    )


def sample_size_table(rows: Sequence[Row]) -> Table:
    """Riley's criteria for the size of the study.

    Args:
        rows: of `sample_size.csv`.
    """
    counted = {"final": "Final model", "candidates": "All candidates"}
    lines = tuple(
        (
            f"{counted.get(row['counted'], row['counted'])}, {row['parameters']} parameters",
            row["r2_basis"] + (f" {rounded(row['auc'], 3)}" if row["auc"] else ""),
            rounded(row["r2_cox_snell"], 3),
            row["aim"],
            f"{row['needed_n']}{' *' if row['binding'] == '1' else ''}",
            rounded(row["needed_events"], 0),
            "yes" if row["met"] == "1" else "no",
        )
        for row in rows
    )
    (first, *_) = rows or ({"n": "", "events": "", "events_per_parameter": ""},)
    return Table(
        "Sample size (Riley's criteria)",
        ("", "R² from", "R² (Cox-Snell)", "Aim", "Patients needed", "Events needed", "Met"),
        lines,
        (
            f"This analysis: {first['n']} patients, {first['events']} events, "
            f"{rounded(first['events_per_parameter'], 1)} events per parameter of the final model. "
            "* the criterion that asks for most.",
        ),
    )


def learners_table(rows: Sequence[Row]) -> Table:
    """Whether another learner beats the nomogram.

    Args:
        rows: of `comparison.csv`.
    """
    lines = []
    for learner in dict.fromkeys(row["learner"] for row in rows):
        own = {row["measure"]: row for row in rows if row["learner"] == learner}
        area, brier, slope = own["auc"], own["brier"], own["slope"]
        lines.append(
            (
                LEARNERS.get(learner, learner),
                rounded(area["apparent"], 3),
                interval(area["corrected"], area["corrected_ci_low"], area["corrected_ci_high"], 3),
                interval(area["left_out"], area["left_out_ci_low"], area["left_out_ci_high"], 3),
                interval(area["difference"], area["difference_ci_low"], area["difference_ci_high"], 3),
                rounded(brier["left_out"], 3),
                rounded(slope["left_out"], 2),
            )
        )
    used = rows[0]["used"] if rows else ""
    return Table(
        "The nomogram against other learners",
        (
            *("", "AUC, apparent", "AUC, corrected (95% CI)", "AUC, left-out patients (95% CI)"),
            *("Difference to the nomogram (95% CI)", "Brier, left-out", "Slope, left-out"),
        ),
        tuple(lines),
        (
            f"{used} resamples, tuning repeated in each. Left-out: patients that a resample does not hold; a learner "
            "that follows its own patients closely is judged fairly by these alone.",
        ),
    )


def _trimmed(number: str) -> str:
    """A number with at most three decimals, none of them a closing zero."""
    text = rounded(number, 3)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _share(row: Row, name: str, hits: str, misses: str) -> str:
    share = f"{rounded(row[name], 3)} ({row[hits]}/{int(row[hits]) + int(row[misses])}"
    low, high = row.get(f"{name}_ci_low", ""), row.get(f"{name}_ci_high", "")
    limits = f"; {rounded(low, 3)}\u00a0to\u00a0{rounded(high, 3)}" if low and high else ""
    return f"{share}{limits})"


def _hosmer_lemeshow(rows: Sequence[Row]) -> list[str]:
    found = {row["measure"]: row["apparent"] for row in rows}
    texts = [
        f"{rounded(found[f'{name}_chi2'], 2)}, {p_clause(found[f'{name}_p'])} ({groups})"
        for name, groups in (
            ("hosmer_lemeshow", "groups by quantiles of the risk"),
            ("hosmer_lemeshow_rank", "groups of equal size by rank, as SPSS"),
        )
        if found.get(f"{name}_chi2")
    ]
    return [f"Hosmer-Lemeshow chi-square: {'; '.join(texts)}."] if texts else []
