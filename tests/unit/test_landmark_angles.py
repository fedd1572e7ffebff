"""Angles by landmarks on their way into the cohort table."""

from pathlib import Path
from typing import Any

from bonehold.cohort.angles import landmark_discrepancies, patient_angles
from cohort_folders import clean_visits, goutallier, measured, pacs, patient, run, write_cohort

NONE = dict.fromkeys(("pi", "pt", "ss", "ll"))


def reading(reader: str, session: int = 1, reason: str = "", **angles: float) -> dict[str, Any]:
    return {"reader": reader, "session": session, **NONE, **angles, "flags": [], "reason": reason}


def document(patient_id: str, *readings: dict[str, Any], **problems: Any) -> dict[str, Any]:
    return {
        "schema": "spinopelvic/1",
        "patient_id": patient_id,
        "status": "measured",
        "problems": [],
        "readings": list(readings),
        **problems,
    }


def test_the_table_goes_before_readings_and_readings_before_landmarks() -> None:
    landmarks = {angle: {"R1": 40.0, "R2": 44.0} for angle in ("pi", "pt", "ss", "ll")}
    found = patient_angles({"pi": 50.0}, {"pt": {"R1": 10.0, "R2": 14.0}}, landmarks)
    assert found == {"pi": 50.0, "pt": 12.0, "ss": 42.0, "ll": 42.0}
    decided = patient_angles({}, {}, {"pi": {"R1": 40.0, "consensus": 47.0}})
    assert decided == {**NONE, "pi": 47.0}
    assert landmark_discrepancies(found, landmarks) == {"pi": 8.0, "pt": 30.0}


def test_landmarks_reach_the_cohort_table_with_all_readings_beside_it(tmp_path: Path) -> None:
    ids = ("P1", "P2")
    tables = {
        "patients": [patient("P1", pi="", pt=""), patient("P2", pi=60, pt=20)],
        "visits": [visit for one in ids for visit in clean_visits(one)],
        "readings": [row for one in ids for row in goutallier(one)],
        "measurements": [row for one in ids for row in pacs(one)],
    }
    angles = {"pi": 53.0, "pt": 15.0, "ss": 38.0, "ll": 52.0}
    documents = [
        *(measured(one, modality, []) for one in ids for modality in ("CT", "MR")),
        document(
            "P1",
            reading("R2", **{name: value + 2 for name, value in angles.items()}),
            reading("R1", **angles),
            reading("R1", 2, **{name: value + 30 for name, value in angles.items()}),
            reading("R3", reason="the femoral heads lie above the S1 endplate"),
        ),
        document("P2", reading("R1", **angles)),
    ]
    results = run(write_cohort(tmp_path / "cohort", tables), tmp_path / "out", documents)
    listed = results.table("spinopelvic")
    assert list(listed[0]) == ["patient_id", "reader", "session", "pi", "pt", "ss", "ll", "flags", "reason"]
    assert [(row["patient_id"], row["reader"], row["session"], row["pi"]) for row in listed] == [
        ("P1", "R1", "1", "53.0"),
        ("P1", "R1", "2", "83.0"),
        ("P1", "R2", "1", "55.0"),
        ("P1", "R3", "1", ""),
        ("P2", "R1", "1", "53.0"),
    ]
    first, second = results.table("cohort")
    assert [first[name] for name in ("pi", "pt", "ss", "ll")] == ["54.0", "16.0", "39.0", "53.0"]
    assert [second[name] for name in ("pi", "pt", "ss", "ll")] == ["60.0", "20.0", "38.0", "52.0"]
    told = [row["problem"] for row in results.table("problems") if row["source"] == "spinopelvic.mrk.json"]
    assert told == ["PI by landmarks differs from the tables by 7.0 degrees; the tables' is kept"]
