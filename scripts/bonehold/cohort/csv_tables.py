"""Read a group's CSV file as text cells, whatever spreadsheet wrote it."""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from bonehold.problems import InputError, Problem

IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
"""What a patient id or a reader's name must be, whole; also the wildcard constraint of the workflow."""

_OTHER_ENCODINGS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


@dataclass(frozen=True)
class CsvRow:
    """One row: its line number as a spreadsheet shows it (the header is 1) and its stripped text cells.

    `surplus` counts cells beyond the header's: such a row cannot be trusted.
    """

    number: int
    cells: dict[str, str]
    surplus: int = 0


@dataclass(frozen=True)
class CsvTable:
    """A table as read: file name, columns in order, rows; `decimal_comma` where `;` separates the columns."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[CsvRow, ...]
    decimal_comma: bool


def read_csv_table(path: Path) -> CsvTable:
    """Read a CSV file with `,` or `;`, in UTF-8 with or without byte order mark. Empty lines are passed over.

    Raises:
        InputError: the file is missing, in another encoding, without header, or a column stands twice.
    """
    name = path.name
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError(
            [Problem(name, "is missing", "put it into the cohort folder (README, 'Your own cohort')")]
        ) from None
    except OSError:
        raise InputError(
            [Problem(name, "cannot be read", "it must be a plain file that you may read")]
        ) from None
    text = _decoded(name, data)
    header_line = text.split("\n", 1)[0]
    delimiter = ";" if header_line.count(";") > header_line.count(",") else ","
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        raise InputError([Problem(name, "is not a CSV file", "save it as CSV UTF-8")]) from None
    if not lines or not any(column.strip() for column in lines[0]):
        raise InputError([Problem(name, "is empty", "its first line must hold the column names")])
    columns = tuple(column.strip() for column in lines[0])
    twice = sorted({column for column in columns if column and columns.count(column) > 1})
    if twice:
        raise InputError(
            [Problem(name, "the column stands twice", "keep one", row=1, column=column) for column in twice]
        )
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        if not any(text.strip() for text in line):
            continue
        padded = [*line, *[""] * (len(columns) - len(line))]
        cells = {column: value.strip() for column, value in zip(columns, padded, strict=False) if column}
        rows.append(CsvRow(number, cells, surplus=max(0, len(line) - len(columns))))
    return CsvTable(
        name, tuple(column for column in columns if column), tuple(rows), decimal_comma=delimiter == ";"
    )


def _decoded(name: str, data: bytes) -> str:
    for mark, encoding in _OTHER_ENCODINGS.items():
        if data.startswith(mark):
            raise InputError([Problem(name, f"is encoded in {encoding}", "save it as CSV UTF-8")])
    if b"\0" in data:
        raise InputError([Problem(name, "is not a text file", "save it as CSV UTF-8")])
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        raise InputError(
            [Problem(name, "is not UTF-8 (probably Windows-1252 or Latin-1)", "save it as CSV UTF-8")]
        ) from None
