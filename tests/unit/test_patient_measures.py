from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from bonehold.cohort.bone_measures import MeasuringRules
from bonehold.cohort.levels import choose_level
from bonehold.cohort.patient_measures import PatientMeasures, drew, measure_patient
from bonehold.cohort.roi_readings import RoiReading, settled

RULES = MeasuringRules()


def ct(body: float = 100.0, trajectory: float = 150.0, level: str = "L3") -> dict[str, float]:
    """Regions of one level whose means give these B-HU and ST-HU."""
    return {
        f"{level}_body_superior": body - 10,
        f"{level}_body_middle": body,
        f"{level}_body_inferior": body + 10,
        f"{level}_trajectory_left": trajectory - 20,
        f"{level}_trajectory_right": trajectory + 20,
    }


def mr(pedicle: float = 300.0, fluid: float = 100.0, csf_level: str = "L3") -> dict[str, float]:
    sides = {
        f"L{number}_pedicle_{side}": pedicle + sign * number
        for number in (1, 2, 3, 4)
        for side, sign in (("left", 1), ("right", -1))
    }
    return {**sides, f"{csf_level}_csf": fluid}


def measure(
    readers: Mapping[str, Mapping[str, float | None]],
    rules: MeasuringRules = RULES,
    pacs: Mapping[str, Mapping[str, float]] | None = None,
    excluded: frozenset[tuple[str, str]] = frozenset(),
    level: str | None = None,
) -> PatientMeasures:
    readings = [
        RoiReading(
            reader,
            roi,
            mean,
            flags=() if mean is not None else ("refused",),
            reason="" if mean else "outside",
        )
        for reader, rois in readers.items()
        for roi, mean in rois.items()
    ] + [
        RoiReading(reader, roi, mean, flags=("pacs",), from_image=False)
        for reader, rois in (pacs or {}).items()
        for roi, mean in rois.items()
    ]
    return measure_patient(settled(readings, excluded), rules, level)


def row(result: PatientMeasures, reader: str, roi: str, *, image: bool = True) -> RoiReading:
    (found,) = [
        one for one in result.readings if (one.reader, one.roi, one.from_image) == (reader, roi, image)
    ]
    return found


def without(rois: Mapping[str, float], *names: str) -> dict[str, float]:
    return {name: mean for name, mean in rois.items() if name not in names}


def test_readers_are_combined_before_the_ratios() -> None:
    result = measure({"R1": {**ct(100, 150), **mr(300, 100)}, "R2": {**ct(50, 130), **mr(400, 150)}})
    assert result.combined.b_hu == pytest.approx(75)
    assert result.combined.st_hu == pytest.approx(140)
    assert result.ratio.value == pytest.approx(140 / 75)  # not the mean of 1.5 and 2.6
    assert result.combined.pbq == pytest.approx(350 / 125)
    assert {name: one.value for name, one in result.ratios.items()} == pytest.approx({"R1": 1.5, "R2": 2.6})
    assert result.flags == ()


def test_the_first_reader_or_the_adjudicated_one() -> None:
    readers = {"R2": ct(50, 130), "R1": ct(100, 150)}
    assert measure(readers, replace(RULES, combine="first")).ratio.value == pytest.approx(1.5)
    adjudicated = measure(readers, replace(RULES, combine="adjudicated"))
    assert adjudicated.ratio.value is None
    assert adjudicated.reasons["hu_ratio"] == "no adjudicated reading"


def test_a_consensus_is_the_analysis_value_and_overwrites_nobody() -> None:
    result = measure({"R1": ct(100), "R2": ct(120), "consensus": ct(80, 160)})
    assert result.ratio.value == pytest.approx(2.0)
    assert [result.readers[name].b_hu for name in ("R1", "R2")] == pytest.approx([100, 120])
    assert result.flags == ("consensus",)


