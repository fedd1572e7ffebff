"""The tables of agreement as a paper prints them: between readers and within, measurements and grades."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bonehold.cohort.agreement import GWET, KAPPA, LEAST_CASES
from bonehold.cohort.agreement_measures import MEASURES
from bonehold.publishing.tables.formatting import interval, rounded
from bonehold.publishing.tables.table import Table

Row = Mapping[str, str]

TITLE = "Agreement of readers"
_KINDS = {"inter": "between readers", "intra": "within readers"}
_VALUE_COLUMNS = (
    "",
    "Readers",
    "n",
    "Mean difference (95% CI)",
    "Limits of agreement",
    "ICC(2,1) (95% CI)",
    "ICC(2,k) (95% CI)",
    "SEM",
    "MDC95",
    "Note",
)
_VALUE_NOTES = (
    "Difference: first minus second; limits of agreement: mean difference ± 1.96 SD.",
    "ICC: two-way random effects, absolute agreement, of one reading (2,1) and of the mean of both (2,k);",
    "intervals by McGraw and Wong. SEM: standard error of measurement, the root of the mean square error;",
    "MDC95: minimal detectable change, 1.96 √2 SEM.",
)
_GRADE_COLUMNS = (
    "",
    "Readers",
    "n",
    "Grades",
    "Same grade",
    "κ (95% CI)",
    "Linear κ",
    "Quadratic κ",
    "AC1 (95% CI)",
    "Linear AC2",
    "Quadratic AC2",
    "Note",
)
_GRADE_NOTES = (
    "κ: Cohen's kappa; AC1, AC2: Gwet's coefficients. Kappa falls where one grade prevails, AC does not, so both are",
    "given. Grades: how many the scale has, used or not; AC depends on it. Intervals are cut to −1 and 1.",
)
_CLUSTERED = (
    "n is the number of readings compared, in brackets of how many patients where that is fewer: readings of one"
    " patient are alike, so intervals of such rows are too narrow."
)


def agreement_tables(rows: Sequence[Row]) -> list[Table]:
    """Tables of `agreement.csv`: measurements and grades, first between readers, then within.

    Args:
        rows: its rows, as text.
    """
    tables = []
    for kind, words in _KINDS.items():
        ours = [row for row in rows if row["kind"] == kind]
        values = tuple(_values(row) for row in ours if not MEASURES[row["measure"]].grades)
        grades = tuple(_grades(row) for row in ours if MEASURES[row["measure"]].grades)
        tables += [
            Table(f"Measurements, {words}", _VALUE_COLUMNS, values, (*_VALUE_NOTES, _CLUSTERED)),
            Table(f"Grades, {words}", _GRADE_COLUMNS, grades, (*_GRADE_NOTES, _CLUSTERED)),
        ]
    if any(table.rows for table in tables):
        return tables
    nothing = f"No measure was read by two readers, or twice by one (at least {LEAST_CASES} times in common)"
    return [Table("Nothing to compare", ("",), ((nothing,),))]


def _values(row: Row) -> tuple[str, ...]:
    measure = MEASURES[row["measure"]]
    digits = 1 if measure.unit else 2
    limits = (rounded(row[name], digits) for name in ("lower_limit", "upper_limit"))
    return (
        measure.label + (f", {measure.unit}" if measure.unit else ""),
        _readers(row),
        _n(row),
        _estimate(row, "bias", digits),
        " to ".join(limits) if row["lower_limit"] else "–",
        _estimate(row, "icc_2_1", 3),
        _estimate(row, "icc_2_k", 3),
        rounded(row["sem"], digits),
        rounded(row["mdc95"], digits),
        row["reason"],
    )


def _grades(row: Row) -> tuple[str, ...]:
    return (
        MEASURES[row["measure"]].label,
        _readers(row),
        _n(row),
        row["categories"],
        rounded(row["observed_agreement"], 3),
        *(_estimate(row, name, 2) for name in KAPPA.values()),
        *(_estimate(row, name, 2) for name in GWET.values()),
        row["reason"],
    )


def _readers(row: Row) -> str:
    if row["kind"] == "inter":
        return f"{row['rater_1']}, {row['rater_2']}"
    return f"{row['rater_1']}, sessions {row['session_1']}, {row['session_2']}"


def _n(row: Row) -> str:
    return row["n"] if row["n"] == row["patients"] else f"{row['n']} ({row['patients']})"


def _estimate(row: Row, name: str, digits: int) -> str:
    return interval(row[name], row[f"{name}_low"], row[f"{name}_high"], digits)
