"""Read a group's CSV file as text cells, whatever spreadsheet wrote it."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bonehold.files import TooLargeFile, plain_bytes
from bonehold.problems import InputError, Problem

IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
"""What a patient id or a reader's name must be, whole; also the wildcard constraint of the workflow."""

LARGEST_TABLE_BYTES = 50_000_000
"""Five thousand patients with all their visits and readings take a tenth of it."""

_OTHER_ENCODINGS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


@dataclass(frozen=True)
class CsvRow:
    """One row: its line number as a spreadsheet shows it (the header is 1) and its stripped text cells.

    `fault` tells why none of its cells can be trusted or shown: they may be those of another column or row.
    """

    number: int
    cells: dict[str, str]
    fault: Problem | None = None


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
        InputError: the file is missing, in another encoding, without header, a quote is never closed, or a
            column stands twice.
    """
    name = path.name
    try:
        data = plain_bytes(path, LARGEST_TABLE_BYTES)
    except FileNotFoundError:
        raise InputError(
            [Problem(name, "is missing", "put it into the cohort folder (README, 'Your own cohort')")]
        ) from None
    except OSError:
        raise InputError(
            [Problem(name, "cannot be read", "it must be a plain file that you may read")]
        ) from None
    except TooLargeFile:
        raise InputError(
            [
                Problem(
                    name, f"is larger than {LARGEST_TABLE_BYTES // 10**6} MB", "keep the rows of this cohort"
                )
            ]
        ) from None
    text = _decoded(name, data)
    header_line = text.split("\n", 1)[0]
    delimiter = ";" if header_line.count(";") > header_line.count(",") else ","
    lines = _split(name, text, delimiter)
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
        rows.append(CsvRow(number, cells, _row_fault(name, number, line, len(columns))))
    return CsvTable(
        name, tuple(column for column in columns if column), tuple(rows), decimal_comma=delimiter == ";"
    )


def _split(name: str, text: str, delimiter: str) -> list[list[str]]:
    """The cells of every row; a quote left open would otherwise swallow the rows that follow it."""
    lines: list[list[str]] = []
    try:
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            lines.append(line)
    except csv.Error:
        raise InputError([_open_quote(name, len(lines) + 1)]) from None
    swallowing = [
        number for number, line in enumerate(lines, start=1) if _swallows(lines[0], line, delimiter)
    ]
    if swallowing:
        raise InputError(_open_quote(name, number) for number in swallowing)
    return lines


def _swallows(header: Sequence[str], line: Sequence[str], delimiter: str) -> bool:
    """Whether a cell that runs over several lines belongs to the header, or holds as much as a further row."""
    text = delimiter.join(line)
    return "\n" in text and (line is header or text.count(delimiter) >= 2 * (len(header) - 1))


def _open_quote(name: str, number: int) -> Problem:
    return Problem(
        name,
        "a quote is opened and never closed at the end of its cell, which swallows what follows",
        "remove the stray quote, or close it; a quote inside a quoted cell is written twice",
        row=number,
    )


def _row_fault(name: str, number: int, line: Sequence[str], columns: int) -> Problem | None:
    breaks = sum(cell.count("\n") for cell in line)
    if breaks:
        return Problem(
            name,
            f"a quoted cell runs on over {breaks + 1} lines",
            "write it on one line",
            row=number,
        )
    if len(line) > columns:
        return Problem(
            name,
            f"has {len(line) - columns} cell(s) more than the header",
            "put text that holds the separator into double quotes",
            row=number,
        )
    return None


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
