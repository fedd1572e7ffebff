from __future__ import annotations

from pathlib import Path

import pytest
from bonehold.cohort.cohort_tables import read_cohort_tables
from bonehold.cohort.csv_tables import read_csv_table
from bonehold.problems import InputError
from cohort_folders import csv_text, patient, write_cohort

HEADER = "patient_id,age,technique,smoker\n"
SWALLOWED = "Meier"


def test_a_quote_that_is_never_closed_stops_at_its_row(tmp_path: Path) -> None:
    write_cohort(tmp_path, {})
    rows = f'P1,60,TLIF,1\nP2,61,"TLIF,1\n{SWALLOWED},62,TLIF,0\n'
    (tmp_path / "patients.csv").write_text(HEADER + rows)
    with pytest.raises(InputError) as raised:
        read_cohort_tables(tmp_path)
    assert str(raised.value) == (
        "patients.csv, row 3: a quote is opened and never closed at the end of its cell, which swallows what follows; "
        "remove the stray quote, or close it; a quote inside a quoted cell is written twice"
    )


@pytest.mark.parametrize(
    "text",
    [
        f'{HEADER}P1,60,"TLIF,1\n{SWALLOWED},61,"TLIF",1\n',  # the next quoted cell closes it, and text follows
        f'{HEADER}P1,60,"TLIF,1\n{SWALLOWED},61,TLIF",1\n',  # and stands where a cell ends
        f'patient_id,age,"technique,smoker\n{SWALLOWED},60,TLIF",1\nP2,60,TLIF,1\n',  # a header of two rows
    ],
)
def test_a_stray_quote_that_another_one_closes(tmp_path: Path, text: str) -> None:
    (tmp_path / "patients.csv").write_text(text)
    with pytest.raises(InputError, match="a quote is opened") as raised:
        read_csv_table(tmp_path / "patients.csv")
    assert SWALLOWED not in str(raised.value)


def test_a_cell_over_several_lines_is_a_fault_that_shows_none_of_them(tmp_path: Path) -> None:
    write_cohort(tmp_path, {})
    rows = 'P1,60,"TLIF\nof Meier, Hans",0\nP3,old,TLIF,1\nP4,64,TLIF,1\nP5,64,TLIF,1\n'
    (tmp_path / "patients.csv").write_text(HEADER + rows)
    tables = read_cohort_tables(tmp_path)
    assert [fault.line() for fault in tables.faults] == [
        "patients.csv, row 2: a quoted cell runs on over 2 lines; write it on one line",
        "patients.csv, row 3, age = 'old': is not a number; expected a number (years) from 0 to 120, or an empty cell",
    ]
    assert [one.patient_id for one in tables.invalid] == ["P1", "P3"]
    assert "smoker" in tables.patients.extras  # its cells are judged without those of the row at fault


def test_quotes_where_they_belong(tmp_path: Path) -> None:
    write_cohort(tmp_path, {})
    (tmp_path / "patients.csv").write_text(HEADER + '"P1",60,"T ""L"" IF, new",a"b\n')
    (row,) = read_csv_table(tmp_path / "patients.csv").rows
    assert (row.cells["technique"], row.cells["smoker"], row.fault) == ('T "L" IF, new', 'a"b', None)


def test_shifted_cells_are_not_shown(tmp_path: Path) -> None:
    folder = write_cohort(tmp_path, {"patients": [patient("P1")]})
    with (folder / "patients.csv").open("a", encoding="utf-8") as handle:
        handle.write("P2,Hans,Meier,1,2,3,4,5,6\n")
    tables = read_cohort_tables(folder)
    assert [fault.line() for fault in tables.faults] == [
        "patients.csv, row 3: has 1 cell(s) more than the header; put text that holds the separator into double quotes"
    ]


def test_other_encodings_are_refused_by_name(tmp_path: Path) -> None:
    folder = write_cohort(tmp_path, {"patients": [patient("P1")]})
    (folder / "visits.csv").write_bytes(
        "patient_id,months,modality,reader\nP1,3,CT,Größe\n".encode("latin-1")
    )
    (folder / "readings.csv").write_bytes("patient_id,reader,measure,value\n".encode("utf-16"))
    with pytest.raises(InputError) as raised:
        read_cohort_tables(folder)
    assert str(raised.value).splitlines() == [
        "visits.csv: is not UTF-8 (probably Windows-1252 or Latin-1); save it as CSV UTF-8",
        "readings.csv: is encoded in UTF-16; save it as CSV UTF-8",
    ]


def test_semicolons_decimal_commas_and_a_byte_order_mark(tmp_path: Path) -> None:
    folder = write_cohort(tmp_path, {})
    text = csv_text([patient("P1", age="60,5", dxa_t_lumbar="-1,5")], delimiter=";")
    (folder / "patients.csv").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    (row,) = read_cohort_tables(folder).patients.rows
    assert (row.patient_id, row.values["age"], row.values["dxa_t_lumbar"]) == ("P1", 60.5, -1.5)


def test_a_decimal_comma_needs_semicolons(tmp_path: Path) -> None:
    (fault,) = read_cohort_tables(write_cohort(tmp_path, {"patients": [patient("P1", age="60,5")]})).faults
    assert (fault.column, fault.problem) == ("age", "is not a number")
