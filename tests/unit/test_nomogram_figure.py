import pytest
from bonehold.modelling.analysis_table import read_analysis_table
from bonehold.modelling.development import develop
from bonehold.modelling.dictionary import Dictionary
from bonehold.publishing.nomogram_figure import GAP_MM, Tick, nomogram_figure, stepped, thinned
from modelling_examples import small_cohort, small_specification, write_table


@pytest.fixture
def model(tmp_path):
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", small_cohort()))
    labels = {"grade": "Fatty infiltration of the multifidus at the operated levels, worse side"}
    return develop(small_specification(), table, Dictionary(synthetic=True, labels=labels)).model


@pytest.mark.parametrize("patient", [None, {"age": 70, "grade": "3"}])
def test_no_two_texts_overlap_and_none_leaves_the_figure(model, patient):
    figure = nomogram_figure(model, patient)
    figure.draw_without_rendering()
    frame = figure.bbox
    boxes = [text.get_window_extent() for text in (*figure.axes[0].texts, *figure.texts)]
    assert len(boxes) > 30
    for place, box in enumerate(boxes):
        assert frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1
        for other in boxes[place + 1 :]:
            assert not (box.x0 < other.x1 and other.x0 < box.x1 and box.y0 < other.y1 and other.y0 < box.y1)


def test_crowded_numbers_lose_labels_evenly():
    ticks = [Tick(float(place), str(place)) for place in range(9)]
    assert thinned(ticks, [0.5] * 9) == [0, None] * 4 + [0]


def test_crowded_levels_step_aside_and_keep_every_label():
    ticks = [Tick(float(place), "L5") for place in range(4)]
    tiers = stepped(ticks, [3.0] * 4)
    assert tiers == [0, 1, 2, 3]
    assert stepped([Tick(0.0, "a"), Tick(4.0 + GAP_MM, "b")], [4.0, 4.0]) == [0, 0]
