"""The table by which a series is chosen: what each criterion sees, what points do, and metal."""

import json
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from bonehold.configuration import checked_configuration
from bonehold.imaging import slice_reader
from bonehold.imaging.dicom.folder import index_folder
from bonehold.imaging.dicom.pixels import SlicePixels, UnreadablePixels, read_slice
from bonehold.imaging.measuring import measure_patient
from bonehold.imaging.measuring_rules import ImagingRules
from bonehold.imaging.metal import has_metal, slices_at_level
from bonehold.imaging.patient import PatientImages
from bonehold.imaging.series import Series, group_series
from bonehold.imaging.series_choice import Choice, SeriesVerdict, choose_series
from bonehold.imaging.series_criteria import CRITERIA, Wanted, criteria_of
from bonehold.imaging.series_rules import ChoiceTable, Kernels, Scored, SeriesRules, series_rules
from bonehold.roi_names import Modality
from dicom import MR_CLASS, SAGITTAL, box, save_markups, write_series

SCHEMA = Path(__file__).resolve().parents[3] / "workflow" / "schemas" / "config.schema.yaml"
RULES = SeriesRules()
FLAT = np.full((40, 40), 1124)
NOWHERE = np.zeros((0, 3))
IN_THE_MIDDLE = np.array([[20.0, 20.0, 4.0]])


def ct(folder: Path, n: int = 6, values: Any = None, **elements: Any) -> None:
    stack = [(0.0, 0.0, 2.0 * k) for k in range(n)]
    write_series(folder, values or (lambda k: FLAT), stack, **elements)


def mr(folder: Path, n: int = 9, **elements: Any) -> None:
    defaults = {
        "Modality": "MR",
        "SOPClassUID": MR_CLASS,
        "ImageOrientationPatient": list(SAGITTAL),
        "RepetitionTime": 600,
        "EchoTime": 10,
        "SeriesInstanceUID": "2.25.20",
        "ImageType": ["ORIGINAL", "PRIMARY", "M"],
        "KVP": None,
        "ConvolutionKernel": None,
        "RescaleIntercept": None,
        "RescaleSlope": None,
    }
    write_series(folder, lambda k: FLAT, [(4.0 * k, 0.0, 0.0) for k in range(n)], **{**defaults, **elements})


def choose(
    folder: Path,
    modality: Modality = "CT",
    wanted: Wanted | None = None,
    rules: SeriesRules = RULES,
    has_metal: Any = lambda series: False,
) -> Choice:
    found = group_series(index_folder(folder, inside=folder).images)
    return choose_series(modality, found, wanted or Wanted(NOWHERE), rules, has_metal)


def verdict(folder: Path, modality: Modality = "CT", **how: Any) -> SeriesVerdict:
    (only,) = choose(folder, modality, **how).verdicts
    return only


def points(one: SeriesVerdict) -> dict[str, float]:
    return {each.criterion: each.points for each in one.contributions}


def with_ct(**fields: Any) -> SeriesRules:
    return replace(RULES, ct=replace(RULES.ct, **fields))


def test_the_schema_and_the_library_have_the_same_defaults() -> None:
    assert series_rules(checked_configuration({}, SCHEMA)["series"]) == RULES


def test_the_configuration_names_the_criteria_there_are() -> None:
    tables = yaml.safe_load(SCHEMA.read_text())["properties"]["series"]["properties"]
    for modality, pixels in (("CT", ["metal"]), ("MR", [])):
        table = tables[modality.lower()]["properties"]
        criteria = list(criteria_of(modality))  # type: ignore[arg-type]
        assert sorted(table["score"]["items"]["properties"]["when"]["enum"]) == sorted(criteria)
        assert sorted(table["refuse"]["items"]["enum"]) == sorted([*criteria, *pixels])
    assert {*criteria_of("CT"), *criteria_of("MR")} == set(CRITERIA)


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({}, {"medium_slices": -5}),
        ({"SliceThickness": 1.5}, {}),
        ({"SliceThickness": 3.0}, {"medium_slices": -5}),
        ({"SliceThickness": 3.1}, {"thick_slices": -10}),
        ({"SliceThickness": 1.0, "KVP": 140}, {"other_kvp": -15}),
        ({"SliceThickness": 1.0, "KVP": None}, {}),
        ({"SliceThickness": 1.0, "ConvolutionKernel": "B70f"}, {"sharp_kernel": -40}),
        ({"SliceThickness": 1.0, "ConvolutionKernel": "XYZ"}, {"unknown_kernel": -20}),
        ({"SliceThickness": 1.0, "RescaleSlope": None, "RescaleIntercept": None}, {"no_rescale": -10}),
        ({"SliceThickness": 1.0, "ImageType": ["DERIVED", "PRIMARY", "AXIAL"]}, {"processed": -20}),
        ({"SliceThickness": 1.0, "ContrastBolusAgent": "Iomeprol"}, {"contrast": -25}),
        ({"SliceThickness": 1.0, "SeriesDescription": "LWS portal_venous"}, {"contrast": -25}),
        ({"SliceThickness": 1.0, "SeriesDescription": "Spine C+"}, {"contrast": -25}),
        ({"SliceThickness": 1.0, "SeriesDescription": "L-SPINE W/O CONTRAST"}, {}),
        ({"SliceThickness": 1.0, "SeriesDescription": "LWS ohne KM"}, {}),
        ({"SliceThickness": 1.0, "SeriesDescription": "posterior gdansk"}, {}),
    ],
)
def test_what_a_ct_loses_points_for(
    tmp_path: Path, elements: dict[str, Any], expected: dict[str, float]
) -> None:
    ct(tmp_path, **elements)
    one = verdict(tmp_path)
    assert points(one) == expected and one.score == sum(expected.values()) and one.refusals == ()


