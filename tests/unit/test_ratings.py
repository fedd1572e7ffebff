from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bonehold.cohort.measured_digest import measured_digest
from cohort_folders import Results, clean_visits, measured, pacs, patient, roi, run, visit, write_cohort

NOTE = "Canary note, never to be written"
CT, MR = "CT", "MR"


def documents(patient_id: str, b_hu: float = 100.0) -> list[dict[str, Any]]:
    """What measuring gives for a patient of one reader."""
    on_ct = [roi("R1", f"L3_body_{plane}", b_hu, n=500) for plane in ("superior", "middle", "inferior")]
    on_ct += [roi("R1", f"L3_trajectory_{side}", 160.0, n=300) for side in ("left", "right")]
    on_mr = [
        roi("R1", f"{level}_pedicle_{side}", 300.0, n=40)
        for level in ("L1", "L2", "L3", "L4")
        for side in ("left", "right")
    ]
    return [
        measured(patient_id, CT, on_ct),
        measured(patient_id, MR, [*on_mr, roi("R1", "L3_csf", 100.0, n=90)]),
    ]


def rated(patient_id: str, rating: str, **cells: Any) -> dict[str, Any]:
    code = measured_digest(documents(patient_id))
    return {"patient_id": patient_id, "rating": rating, "measured": code, "note": NOTE, **cells}


def results(folder: Path, ratings: list[dict[str, Any]], **changed: float) -> Results:
    ids = ("P1", "P2", "P3", "P4")
    tables = {
        "patients": [patient(patient_id) for patient_id in (*ids, "NOIMAGE")],
        "visits": [row for patient_id in (*ids, "NOIMAGE") for row in clean_visits(patient_id)],
        "measurements": pacs("NOIMAGE"),
        "ratings": ratings,
    }
    found = [
        document for patient_id in ids for document in documents(patient_id, changed.get(patient_id, 100.0))
    ]
    return run(write_cohort(folder / "cohort", tables), folder / "out", found)


def test_each_rating_does_what_it_says(tmp_path: Path) -> None:
    made = results(tmp_path, [rated("P1", "keep"), rated("P2", "redo"), rated("P3", "exclude")])
    assert made.excluded() == {"P2": ["awaiting_redraw"], "P3": ["excluded_by_rating"]}
    assert [row["patient_id"] for row in made.table("cohort")] == ["NOIMAGE", "P1", "P4"]
    left = {row["criterion"]: (row["n"], row["label"]) for row in made.table("flow") if row["criterion"]}
    assert left["awaiting_redraw"] == ("1", "Regions waiting to be drawn again")
    assert left["excluded_by_rating"] == ("1", "Excluded when the regions were looked at")
    assert [(row["patient_id"], row["rating"], row["state"]) for row in made.table("ratings")] == [
        ("P1", "keep", "in_effect"),
        ("P2", "redo", "in_effect"),
        ("P3", "exclude", "in_effect"),
    ]
    assert not [row for row in made.table("problems") if row["source"] == "ratings.csv"]


def test_a_rating_lapses_when_the_patient_is_measured_anew(tmp_path: Path) -> None:
    made = results(
        tmp_path, [rated("P1", "exclude"), rated("P2", "redo"), rated("P3", "keep")], P1=101.0, P3=99.0
    )
    assert made.excluded() == {"P2": ["awaiting_redraw"]}
    told = [row for row in made.table("problems") if row["source"] == "ratings.csv"]
    assert [(row["patient_id"], row["row"]) for row in told] == [("P1", "2"), ("P3", "4")]
    assert all("rate again" in row["remedy"] for row in told)
    assert {row["patient_id"]: row["state"] for row in made.table("ratings")} == {
        "P1": "lapsed",
        "P2": "in_effect",
        "P3": "lapsed",
    }


def test_without_images_here_there_is_nothing_that_a_rating_can_be_about(tmp_path: Path) -> None:
    made = results(tmp_path, [rated("NOIMAGE", "exclude")])
    assert made.excluded() == {} and made.table("ratings")[0]["state"] == "lapsed"


def test_the_note_is_written_nowhere(tmp_path: Path) -> None:
    made = results(tmp_path, [rated("P1", "exclude"), rated("P2", "redo", measured="b0000000")])
    for path in made.folder.iterdir():
        assert b"Canary" not in path.read_bytes(), path


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"rating": "remove"}, "is not one of the allowed values; expected keep, redo or exclude"),
        ({"measured": "12345678"}, "does not have the form of such a code; expected the eight characters"),
        ({"measured": ""}, "is empty"),
        ({"patient_id": "P9"}, "the patient is not in patients.csv"),
    ],
)
def test_a_faulty_row_is_told_and_has_no_effect(tmp_path: Path, cells: dict[str, str], words: str) -> None:
    made = results(tmp_path, [{**rated("P1", "exclude"), **cells}])
    (told,) = [row for row in made.table("problems") if row["source"] == "ratings.csv"]
    assert words in f"{told['problem']}; {told['remedy']}" and made.excluded() == {}


def test_of_two_ratings_of_a_patient_neither_counts(tmp_path: Path) -> None:
    made = results(tmp_path, [rated("P1", "exclude"), rated("P1", "keep")])
    assert made.excluded() == {} and made.table("ratings") == []
    assert [row["row"] for row in made.table("problems") if row["source"] == "ratings.csv"] == ["2", "3"]


def test_other_criteria_come_in_their_order(tmp_path: Path) -> None:
    tables = {
        "patients": [patient("P1", poor_image_quality=1)],
        "visits": [visit("P1", 24)],
        "overrides": [{"patient_id": "P1", "item": "exclude", "value": 1}],
        "ratings": [rated("P1", "exclude")],
    }
    made = run(write_cohort(tmp_path / "cohort", tables), tmp_path / "out", documents("P1"))
    assert made.excluded() == {"P1": ["poor_image_quality", "excluded_by_override", "excluded_by_rating"]}


def test_the_code_is_of_the_numbers_and_of_nothing_else() -> None:
    ct, mr = documents("P1")
    code = measured_digest([ct, mr])
    assert code[0] in "abcdef" and len(code) == 8 and int(code, 16)
    turned = {**ct, "rois": [{**row, "flags": ["metal"], "reason": "?"} for row in reversed(ct["rois"])]}
    assert measured_digest([mr, turned]) == code
    for key, value in (("mean", 100.5), ("n", 501), ("reader", "R2"), ("slice", 4), ("mean_cubic", 1.0)):
        other = {**ct, "rois": [{**ct["rois"][0], key: value}, *ct["rois"][1:]]}
        assert measured_digest([other, mr]) != code, key
