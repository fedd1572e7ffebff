"""What is wrong with an input, where, and what to do: one line each, all of them at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

PROBLEM_COLUMNS = ("patient_id", "source", "row", "column", "value", "problem", "remedy")
LONGEST_VALUE = 40


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an input.

    Attributes:
        source: table, ROI or file it stands in: `visits.csv`, `R1 L3_csf`, `dicom file 17 of 402 [3fa9c1e2]`.
            Never the name of a file below a patient's folder: such names carry people's names.
        problem: what is wrong.
        remedy: what was expected or what to do.
        patient_id: the group's own code, empty where the problem is nobody's.
        row: line number in the table as a spreadsheet shows it (the header is row 1).
        column: column of the table.
        value: the offending cell, shortened; empty where it might be a person's name.
    """

    source: str
    problem: str
    remedy: str
    patient_id: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""

    def line(self) -> str:
        """The problem in one line.

        >>> Problem("patients.csv", "not a number", "give years, e.g. 64", row=3, column="age", value="old").line()
        "patients.csv, row 3, age = 'old': not a number; give years, e.g. 64"
        """
        where = [f"patient {self.patient_id}"] if self.patient_id and self.row is None else []
        where.append(self.source)
        if self.row is not None:
            where.append(f"row {self.row}")
        if self.column:
            where.append(f"{self.column} = {shortened(self.value)!r}" if self.value else self.column)
        return one_line(f"{', '.join(where)}: {self.problem}; {self.remedy}")

    def as_row(self) -> dict[str, Any]:
        """The problem as a row of `problems.csv`."""
        return {**asdict(self), "value": shortened(self.value)}


def shortened(value: str) -> str:
    """At most 40 characters of a cell, on one line."""
    text = one_line(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def one_line(text: str) -> str:
    """The text without line breaks or control characters, which could forge a line of a log."""
    return "".join(character if character.isprintable() else " " for character in text)


def lines(problems: Iterable[Problem]) -> str:
    """All problems, one line each."""
    return "\n".join(problem.line() for problem in problems)


class InputError(Exception):
    """Input that cannot be used at all; carries every problem found, to be printed without a traceback."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(lines(self.problems))
