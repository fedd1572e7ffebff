"""The Bland-Altman figure and the tables of agreement, whoever was compared."""

from __future__ import annotations

from bonehold.cohort.agreement import AGREEMENT_COLUMNS, PAIR_COLUMNS, agreement_rows, pair_rows
from bonehold.cohort.agreement_readings import Reading, paired
from bonehold.files import cell
from bonehold.publishing.figures.agreement_figure import MOST_BLOCKS, agreement_figure
from bonehold.publishing.figures.style import figure_bytes
from bonehold.publishing.tables.agreement_tables import agreement_tables
from matplotlib.figure import Figure

Rows = list[dict[str, str]]


def readings(
    readers: int, n: int = 12, measures: tuple[str, ...] = ("b_hu", "st_hu", "hu_ratio", "pbq")
) -> list[Reading]:
    return [
        Reading(measure, f"P{case:02}", "", f"R{reader}", 1, 100.0 + case + (case * reader) % 3 / 2)
        for measure in measures
        for reader in range(readers)
        for case in range(n)
    ]


def tables(given: list[Reading]) -> tuple[Rows, Rows]:
    pairs = paired(given)
    return (
        [{name: cell(row.get(name)) for name in AGREEMENT_COLUMNS} for row in agreement_rows(pairs)],
        [{name: cell(row[name]) for name in PAIR_COLUMNS} for row in pair_rows(pairs)],
    )


def texts(figure: Figure) -> list[str]:
    found = [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        found += [text.get_text() for text in axes.texts] + [axes.get_title(loc="left")]
    return found


def test_four_panels_for_a_pair_of_readers() -> None:
    figure = agreement_figure(*tables(readings(2)), synthetic=True)
    assert len(figure.axes) == 4
    words = texts(figure)
    assert "R0 and R1 (difference: R0 − R1)" in words and "D  PBQ score" in words
    assert sum(word.startswith("+1.96 SD") for word in words) == 4


def test_more_pairs_than_fit_are_named() -> None:
    figure = agreement_figure(*tables(readings(4)), synthetic=False)
    assert len(figure.axes) == 4 * MOST_BLOCKS
    assert "L  PBQ score" in texts(figure)
    assert "3 more pairs stand in cohort/agreement.csv" in texts(figure)


def test_a_measure_that_was_not_read_twice() -> None:
    figure = agreement_figure(*tables(readings(2, measures=("b_hu",))), synthetic=False)
    assert texts(figure).count("not read twice") == 3


def test_readers_who_never_differ() -> None:
    same = [Reading("pbq", f"P{case}", "", reader, 1, 3.0) for reader in ("R1", "R2") for case in range(5)]
    figure = agreement_figure(*tables(same), synthetic=False)
    assert figure_bytes(figure, "png") and not [word for word in texts(figure) if "1.96" in word]


def test_nothing_to_draw_is_said_in_words() -> None:
    for given, words in ((readings(2, n=2), "2 read in common"), ([], "No measure was read by two readers")):
        figure = agreement_figure(*tables(given), synthetic=True)
        assert words in " ".join(texts(figure))


def test_the_figure_has_the_same_bytes_each_time() -> None:
    given = tables(readings(2))
    for suffix in ("svg", "pdf"):
        first, second = (figure_bytes(agreement_figure(*given, synthetic=True), suffix) for _ in range(2))
        assert first == second


def test_tables_of_what_there_is() -> None:
    rows, _ = tables(readings(2))
    values, grades, *within = agreement_tables(rows)
    assert [row[0] for row in values.rows] == ["B-HU, HU", "ST-HU, HU", "HU ratio", "PBQ score"]
    assert not grades.rows and not any(table.rows for table in within)
    (nothing,) = agreement_tables([])
    assert "No measure was read by two readers" in nothing.rows[0][0]
