from dataclasses import replace

import numpy as np
import pytest
from bonehold.modelling.inputs.analysis_table import read_analysis_table
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.specification import Candidate
from bonehold.publishing.figures.nomogram_figure import GAP_MM, Tick, nomogram_figure, stepped, thinned
from bonehold.publishing.figures.style import figure_bytes
from modelling_examples import develop_on, small_cohort, small_specification, write_table

IMPLANTS = (
    "Legacy 5.5 titanium",
    "Expedium cobalt chrome",
    "Viper Prime percutaneous",
    "CD Horizon Solera",
    "X",
)


@pytest.fixture
def model(tmp_path):
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", small_cohort()))
    labels = {"grade": "Fatty infiltration of the multifidus at the operated levels, worse side"}
    return develop_on(small_specification(), table, Dictionary(synthetic=True, labels=labels)).model


@pytest.fixture
def crowded(tmp_path):
    random = np.random.default_rng(3)
    twelve, implant, age = random.integers(0, 12, 900), random.integers(0, 5, 900), random.normal(60, 10, 900)
    log_odds = 0.05 * (age - 60) + random.normal(0, 0.4, 12)[twelve] + 0.1 * implant
    cohort = {
        "age": [f"{value:.0f}" for value in age],
        "twelve": [f"grade {place}" for place in twelve],
        "implant": [IMPLANTS[place] for place in implant],
        "loosening": ["1" if event else "0" for event in random.random(900) < 1 / (1 + np.exp(-log_odds))],
    }
    table = read_analysis_table(write_table(tmp_path / "crowded.csv", cohort))
    labels = {
        "age": "Age at the time of the first operation in completed years, as the chart has it",
        "implant": "Anotherwordthatisfartoolongforthecolumnoftitles and a short one",
    }
    candidates = (Candidate("age"), Candidate("twelve", "grade 0"), Candidate("implant", "X"))
    specification = small_specification(
        candidates=candidates, a_priori=(), exclusive=(), final=("age", "twelve", "implant")
    )
    return develop_on(specification, table, Dictionary(labels=labels, units={"age": "years"})).model


def assert_legible(figure):
    figure.draw_without_rendering()
    frame = figure.bbox
    boxes = [(text.get_text(), text.get_window_extent()) for text in (*figure.axes[0].texts, *figure.texts)]
    assert len(boxes) > 30
    for place, (text, box) in enumerate(boxes):
        assert frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1, text
        for other_text, other in boxes[place + 1 :]:
            apart = box.x1 <= other.x0 or other.x1 <= box.x0 or box.y1 <= other.y0 or other.y1 <= box.y0
            assert apart, (text, other_text)


@pytest.mark.parametrize("patient", [None, {"age": 70, "grade": "3"}])
def test_no_two_texts_overlap_and_none_leaves_the_figure(model, patient):
    assert_legible(nomogram_figure(model, patient))


@pytest.mark.parametrize("patient", [None, {"age": 70, "twelve": "grade 3", "implant": "X"}])
def test_many_and_long_levels_and_titles_stay_legible(crowded, patient):
    figure = nomogram_figure(crowded, patient)
    assert_legible(figure)
    words = " ".join(text.get_text().replace("\n", " ") for text in figure.axes[0].texts)
    assert all(implant in words for implant in IMPLANTS)
    assert all(f"grade {place}" in words for place in range(12))


@pytest.mark.parametrize("label", ["price in $", "from $5 to $6", "$\\frac$"])
def test_a_dollar_is_a_dollar(model, label):
    terms = tuple(replace(term, label=label) for term in model.terms)
    svg = figure_bytes(nomogram_figure(replace(model, terms=terms)), "svg").decode()
    assert f"<!-- {label} -->" in svg


def ticks(places, width):
    return [Tick(place, str(place), place - width / 2, place + width / 2) for place in places]


def test_crowded_numbers_lose_labels_evenly():
    assert thinned(ticks(range(9), 0.5)) == [0, None] * 4 + [0]


def test_an_axis_too_short_for_two_labels_side_by_side_shows_both_ends():
    assert thinned(ticks(np.arange(5) / 2, 6.0)) == [0, None, None, None, 1]
    assert thinned(ticks([3.0], 6.0)) == [0]
    assert thinned(ticks([0.0, 6.0 + GAP_MM], 6.0)) == [0, 0]


def test_crowded_levels_step_aside_and_keep_every_label():
    assert stepped(ticks(range(6), 8.0)) == [0, 1, 2, 3, 4, 5]
    assert stepped(ticks([0.0, 4.0 + GAP_MM], 4.0)) == [0, 0]