def test_a_consensus_on_one_measure_leaves_the_others_to_the_readers() -> None:
    bodies = {name: mean for name, mean in ct(80).items() if "body" in name}
    result = measure({"R1": ct(100), "R2": ct(120, 170), "consensus": bodies})
    assert (result.combined.b_hu, result.combined.st_hu) == (pytest.approx(80), pytest.approx(160))
    assert not [one for one in result.readings if one.reader == "consensus" and "missing" in one.flags]


def test_one_reader_is_flagged() -> None:
    assert measure({"R1": {**ct(), **mr()}}).flags == ("single_reader",)


def test_a_missing_plane_stops_the_measure_unless_any_will_do() -> None:
    rois = without(ct(), "L3_body_superior", "L3_trajectory_left")
    strict = measure({"R1": rois})
    assert strict.ratio.value is None
    assert strict.reasons["hu_ratio"] == "R1 lacks L3_body_superior, L3_trajectory_left"
    assert row(strict, "R1", "L3_body_superior").flags == ("missing",)
    lenient = measure({"R1": rois}, replace(RULES, require="any"))
    assert (lenient.combined.b_hu, lenient.combined.st_hu) == (pytest.approx(105), pytest.approx(170))


def test_pedicles_are_averaged_by_level_first() -> None:
    one_side = without(mr(), "L1_pedicle_right")
    assert measure({"R1": one_side}).combined.pbq is None
    lenient = measure({"R1": one_side}, replace(RULES, require="any"))
    assert lenient.combined.pedicle_si == pytest.approx((301 + 300 + 300 + 300) / 4)


def test_a_refused_region_is_no_value_and_says_why() -> None:
    result = measure({"R1": {**ct(), "L3_body_middle": None}})
    assert result.reasons["hu_ratio"] == "R1 lacks L3_body_middle (outside)"


def test_another_level_serves_where_l3_is_incomplete() -> None:
    result = measure({"R1": {**ct(90, 180, "L2"), "L3_body_superior": 70.0}, "R2": ct(90, 180, "L2")})
    assert (result.level.name, result.ratio.value) == ("L2", pytest.approx(2.0))
    assert result.level.reason == "complete for every reader"


def test_a_level_that_all_have_goes_before_one_that_only_some_have() -> None:
    result = measure({"R1": {**ct(), **ct(80, level="L2")}, "R2": ct(80, level="L2")})
    assert result.level.name == "L2"
    assert "level_discordant" not in result.flags


def test_readers_at_different_levels_are_discordant() -> None:
    result = measure({"R1": ct(), "R2": ct(80, level="L2")})
    assert (result.level.name, result.level.reason) == ("L3", "complete for R1 only")
    assert result.readers["R2"].b_hu is None
    assert set(result.flags) == {"single_reader", "level_discordant"}


def test_an_override_of_the_level_wins() -> None:
    result = measure({"R1": {**ct(), **ct(80, level="L4")}}, level="L4")
    assert (result.level.name, result.combined.b_hu) == ("L4", pytest.approx(80))


def test_csf_has_its_own_level() -> None:
    result = measure({"R1": {**ct(), **mr(csf_level="L2")}})
    assert (result.level.name, result.csf_level.name, result.combined.pbq) == ("L3", "L2", pytest.approx(3.0))


def test_nothing_drawn_at_an_admitted_level() -> None:
    assert choose_level({"R1": frozenset()}, {"L5"}, ("L3", "L2")).reason == "nothing drawn at L3, L2"
    assert choose_level({"R1": frozenset()}, {"L2"}, ("L3", "L2")).name == "L2"


def test_the_guard_makes_the_ratio_undefined_with_its_reason() -> None:
    result = measure({"R1": ct(15.0, 90)})
    assert result.ratio.value is None
    assert result.reasons["hu_ratio"] == "B-HU of 15.0 HU is below 20 HU"
    assert "below_guard" in result.flags
    assert measure({"R1": ct(20.0, 60)}).ratio.value == pytest.approx(3.0)


