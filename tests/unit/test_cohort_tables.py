from __future__ import annotations

from pathlib import Path

import pytest
from bonehold.cohort.cohort_file import read_cohort_file
from bonehold.cohort.cohort_tables import CohortTables, read_cohort_tables
from bonehold.cohort.csv_tables import IDENTIFIER
from bonehold.problems import InputError
from cohort_folders import patient, visit, write_cohort


def faults(tables: CohortTables) -> list[str]:
    return [fault.line() for fault in tables.faults]


def notes(tables: CohortTables) -> list[str]:
    return [note.line() for note in tables.notes]


def test_all_problems_of_all_tables_at_once(tmp_path: Path) -> None:
    tables = read_cohort_tables(
        write_cohort(
            tmp_path,
            {
                "patients": [patient("P1"), patient("P2", age="old", sex="X", bmi=248, ads=0.5)],
                "visits": [
                    visit("P1", 12, modality="MRI"),
                    visit("P9", 12),
                    {**visit("P1", 12), "months": "", "reader": "Dr Who"},
                ],
                "readings": [
                    {"patient_id": "P1", "reader": "R1", "measure": "goutallier", "level": "", "value": 7}
                ],
                "overrides": [{"patient_id": "P1", "item": "level", "value": "L9"}],
            },
        )
    )
    assert faults(tables) == [
        "patients.csv, row 3, age = 'old': is not a number; expected a number (years) from 0 to 120, or an empty cell",
        "patients.csv, row 3, sex = 'X': is not one of the allowed values; expected F or M, or an empty cell",
        "patients.csv, row 3, bmi = '248': is above 90; expected a number (kg/m²) from 8 to 90, or an empty cell",
        "patients.csv, row 3, ads = '0.5': is not a whole number; expected 0 or 1, or an empty cell",
        "visits.csv, row 2, modality = 'MRI': is not one of the allowed values; expected CT or XR",
        "visits.csv, row 3, patient_id: the patient is not in patients.csv; correct the id or add the patient",
        "visits.csv, row 4, reader: does not have the form of such a code; expected a reader's code such as R1; "
        "`consensus` and `adjudicator` decide",
        "visits.csv, row 4, months: is empty; expected a number (months) from 0 to 600",
        "readings.csv, row 2, value = '7': goutallier is not one of the allowed values; expected 0, 1, 2, 3 or 4",
        "readings.csv, row 2, level: is empty; a Goutallier grade belongs to a disc: L1L2, L2L3, L3L4, L4L5, L5S1",
        "overrides.csv, row 2, value: does not fit the item 'level'; expected a vertebra, L1 to L5",
    ]
    assert [row.patient_id for row in tables.patients.rows] == ["P1"]
    assert [one.patient_id for one in tables.invalid] == ["P2"]


def test_a_malformed_id_is_never_printed(tmp_path: Path) -> None:
    tables = read_cohort_tables(write_cohort(tmp_path, {"patients": [patient("P1"), patient("Meier, Hans")]}))
    assert [one.patient_id for one in tables.invalid] == ["(row 3)"]
    assert "Meier" not in "".join([*faults(tables), *(one.detail for one in tables.invalid)])


def test_all_rows_of_a_duplicate_id_are_quarantined(tmp_path: Path) -> None:
    rows = [patient("P1"), patient("P2"), patient("P1", age="bad"), patient("p2")]
    tables = read_cohort_tables(write_cohort(tmp_path, {"patients": rows}))
    assert tables.patients.rows == ()
    assert [one.patient_id for one in tables.invalid] == ["P1", "P2", "p2"]


def test_rows_that_say_the_same_thing_twice(tmp_path: Path) -> None:
    visits = [visit("P1", 12), visit("P1", 12, lucency_mm=2), visit("P1", 24)]
    tables = read_cohort_tables(write_cohort(tmp_path, {"patients": [patient("P1")], "visits": visits}))
    assert [row.values["months"] for row in tables.visits.rows] == [24]
    assert faults(tables)[0] == (
        "visits.csv, row 2: rows 2, 3 have the same patient_id, months, modality, reader; keep one of them"
    )


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ({"age": "sixty"}, "sixty"),
        ({"age": "Hans Meier"}, ""),
        ({"sex": "Meier-Schmidt"}, ""),
        ({"surgery_date": "unknown"}, ""),
        ({"technique": "(Dr Meier)"}, ""),
        ({"bmi": "2480"}, "2480"),
    ],
)
def test_a_wrong_cell_is_shown_unless_it_may_hold_words(
    tmp_path: Path, cells: dict[str, str], shown: str
) -> None:
    (fault,) = read_cohort_tables(write_cohort(tmp_path, {"patients": [patient("P1", **cells)]})).faults
    assert fault.value == shown


