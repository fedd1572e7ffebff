"""Who is compared with whom, over what, and what is said where nothing can be computed."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import pytest
from bonehold.cohort.agreement import AGREEMENT_COLUMNS, PAIR_COLUMNS, agreement_rows, pair_rows
from bonehold.cohort.agreement_readings import (
    Reading,
    grade_readings,
    loosening_readings,
    paired,
    reader_readings,
    region_readings,
)
from bonehold.cohort.checked_table import Row
from bonehold.cohort.goutallier import GoutallierRules
from bonehold.files import csv_bytes

Values = Sequence[float]


def readings(measure: str, reader: str, values: Values, session: int = 1, place: str = "") -> list[Reading]:
    return [
        Reading(measure, f"P{number:02}", place, reader, session, value)
        for number, value in enumerate(values)
    ]


def rows(*given: list[Reading]) -> list[dict[str, Any]]:
    """Rows of the table; a warning of a library, of 0 / 0 say, is a fault."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = agreement_rows(paired([one for some in given for one in some]))
    text = csv_bytes(AGREEMENT_COLUMNS, found).decode()
    assert "nan" not in text and "inf" not in text.replace(",inter,", ",")
    assert all(set(row) <= set(AGREEMENT_COLUMNS) for row in found)
    return found


def test_every_pair_of_readers_and_every_pair_of_sessions() -> None:
    values = [1.0, 2.0, 4.0]
    found = rows(
        readings("pbq", "R1", values),
        readings("pbq", "R2", values),
        readings("pbq", "R3", values),
        readings("pbq", "R1", values, session=2),
        readings("pbq", "R1", values, session=3),
        readings("pbq", "R4", values, session=2),
    )
    names = ("kind", "rater_1", "rater_2", "session_1", "session_2")
    assert [tuple(row[name] for name in names) for row in found] == [
        ("inter", "R1", "R2", 1, 1),
        ("inter", "R1", "R3", 1, 1),
        ("inter", "R2", "R3", 1, 1),
        ("intra", "R1", "R1", 1, 2),
        ("intra", "R1", "R1", 1, 3),
        ("intra", "R1", "R1", 2, 3),
    ]


@pytest.mark.parametrize("name", ["consensus", "adjudicator"])
def test_a_decision_is_no_reader(name: str) -> None:
    values = [1.0, 2.0, 4.0]
    assert rows(readings("pbq", "R1", values), readings("pbq", name, values)) == []
    assert rows(readings("pbq", name, values), readings("pbq", name, values, session=2)) == []


def test_only_what_both_read_is_compared() -> None:
    first, second = readings("pbq", "R1", [1, 2, 4, 8]), readings("pbq", "R2", [3, 2, 4, 8, 5])
    pairs = paired([*first[1:], *second])
    assert [(row["patient_id"], row["value_1"], row["value_2"]) for row in pair_rows(pairs)] == [
        ("P01", 2, 2),
        ("P02", 4, 4),
        ("P03", 8, 8),
    ]
    assert all(set(row) == set(PAIR_COLUMNS) for row in pair_rows(pairs))
    assert agreement_rows(pairs)[0]["n"] == 3


@pytest.mark.parametrize("n", [0, 1, 2])
@pytest.mark.parametrize("measure", ["b_hu", "goutallier_patient", "loosening"])
def test_too_few_cases_are_a_row_with_the_reason(measure: str, n: int) -> None:
    second = [Reading(measure, "Q", "", "R2", 1, 1.0), *readings(measure, "R2", [1.0] * n)]
    (row,) = rows(readings(measure, "R1", [1.0] * max(n, 1))[: n or 1], second)
    assert (row["n"], row["reason"]) == (n, f"{n} read in common, at least 3 are needed")
    assert not {"icc_2_1", "kappa", "gwet_ac1", "bias"} & set(row)


def test_equal_values_have_no_icc_but_limits() -> None:
    (row,) = rows(readings("b_hu", "R1", [100.0] * 5), readings("b_hu", "R2", [100.0] * 5))
    assert "icc_2_1" not in row and row["icc_ci_method"] == ""
    assert row["bias"] == row["mdc95"] == 0
    assert row["reason"] == "all values are equal, so the ICC is undefined"


def test_patients_who_do_not_differ_have_no_interval() -> None:
    (row,) = rows(readings("b_hu", "R1", [100.0] * 5), readings("b_hu", "R2", [120.0] * 5))
    assert row["icc_2_1"] == 0 and row["icc_2_1_low"] is None
    assert row["reason"] == "the cases differ too little for an interval of the ICC"


def test_readers_who_contradict_each_other() -> None:
    (row,) = rows(readings("b_hu", "R1", [1.0, 2.0, 3.0]), readings("b_hu", "R2", [3.0, 2.0, 1.0]))
    assert row["icc_2_1"] < -1 and "icc_2_k" not in row and row["reason"]


def test_one_grade_only() -> None:
    (row,) = rows(
        readings("goutallier_patient", "R1", [2] * 6), readings("goutallier_patient", "R2", [2] * 6)
    )
    assert row["observed_agreement"] == row["gwet_ac1"] == 1 and "kappa" not in row
    assert row["reason"] == "both series hold one grade only, so kappa is undefined"
    assert row["kappa_ci_method"] == "" and row["categories"] == 5


