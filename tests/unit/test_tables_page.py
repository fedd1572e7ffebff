from bonehold.publishing.tables.formatting import interval, p_text, rounded
from bonehold.publishing.tables.performance_tables import discrimination_table, performance_table
from bonehold.publishing.tables.regression_tables import final_table, regression_table
from bonehold.publishing.tables.table import Table
from bonehold.publishing.tables.tables_page import tables_page

EMPTY = dict.fromkeys(
    (
        "level",
        "reference",
        "estimate",
        "std_error",
        "odds_ratio",
        "ci_low",
        "ci_high",
        "p_value",
        "n",
        "events",
        "note",
    ),
    "",
)
AGE = {
    **EMPTY,
    "term": "age",
    "estimate": "0.0745",
    "std_error": "0.0211",
    "odds_ratio": "1.0774",
    "ci_low": "1.03367",
}
AGE |= {"ci_high": "1.12291", "p_value": "0.00042", "n": "313", "events": "45", "true_estimate": "0.070693"}
GRADE = {
    **EMPTY,
    "term": "goutallier",
    "level": "1",
    "reference": "4",
    "note": "not fitted: separated",
    "true_estimate": "",
}


def test_rounding_is_half_up_and_never_truncates() -> None:
    assert rounded("0.0116", 3) == "0.012"  # truncation would print 0.011
    assert rounded("2.5", 0) == "3" and rounded("0.125", 2) == "0.13"
    assert p_text("0.00099999") == "<.001" and p_text("0.001") == ".001"
    assert interval("", "", "", 2) == "–" and interval("1.5", "", "", 1) == "1.5"


LABELS = {"age": "Age", "goutallier": "Goutallier grade"}
OF_GRADE = {"term_p_value": "0.02", "reference_n": "31", "reference_events": "9"}


def test_a_factor_stands_as_a_whole_above_its_levels() -> None:
    table = regression_table([AGE, {**GRADE, **OF_GRADE}], [AGE], LABELS)
    assert table.rows == (
        (
            "Age",
            "45 / 313",
            "1.08\u00a0(1.03\u00a0to\u00a01.12)",
            "<.001",
            "1.08\u00a0(1.03\u00a0to\u00a01.12)",
            "<.001",
        ),
        ("Goutallier grade", "", "", ".020", "", "–"),
        (" 4", "9 / 31", "reference", "", "–", ""),
        (" 1", " / ", "–†", "–", "–", "–"),
    )
    assert table.notes[-1] == "† not fitted: separated."


def test_the_truth_has_a_column_only_where_it_is_known() -> None:
    assert "True coefficient" in final_table([AGE], {}).columns
    assert final_table([AGE], {}).rows[0][-1] == "0.071"
    assert "True coefficient" not in final_table([{**AGE, "true_estimate": ""}], {}).columns


def test_columns_of_the_final_model_follow_what_is_known() -> None:
    more = {"profile_ci_low": "1.034", "profile_ci_high": "1.125", "complete_case_odds_ratio": "1.1"}
    more |= {"complete_case_ci_low": "1", "complete_case_ci_high": "1.2", "term_p_value": ""}
    table = final_table([{**AGE, **more}, {**GRADE, **OF_GRADE, **dict.fromkeys(more, "")}], LABELS)
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert table.rows[0][5:7] == ("1.03\u00a0to\u00a01.13", "1.10\u00a0(1.00\u00a0to\u00a01.20)")


def test_counts_stand_beside_sensitivity_and_specificity() -> None:
    row = {
        "marker": "model",
        "auc": "0.9",
        "ci_low": "0.8",
        "ci_high": "1",
        "direction": ">=",
        "cutoff": "0.2121",
    }
    row |= {
        "sensitivity": "0.8",
        "specificity": "0.881",
        "youden": "0.681",
        "tp": "36",
        "fp": "32",
        "tn": "236",
        "fn": "9",
    }
    (line,) = discrimination_table([row], {}).rows
    assert line[2:5] == ("≥\u00a00.212", "0.800 (36/45)", "0.881 (236/268)")


def test_performance() -> None:
    row = {"measure": "auc", "apparent": "0.904", "ci_low": "0.856", "ci_high": "0.953", "optimism": "0.021"}
    row |= {"corrected": "0.883", "corrected_ci_low": "", "corrected_ci_high": ""}
    variants = {"fixed": {"B": 1000, "singular": 2, "separated": 150}}
    table = performance_table([row], [], variants)
    assert table.rows == (("AUC", "0.904\u00a0(0.856\u00a0to\u00a00.953)", "0.021", "0.883"),)
    assert "1000 refits" in table.notes[0] and "150 separated, kept" in table.notes[0]
    both = performance_table([row], [{**row, "corrected": "0.871"}], variants)
    assert both.rows[0][-1] == "0.871" and len(both.columns) == 5


def test_the_page_escapes_what_it_prints_and_asks_nothing_from_outside() -> None:
    page = tables_page(
        "A <b>", [Table("T", ("x",), (("<script>",),)), Table("Empty", ("x",), ())], ["a & b"], True
    )
    assert "<script>" not in page and "&lt;script&gt;" in page and "a &amp; b" in page
    assert "SYNTHETIC DATA" in page and "Empty" not in page
    assert "http" not in page and "src=" not in page