def test_the_stand_in_of_a_malformed_id_is_nobodys_id(tmp_path: Path) -> None:
    rows = [patient("row-3", age="old"), patient("not an id")]
    tables = read_cohort_tables(write_cohort(tmp_path, {"patients": rows}))
    assert [one.patient_id for one in tables.invalid] == ["(row 3)", "row-3"]
    assert not IDENTIFIER.fullmatch("(row 3)")


def reading(reader: str = "R1", **cells: object) -> dict[str, object]:
    return {
        "patient_id": "P1",
        "reader": reader,
        "session": 1,
        "measure": "goutallier",
        "level": "L4L5",
        "side": "L",
        "value": 2,
        **cells,
    }


def angle(measure: str, value: float) -> dict[str, object]:
    return reading(measure=measure, level="", side="", value=value)


def tables_with(folder: Path, **tables: list[dict[str, object]]) -> CohortTables:
    return read_cohort_tables(write_cohort(folder, {"patients": [patient("P1"), patient("P2")], **tables}))


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (reading(value=2.5), "value = '2.5': goutallier is not a whole number; expected 0, 1, 2, 3 or 4"),
        (
            reading(value=-1),
            "value = '-1': goutallier is not one of the allowed values; expected 0, 1, 2, 3 or 4",
        ),
        (angle("pi", 500), "value = '500': pi is above 130; expected a number (°) from 0 to 130"),
        (angle("ll", -91), "value = '-91': ll is below -90; expected a number (°) from -90 to 130"),
    ],
)
def test_a_reading_keeps_to_the_limits_of_its_measure(
    tmp_path: Path, row: dict[str, object], line: str
) -> None:
    tables = tables_with(tmp_path, readings=[row, angle("pt", -10)])
    assert faults(tables) == [f"readings.csv, row 2, {line}"]
    assert [one.number for one in tables.readings.rows] == [3]


def test_an_unknown_measure_is_told_once(tmp_path: Path) -> None:
    rows = [reading(measure="goutalier"), reading("R2", measure="goutalier"), angle("kyphosis", 500)]
    tables = tables_with(tmp_path, readings=rows)
    assert notes(tables) == [
        "readings.csv, row 2, measure = 'goutalier': unknown measure, its readings are not used; "
        "did you mean 'goutallier'?",
        "readings.csv, row 4, measure = 'kyphosis': unknown measure, its readings are not used; "
        "the measures are goutallier, pi, pt, ss, ll",
    ]
    assert len(tables.readings.rows) == 3


def test_both_sides_at_once_and_a_single_side_contradict_each_other(tmp_path: Path) -> None:
    rows = [
        reading(),
        reading(side="", value=3),
        reading("R2", side=""),
        reading(session=2, side=""),
        reading(level="L5S1", side=""),
    ]
    tables = tables_with(tmp_path, readings=rows)
    assert faults(tables) == [
        f"readings.csv, row {number}, side: rows 2, 3 hold one reader's reading of both sides and of a single side; "
        "keep one for both sides, or one for each"
        for number in (2, 3)
    ]
    assert [row.number for row in tables.readings.rows] == [4, 5, 6]


def test_reserved_readers_are_read_in_any_case(tmp_path: Path) -> None:
    rows = [reading("Consensus"), reading("consensus", side="R"), reading("CONSENSUS", side="R")]
    tables = tables_with(tmp_path, readings=rows, visits=[visit("P1", 12, "Adjudicator")])
    assert [row.values["reader"] for row in tables.readings.rows] == ["consensus"]
    assert [fault.row for fault in tables.faults] == [3, 4]
    assert [row.values["reader"] for row in tables.visits.rows] == ["adjudicator"]


@pytest.mark.parametrize("cell", ["..", "/etc", "dicom/../..", "."])
def test_a_folder_outside_the_cohort_is_refused(tmp_path: Path, cell: str) -> None:
    tables = read_cohort_tables(write_cohort(tmp_path / "cohort", {"patients": [patient("P1", dicom=cell)]}))
    assert faults(tables) == [
        "patients.csv, row 2, dicom: leads out of the cohort folder; name a folder inside it"
    ]


def test_a_link_out_of_the_cohort_is_refused(tmp_path: Path) -> None:
    folder = write_cohort(tmp_path / "cohort", {"patients": [patient("P1", dicom="dicom")]})
    (folder / "dicom").symlink_to(tmp_path)
    assert len(read_cohort_tables(folder).faults) == 1


