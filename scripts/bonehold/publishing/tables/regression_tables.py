"""The models in print: candidates alone and together, the final model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bonehold.publishing.tables.formatting import MISSING, interval, p_text, rounded
from bonehold.publishing.tables.table import Labels, Row, Table, footnote_marks, footnotes

REFERENCE = "reference"
INTERCEPT = "(Intercept)"
_NOTHING: Row = {}


def regression_table(univariable: Sequence[Row], multivariable: Sequence[Row], labels: Labels) -> Table:
    """Odds ratios of each candidate alone and together; a factor as a whole, then its levels.

    Args:
        univariable: rows of `univariable.csv`.
        multivariable: rows of `multivariable.csv`.
        labels: column -> words.
    """
    together = {(row["term"], row["level"]): row for row in multivariable}
    notes = footnote_marks(_note(row) for row in (*univariable, *multivariable))
    lines = []
    for rows in _by_term(univariable):
        # A factor that an exclusive group kept out has one row for all its levels.
        whole = together.get((rows[0]["term"], ""), _NOTHING)
        joint = [together.get((row["term"], row["level"]), whole) for row in rows]
        if rows[0]["level"]:
            overall = [p_text(found.get("term_p_value", "")) for found in (rows[0], joint[0])]
            lines.append((labels.get(rows[0]["term"], rows[0]["term"]), "", "", overall[0], "", overall[1]))
            reference = f" {rows[0]['reference']}"
            entered = REFERENCE if joint[0].get("odds_ratio") else MISSING
            lines.append((reference, _reference_counts(rows[0]), REFERENCE, "", entered, ""))
        for row, other in zip(rows, joint, strict=True):
            marks = [notes.get(_note(one), "") for one in (row, other)]
            lines.append(
                (
                    f" {row['level']}" if row["level"] else labels.get(row["term"], row["term"]),
                    _counts(row),
                    f"{_odds_ratio(row)}{marks[0]}",
                    p_text(row["p_value"]),
                    f"{_odds_ratio(other)}{marks[1]}",
                    p_text(other.get("p_value", "")),
                )
            )
    return Table(
        "Univariable and multivariable logistic regression",
        ("", "Events / n", "Univariable OR (95% CI)", "P", "Multivariable OR (95% CI)", "P"),
        tuple(lines),
        (
            "Odds ratios per unit, or against the reference level. Events / n are those of the univariable model. "
            "The P of a factor as a whole stands beside its name.",
            *_ways(univariable, multivariable),
            *footnotes(notes),
        ),
    )


def final_table(rows: Sequence[Row], labels: Labels) -> Table:
    """The final model; beside the true coefficients where the patients are simulated.

    Args:
        rows: of `final_model.csv`.
        labels: column -> words.
    """
    simulated = any(row["true_estimate"] for row in rows)
    profile = any(row.get("profile_ci_low") for row in rows)
    complete = any(row.get("complete_case_odds_ratio") for row in rows)
    notes = footnote_marks(_note(row) for row in rows)
    lines = []
    for terms in _by_term(rows):
        factor = bool(terms[0]["level"])
        if factor:
            blank = [""] * (4 + profile + complete + simulated)
            blank[3] = p_text(terms[0].get("term_p_value", ""))
            lines.append((labels.get(terms[0]["term"], terms[0]["term"]), *blank))
            level = [f" {terms[0]['reference']} ({REFERENCE})", *[""] * len(blank)]
            lines.append(tuple(level))
        for row in terms:
            intercept = row["term"] == INTERCEPT
            cells = [
                f" {row['level']}" if factor else labels.get(row["term"], row["term"]),
                f"{rounded(row['estimate'], 3)}{notes.get(_note(row), '')}",
                rounded(row["std_error"], 3),
                _odds_ratio(row),
                p_text(row["p_value"]),
            ]
            if profile:
                low, high = row.get("profile_ci_low", ""), row.get("profile_ci_high", "")
                shown = not intercept and low and high
                cells.append(f"{rounded(low, 2)}\u00a0to\u00a0{rounded(high, 2)}" if shown else MISSING)
            if complete:
                cells.append(_complete_case(row))
            if simulated:
                cells.append(rounded(row["true_estimate"], 3))
            lines.append(tuple(cells))
    heads = [
        *(["Profile-likelihood 95% CI"] if profile else []),
        *(["Complete cases, OR (95% CI)"] if complete else []),
        *(["True coefficient"] if simulated else []),
    ]
    said = ["Coefficients are log-odds.", *_ways(rows), *footnotes(notes)]
    if simulated:
        said.append("The patients were simulated with the true coefficients.")
    return Table(
        "Final model", ("", "Coefficient", "SE", "OR (95% CI)", "P", *heads), tuple(lines), tuple(said)
    )


def linearity_table(rows: Sequence[Row]) -> Table:
    """Splines against straight lines.

    Args:
        rows: of `linearity.csv`.
    """
    notes = footnote_marks(_note(row) for row in rows)
    lines = tuple(
        (
            f"{row['label']}{notes.get(_note(row), '')}",
            row["model"],
            row["knots"] or MISSING,
            rounded(row["statistic"], 2),
            row["df"] or MISSING,
            p_text(row["p_value"]),
            rounded(row["aic_linear"], 1),
            rounded(row["aic_spline"], 1),
        )
        for row in rows
    )
    return Table(
        "Linearity of continuous predictors",
        ("", "Model", "Knots", "Likelihood ratio", "df", "P", "AIC, line", "AIC, spline"),
        lines,
        (
            "Restricted cubic spline against a straight line, adjusted for the other predictors of the model.",
            *footnotes(notes),
        ),
    )


def incremental_table(rows: Sequence[Row]) -> Table:
    """What predictors add.

    Args:
        rows: of `incremental.csv`.
    """
    lines = []
    for row in rows:
        if row["comparison"] == "nested":
            continue
        itself = row["comparison"] == "itself"
        lines.append(
            (
                row["label"],
                rounded(row["auc"], 3),
                interval(row["auc_corrected"], row["auc_corrected_ci_low"], row["auc_corrected_ci_high"], 3),
                MISSING if itself else _corrected_difference(row),
                MISSING if itself else p_text(row["lr_p_value"]),
                rounded(row["brier_corrected"], 3),
                rounded(row["net_benefit_corrected"], 3),
            )
        )
    first = rows[0] if rows else {"n": "", "events": "", "used": "", "threshold": ""}
    return Table(
        "What predictors add: nested models",
        (
            *(
                "",
                "AUC, apparent",
                "AUC, corrected (95% CI)",
                "Difference of AUC to the first, corrected (95% CI)",
            ),
            *("P, likelihood ratio", "Brier, corrected", "Net benefit, corrected"),
        ),
        tuple(lines),
        (
            f"The same {first['n']} patients, {first['events']} events; {first['used']} resamples, the same for all "
            f"models. Net benefit at {rounded(first['threshold'], 3)}. No DeLong test: it is not valid between nested "
            "models.",
        ),
    )


def sensitivity_table(rows: Sequence[Row], drawn: Sequence[str], labels: Labels) -> Table:
    """Every variant of the final model: discrimination and the odds ratios of some predictors.

    Args:
        rows: of `sensitivity.csv`.
        drawn: columns whose odds ratios are printed.
        labels: column -> words.
    """
    lines = []
    notes = footnote_marks(row["reason"] for row in rows)
    for variant in dict.fromkeys(row["variant"] for row in rows):
        own = [row for row in rows if row["variant"] == variant]
        first = own[0]
        name = f"{first['label']}{notes.get(first['reason'], '')}"
        if first["status"] != "fitted":
            lines.append((name, first["status"].replace("_", " "), *[""] * (2 + len(drawn))))
            continue
        ratios = (
            next((_odds_ratio(row) for row in own if row["term"] == column), MISSING) for column in drawn
        )
        area = interval(first["auc"], first["auc_ci_low"], first["auc_ci_high"], 3)
        counts = f"{first['events']} / {first['n']}"
        lines.append((name, counts, area, rounded(first["auc_corrected"], 3), *ratios))
    return Table(
        "Sensitivity analyses",
        (
            "",
            "Events / n",
            "AUC (95% CI)",
            "AUC, corrected",
            *(f"{labels.get(column, column)}, OR (95% CI)" for column in drawn),
        ),
        tuple(lines),
        ("The final model's predictors, fitted again; nothing is selected anew.", *footnotes(notes)),
    )


def _corrected_difference(row: Row) -> str:
    name = "auc_difference_corrected"
    return interval(row[name], row[f"{name}_ci_low"], row[f"{name}_ci_high"], 3)


def _by_term(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Rows of the same predictor together, in order."""
    for term in dict.fromkeys(row["term"] for row in rows):
        yield [row for row in rows if row["term"] == term]