@pytest.mark.parametrize(
    ("elements", "refusal"),
    [
        ({"ScanOptions": ["FS"]}, "fat-suppressed"),
        ({"SeriesDescription": "t1_tse_fs_sag"}, "fat-suppressed"),
        ({"RepetitionTime": 4000, "EchoTime": 20, "InversionTime": 160}, "fat-suppressed (TI 160)"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "W", "W"]}, "fat, water or opposed-phase image"),
        ({"SeriesDescription": "t1_tse_dixon"}, "Dixon image that is not said to be in phase"),
        ({"SeriesDescription": "me2d T2* sag", "EchoTime": 15}, "T2-weighted"),
        ({"EchoTime": 90, "RepetitionTime": 3500}, "T2-weighted"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "P"]}, "not a magnitude image"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, "localiser"),
    ],
)
def test_what_an_mr_is_refused_for(tmp_path: Path, elements: dict[str, Any], refusal: str) -> None:
    mr(tmp_path, **elements)
    choice = choose(tmp_path, "MR")
    assert choice.series is None and refusal in choice.verdicts[0].refusals


@pytest.mark.parametrize(
    "elements",
    [
        {"SeriesDescription": "t1_tse_dixon_in", "ImageType": ["DERIVED", "PRIMARY", "M", "IN_PHASE"]},
        {"SeriesDescription": "T1W T2 protocol"},
        {"SeriesDescription": "T1 tse", "InversionTime": 0},
    ],
)
def test_what_an_mr_is_not_refused_for(tmp_path: Path, elements: dict[str, Any]) -> None:
    mr(tmp_path, **elements)
    assert verdict(tmp_path, "MR").refusals == ()


def test_an_mr_of_few_slices_does_not_reach_both_pedicles(tmp_path: Path) -> None:
    mr(tmp_path / "few", n=8)
    few = verdict(tmp_path / "few", "MR")
    assert points(few) == {"few_slices": -30} and few.drawbacks == ("few_slices",)
    mr(tmp_path / "more", SeriesInstanceUID="2.25.21")
    choice = choose(tmp_path, "MR")
    assert choice.series is not None and len(choice.series.slices) == 9


def test_each_region_outside_the_field_of_view_costs_points(tmp_path: Path) -> None:
    ct(tmp_path)
    regions = np.array([[20.0, 20.0, 4.0], [20.0, 20.0, 40.0], [90.0, 20.0, 4.0]])
    one = verdict(tmp_path, wanted=Wanted(regions))
    assert points(one)["region_outside"] == -200
    assert one.contributions[0].words == "2 of 3 regions lie outside its field of view"


def test_an_irregular_stack_loses_points_and_says_why(tmp_path: Path) -> None:
    write_series(tmp_path, lambda k: FLAT, [(0.0, 0.0, z) for z in (0.0, 2, 4, 10, 12, 14)])
    one = verdict(tmp_path)
    assert points(one)["irregular"] == -10 and one.contributions[0].words == "missing slices"


def test_points_decide_and_an_edited_table_decides_otherwise(tmp_path: Path) -> None:
    ct(tmp_path / "a", SliceThickness=1.0, KVP=100)
    ct(tmp_path / "b", SliceThickness=1.0, SeriesInstanceUID="2.25.8", ContrastBolusAgent="x")
    chosen = choose(tmp_path).series
    assert chosen is not None and chosen.any_header.kvp == 100
    other = with_ct(score=(Scored("other_kvp", -30), Scored("contrast", -1)))
    chosen = choose(tmp_path, rules=other).series
    assert chosen is not None and chosen.any_header.contrast