@pytest.mark.parametrize("second", [[3] * 6, [2, 3, 2, 3, 4, 0]])
def test_one_reader_with_one_grade(second: list[int]) -> None:
    (row,) = rows(readings("goutallier_patient", "R1", [2] * 6), readings("goutallier_patient", "R2", second))
    assert row["kappa"] == 0 and row["kappa_low"] is None
    assert row["reason"] == "one series holds one grade only, so kappa is 0 and has no interval"


def test_two_grades_have_no_weights() -> None:
    (row,) = rows(readings("loosening", "R1", [0, 0, 1, 1]), readings("loosening", "R2", [0, 1, 1, 1]))
    assert row["kappa"] == pytest.approx(0.5) and row["categories"] == 2
    assert not {"kappa_linear", "gwet_ac2_quadratic"} & set(row)


def test_readings_of_one_patient_are_counted_apart_from_patients() -> None:
    body = [
        readings("body", reader, [1.0, 2.0], place=f"L3_body_{plane}")
        for reader in ("R1", "R2")
        for plane in ("superior", "middle")
    ]
    (row,) = rows(*body)
    assert (row["case"], row["n"], row["patients"]) == ("region", 4, 2)


def test_measures_of_readers_and_regions_come_from_the_tables() -> None:
    empty = dict.fromkeys(("b_hu", "st_hu", "hu_ratio", "pbq", "pedicle_si", "csf_si"), "")
    of_readers = [
        {"patient_id": "P1", "reader": "R1", **empty, "b_hu": "100.0"},
        {"patient_id": "P1", "reader": "combined", **empty, "b_hu": "100.0"},
        {"patient_id": "P1", "reader": "R1", **empty, "b_hu": "90.0", "session": "2"},
    ]
    assert list(reader_readings(of_readers)) == [
        Reading("b_hu", "P1", "", "R1", 1, 100.0),
        Reading("b_hu", "P1", "", "R1", 2, 90.0),
    ]
    common = {"patient_id": "P1", "reader": "R1", "mean": "1.5"}
    of_regions = [
        {**common, "roi": "L3_body_superior", "flags": "small"},
        {**common, "roi": "L3_body_middle", "flags": "small;duplicate"},
        {**common, "roi": "L3_body_inferior", "flags": "missing", "mean": ""},
        {**common, "roi": "L1_pedicle_left", "flags": "", "session": "2"},
        {**common, "roi": "L3_csf", "flags": ""},
        {**common, "roi": "b_hu", "flags": "pacs"},
    ]
    assert list(region_readings(of_regions)) == [
        Reading("body", "P1", "L3_body_superior", "R1", 1, 1.5),
        Reading("pedicle", "P1", "L1_pedicle_left", "R1", 2, 1.5),
    ]


def graded(reader: str, disc: str, side: str | None, grade: int, session: int = 1) -> Row:
    values = {"patient_id": "P1", "reader": reader, "session": session, "measure": "goutallier"}
    return Row(2, {**values, "level": disc, "side": side, "value": float(grade)})


def places(*given: Row) -> list[tuple[str, str, float]]:
    found = grade_readings(given, GoutallierRules(disc="L4L5"))
    return [(one.reader, one.place, one.value) for one in found if one.measure == "goutallier"]


def test_a_grade_for_both_sides_counts_once_where_nobody_graded_sides() -> None:
    assert places(graded("R1", "L4L5", None, 2), graded("R2", "L4L5", None, 3)) == [
        ("R1", "L4L5", 2),
        ("R2", "L4L5", 3),
    ]


def test_a_grade_for_both_sides_meets_the_grades_of_the_sides() -> None:
    given = (graded("R1", "L4L5", None, 2), graded("R2", "L4L5", "L", 3), graded("R2", "L4L5", "R", 1))
    assert places(*given) == [
        ("R1", "L4L5 L", 2),
        ("R1", "L4L5 R", 2),
        ("R2", "L4L5 L", 3),
        ("R2", "L4L5 R", 1),
    ]


def test_the_grade_of_the_patient_is_by_the_configured_disc() -> None:
    given = [graded("R1", "L4L5", None, 2), graded("R1", "L5S1", None, 4), graded("R1", "L4L5", None, 3, 2)]
    for disc, expected in (("L4L5", [(1, 2), (2, 3)]), ("L5S1", [(1, 4)]), ("max", [])):
        found = grade_readings(given, GoutallierRules(disc=disc))
        assert [(one.session, one.value) for one in found if one.measure == "goutallier_patient"] == expected


def test_loosening_is_compared_visit_by_visit_and_image_by_image() -> None:
    def seen(reader: str, modality: str, **cells: Any) -> Row:
        return Row(2, {"patient_id": "P1", "months": 12.0, "modality": modality, "reader": reader, **cells})

    given = [
        seen("R1", "CT", lucency_mm=1.0),
        seen("R2", "CT", lucency_mm=0.9, double_halo=0),
        seen("R1", "XR", double_halo=1),
        seen("R2", "XR", lucency_mm=None),
        seen("consensus", "CT", loosening=0, lucency_mm=2.0),
    ]
    assert [
        (one.reader, one.place, one.session, one.value) for one in loosening_readings(given, lucency_mm=1.0)
    ] == [
        ("R1", "12 months CT", 1, 1.0),
        ("R2", "12 months CT", 1, 0.0),
        ("R1", "12 months XR", 1, 1.0),
        ("consensus", "12 months CT", 1, 0.0),
    ]
