from __future__ import annotations

from pathlib import Path

import pytest
from bonehold.cohort.measuring_tables import MeasuringTables, read_measuring_tables
from bonehold.cohort.overrides import override_reading
from bonehold.cohort.patients import patient_folders
from bonehold.cohort.regions import canonical
from bonehold.problems import InputError
from cohort_folders import patient, write_cohort


def measuring(folder: Path, rows: list[dict[str, object]]) -> MeasuringTables:
    return read_measuring_tables(
        write_cohort(folder, {"patients": [patient("P1"), patient("P2")], "measurements": rows})
    )


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


def test_columns_of_any_spelling_are_checked_as_their_measure(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"patient_id": "P1", "reader": "R1", "PBQ": 3.5, "B-HU": 120, "ST HU": "", "l3 CSF": 90},
        {"patient_id": "P2", "reader": "R1", "PBQ": "high", "B-HU": 9999, "ST HU": 1, "l3 CSF": -1},
    ]
    table = measuring(tmp_path, rows).measurements
    assert [row.values for row in table.rows] == [
        {"patient_id": "P1", "reader": "R1", "pbq": 3.5, "b_hu": 120.0, "st_hu": None, "L3_csf": 90.0}
    ]
    assert [(fault.column, fault.problem) for fault in table.faults] == [
        ("pbq", "is not a number"),
        ("b_hu", "is above 3000"),
        ("L3_csf", "is below 0"),
    ]
    assert table.notes == ()


def test_two_columns_of_one_measure_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        measuring(tmp_path, [{"patient_id": "P1", "reader": "R1", "pbq": 3, "PBQ": 4}])
    assert str(raised.value) == "measurements.csv, row 1, pbq: 2 columns hold the same measure; keep one"


@pytest.mark.parametrize(
    ("roi", "mean", "problem"),
    [
        ("L3_body_middle", 4001, "L3_body_middle is above 4000"),
        ("l3 trajectory left", -1101, "L3_trajectory_left is below -1100"),
        ("L1_pedicle_left", -0.5, "L1_pedicle_left is below 0"),
        ("L3_csf", -0.5, "L3_csf is below 0"),
        ("PBQ", 0, "pbq is not above 0"),
        ("B-HU", 3001, "b_hu is above 3000"),
        ("L3_body_middle", -1100, ""),
        ("L3_csf", 0, ""),
    ],
)
def test_a_value_of_a_pacs_keeps_to_the_limits_of_its_region(
    tmp_path: Path, roi: str, mean: float, problem: str
) -> None:
    table = measuring(tmp_path, [{"patient_id": "P1", "reader": "R1", "roi": roi, "mean": mean}]).measurements
    assert [(fault.column, fault.problem) for fault in table.faults] == (
        [("mean", problem)] if problem else []
    )


@pytest.mark.parametrize("name", ["combined", "Combined", "COMBINED"])
def test_no_reader_is_called_combined(tmp_path: Path, name: str) -> None:
    table = measuring(tmp_path, [{"patient_id": "P1", "reader": name, "pbq": 3}]).measurements
    assert [fault.column for fault in table.faults] == ["reader"]


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


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        ([("level", "L2"), ("level", "L4")], []),
        ([("ct_series", "4"), ("ct_series", "5"), ("mr_series", "5")], [4]),
        ([("ct_series", "4"), ("ct_series", "4"), ("ct_series", "5")], []),
        ([("mr_series", "4.5"), ("ct_series", "-1"), ("ct_series", "x")], []),
        ([("mr_series", "4.5")], []),
        ([("exclude", ""), ("exclude", "1"), ("exclude", "0"), ("exclude", "yes")], [2, 3]),
        ([("roi", "R1 L3_csf"), ("roi", "R2 L3_csf"), ("roi", "L3_csf")], [2, 3]),
    ],
)
def test_overrides_that_can_be_followed(tmp_path: Path, rows: list[tuple[str, str]], kept: list[int]) -> None:
    overrides = [{"patient_id": "P1", "item": item, "value": value} for item, value in rows]
    write_cohort(tmp_path, {"patients": [patient("P1")], "overrides": overrides})
    tables = read_measuring_tables(tmp_path)
    assert [row.number for row in tables.overrides.rows] == kept
    assert {fault.row for fault in tables.overrides.faults} == {*range(2, len(rows) + 2)} - set(kept)
    # the same rows steer the imaging rules
    assert patient_folders(tmp_path)[0].overrides == tuple(sorted(rows[number - 2] for number in kept))


@pytest.mark.parametrize("value", ["R1 L3_csf", "R1:L3_csf", "R1: l3 csf", "R1 L3 CSF"])
def test_the_reading_an_override_names(value: str) -> None:
    assert override_reading(value) == ("R1", "L3_csf")