def _note(row: Row) -> str:
    return row.get("note", "")


def _counts(row: Row) -> str:
    return f"{row['events']} / {row['n']}"


def _reference_counts(row: Row) -> str:
    n, events = row.get("reference_n", ""), row.get("reference_events", "")
    return f"{events} / {n}" if n else MISSING


def _odds_ratio(row: Row) -> str:
    if not row or not row["odds_ratio"] or row["term"] == INTERCEPT:
        return MISSING
    return interval(row["odds_ratio"], row["ci_low"], row["ci_high"], 2)


def _complete_case(row: Row) -> str:
    if row["term"] == INTERCEPT or not row["complete_case_odds_ratio"]:
        return MISSING
    low, high = row["complete_case_ci_low"], row["complete_case_ci_high"]
    return interval(row["complete_case_odds_ratio"], low, high, 2)


def _ways(*tables: Sequence[Row]) -> tuple[str, ...]:
    """How intervals and P were found, once each."""
    rows = [row for table in tables for row in table]
    intervals = sorted({row.get("ci_method", "") for row in rows} - {""})
    tests = sorted({row.get("term_test", "") for row in rows} - {""})
    return (
        *((f"Intervals: {'; '.join(intervals)}.",) if intervals else ()),
        *((f"Overall tests of predictors: {'; '.join(tests)}.",) if tests else ()),
    )