def test_a_criterion_can_be_moved_from_points_to_refusal_and_left_out(tmp_path: Path) -> None:
    ct(tmp_path, ContrastBolusAgent="x", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    assert verdict(tmp_path).refusals == ("localiser",)
    strict = with_ct(refuse=("contrast",))
    assert verdict(tmp_path, rules=strict).refusals == ("contrast",)
    assert verdict(tmp_path, rules=with_ct(refuse=())).refusals == ()


def test_of_equal_scores_the_thinner_then_the_longer_then_the_first_wins(tmp_path: Path) -> None:
    ct(tmp_path / "a", SliceThickness=1.4, SeriesNumber=1, SeriesInstanceUID="2.25.1")
    ct(tmp_path / "b", SliceThickness=1.2, SeriesNumber=2, SeriesInstanceUID="2.25.2")
    ct(tmp_path / "c", SliceThickness=1.2, SeriesNumber=4, SeriesInstanceUID="2.25.3", n=8)
    ct(tmp_path / "d", SliceThickness=1.2, SeriesNumber=3, SeriesInstanceUID="2.25.4", n=8)
    best = sorted(choose(tmp_path).verdicts, key=lambda v: v.order)
    assert [v.series.any_header.series_number for v in best] == [3, 4, 2, 1]


def test_the_day_of_surgery_is_allowed_but_an_earlier_one_preferred(tmp_path: Path) -> None:
    ct(tmp_path / "a", AcquisitionDate="20240309")
    wanted = Wanted(NOWHERE, surgery_date=date(2024, 3, 9))
    only = choose(tmp_path, wanted=wanted)
    assert only.series is not None and only.drawbacks == ("day_of_surgery",)
    ct(tmp_path / "b", AcquisitionDate="20240308", SeriesInstanceUID="2.25.8", SeriesNumber=9)
    chosen = choose(tmp_path, wanted=wanted).series
    assert chosen is not None and chosen.any_header.series_number == 9


def test_why_none_serves_is_counted(tmp_path: Path) -> None:
    ct(tmp_path / "a", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    ct(tmp_path / "b", n=2, SeriesInstanceUID="2.25.8")
    assert choose(tmp_path).reason == "no axial CT series among 2 CT series (1 localiser, 1 too few slices)"


@pytest.mark.parametrize(
    ("pattern", "kernel", "expected"),
    [
        ("B20-41*", "b31f", True),
        ("B20-41*", "B42f", False),
        ("B20-41", "B31f", False),
        ("B20-41*", "B", False),
        ("B20-41*", "B" + "9" * 5000, False),
        ("FC1-18", "FC08", True),
        ("FC08-H", "FC08-H", True),
        ("BONE*", "BONEPLUS", True),
        ("C", "FC", False),
    ],
)
def test_kernel_patterns(pattern: str, kernel: str, expected: bool) -> None:
    assert (Kernels((pattern,), ()).class_of(kernel) == "soft") == expected


def test_no_pattern_and_no_header_takes_long(tmp_path: Path) -> None:
    began = time.perf_counter()
    assert Kernels(("*a*a*a*a*a*a*a*a*a*b",), ()).class_of("a" * 20000) == "unknown"
    assert time.perf_counter() - began < 2


def level(screw: int = 0) -> Any:
    """Slices of bone with `screw` pixels of metal in the third and fourth."""

    def values(k: int) -> np.ndarray:
        slice_ = FLAT.copy()
        slice_.flat[800 : 800 + (screw if k in (2, 3) else 0)] = 1024 + 3000
        return slice_

    return values


def only_series(folder: Path) -> Series:
    (series,) = group_series(index_folder(folder, inside=folder).images)
    return series


def reading(series: Series) -> Any:
    return lambda index: read_slice(series.slices[index])


@pytest.mark.parametrize(("pixels", "expected"), [(9, False), (10, True)])
def test_metal_is_an_area_not_a_speck(tmp_path: Path, pixels: int, expected: bool) -> None:
    ct(tmp_path, values=level(pixels))
    series = only_series(tmp_path)
    assert has_metal(series, IN_THE_MIDDLE, reading(series)) == expected


def test_metal_far_from_the_regions_or_on_other_slices_does_not_count(tmp_path: Path) -> None:
    ct(tmp_path / "far", values=level(30), PixelSpacing=[20.0, 20.0])
    series = only_series(tmp_path / "far")
    assert not has_metal(series, np.array([[20.0, 20.0, 6.0]]), reading(series))
    assert has_metal(series, np.array([[100.0, 380.0, 6.0]]), reading(series))
    ct(tmp_path / "high", values=level(30), n=12)
    series = only_series(tmp_path / "high")
    assert not has_metal(series, np.array([[20.0, 20.0, 20.0]]), reading(series))


def test_without_regions_no_slice_is_read(tmp_path: Path) -> None:
    ct(tmp_path, values=level(30))
    series = only_series(tmp_path)
    assert slices_at_level(series, NOWHERE) == () and not has_metal(series, NOWHERE, reading(series))


def test_slices_that_cannot_be_read_and_values_that_are_no_hu_tell_nothing(tmp_path: Path) -> None:
    def unreadable(index: int) -> SlicePixels:
        raise UnreadablePixels("cut short")

    ct(tmp_path / "a", values=level(30))
    assert not has_metal(only_series(tmp_path / "a"), IN_THE_MIDDLE, unreadable)
    ct(tmp_path / "b", values=level(30), RescaleSlope=None, RescaleIntercept=None)
    series = only_series(tmp_path / "b")
    assert not has_metal(series, IN_THE_MIDDLE, reading(series))


def test_slices_of_the_regions_and_those_just_beyond_are_looked_at(tmp_path: Path) -> None:
    ct(tmp_path, n=41)
    regions = np.array([[20.0, 20.0, z] for z in (30.0, 40.0, 43.0, 50.0)])
    assert slices_at_level(only_series(tmp_path), regions) == (12, 15, 20, 21, 25, 27)
    beyond = np.array([[20.0, 20.0, 79.0], [20.0, 20.0, 300.0]])
    assert slices_at_level(only_series(tmp_path), beyond) == (37, 39)


def test_a_ct_with_metal_is_passed_over_and_no_more_are_asked_than_needed(tmp_path: Path) -> None:
    for number, kvp in enumerate((120, 100, 80), start=1):
        ct(tmp_path / str(number), KVP=kvp, SeriesNumber=number, SeriesInstanceUID=f"2.25.{number}")
    asked = []

    def first_has_metal(series: Series) -> bool:
        asked.append(series.any_header.series_number)
        return series.any_header.series_number == 1

    choice = choose(tmp_path, has_metal=first_has_metal)
    assert choice.series is not None and choice.series.any_header.series_number == 2
    assert asked == [1, 2] and choice.reason == "best of 2 that serve"
    assert choice.verdicts[0].refusals == ("metal at the level",)
    none = choose(tmp_path, has_metal=lambda series: True)
    assert none.series is None and "3 metal at the level" in none.reason
    named = choose(tmp_path, wanted=Wanted(NOWHERE, series_number=1), has_metal=first_has_metal)
    assert named.series is not None and named.drawbacks == ("metal_at_the_level",)
    unasked = choose(tmp_path, rules=with_ct(refuse=("localiser",)), has_metal=lambda series: True)
    assert unasked.series is not None


def test_the_usual_patient_decodes_no_slice_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ct(tmp_path / "dicom", values=level())
    save_markups(tmp_path / "annotations" / "R1" / "L3_body_middle.mrk.json", box((20, 20, 4.0), (12, 8, 2)))
    read: list[object] = []
    monkeypatch.setattr(slice_reader, "read_slice", lambda header: read.append(header) or read_slice(header))
    images = PatientImages("P1", tmp_path, tmp_path / "dicom", tmp_path / "annotations", {}, {})
    measured = measure_patient(images, ImagingRules())
    assert measured.ct["rois"][0]["mean"] == 100
    assert len(read) == len(set(read)) == len(slices_at_level(only_series(tmp_path / "dicom"), IN_THE_MIDDLE))


def test_series_json_shows_scores_and_what_they_are_made_of(tmp_path: Path) -> None:
    ct(tmp_path / "dicom" / "after", values=level(40), SeriesNumber=1, SeriesInstanceUID="2.25.1")
    ct(tmp_path / "dicom" / "before", KVP=100, SeriesNumber=2, SeriesDescription="ZZCANARY venous")
    save_markups(tmp_path / "annotations" / "R1" / "L3_body_middle.mrk.json", box((20, 20, 4.0), (12, 8, 2)))
    images = PatientImages("P1", tmp_path, tmp_path / "dicom", tmp_path / "annotations", {}, {})
    document = measure_patient(images, ImagingRules()).series
    after, before = document["series"]
    assert (after["chosen"], after["refused_because"]) == (False, ["metal at the level"])
    assert before["chosen"] and before["score"] == -45
    assert before["contributions"] == [
        {"criterion": "contrast", "points": -25, "words": "contrast"},
        {"criterion": "other_kvp", "points": -15, "words": "100 kVp, not 120"},
        {"criterion": "medium_slices", "points": -5, "words": "slices of 2 mm"},
    ]
    assert "ZZCANARY" not in json.dumps(document)


def test_an_empty_table_ranks_by_the_order_of_ties(tmp_path: Path) -> None:
    nothing = replace(RULES, ct=ChoiceTable((), (), 1))
    ct(tmp_path, ConvolutionKernel="B70f")
    one = verdict(tmp_path, rules=nothing)
    assert one.score == 0 and one.contributions == () and one.drawbacks == ("sharp_kernel",)
