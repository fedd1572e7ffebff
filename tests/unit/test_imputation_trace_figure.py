import pandas as pd
import pytest
from bonehold.publishing.figures.imputation_trace_figure import imputation_trace_figure
from bonehold.publishing.figures.style import MM_PER_INCH, figure_bytes

MISSING = pd.DataFrame(
    {
        "variable": ["loosening", "age", "technique"],
        "label": [
            "Loosening",
            "Age of the patient at the day of the operation in completed years",
            "$technique",
        ],
        "unit": ["", "years", ""],
        "n": [313, 313, 313],
        "n_with_event": [45, 45, 45],
    }
)


def trace(columns, sets=5, iterations=10):
    rows = []
    for column, levels in columns.items():
        for one in range(1, sets + 1):
            for iteration in range(1, iterations + 1):
                for level in levels or ("",):
                    values = {
                        "n": 12,
                        "mean": 0.1 * one,
                        "sd": 3.0,
                        "observed_mean": 0.25,
                        "observed_sd": 2.0,
                    }
                    where = {"column": column, "level": level, "set": one, "iteration": iteration}
                    rows.append(where | values)
    return pd.DataFrame(rows)


def texts(figure):
    return [axes.get_title(loc="left") for axes in figure.axes]


def test_numbers_have_mean_and_sd_and_each_level_its_share():
    figure = imputation_trace_figure(trace({"age": (), "technique": ("TLIF", "PLIF")}), MISSING, True)
    assert [title.rsplit("\n", 1)[1] for title in texts(figure)] == [
        *("mean of 12 cells (years)", "SD of 12 cells (years)", "share of 12 cells", "share of 12 cells")
    ]
    assert texts(figure)[2].startswith("$technique: TLIF")
    for axes in figure.axes:
        assert len(axes.lines) == 5 + 1
        assert list(axes.lines[0].get_xdata()) == list(range(1, 11))
    assert [axes.lines[-1].get_ydata()[0] for axes in figure.axes] == [0.25, 2.0, 0.25, 0.25]
    head = next(text.get_text() for text in figure.texts if "patients" in text.get_text())
    assert " ".join(head.split()).startswith(
        "313 patients, 45 with the event; completed by 5 sets of 10 iterations"
    )


@pytest.mark.parametrize(("sets", "iterations"), [(2, 1), (50, 3)])
def test_few_and_many_sets(sets, iterations):
    figure = imputation_trace_figure(trace({"age": ()}, sets, iterations), MISSING, False)
    assert [len(axes.lines) for axes in figure.axes] == [sets + 1, sets + 1]
    svg = figure_bytes(figure, "svg")
    assert svg == figure_bytes(
        imputation_trace_figure(trace({"age": ()}, sets, iterations), MISSING, False), "svg"
    )
    assert b"SYNTHETIC" not in svg


def test_no_title_runs_into_the_next_panel_and_what_does_not_fit_is_told():
    columns = [f"a_column_with_a_very_long_name_{place}" for place in range(18)]
    named = {
        "variable": ["loosening", *columns],
        "label": ["Loosening", *columns],
        "unit": "",
        "n": 9,
        "n_with_event": 3,
    }
    figure = imputation_trace_figure(trace(dict.fromkeys(columns, ()), 2, 2), pd.DataFrame(named), True)
    assert len(figure.axes) == 28
    assert any("8 further panels are not drawn" in text.get_text() for text in figure.texts)
    figure.canvas.draw()
    width, height = figure.get_size_inches() * MM_PER_INCH
    assert width <= 183 and height <= 240
    boxes = [axes.get_tightbbox() for axes in figure.axes]
    for place, box in enumerate(boxes):
        assert box.x0 >= 0 and box.x1 <= figure.bbox.width
        assert not any(box.overlaps(other) for other in boxes[place + 1 :])
