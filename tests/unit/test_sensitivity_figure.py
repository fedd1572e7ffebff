"""The figure of the sensitivity analyses: what is drawn, what is told in words, and that it stays legible."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from bonehold.publishing.figures.sensitivity_figure import sensitivity_figure
from bonehold.publishing.figures.sensitivity_lines import (
    Interval,
    SensitivityLine,
    drawn_columns,
    left_aside,
    sensitivity_lines,
)
from bonehold.publishing.figures.style import figure_bytes
from matplotlib.text import Text

SAME = "the same patients and values as the main model"


def row(variant: str, term: str = "", **cells: Any) -> Mapping[str, str]:
    known = {
        "variant": variant,
        "label": variant.title(),
        "status": "fitted",
        "reason": "",
        "n": "313",
        "events": "45",
        "term": term,
        "level": "",
        "odds_ratio": "0.5",
        "ci_low": "0.25",
        "ci_high": "1.0",
        "auc": "0.9",
        "auc_ci_low": "0.85",
        "auc_ci_high": "0.95",
        "auc_corrected": "0.88",
    }
    return {**known, **{key: str(value) for key, value in cells.items()}}


ROWS = [
    *(row("main", term) for term in ("(Intercept)", "age", "hu_ratio", "pbq")),
    row("main", "goutallier", level="1"),
    *(row("log", term, n=300) for term in ("(Intercept)", "age", "log(hu_ratio)", "pbq")),
    row("alike", "(Intercept)", reason=SAME),
    row("twin", "(Intercept)", reason=SAME),
    row("disc", "pbq", reason="the reference level 4 does not occur; it is 3 here"),
    row("ct", status="not_applicable", reason="the table has no column loosening_ct"),
    row("horizon", status="not_applicable", reason="the table has no column loosening_ct"),
    row("reader", status="not_applicable", reason="the table has no measure by reader"),
    row("ever", status="not_fitted", reason="no finite estimates"),
]


def test_what_is_drawn() -> None:
    lines = sensitivity_lines(ROWS, ("hu_ratio", "pbq"))
    assert [line.label for line in lines] == ["Main", "Log", "Disc"]
    assert (lines[1].counts, lines[1].auc, lines[1].corrected) == ("45/300", Interval(0.9, 0.85, 0.95), 0.88)
    assert lines[0].ratios == (Interval(0.5, 0.25, 1.0), Interval(0.5, 0.25, 1.0))
    assert lines[1].ratios[0] == Interval(0.5, 0.25, 1.0, logarithm=True)
    assert lines[2].ratios[0] is None


def test_what_is_not_drawn_is_told() -> None:
    assert list(left_aside(ROWS)) == [
        "The same as the main model, hence not drawn: Alike; Twin.",
        "Disc: the reference level 4 does not occur; it is 3 here.",
        "Not applicable: Ct; Horizon (the table has no column loosening_ct); "
        "Reader (the table has no measure by reader).",
        "Not fitted: Ever (no finite estimates).",
    ]


@pytest.mark.parametrize(
    ("wanted", "drawn"),
    [(("hu_ratio", "pbq"), ("hu_ratio", "pbq")), (("pbq", "bmi"), ("pbq",)), ((), ("age", "hu_ratio"))],
)
def test_which_odds_ratios_are_drawn(wanted: tuple[str, ...], drawn: tuple[str, ...]) -> None:
    assert drawn_columns(ROWS, wanted) == drawn


def extreme(count: int) -> list[SensitivityLine]:
    ratios = (
        Interval(1e-9, None, 2.0),
        Interval(1e6, 2.0, 1e12),
        Interval(1.02, 1.01, 1.03),
        None,
    )
    return [
        SensitivityLine(
            f"Variant {place} of a definition with a name that is much longer than its column is wide",
            "45/313",
            Interval(0.5 + 0.02 * place, 0.4, 1.0),
            None if place == 3 else 0.45 + 0.02 * place,
            (ratios[place % 4], ratios[(place + 1) % 4]),
        )
        for place in range(count)
    ]


def test_twenty_variants_with_extreme_values_do_not_overlap() -> None:
    figure = sensitivity_figure(extreme(20), ["HU ratio", "PBQ score"], ["Not applicable: this (why)."], True)
    figure.canvas.draw()
    width, height = figure.get_size_inches() * figure.dpi
    boxes = [
        text.get_window_extent()
        for text in figure.findobj(Text)
        if isinstance(text, Text) and text.get_text() and text.get_visible()
    ]
    assert all(box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height for box in boxes)
    sheet = figure.axes[0]
    texts = [text.get_window_extent() for text in sheet.texts]
    for place, one in enumerate(texts):
        assert not any(one.overlaps(other) for other in texts[place + 1 :])


def test_the_picture_is_told_in_words() -> None:
    lines = sensitivity_lines(ROWS, ("hu_ratio",))
    figure = sensitivity_figure(lines, ["HU ratio"], [], True)
    svg = figure_bytes(figure, "svg").decode()
    assert "AUC of the main model 0.900, of 2 variants 0.900 to 0.900. SYNTHETIC DATA" in svg
    assert "Open square" in svg and "45/300" in svg


def test_a_model_without_numbers_has_the_areas_only() -> None:
    rows = [row("main", "(Intercept)"), row("main", "goutallier", level="1")]
    columns = drawn_columns(rows, ("hu_ratio",))
    assert columns == ()
    assert len(sensitivity_figure(sensitivity_lines(rows, columns), [], [], False).axes) == 2
