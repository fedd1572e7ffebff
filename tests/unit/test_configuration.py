from pathlib import Path
from typing import Any

import pytest
import yaml
from bonehold.configuration import checked_configuration, columns_asked_for, options
from bonehold.modelling.variation.definitions import definition_columns
from bonehold.problems import InputError

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"


def checked(**given: Any) -> dict[str, Any]:
    return checked_configuration(given, SCHEMA)


def lines(**given: Any) -> list[str]:
    with pytest.raises(InputError) as error:
        checked(**given)
    return str(error.value).splitlines()


def test_the_file_that_comes_with_it_says_what_the_defaults_are() -> None:
    shipped = yaml.safe_load((ROOT / "config.yaml").read_text())
    assert checked(**shipped) == {**checked(), "nomogram_patient": shipped["nomogram_patient"]}


def test_left_out_keys_take_their_defaults_at_any_depth() -> None:
    made = checked(outcome={"rule": "ever"}, analyses=[{"name": "all"}])
    assert made["outcome"] == {**checked()["outcome"], "rule": "ever"}
    assert made["analyses"] == [{"name": "all", "where": None}]


def test_everything_wrong_is_said_at_once() -> None:
    found = lines(lvels=["L3"], outcome={"rul": "last"}, seed=-1, on_bad_row="skip", hu_ratio_range=[1])
    assert len(found) == 5
    assert "config.yaml, lvels: unknown key; did you mean levels?" in found
    assert "config.yaml, outcome.rul: unknown key; did you mean rule?" in found


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"analyses": [{"name": "a", "where": "ads =="}]}, "analyses.0.where"),
        ({"analyses": [{"name": "a"}, {"name": "a"}]}, "the name stands twice"),
        ({"analyses": [{"name": "patients"}]}, "the name is taken"),
        ({"analyses": [{"name": "Primary"}]}, "must match"),
        ({"analysis_table": "nowhere.csv"}, "there is no such file"),
        ({"series": {"ct": {"refuse": ["sharp"]}}}, "series.ct.refuse.0"),
        ({"series": {"ct": {"score": [{"when": "contrast"}]}}}, "has no points"),
        ({"series": {"kernels": {"soft": ["(a+)+$"]}}}, "must match"),
        ({"series": {"t1": {"tr_ms": [1200, 300]}}}, "series.t1.tr_ms"),
        ({"model": {"final": ["weight"]}}, "is no candidate"),
        ({"model": {"a_priori": ["weight"]}}, "is no candidate"),
        ({"model": {"continuous": ["age", "goutallier"]}}, "candidates twice"),
        ({"model": {"outcome": "age"}}, "the outcome is also a predictor"),
        ({"model": {"categorical": [{"column": "sex"}]}}, "has no reference"),
    ],
)
def test_what_is_refused(given: dict[str, Any], word: str) -> None:
    assert any(word in line for line in lines(**given)), lines(**given)


def test_an_alias_that_holds_itself_is_one_line() -> None:
    levels: list[Any] = ["L3"]
    levels.append(levels)
    assert lines(levels=levels) == ["config.yaml: holds itself; write it without `&` and `*`"]


def test_a_fixed_model_does_not_ask_for_what_only_selection_uses() -> None:
    model = {"continuous": ["age", "lwt"], "categorical": [], "final": ["age", "lwt"], "outcome": "low"}
    assert checked(model=model)["model"]["final"] == ["age", "lwt"]


def test_options_are_one_line_that_changes_with_every_value() -> None:
    configuration = checked()
    swapped = {
        **configuration,
        "outcome": {**configuration["outcome"], "minimum_months": 24, "minimum_months_ads": 12},
    }
    assert options(configuration, "outcome") != options(swapped, "outcome")
    assert "\n" not in options(configuration, "outcome", "levels")
    assert options(configuration, "levels", extra=1) == '{"extra":1,"levels":["L3","L2","L4"]}'