def test_a_missing_folder_is_told_but_the_patient_stays(tmp_path: Path) -> None:
    tables = read_cohort_tables(write_cohort(tmp_path, {"patients": [patient("P1", dicom="dicom/Meier")]}))
    assert len(tables.patients.rows) == 1
    assert notes(tables) == [
        "patients.csv, row 2, dicom: the folder is missing, nothing is measured from it; "
        "put it there or empty the cell"
    ]


def test_extra_columns_are_kept_unless_they_may_identify_someone(tmp_path: Path) -> None:
    rows = [
        patient(
            f"P{number}",
            screws=4 + number,
            smoker="yes" if number % 2 else "no",
            Surname=f"Meier{number}",
            story=f"walked {number} km",
            seen="2024-03-01",
            pbq=3,
            hospital_no=number,
            studyID=number,
            case=number,
            Surgeon="A" if number % 2 else "B",
            dossier=4711000 + number,
            costs=10000 + number // 2,
            **{"blood loss": 100 * number, "Größe": 160 + number, "2nd_side": number},
        )
        for number in range(6)
    ]
    dropped = {"Surname", "story", "seen", "pbq", "hospital_no", "studyID", "case", "Surgeon", "dossier"}
    dropped |= {"blood loss", "Größe", "2nd_side"}
    tables = read_cohort_tables(write_cohort(tmp_path, {"patients": rows}))
    number, text = {"type": "number"}, {"type": "string"}
    assert dict(tables.patients.extras) == {"screws": number, "smoker": text, "costs": number}
    assert {note.column for note in tables.notes} == dropped
    assert not dropped & set(tables.patients.columns)


def test_a_misspelt_column_is_told(tmp_path: Path) -> None:
    tables = read_cohort_tables(write_cohort(tmp_path, {"patients": [patient("P1", dibetes=1)]}))
    assert notes(tables) == ["patients.csv, dibetes: is no column known here; did you mean 'diabetes'?"]


def test_a_missing_required_column_stops_with_every_such_column(tmp_path: Path) -> None:
    folder = write_cohort(
        tmp_path, {"patients": [{"id": "P1"}], "visits": [{"patient_id": "P1", "months": 3}]}
    )
    with pytest.raises(InputError) as raised:
        read_cohort_tables(folder)
    assert [(problem.source, problem.column) for problem in raised.value.problems] == [
        ("patients.csv", "patient_id"),
        ("visits.csv", "modality"),
        ("visits.csv", "reader"),
    ]


def test_a_missing_cohort_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="make sample"):
        read_cohort_tables(tmp_path / "nowhere")


def test_cohort_file_refuses_unknown_keys_and_says_everything(tmp_path: Path) -> None:
    write_cohort(tmp_path, {}, "titel: x\nsynthetic: maybe\ndata_cut: soon\ntrue_coefficients: {age: a}\n")
    with pytest.raises(InputError) as raised:
        read_cohort_file(tmp_path)
    assert str(raised.value).splitlines() == [
        "cohort.yaml, titel: unknown key; did you mean 'title'?",
        "cohort.yaml, data_cut: is not a date; expected a date such as 2025-06-30",
        "cohort.yaml, synthetic: has the wrong type; expected a boolean",
        "cohort.yaml, true_coefficients: has the wrong type; expected numbers",
    ]


def test_cohort_file_nulls_are_defaults(tmp_path: Path) -> None:
    write_cohort(tmp_path, {}, "title:\ndata_cut: 2025-06-30\n")
    about = read_cohort_file(tmp_path)
    assert (about.title, about.synthetic, str(about.data_cut)) == ("", False, "2025-06-30")


def test_a_broken_cohort_file_is_one_line(tmp_path: Path) -> None:
    write_cohort(tmp_path, {}, "title: [\n")
    with pytest.raises(InputError, match=r"cohort\.yaml.*is not valid YAML"):
        read_cohort_file(tmp_path)


def test_a_missing_table_that_a_cohort_seldom_does_without_is_told(tmp_path: Path) -> None:
    folder = write_cohort(tmp_path, {"patients": [patient("P1")]})
    assert notes(read_cohort_tables(folder)) == []
    (folder / "visits.csv").unlink()
    (folder / "readings.csv").unlink()
    assert notes(read_cohort_tables(folder)) == [
        "visits.csv: is missing, so no outcome is known; put it into the cohort folder",
        "readings.csv: is missing, so no Goutallier grade is known; put it into the cohort folder",
    ]
