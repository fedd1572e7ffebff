"""Tables as a Word document: native tables in the three-line style of journals."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from bonehold.publishing.figures.style import SYNTHETIC_NOTE
from bonehold.publishing.tables.numbering import Chapter, NumberedTable
from bonehold.publishing.tables.office_files import with_fixed_date
from bonehold.publishing.tables.table import Table

FONT = "Times New Roman"
PAGE_MM = (210.0, 297.0)
MARGIN_MM = 20.0
MM_PER_CHARACTER = 1.5
"""Of the 9-point font, on average; columns are as wide as their longest word or, where there is room, cell."""
THICK, THIN = 12, 6
"""Rules above and below a table, and below its head, in eighths of a point."""
BOLD = 1.15
"""Width of a bold letter, by which heads are wider."""
CELL_MARGINS_MM = 4.6
WHOLE = 24
"""A table of at most so many rows is not divided between pages."""
WIDE = 1.3
"""A table that wants so many times the width of an upright page is laid on its side."""
LONG_CELL = 26
"""A column with a cell of more characters is text and stands to the left; others are centred."""


def word_document(title: str, chapters: Sequence[Chapter], synthetic: bool) -> bytes:
    """The document.

    Args:
        title: its heading.
        chapters: the tables of each analysis.
        synthetic: whether the data are simulated; then every page says so.
    """
    document: Any = Document()
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(10)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    document.core_properties.title = title
    document.core_properties.author = ""
    document.core_properties.comments = SYNTHETIC_NOTE if synthetic else ""
    section = document.sections[0]
    _page(section, landscape=False)
    _head_and_foot(section, synthetic)
    heading = document.add_paragraph()
    _run(heading, title, 14, bold=True)
    for chapter in chapters:
        # A page is turned before the heading, not between it and its first table.
        for numbered in chapter.tables[:1]:
            _turn(document, numbered)
        heading = document.add_paragraph()
        heading.paragraph_format.keep_with_next = True
        _run(heading, chapter.title, 12, bold=True)
        for line in chapter.lines:
            paragraph = document.add_paragraph()
            paragraph.paragraph_format.keep_with_next = True
            _run(paragraph, line, 10)
        for numbered in chapter.tables:
            wide = _turn(document, numbered)
            _table(document, numbered, (PAGE_MM[1] if wide else PAGE_MM[0]) - 2 * MARGIN_MM)
    buffer = io.BytesIO()
    document.save(buffer)
    return with_fixed_date(buffer.getvalue())


def _turn(document: Any, numbered: NumberedTable) -> bool:
    """Begin a page of the other orientation where a table needs one; whether it lies on its side."""
    wide = lies_on_its_side(numbered, PAGE_MM[0] - 2 * MARGIN_MM)
    if wide != (document.sections[-1].orientation == WD_ORIENT.LANDSCAPE):
        _page(document.add_section(), landscape=wide)
    return wide


def _page(section: Any, landscape: bool) -> None:
    width, height = reversed(PAGE_MM) if landscape else PAGE_MM
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(width), Mm(height)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Mm(MARGIN_MM))


def _head_and_foot(section: Any, synthetic: bool) -> None:
    if synthetic:
        head = section.header.paragraphs[0]
        head.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _run(head, SYNTHETIC_NOTE, 9, bold=True).font.color.rgb = RGBColor(0xB0, 0x4A, 0x00)
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = _run(foot, "", 9)
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        if kind:
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), kind)
        else:
            element = OxmlElement("w:instrText")
            element.set(qn("xml:space"), "preserve")
            element.text = text
        run._r.append(element)


def _table(document: Any, numbered: NumberedTable, room_mm: float) -> None:
    table = numbered.table
    caption = document.add_paragraph()
    caption.paragraph_format.keep_with_next = True
    caption.paragraph_format.space_before, caption.paragraph_format.space_after = Pt(14), Pt(3)
    _run(caption, f"{numbered.number}. ", 10, bold=True)
    _run(caption, table.title, 10)
    grid = document.add_table(rows=1, cols=len(table.columns))
    grid.alignment = WD_TABLE_ALIGNMENT.CENTER
    grid.autofit = False
    widths = column_widths(numbered, room_mm)
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = Mm(width)  # the grid; the cells repeat it, for Word reads those
    text_columns = [
        column == 0 or any(len(row[column]) > LONG_CELL for row in table.rows)
        for column in range(len(table.columns))
    ]
    _repeat_on_every_page(grid.rows[0])
    for column, head in enumerate(table.columns):
        _cell(grid.rows[0].cells[column], head, widths[column], text_columns[column], bold=True)
    for place, row in enumerate(table.rows):
        line = grid.add_row()
        _keep_whole(line)
        for column, text in enumerate(row):
            cell = line.cells[column]
            _cell(cell, text, widths[column], text_columns[column])
            # A short table stays whole; of a long one the last rows and the notes stay together.
            if len(table.rows) <= WHOLE or place >= len(table.rows) - 2:
                cell.paragraphs[0].paragraph_format.keep_with_next = True
    _rules(grid)
    notes = document.add_paragraph()
    notes.paragraph_format.space_before, notes.paragraph_format.space_after = Pt(3), Pt(10)
    _run(notes, " ".join(table.notes), 8)


def _cell(cell: Any, text: str, width_mm: float, left: bool, bold: bool = False) -> None:
    cell.width = Mm(width_mm)
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(1)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT if left else WD_ALIGN_PARAGRAPH.CENTER
    if text.startswith(" "):
        paragraph.paragraph_format.left_indent = Mm(3)
    _run(paragraph, text.strip(), 9, bold=bold)


def _run(paragraph: Any, text: str, points: float, bold: bool = False) -> Any:
    run = paragraph.add_run(text)
    run.font.name, run.font.size, run.bold = FONT, Pt(points), bold
    return run


def column_widths(numbered: NumberedTable, room_mm: float) -> tuple[float, ...]:
    """Share the width of the page among the columns.

    Each gets what its longest cell needs on one line where all fit; else what its longest word needs, and the rest
    goes to those that want more, in proportion.

    Args:
        numbered: the table.
        room_mm: width of the page without its margins.
    """
    table = numbered.table
    cells = [[head, *(row[column] for row in table.rows)] for column, head in enumerate(table.columns)]
    # Heads may break in two; cells should not.
    wanted = [_width(max(BOLD * (-(-len(head) // 2) + 1), *map(len, below))) for head, *below in cells]
    needed = _needed(table)
    wanted = [max(pair) for pair in zip(wanted, needed, strict=True)]
    if sum(wanted) <= room_mm:
        return tuple(wanted)
    spare, missing = max(0.0, room_mm - sum(needed)), sum(wanted) - sum(needed)
    widths = [
        low + (high - low) * spare / missing if missing else low
        for low, high in zip(needed, wanted, strict=True)
    ]
    shrink = min(1.0, room_mm / sum(widths))
    return tuple(width * shrink for width in widths)


def lies_on_its_side(numbered: NumberedTable, room_mm: float) -> bool:
    """Whether a table is too wide for an upright page: words would break, or most cells.

    Args:
        numbered: the table.
        room_mm: width of the upright page without its margins.
    """
    wanted = sum(column_widths(numbered, float("inf")))
    return sum(_needed(numbered.table)) > room_mm or wanted > WIDE * room_mm


def _needed(table: Table) -> list[float]:
    """Width of each column at which no word breaks."""
    return [
        _width(max(BOLD * _longest_word(head), *(_longest_word(row[column]) for row in table.rows)))
        for column, head in enumerate(table.columns)
    ]


def _longest_word(text: str) -> int:
    return max(map(len, text.split(" ")))  # a space that does not break is part of a word


def _width(characters: float) -> float:
    return characters * MM_PER_CHARACTER + CELL_MARGINS_MM


def _repeat_on_every_page(row: Any) -> None:
    properties = row._tr.get_or_add_trPr()
    for name in ("w:cantSplit", "w:tblHeader"):
        element = OxmlElement(name)
        element.set(qn("w:val"), "true")
        properties.append(element)


def _keep_whole(row: Any) -> None:
    element = OxmlElement("w:cantSplit")
    element.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(element)


def _rules(grid: Any) -> None:
    """Three lines: above, below the head, below."""
    borders = OxmlElement("w:tblBorders")
    for edge, size in (("top", THICK), ("bottom", THICK)):
        borders.append(_rule(edge, size))
    grid._tbl.tblPr.append(borders)
    for cell in grid.rows[0].cells:
        edges = OxmlElement("w:tcBorders")
        edges.append(_rule("bottom", THIN))
        cell._tc.get_or_add_tcPr().append(edges)


def _rule(edge: str, size: int) -> Any:
    element = OxmlElement(f"w:{edge}")
    for key, value in (("val", "single"), ("sz", str(size)), ("space", "0"), ("color", "000000")):
        element.set(qn(f"w:{key}"), value)
    return element
