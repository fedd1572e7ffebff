from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import draw_flow
import pytest
from bonehold.publishing.figures.flow_figure import Flow, Part, Stage, flow_figure, read_flow
from bonehold.publishing.figures.style import SYNTHETIC_NOTE
from cohort_folders import Results, clean_visits, pacs, patient, run, visit, write_cohort
from matplotlib.figure import Figure

FLOW = Flow(
    (Stage("In the table", 9, (("Invalid", 0), ("Too young", 2))), Stage("Eligible", 7, (("No MRI", 0),))),
    Part("Analysed", 7, 1),
    (Part("Without scoliosis", 4, 1), Part("With scoliosis", 3, 0)),
)


def words(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts if text.get_text()]


def test_every_count_is_printed_and_empty_reasons_are_not() -> None:
    assert words(flow_figure(FLOW, synthetic=False)) == [
        "In the table (n = 9)",
        "Excluded (n = 2)",
        "Too young (n = 2)",
        "Eligible (n = 7)",
        "Analysed (n = 7)",
        "Screw loosening: 1 (14.3%)",
        "Without scoliosis (n = 4)",
        "Screw loosening: 1 (25.0%)",
        "With scoliosis (n = 3)",
        "Screw loosening: 0 (0.0%)",
    ]


def test_nobody_analysed_and_nobody_to_split() -> None:
    empty = Flow((Stage("In the table", 0, ()),), Part("Analysed", 0, 0), (Part("A", 0, 0), Part("B", 0, 0)))
    assert words(flow_figure(empty, synthetic=False))[-2:] == ["Analysed (n = 0)", "Screw loosening: 0"]


def test_no_text_leaves_its_box() -> None:
    long = Stage("Outcome known after the required follow-up", 99999, (("Severe comorbidity " * 9, 99999),))
    figure = flow_figure(Flow((long,), Part("Analysed", 0, 0), ()), synthetic=False)
    renderer = figure.canvas.get_renderer()
    (axes,) = figure.axes
    boxes = [patch.get_window_extent(renderer) for patch in axes.patches]
    for text in axes.texts:
        if text.get_text():
            extent = text.get_window_extent(renderer)
            inside = [
                box.x0 <= extent.x0 and extent.x1 <= box.x1 and box.y0 <= extent.y0 and extent.y1 <= box.y1
                for box in boxes
            ]
            assert any(inside)


@pytest.fixture
def results(tmp_path: Path) -> Results:
    tables = {
        "patients": [patient("P1"), patient("P2", ads=1), patient("P3", age=5), patient("P3")],
        "visits": [*clean_visits("P1"), visit("P2", 25, lucency_mm=3)],
        "measurements": [*pacs("P1"), *pacs("P2")],
    }
    return run(write_cohort(tmp_path / "cohort", tables), tmp_path / "out")


def test_the_rule_draws_the_same_bytes_each_time(results: Results) -> None:
    flow = read_flow(results.folder / "flow.csv")
    assert (flow.stages[0].n, flow.stages[0].left, flow.analysed) == (3, 1, Part("Analysed", 2, 1))
    drawn = []
    for name in ("first", "second"):
        outputs = {kind: results.folder / f"{name}.{kind}" for kind in ("svg", "png")}
        inputs = {"flow": results.folder / "flow.csv", "dictionary": results.folder / "cohort.json"}
        draw_flow.main(SimpleNamespace(input=SimpleNamespace(**inputs), output=SimpleNamespace(**outputs)))
        drawn.append([path.read_bytes() for path in outputs.values()])
    assert drawn[0] == drawn[1]


def test_made_up_patients_are_called_so() -> None:
    assert SYNTHETIC_NOTE in [text.get_text() for text in flow_figure(FLOW, synthetic=True).texts]
    assert SYNTHETIC_NOTE not in [text.get_text() for text in flow_figure(FLOW, synthetic=False).texts]
