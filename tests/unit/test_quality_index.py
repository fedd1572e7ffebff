from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
from bonehold.cohort.ratings import Rating
from bonehold.publishing.quality.quality_index import (
    IndexedPatient,
    index_page,
    indexed_patients,
    patient_flags,
)
from bonehold.publishing.status import STATUS_COLUMNS, patient_rows


def region(patient_id: str, flags: str = "") -> dict[str, str]:
    return {"patient_id": patient_id, "reader": "R1", "flags": flags}


def combined(patient_id: str, flags: str = "", **values: str) -> dict[str, str]:
    measures = dict.fromkeys(("b_hu", "st_hu", "hu_ratio", "pbq"), "")
    return {
        "patient_id": patient_id,
        "reader": "combined",
        "level_used": "L3",
        "flags": flags,
        **measures,
        **values,
    }


def status(status: str = "complete", measured: str = "a1234567", **reasons: str) -> dict[str, Any]:
    return {"status": status, "measured": measured, "reasons": reasons}


def data_of(page: str) -> Any:
    found = re.search(r'id="data">(.*?)</script>', page)
    assert found
    return json.loads(found[1])


def test_flags_are_counted_by_region_and_those_of_a_measure_once() -> None:
    regions = [region("P1", "small_roi;metal"), region("P1", "small_roi"), region("P2")]
    readers = [{**combined("P1", "below_guard"), "reader": "R1"}, combined("P1", "below_guard;new")]
    flags = patient_flags(regions, readers)
    assert flags == {"P1": {"metal": 1, "below_guard": 1, "small_roi": 2, "new": 1}, "P2": {}}
    assert list(flags["P1"]) == ["metal", "below_guard", "small_roi", "new"]


def test_the_gravest_first_then_those_with_pictures() -> None:
    statuses = {
        "A": status(measured=""),
        "B": status(),
        "C": status(),
        "D": status("partial", pbq="R1 lacks L3_csf"),
        "E": status("partial", measured="", pbq="no regions"),
        "F": status("unmeasurable", measured="", pbq="x", hu_ratio="y"),
        "G": status(),
    }
    flags = {"C": {"small_roi": 1}, "G": {"refused": 1}, "B": {"pacs": 3}}
    rating = Rating("B", "keep", "a1234567", "in_effect", 2)
    patients = indexed_patients(statuses, [combined(one, pbq="3.1") for one in statuses], flags, [rating])
    assert [one.patient_id for one in patients] == ["D", "G", "F", "C", "B", "A", "E"]
    assert patients[0].reasons == "R1 lacks L3 csf" and patients[0].values == (None, None, None, 3.1)
    assert [one.rating for one in patients if one.rating] == [rating]


def test_five_thousand_patients_stay_light() -> None:
    values = np.random.default_rng(3).uniform(50, 400, (5000, 4))
    flags = {"small_roi": 3, "kvp_100": 5, "single_reader": 1}
    rating = Rating("P", "redo", "a1234567", "in_effect", 2)
    patients = [
        IndexedPatient(f"P{n:04d}", f"a{n:07x}", "partial", "R1 lacks L3 csf", "L3", tuple(v), flags, rating)
        for n, v in enumerate(values.tolist())
    ]
    page = index_page(patients, synthetic=True)
    assert len(page) < 1_500_000 and len(data_of(page)["patients"]) == 5000
    assert "data:" not in page and "https:" not in page


def test_words_of_a_patient_stay_words() -> None:
    hostile = IndexedPatient(
        "P1", "a1234567", "partial", "</script><img src=x>", "", (None,) * 4, {"<b>": 1}, None
    )
    page = index_page([hostile], synthetic=False)
    assert "<img" not in page and '<b>"' not in page
    assert data_of(page)["patients"][0][3] == "</script><img src=x>"
    assert data_of(page)["flags"][0]["words"] == "<b>"


def test_status_tells_flags_that_ask_for_a_look_and_the_rating() -> None:
    statuses = {"P1": status(), "P2": status(), "P3": status()}
    flags = {"P1": {"refused": 1, "small_roi": 2, "pacs": 9}}
    ratings = [
        {"patient_id": "P1", "rating": "redo", "state": "in_effect"},
        {"patient_id": "P2", "rating": "keep", "state": "lapsed"},
    ]
    excluded = {"patient_id": "P1", "criterion": "awaiting_redraw", "first": "1", "detail": ""}
    rows = patient_rows(statuses, [excluded], ["P2", "P3"], flags, ratings)
    measuring = [row for row in rows if row["stage"] == "measuring"]
    assert [(row["flags"], row["rating"]) for row in measuring] == [
        ("refused;small_roi", "redo"),
        ("", "lapsed"),
        ("", ""),
    ]
    assert STATUS_COLUMNS[:4] == ("patient_id", "stage", "status", "reason")