def test_numbers_inside_a_mapping_on_the_command_line_arrive_as_text(tmp_path: Path) -> None:
    given = {
        "bootstrap": {"repetitions": "20"},
        "trajectory": {"width_mm": "4.5"},
        "analyses": [{"name": "all", "where": "null"}],
    }
    made = checked(**given)
    assert made["bootstrap"]["repetitions"] == 20 and made["trajectory"]["width_mm"] == 4.5
    assert made["analyses"][0]["where"] is None


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"hu_ratio_range": [4, 0.5]}, "hu_ratio_range"),
        ({"outcome": {"horizon_window": [15, 9]}}, "outcome.horizon_window"),
        ({"goutallier": {"collapse": [[1, 2], [2, 3]]}}, "a grade stands twice"),
        ({"trajectory": {"width_mm": float("nan")}}, "is not finite"),
    ],
)
def test_numbers_that_make_no_sense_together(given: dict[str, Any], word: str) -> None:
    assert any(word in line for line in lines(**given))


@pytest.mark.parametrize("spelt", ["out", "./out", "out/", "x/../out", str(Path.cwd() / "out")])
def test_every_spelling_of_the_results_folder_is_the_same(spelt: str) -> None:
    assert checked(results=spelt)["results"] == "out"


def test_columns_that_an_analysis_speaks_of() -> None:
    factors = [{"column": "ptl", "reference": 0}]
    model = {"outcome": "low", "continuous": ["age"], "categorical": factors, "final": ["age"]}
    related = {
        "correlation": [["lwt", "bp"]],
        "association": [["hu_ratio", "height"]],
        "collinearity": [["ui", "ftv"]],
        "incremental": {"models": [["race"]]},
    }
    made = checked(model=model, analyses=[{"name": "a", "where": "centre == 1"}], **related)
    of_relations = {"lwt", "bp", "hu_ratio", "height", "ui", "ftv", "race"}
    parts = {"st_hu", "b_hu"}  # of the ratio
    asked = columns_asked_for(made)
    assert {"loosening_ever", "goutallier_L5S1", "blinded"} <= asked
    assert asked - set(definition_columns("goutallier")) == {
        "included",
        "low",
        "age",
        "ptl",
        "centre",
    } | of_relations | parts | {*("time_months", "event", "last_clean_months", "first_loose_months")}


def test_imputation_has_the_defaults_of_the_study() -> None:
    assert checked()["imputation"] == {"m": 5, "iterations": 10}
    assert checked(imputation={"m": 50})["imputation"] == {"m": 50, "iterations": 10}
    assert lines(imputation={"n": 5}) == [
        "config.yaml, imputation.n: unknown key; known keys are m, iterations"
    ]


@pytest.mark.parametrize(
    ("collapse", "reference", "levels"),
    [
        ([], 4, ["1", "2", "3", "4"]),
        ([], 0, ["0", "1", "2", "3", "4"]),
        ([[0, 1], [3, 4]], 3, ["0", "1", "2", "3", "4"]),
    ],
)
def test_grades_that_nobody_spoke_of_are_not_declared(
    collapse: list[list[int]], reference: int, levels: list[str]
) -> None:
    factor = {"column": "goutallier", "reference": reference}
    made = checked(goutallier={"collapse": collapse}, model={"categorical": [factor], "a_priori": []})
    assert made["model"]["categorical"] == [{**factor, "levels": levels}]


def test_levels_of_other_factors_and_own_ones_are_left_alone() -> None:
    factors = [
        {"column": "sex", "reference": "F"},
        {"column": "goutallier", "reference": "1-2"},
    ]
    made = checked(model={"categorical": factors, "a_priori": []})
    assert made["model"]["categorical"] == factors
    own = [{"column": "goutallier", "reference": 4, "levels": [2, 3, 4]}]
    assert checked(model={"categorical": own, "a_priori": []})["model"]["categorical"] == own
