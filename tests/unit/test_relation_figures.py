"""Figures of how predictors hang together: room for long labels, counts, words for readers that cannot see them."""

import pytest
from bonehold.publishing.figures.association_figure import association_figure
from bonehold.publishing.figures.collinearity_figure import collinearity_figure
from bonehold.publishing.figures.correlation_figure import correlation_figure
from bonehold.publishing.figures.incremental_figure import incremental_figure
from bonehold.publishing.figures.linearity_figure import linearity_figure
from bonehold.publishing.figures.style import figure_bytes, styled

LONG = (
    "Ratio of the Hounsfield units in the planned screw trajectory over those of the vertebral body ($ mean)"
)
SHORT = "PBQ"


def correlation(x, y, **more):
    measures = (
        "pearson",
        "pearson_ci_low",
        "pearson_ci_high",
        "spearman",
        "spearman_ci_low",
        "spearman_ci_high",
    )
    row = dict.fromkeys(measures, "-0.25") | {"pearson_p_value": "0.03", "spearman_p_value": "0.04"}
    about = {"x_label": LONG, "y_label": LONG, "x_unit": "HU", "y_unit": "HU", "values": "observed"}
    return row | about | {"x": x, "y": y, "n": "4", "events": "1", "sets": "1"} | more


def points(pairs):
    values = (("1.0", "2.0", "0"), ("2.0", "1.0", "0"), ("3.0", "2.5", "0"), ("2.5", "1.5", "1"))
    keys = ("x_value", "y_value", "event")
    return [
        {"x": x, "y": y, "x_level": value[0], **dict(zip(keys, value, strict=True))}
        for x, y in pairs
        for value in values
    ]


def correlations():
    pairs = [("a", "b"), ("a", "c")]
    return correlation_figure([correlation(*pair) for pair in pairs], points(pairs), True)


def associations():
    pairs = [("a", "b"), ("a", "c"), ("a", "d")]
    rows = [correlation(*pair, kind="correlation", pearson_by_division="-0.6") for pair in pairs]
    groups = {"kind": "groups", "test": "Kruskal-Wallis", "p_value": "0.01", "eta_squared": "0.2"}
    rows.append(correlation("f", "b", **groups))
    return association_figure(rows, points([*pairs, ("f", "b")]), True)


def collinearities():
    head = {"model": "final", "coding": "levels", "n": "90", "sets": "1"}
    shares = {f"proportion: {name}": "0.5" for name in ("(Intercept)", "a", "b")}
    term = {"tolerance": "0.8", "vif": "1.25", "df": "1", "vif_scaled": "1.118"}
    rows = [{**head, **term, "term": name, "label": LONG} | dict.fromkeys(shares, "") for name in "ab"]
    for number, index in enumerate(("1.0", "7.5", "21.25"), start=1):
        dimension = {"term": "condition_index", "dimension": str(number), "condition_index": index}
        rows.append({**head, **dict.fromkeys(term, ""), **dimension, **shares, "label": ""})
    return collinearity_figure(rows, True)


def linearities():
    about = {"model": "final", "n": "90", "events": "30", "test": "likelihood ratio", "df": "2", "note": ""}
    numbers = {"p_value": "0.2", "aic_linear": "100", "aic_spline": "101", "knots": "3"}
    numbers |= {"knot_1": "1", "knot_2": "2", "knot_3": "3", "knot_4": ""}
    rows = [{**about, **numbers, "term": term, "label": LONG, "unit": "HU"} for term in "abc"]
    lines = ("linear", "linear_ci_low", "linear_ci_high", "spline", "spline_ci_low", "spline_ci_high")
    grid = [(term, value) for term in "abc" for value in ("1", "2", "3")]
    curves = [{"term": term, "value": value, **dict.fromkeys(lines, value)} for term, value in grid]
    values = [{"term": term, "value": value, "event": str(int(value == "2"))} for term, value in grid]
    return linearity_figure(rows, curves, values, True)


def increments():
    keys = [
        f"auc{what}_corrected{end}" for what in ("", "_difference") for end in ("", "_ci_low", "_ci_high")
    ]
    values = dict.fromkeys([*keys, "auc", "auc_difference"], "0.75")
    about = {"n": "90", "events": "30", "repetitions": "100", "sets": "1", "note": "", "lr_p_value": "0.01"}
    head = {**values, **about, "against": "a"}
    base = {**head, "model": "a", "label": LONG, "comparison": "itself"}
    return incremental_figure(
        [base, {**head, "model": "a + b", "label": f"Base + {LONG}", "comparison": "base"}], True
    )


FIGURES = {
    "correlation": (correlations, "n = 4, 1 with the event"),
    "association": (associations, "n = 4, 1 with the event"),
    "collinearity": (collinearities, "Largest condition index 21.3"),
    "linearity": (linearities, "n = 90, 30 events"),
    "incremental": (increments, "n = 90, 30 with the event"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_long_labels_stay_on_the_page(name):
    figure = FIGURES[name][0]()
    with styled():
        figure.draw_without_rendering()
    page = figure.bbox
    labels = [label for axes in figure.axes for label in (axes.xaxis.label, axes.yaxis.label, *axes.texts)]
    for text in (*figure.texts, *labels):
        if text.get_text():
            box = text.get_window_extent()
            inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= page.x1 and box.y1 <= page.y1
            assert inside, (text.get_text(), box.extents, page.extents)


@pytest.mark.parametrize("name", FIGURES)
def test_words_say_what_is_drawn_and_that_it_is_synthetic(name):
    figure, told = FIGURES[name][0](), FIGURES[name][1]
    svg = figure_bytes(figure, "svg").decode()
    title = svg[svg.index("<title>") : svg.index("</title>")]
    assert told in title and "SYNTHETIC DATA" in title
    assert b"SYNTHETIC DATA" in figure_bytes(figure, "pdf")


def test_more_pairs_than_letters_are_drawn():
    pairs = [("a", f"b{number}") for number in range(27)]
    rows = [correlation(*pair, x_label=SHORT, y_label=SHORT) for pair in pairs]
    assert len(correlation_figure(rows, points(pairs), False).axes) == 27
