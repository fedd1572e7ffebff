from __future__ import annotations

from pathlib import Path

import pytest
from bonehold.cohort.cohort_file import read_cohort_file
from bonehold.cohort.cohort_tables import CohortTables, read_cohort_tables
from bonehold.cohort.measuring_tables import override_reading, read_measuring_tables
from bonehold.cohort.regions import canonical
from bonehold.problems import InputError
from cohort_folders import csv_text, patient, visit, write_cohort


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
        "readings.csv, row 2, value = '7': is not a Goutallier grade; expected 0, 1, 2, 3 or 4",
        "readings.csv, row 2, level: is empty; a Goutallier grade belongs to a disc: L1L2, L2L3, L3L4, L4L5, L5S1",
        "overrides.csv, row 2, value: does not fit the item 'level'; expected a vertebra, L1 to L5",
    ]
    assert [row.patient_id for row in tables.patients.rows] == ["P1"]
    assert [one.patient_id for one in tables.invalid] == ["P2"]


def test_a_malformed_id_is_never_printed(tmp_path: Path) -> None:
    tables = read_cohort_tables(write_cohort(tmp_path, {"patients": [patient("P1"), patient("Meier, Hans")]}))
    assert [one.patient_id for one in tables.invalid] == ["row-3"]
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


def test_shifted_cells_are_not_shown(tmp_path: Path) -> None:
    folder = write_cohort(tmp_path, {"patients": [patient("P1")]})
    with (folder / "patients.csv").open("a", encoding="utf-8") as handle:
        handle.write("P2,Hans,Meier,1,2,3,4,5,6\n")
    tables = read_cohort_tables(folder)
    assert faults(tables) == [
        "patients.csv, row 3: has 1 cell(s) more than the header; put text that holds the separator into double quotes"
    ]


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


def test_the_angles_of_a_pelvis_are_compared(tmp_path: Path) -> None:
    rows = [patient("P1", pi=50, pt=17, ss=30), patient("P2", pi=50, pt=22, ss=30)]
    tables = read_cohort_tables(write_cohort(tmp_path, {"patients": rows}))
    assert len(tables.patients.rows) == 2
    assert notes(tables) == [
        "patients.csv, row 2, pi: PI differs from PT + SS by 3.0 degrees; kept as given; check the three angles"
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
        )
        for number in range(6)
    ]
    tables = read_cohort_tables(write_cohort(tmp_path, {"patients": rows}))
    assert dict(tables.patients.extras) == {"screws": {"type": "number"}, "smoker": {"type": "string"}}
    assert {note.column for note in tables.notes} == {"Surname", "story", "seen", "pbq"}
    assert not {"Surname", "story", "seen", "pbq"} & set(tables.patients.columns)


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


def test_a_missing_cohort_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="make sample"):
        read_cohort_tables(tmp_path / "nowhere")


def test_measuring_looks_at_no_clinical_value(tmp_path: Path) -> None:
    rows = [patient("P1", age="old"), patient("P2"), patient("P2")]
    folder = write_cohort(
        tmp_path,
        {
            "patients": rows,
            "measurements": [
                {"patient_id": "P1", "reader": "R1", "roi": "l3-Body superior", "mean": 120},
                {"patient_id": "P1", "reader": "R1", "roi": "L3_disc", "mean": 120},
                {"patient_id": "P1", "reader": "combined", "roi": "L3_csf", "mean": 120},
            ],
        },
    )
    (folder / "visits.csv").write_bytes(b"\xff\xfe broken")
    tables = read_measuring_tables(folder)
    assert tables.patient_ids == {"P1"}
    assert [row.values["roi"] for row in tables.measurements.rows] == ["L3_body_superior"]
    assert [fault.column for fault in tables.measurements.faults] == ["roi", "reader"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("L3 BODY-middle", "L3_body_middle"),
        ("l1_pedicle_left", "L1_pedicle_left"),
        ("L6_csf", None),
        ("body", None),
    ],
)
def test_region_names(name: str, expected: str | None) -> None:
    assert canonical(name) == expected


@pytest.mark.parametrize("value", ["R1 L3_csf", "R1:L3_csf", "R1: l3 csf", "R1 L3 CSF"])
def test_the_reading_an_override_names(value: str) -> None:
    assert override_reading(value) == ("R1", "L3_csf")


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
