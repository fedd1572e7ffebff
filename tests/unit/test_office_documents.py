"""The Word document and the Excel workbook, read back and rendered."""

import io
import re
import shutil
import subprocess
import zipfile

import pytest
from bonehold.publishing.figures.style import SYNTHETIC_NOTE
from bonehold.publishing.tables.abbreviations import with_abbreviations
from bonehold.publishing.tables.numbering import AnalysisTables, chapters
from bonehold.publishing.tables.table import Table, footnote_marks
from bonehold.publishing.tables.word_document import word_document
from bonehold.publishing.tables.workbook import workbook
from docx import Document
from docx.oxml.ns import qn
from openpyxl import load_workbook

SHORT = Table(
    "Final model",
    ("", "OR (95% CI)", "P"),
    (("Age", "1.08\u00a0(1.04\u00a0to\u00a01.12)", "<.001"), (" =HYPERLINK(1)", "−1.50", "3")),
    ("Wald intervals.",),
)
LONG = Table(
    "Thresholds",
    tuple(f"Column {number} of many" for number in range(14)),
    tuple(tuple(f"{row}.{column} (0.123 to 4.567)" for column in range(14)) for row in range(80)),
)


def printed():
    first = AnalysisTables("primary", ("45 of 313 patients had the event.",), (SHORT,), (LONG,))
    second = AnalysisTables("expanded", (), (SHORT, Table("Empty", ("",), ())), ())
    return chapters([first, second])


def test_tables_are_numbered_as_in_a_paper_and_its_supplement():
    numbers = [(numbered.number, numbered.table.title) for one in printed() for numbered in one.tables]
    assert numbers == [("Table 1", "Final model"), ("Table S1", "Thresholds"), ("Table S2", "Final model")]


def test_word_tables_are_native_with_three_lines_and_a_repeated_head():
    document = Document(io.BytesIO(word_document("Tables", printed(), synthetic=True)))
    assert [cell.text for cell in document.tables[0].rows[1].cells] == list(SHORT.rows[0])
    for table in document.tables:
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        edges = [edge.tag for edge in table._tbl.tblPr.find(qn("w:tblBorders"))]
        assert edges == [qn("w:top"), qn("w:bottom")]
    words = [paragraph.text for paragraph in document.paragraphs]
    assert "Table S1. Thresholds" in words and "Wald intervals." in words
    assert {section.header.paragraphs[0].text for section in document.sections} == {SYNTHETIC_NOTE}


def test_a_workbook_has_numbers_where_cells_are_numbers_and_no_formula():
    book = load_workbook(io.BytesIO(workbook("Tables", printed(), synthetic=True)))
    assert book.sheetnames == ["Contents", "Table 1", "Table S1", "Table S2"]
    sheet = book["Table 1"]
    assert sheet["A2"].value == SYNTHETIC_NOTE
    assert (sheet["B5"].value, sheet["B5"].number_format, sheet["C5"].value) == (-1.5, "0.00", 3)
    assert (sheet["A5"].value, sheet["A5"].data_type) == ("=HYPERLINK(1)", "s")
    assert sheet["C4"].value == "<.001"


@pytest.mark.parametrize("made", [word_document, workbook])
def test_office_files_are_the_same_bytes_with_a_fixed_date(made):
    content = made("Tables", printed(), False)
    assert content == made("Tables", printed(), False)
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        assert {info.date_time for info in zipped.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = zipped.read("docProps/core.xml").decode()
    assert set(re.findall(r">(\d{4})-\d\d-\d\dT", core)) == {"1980"}


def test_short_forms_are_spelt_out_once_and_only_where_used():
    notes = with_abbreviations(SHORT).notes
    assert notes[-1] == "Abbreviations: CI, confidence interval; OR, odds ratio."
    assert with_abbreviations(Table("Notes", ("a",), (("b",),))).notes == ()
    assert footnote_marks(["t", "U", "t", ""]) == {"t": "†", "U": "‡"}


def test_the_document_prints_without_losing_a_cell(tmp_path):
    """LibreOffice lays the document out: every page carries the head, every cell stands on a page."""
    for program, package in (("soffice", "libreoffice-writer"), ("pdftotext", "poppler-utils")):
        if shutil.which(program) is None:
            pytest.skip(f"needs {package}")
    (tmp_path / "tables.docx").write_bytes(word_document("Tables", printed(), synthetic=True))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    convert = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", tmp_path]
    subprocess.run([*convert, tmp_path / "tables.docx"], check=True, capture_output=True, timeout=240)
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "tables.pdf", "-"], check=True, capture_output=True, text=True
    ).stdout
    pages = text.split("\f")[:-1]
    assert len(pages) > 3 and all(SYNTHETIC_NOTE in page for page in pages)
    cells = {"".join(cell.split()) for row in LONG.rows for cell in row}
    squeezed = "".join(text.split())
    assert sum(f"{row}.{column}" in text for row in range(80) for column in range(14)) == 80 * 14
    assert len(cells) == 80 * 14 and squeezed.count("(0.123") == 80 * 14
    with_rows = [page for page in pages if "(0.123" in page]
    assert all("many" in page for page in with_rows)
