"""The sample cohort's tables: who falls out and why, and outcomes and grades recomputed by a second, plain way."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest
import yaml
from bonehold.problems import InputError
from bonehold.sample.cohort import cases, cohort_files
from bonehold.sample.fallouts import FALLOUTS, FLAGS
from make_sample import make_sample

SEED = 20260101
Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """The cohort with the two imaged patients who fall out for what is in their images."""
    return dict(cohort_files(SEED, imaged=0))


def rows(files: dict[str, bytes], name: str) -> Rows:
    return list(csv.DictReader(io.StringIO(files[name].decode())))


def truth(files: dict[str, bytes]) -> dict:
    return json.loads(files["truth.json"])


def visits_of(files: dict[str, bytes]) -> dict[str, dict[float, Rows]]:
    visits: dict[str, dict[float, Rows]] = defaultdict(lambda: defaultdict(list))
    for row in rows(files, "visits.csv"):
        visits[row["patient_id"]][float(row["months"])].append(row)
    return visits


def sees_loosening(row: dict[str, str]) -> bool | None:
    if row["loosening"]:
        return row["loosening"] == "1"
    if not row["lucency_mm"] and not row["double_halo"]:
        return None
    return row["double_halo"] == "1" or float(row["lucency_mm"] or 0) >= 1.0


def state(visit: Rows) -> bool | None:
    decided = [sees_loosening(row) for row in visit if row["reader"] == "consensus"]
    if decided:
        return decided[0]
    seen = {sees_loosening(row) for row in visit}
    return seen.pop() if len(seen) == 1 else None


def test_same_seed_gives_the_same_bytes(files: dict[str, bytes]) -> None:
    assert dict(cohort_files(SEED, imaged=0)) == files
    assert sum(name.startswith("dicom/") for name in files) > 150


def test_another_seed_gives_other_patients(files: dict[str, bytes]) -> None:
    assert [c.patient.pbq for c in cases(SEED, 0)] != [c.patient.pbq for c in cases(SEED + 1, 0)]


def test_analysed_patients_and_their_groups(files: dict[str, bytes]) -> None:
    analysed = set(truth(files)["analysed"])
    kept = [row for row in rows(files, "patients.csv") if row["patient_id"] in analysed]
    events = set(truth(files)["events"])
    assert len(kept) == 356
    assert sum(row["ads"] == "1" for row in kept) == 43
    assert sum(row["patient_id"] in events for row in kept if row["ads"] == "0") == 45
    assert sum(row["patient_id"] in events for row in kept if row["ads"] == "1") == 17
    assert all(row[flag] == "0" for row in kept for flag in FLAGS)
    assert all(int(row["age"]) >= 18 for row in kept)


def test_last_visit_and_any_visit_give_the_same_outcome(files: dict[str, bytes]) -> None:
    visits = visits_of(files)
    scoliosis = {row["patient_id"] for row in rows(files, "patients.csv") if row["ads"] == "1"}
    events = set(truth(files)["events"])
    for patient_id in truth(files)["analysed"]:
        states = {months: state(visit) for months, visit in visits[patient_id].items()}
        resolved = {months: loose for months, loose in states.items() if loose is not None}
        late = [months for months in resolved if months >= (24 if patient_id in scoliosis else 12)]
        assert resolved[max(late)] == any(resolved.values()) == (patient_id in events)
        if patient_id in events:
            loose = [months for months, is_loose in resolved.items() if is_loose]
            assert min(resolved) < min(loose) < max(loose)
            assert all(not resolved[months] for months in resolved if months < min(loose))


def test_visits_lie_between_surgery_and_data_cut(files: dict[str, bytes]) -> None:
    cut = yaml.safe_load(files["cohort.yaml"])["data_cut"]
    surgery = {
        row["patient_id"]: date.fromisoformat(row["surgery_date"]) for row in rows(files, "patients.csv")
    }
    for patient_id, visits in visits_of(files).items():
        assert max(visits) * 30.4375 <= (cut - surgery[patient_id]).days + 1


def test_highest_reading_is_the_grade(files: dict[str, bytes]) -> None:
    places: dict[str, dict[tuple[str, str], dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows(files, "readings.csv"):
        places[row["patient_id"]][row["level"], row["side"]][row["reader"]] = int(row["value"])
    differing = 0
    for patient_id, known in truth(files)["clinical"].items():
        assert len(places[patient_id]) == 10
        values = []
        for readers in places[patient_id].values():
            differing += readers["R1"] != readers["R2"]
            values.append(readers.get("consensus", max(readers["R1"], readers["R2"])))
        assert max(values) == known["goutallier"]
    assert 0.1 < differing / 3560 < 0.5


def test_readers_mean_is_the_value_of_the_recipe(files: dict[str, bytes]) -> None:
    measured: dict[str, Rows] = defaultdict(list)
    for row in rows(files, "measurements.csv"):
        measured[row["patient_id"]].append(row)
    spread = []
    for patient_id, known in truth(files)["clinical"].items():
        first, second = measured[patient_id]
        b_hu, st_hu, pbq = (
            (float(first[name]) + float(second[name])) / 2 for name in ("b_hu", "st_hu", "pbq")
        )
        assert st_hu / b_hu == pytest.approx(known["hu_ratio"], rel=1e-3)
        assert pbq == pytest.approx(known["pbq"], abs=1e-3)
        spread.append((float(first["pbq"]) - float(second["pbq"])) ** 2)
    assert (sum(spread) / len(spread)) ** 0.5 == pytest.approx(0.23, abs=0.03)


def test_there_is_an_example_for_every_reason(files: dict[str, bytes]) -> None:
    excluded = truth(files)["excluded"]
    assert {entry["reason"] for entry in excluded.values()} == {fallout.reason for fallout in FALLOUTS}
    assert {entry["criterion"] for entry in excluded.values()} == {
        "invalid_input",
        "age",
        "preoperative_ct",
        "preoperative_mri",
        "t_score",
        "postoperative_imaging",
        "not_due",
        "early_event_no_minimum_visit",
        "follow_up_too_short",
        *FLAGS,
        "hu_ratio",
        "pbq",
    }


def test_each_example_shows_its_reason(files: dict[str, bytes]) -> None:
    who = {entry["reason"]: patient_id for patient_id, entry in truth(files)["excluded"].items()}
    patients: dict[str, Rows] = defaultdict(list)
    for row in rows(files, "patients.csv"):
        patients[row["patient_id"]].append(row)
    measured = {row["patient_id"]: row for row in rows(files, "measurements.csv")}
    visits = visits_of(files)
    cut = yaml.safe_load(files["cohort.yaml"])["data_cut"]

    def months_since_surgery(reason: str) -> float:
        return (cut - date.fromisoformat(patients[who[reason]][0]["surgery_date"])).days / 30.4375

    assert not patients[who["malformed_value"]][0]["age"].isdigit()
    assert len(patients[who["duplicate_id"]]) == 2
    assert patients[who["malformed_id"] + " (new)"]
    assert int(patients[who["under_age"]][0]["age"]) < 18
    assert patients[who["no_ct"]][0]["has_ct"] == "0"
    assert measured[who["no_ct"]]["b_hu"] == ""
    assert patients[who["no_mri"]][0]["has_mri"] == "0"
    assert measured[who["no_mri"]]["pbq"] == ""
    assert not any(patients[who["no_t_score"]][0][f"dxa_t_{site}"] for site in ("lumbar", "femoral_neck"))
    assert all(state(visit) is None for visit in visits[who["unresolved_outcome"]].values())
    assert max(visits[who["not_due"]]) < 12
    assert months_since_surgery("not_due") < 12
    assert max(visits[who["lost"]]) < 12
    assert months_since_surgery("lost") > 24
    assert patients[who["scoliosis_short"]][0]["ads"] == "1"
    assert 12 <= max(visits[who["scoliosis_short"]]) < 24
    assert months_since_surgery("scoliosis_short") > 24
    early = visits[who["early_event"]]
    assert max(early) < 12
    assert state(early[max(early)]) is True
    for flag in FLAGS:
        assert patients[who[flag]][0][flag] == "1"
    assert measured[who["no_pbq"]]["pbq"] == ""
    assert measured[who["no_hu_ratio"]]["b_hu"] == ""
    for reason in ("no_right_trajectory", "b_hu_below_guard"):
        assert who[reason] not in measured
        assert patients[who[reason]][0]["dicom"] == f"dicom/{who[reason]}"
    assert truth(files)["images"][who["b_hu_below_guard"]]["b_hu"] < 20
    drawn = [name for name in files if name.startswith(f"annotations/{who['no_right_trajectory']}/")]
    assert any("trajectory_left" in name for name in drawn)
    assert not any("trajectory_right" in name for name in drawn)


def test_faults_of_the_images_stand_among_the_analysed() -> None:
    imaged = [case for case in cases(SEED) if case.imaged and case.fallout is None]
    assert len(imaged) == 24
    assert sum(case.patient.ads for case in imaged) >= 3
    assert {case.fault for case in imaged} == {
        "",
        "repeat_scan",
        "truncated_slice",
        "l3_unusable",
        "roi_outside",
        "stray_file",
        "also_pacs",
    }


def test_folder_is_replaced_only_if_it_is_a_sample(tmp_path: Path) -> None:
    other = tmp_path / "mine"
    other.mkdir()
    (other / "patients.csv").write_text("patient_id\n")
    with pytest.raises(InputError, match="not a sample cohort"):
        make_sample(other, SEED, imaged=0)
    assert (other / "patients.csv").read_text() == "patient_id\n"


def test_written_folder_holds_every_file(tmp_path: Path, files: dict[str, bytes]) -> None:
    out = tmp_path / "sample"
    line = make_sample(out, SEED, imaged=0)
    written = {path.relative_to(out).as_posix(): path for path in out.rglob("*") if path.is_file()}
    assert set(written) == set(files)
    assert all(written[name].read_bytes() == data for name, data in files.items())
    assert f"{len(files)} files" in line
    assert "SYNTHETIC" in line
    assert "356 of them to be analysed" in (out / "README.txt").read_text()
