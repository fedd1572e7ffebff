"""Time to loosening in print."""

from __future__ import annotations

from collections.abc import Sequence

from bonehold.publishing.tables.formatting import MISSING, interval, p_clause, p_text, rounded
from bonehold.publishing.tables.table import Labels, Row, Table

WEIBULL, COX, KAPLAN_MEIER = "interval_censored_weibull", "cox", "kaplan_meier"
GROUPS = {
    "all": "All patients",
    "low": "Below the cut-off",
    "high": "At or above the cut-off",
    "lowest": "Lowest third",
    "middle": "Middle third",
    "highest": "Highest third",
}


def hazard_table(rows: Sequence[Row], labels: Labels) -> Table:
    """Hazard ratios by the interval-censored model and by Cox's.

    Args:
        rows: of `survival.csv`.
        labels: column -> words.
    """
    found = {
        (row["model"], row["quantity"], row["term"], row["level"]): row
        for row in rows
        if row["quantity"] in ("hazard_ratio", "proportional_hazards")
    }
    coefficients = dict.fromkeys(
        (term, level) for _, quantity, term, level in found if quantity == "hazard_ratio"
    )
    lines = []
    for term, level in coefficients:
        weibull, cox = (found.get((model, "hazard_ratio", term, level)) for model in (WEIBULL, COX))
        proportional = found.get((COX, "proportional_hazards", term, level))
        reference = next(row["reference"] for row in (weibull, cox) if row)
        label = labels.get(term, term)
        lines.append(
            (
                f"{label}: {level} against {reference}" if level else label,
                *_ratio(weibull),
                *_ratio(cox),
                p_text(proportional["p_value"]) if proportional else MISSING,
            )
        )
    return Table(
        "Time to loosening: hazard ratios",
        (
            *("", "Interval-censored Weibull, HR (95% CI)", "P", "Cox, HR (95% CI)", "P"),
            "P, proportional hazards",
        ),
        tuple(lines),
        (
            *_counts(rows),
            "Loosening is seen at visits only: the interval-censored model is the primary one, Cox's takes the visit "
            "for the event. Ties by Efron. Proportional hazards: score test of scaled Schoenfeld residuals.",
        ),
    )


def risk_table(rows: Sequence[Row]) -> Table:
    """Risks at the horizons, by group of predicted risk.

    Args:
        rows: of `survival.csv`.
    """
    risks = {
        (row["grouping"], row["group"], row["time"], row["model"]): row
        for row in rows
        if row["quantity"] == "risk"
    }
    lines = []
    for grouping, group, time in dict.fromkeys(key[:3] for key in risks):
        weibull, km = (risks.get((grouping, group, time, model)) for model in (WEIBULL, KAPLAN_MEIER))
        some = weibull or km
        if some is None:
            continue
        lines.append(
            (
                GROUPS.get(group, group),
                rounded(time, 0),
                f"{some['events']} / {some['n']}",
                km["n_at_risk"] if km else MISSING,
                _percent(weibull),
                _percent(km),
            )
        )
    tests = [
        f"{row['grouping']}: {p_clause(row['p_value'])}"
        for row in rows
        if row["model"] == "log_rank" and row["p_value"]
    ]
    return Table(
        "Time to loosening: risk by predicted risk",
        (
            *("", "Months", "Events / n", "At risk"),
            *("Interval-censored Weibull (95% CI)", "Kaplan-Meier (95% CI)"),
        ),
        tuple(lines),
        (
            "Risk in per cent. Groups by the model's risk, which was fitted to mostly the same patients (apparent).",
            *((f"Log-rank test, {'; '.join(tests)}.",) if tests else ()),
        ),
    )


def _ratio(row: Row | None) -> tuple[str, str]:
    if row is None:
        return MISSING, MISSING
    return interval(row["estimate"], row["ci_low"], row["ci_high"], 2), p_text(row["p_value"])


def _percent(row: Row | None) -> str:
    if row is None or not row["estimate"]:
        return MISSING
    scaled = [str(100 * float(row[name])) if row[name] else "" for name in ("estimate", "ci_low", "ci_high")]
    return interval(scaled[0], scaled[1], scaled[2], 1)


def _counts(rows: Sequence[Row]) -> tuple[str, ...]:
    counted = [row for row in rows if row["quantity"] == "count"]
    return (f"{counted[0]['n']} patients, {counted[0]['events']} with the event.",) if counted else ()
