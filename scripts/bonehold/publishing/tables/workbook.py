"""Tables as an Excel workbook: one sheet per table, the same text as in print."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.worksheet.worksheet import Worksheet

from bonehold.publishing.figures.style import SYNTHETIC_NOTE
from bonehold.publishing.tables.numbering import Chapter, NumberedTable
from bonehold.publishing.tables.office_files import with_fixed_date

CONTENTS = "Contents"
_NUMBER = re.compile(r"−?\d+(\.\d+)?")
_WIDEST = 60


def workbook(title: str, chapters: Sequence[Chapter], synthetic: bool) -> bytes:
    """The workbook: a sheet of contents, then one sheet per table.

    A cell that is nothing but a number is a number, shown with its decimals; all else is text, never a formula.

    Args:
        title: heading of the contents.
        chapters: the tables of each analysis.
        synthetic: whether the data are simulated; then every sheet says so.
    """
    book = Workbook()
    contents: Worksheet = book.active
    contents.title = CONTENTS
    note = (SYNTHETIC_NOTE,) if synthetic else ()
    lines = [title, *note, ""]
    for chapter in chapters:
        lines += [chapter.title, *chapter.lines]
        for numbered in chapter.tables:
            lines.append(f"{numbered.number}: {numbered.table.title}")
            _fill(book.create_sheet(numbered.number), numbered, note)
        lines.append("")
    for place, line in enumerate(lines, start=1):
        _write(contents, place, 1, line)
    contents.cell(1, 1).font = Font(bold=True)
    contents.column_dimensions["A"].width = 110
    buffer = io.BytesIO()
    book.save(buffer)
    return with_fixed_date(buffer.getvalue())


def _fill(sheet: Worksheet, numbered: NumberedTable, note: tuple[str, ...]) -> None:
    table = numbered.table
    _write(sheet, 1, 1, f"{numbered.number}. {table.title}")
    sheet.cell(1, 1).font = Font(bold=True)
    top = 2
    for line in note:
        _write(sheet, top, 1, line)
        top += 1
    for column, head in enumerate(table.columns, start=1):
        _write(sheet, top, column, head)
        cell = sheet.cell(top, column)
        cell.font = Font(bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="bottom")
        cell.border = Border(top=Side("medium"), bottom=Side("thin"))
    for place, row in enumerate(table.rows, start=top + 1):
        for column, text in enumerate(row, start=1):
            _write(sheet, place, column, text)
    last = top + len(table.rows)
    for column in range(1, len(table.columns) + 1):
        cell = sheet.cell(last, column)
        cell.border = Border(top=cell.border.top, bottom=Side("medium"))
        texts = [table.columns[column - 1], *(row[column - 1] for row in table.rows)]
        width = min(_WIDEST, max(len(text) for text in texts) + 2)
        sheet.column_dimensions[sheet.cell(top, column).column_letter].width = width
    for place, line in enumerate(table.notes, start=last + 1):
        _write(sheet, place, 1, line)
    sheet.freeze_panes = sheet.cell(top + 1, 2)


def _write(sheet: Worksheet, row: int, column: int, text: str) -> None:
    cell = sheet.cell(row, column)
    if _NUMBER.fullmatch(text):
        decimals = len(text.partition(".")[2])
        cell.value = float(text.replace("−", "-"))
        cell.number_format = "0" + (f".{'0' * decimals}" if decimals else "")
        return
    cell.value = text.strip()
    cell.data_type = "s"  # text, also where it begins like a formula
    if text.startswith(" "):
        cell.alignment = Alignment(indent=1)