def test_a_ratio_out_of_range_is_kept_and_flagged() -> None:
    result = measure({"R1": ct(30.0, 150)})
    assert result.ratio.value == pytest.approx(5.0)
    assert "ratio_out_of_range" in result.flags


def test_csf_without_signal_gives_no_score() -> None:
    assert measure({"R1": mr(fluid=0.0)}).reasons["pbq"] == "the CSF signal is not above zero"


def test_an_image_wins_over_a_pacs_value_and_both_are_shown() -> None:
    result = measure({"R1": ct()}, pacs={"R1": {"L3_body_middle": 102.5, "L3_trajectory_left": 131.0}})
    assert result.combined.b_hu == pytest.approx(100)
    assert row(result, "R1", "L3_body_middle", image=False).flags == (
        "pacs",
        "superseded",
        "differs_from_image",
    )
    assert row(result, "R1", "L3_trajectory_left", image=False).flags == ("pacs", "superseded")


def test_signal_may_differ_by_one_percent() -> None:
    result = measure({"R1": mr(fluid=200)}, pacs={"R1": {"L3_csf": 203.0}})
    assert "differs_from_image" in row(result, "R1", "L3_csf", image=False).flags
    result = measure({"R1": mr(fluid=400)}, pacs={"R1": {"L3_csf": 403.0}})
    assert "differs_from_image" not in row(result, "R1", "L3_csf", image=False).flags


def test_a_pacs_value_serves_where_the_region_was_refused() -> None:
    result = measure({"R1": {**ct(), "L3_body_middle": None}}, pacs={"R1": {"L3_body_middle": 100.0}})
    assert result.ratio.value == pytest.approx(1.5)


def test_ready_made_measures_are_combined_and_have_no_level() -> None:
    ready = {"b_hu": 100.0, "st_hu": 140.0, "pbq": 3.0}
    result = measure({}, pacs={"R1": ready, "R2": {**ready, "st_hu": 160.0, "pbq": 3.5}})
    assert (result.ratio.value, result.combined.pbq) == (pytest.approx(1.5), pytest.approx(3.25))
    assert (result.level.name, result.csf_level.name) == ("", "")
    assert not drew(result.readings, "R1", "CT")


def test_ready_made_measures_give_way_to_the_readers_own_regions() -> None:
    result = measure({"R1": {**ct(), **mr()}}, pacs={"R1": {"b_hu": 103.0, "st_hu": 150.0, "pbq": 3.0}})
    assert (result.combined.b_hu, result.combined.pbq) == (pytest.approx(100), pytest.approx(3.0))
    assert row(result, "R1", "b_hu", image=False).flags == ("pacs", "superseded", "differs_from_image")
    assert row(result, "R1", "pbq", image=False).flags == ("pacs", "superseded")


def test_scores_are_averaged_where_one_reader_has_no_signals() -> None:
    result = measure({"R1": mr(300, 100)}, pacs={"R2": {"pbq": 4.0}})
    assert result.combined.pbq == pytest.approx(3.5)
    assert "pbq_ready_made" in result.flags
    assert result.combined.pedicle_si is None


def test_an_excluded_reading_stays_but_does_not_count() -> None:
    result = measure({"R1": {**mr(), "L2_csf": 150.0}}, excluded=frozenset({("R1", "L3_csf")}))
    assert (result.csf_level.name, result.combined.pbq) == ("L2", pytest.approx(2.0))
    assert row(result, "R1", "L3_csf").flags == ("excluded_by_override",)


def test_two_readings_of_one_region_are_both_set_aside() -> None:
    doubled = [RoiReading("R1", roi, mean) for roi, mean in [*ct().items(), ("L3_body_middle", 90.0)]]
    result = measure_patient(settled(doubled), RULES)
    assert result.combined.b_hu is None
    assert [one.flags for one in result.readings if one.roi == "L3_body_middle"] == [("duplicate",)] * 2
