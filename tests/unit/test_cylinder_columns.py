"""The screw in three dimensions reaches the tables in columns of its own and enters no measure of the study."""

from pathlib import Path
from typing import Any

import pytest
from cohort_folders import measured, patient, roi, run, write_cohort

CYLINDER = {
    "cylinder_mean": 140.5,
    "cylinder_sd": 60.0,
    "cylinder_n": 800,
    "cylinder_bone_mean": 150.25,
    "cylinder_bone_sd": 55.0,
    "cylinder_bone_n": 700,
    "cylinder_outside_mm": 4.0,
    "cylinder_profile": [40.0, 300.0],
}


def rois(reader: str, **more: Any) -> list[dict[str, Any]]:
    bodies = [roi(reader, f"L3_body_{plane}", 100.0) for plane in ("superior", "middle", "inferior")]
    return [
        *bodies,
        roi(reader, "L3_trajectory_left", 150.0, **CYLINDER),
        roi(reader, "L3_trajectory_right", 150.0, **{**CYLINDER, "cylinder_mean": 160.5, **more}),
    ]


def test_cylinders_stand_beside_the_rectangles(tmp_path: Path) -> None:
    cohort = write_cohort(tmp_path / "cohort", {"patients": [patient("P1")]})
    results = run(cohort, tmp_path / "out", [measured("P1", "CT", [*rois("R1"), *rois("R2")])])
    rows = {(row["reader"], row["roi"]): row for row in results.table("measurements")}
    row = rows["R1", "L3_trajectory_left"]
    assert row["mean"] == "150.0" and row["cylinder_mean"] == "140.5" and row["cylinder_n"] == "800"
    assert (row["cylinder_bone_mean"], row["cylinder_outside_mm"]) == ("150.25", "4.0")
    assert rows["R1", "L3_body_middle"]["cylinder_mean"] == ""
    readers = {row["reader"]: row for row in results.table("readers")}
    assert readers["combined"]["st_hu"] == "150.0" and readers["combined"]["hu_ratio"] == "1.5"
    assert readers["R1"]["st_hu_cylinder"] == "150.5" and readers["combined"]["st_hu_cylinder"] == "150.5"


@pytest.mark.parametrize("more", [{"cylinder_mean": None, "cylinder_reason": "slices 3 mm apart"}])
def test_one_side_alone_is_no_mean(tmp_path: Path, more: dict[str, Any]) -> None:
    cohort = write_cohort(tmp_path / "cohort", {"patients": [patient("P1")]})
    results = run(cohort, tmp_path / "out", [measured("P1", "CT", rois("R1", **more))])
    readers = {row["reader"]: row for row in results.table("readers")}
    assert readers["R1"]["st_hu_cylinder"] == "" and readers["combined"]["st_hu_cylinder"] == ""
    (row,) = [row for row in results.table("measurements") if row["cylinder_reason"]]
    assert row["roi"] == "L3_trajectory_right"
