import numpy as np
import pytest
from bonehold.modelling.description.baseline import describe, percentage, rounded
from bonehold.modelling.description.fisher import enumerable, fisher_exact
from bonehold.modelling.description.group_tests import compare_counts, standardised_share_difference
from bonehold.modelling.inputs.analysis_table import read_analysis_table
from bonehold.modelling.inputs.dictionary import Dictionary
from modelling_examples import small_cohort, small_specification, write_table
from scipy import stats


def described(tmp_path, cohort):
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", cohort))
    rows = describe(small_specification(), table, Dictionary())
    return {(row.variable, row.level): row for row in rows}


def test_counts_stand_beside_every_percentage(tmp_path):
    rows = described(tmp_path, small_cohort())
    levels = [row for (variable, level), row in rows.items() if variable == "grade" and level]
    assert sum(row.overall_n for row in levels) == 160
    for row in levels:
        assert row.without_n + row.with_n == row.overall_n
        assert row.overall == percentage(row.overall_n, 160)
        assert row.with_event == percentage(row.with_n, rows[("patients", "")].with_n)


def test_the_shape_decides_summary_and_test(tmp_path):
    cohort = small_cohort()
    cohort["noise"] = [f"{np.exp(3 * float(cell)):.4f}" for cell in cohort["noise"]]
    rows = described(tmp_path, cohort)
    assert "±" in rows[("b", "")].overall
    assert rows[("b", "")].test == "Student t"
    assert min(rows[("b", "")].shapiro_p_without, rows[("b", "")].shapiro_p_with) >= 0.05
    assert "(" in rows[("noise", "")].overall
    assert rows[("noise", "")].test == "Mann-Whitney"


def test_missing_values_are_counted(tmp_path):
    cohort = small_cohort()
    cohort["b"][:7] = [""] * 7
    rows = described(tmp_path, cohort)
    assert (rows[("b", "")].overall_n, rows[("b", "")].missing) == (153, 7)


def test_a_constant_column_has_no_test_and_does_no_harm(tmp_path):
    cohort = small_cohort()
    cohort["b"] = ["3"] * 160
    cohort["c"] = [""] * 160
    rows = described(tmp_path, cohort)
    assert rows[("b", "")].test.startswith("none")
    assert (rows[("c", "")].overall_n, rows[("c", "")].missing) == (0, 160)


def test_negative_summaries_are_no_formulas(tmp_path):
    cohort = small_cohort()
    cohort["b"] = [f"-{cell}" for cell in cohort["b"]]
    assert described(tmp_path, cohort)[("b", "")].overall.startswith("−")


@pytest.mark.parametrize(
    ("value", "decimals", "text"), [(0.25, 1, "0.3"), (14.35, 1, "14.4"), (-0.5, 0, "−1")]
)
def test_rounding_is_half_up(value, decimals, text):
    assert rounded(value, decimals) == text


def test_small_expected_counts_call_for_the_exact_test():
    assert compare_counts(np.array([[20, 20], [20, 30]])).name == "chi-square"
    assert compare_counts(np.array([[8, 2], [1, 5]])).name == "Fisher exact"


@pytest.mark.parametrize("table", [[[8, 2], [1, 5]], [[0, 3], [9, 1]], [[12, 7], [3, 9]]])
def test_two_levels_give_fishers_p(table):
    assert fisher_exact(np.array(table)) == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-9)


def test_a_table_too_large_to_enumerate_keeps_the_chi_square():
    table = np.array([[30, 3]] * 15)
    assert not enumerable(table)
    assert compare_counts(table).name == "chi-square (expected count < 5)"


@pytest.mark.parametrize(
    ("value", "decimals", "text"), [(1e30, 2, f"1{'0' * 30}.00"), (1.5e-9, 10, "0.0000000015")]
)
def test_very_large_and_very_small_numbers_are_written_out(value, decimals, text):
    assert rounded(value, decimals) == text


def test_levenes_test_is_about_the_means_and_welchs_stands_beside(tmp_path):
    cohort = small_cohort()
    row = described(tmp_path, cohort)["b", ""]
    event = np.array([cell == "1" for cell in cohort["loosening"]])
    values = np.array([float(cell) for cell in cohort["b"]])
    groups = values[~event], values[event]
    # Levene's test is the analysis of variance of the distances from the groups' means
    distances = [np.abs(group - group.mean()) for group in groups]
    assert row.levene_p_value == pytest.approx(stats.f_oneway(*distances).pvalue, rel=1e-10)
    assert (row.test, row.df) == ("Student t", 158)
    assert row.welch_p_value == pytest.approx(stats.ttest_ind(*groups, equal_var=False).pvalue)


def test_the_standardised_difference_of_a_factor_does_not_depend_on_the_order_of_its_levels():
    table = np.array([[30, 10], [12, 9], [7, 14], [3, 2]])
    expected = standardised_share_difference(table)
    for order in ([3, 2, 1, 0], [1, 3, 0, 2]):
        assert standardised_share_difference(table[order]) == pytest.approx(expected, rel=1e-10)
    # of two levels it is |p1 - p0| / sqrt(mean of p (1 - p))
    p0, p1 = 12 / 42, 9 / 19
    two = np.array([[30, 10], [12, 9]])
    assert standardised_share_difference(two) == pytest.approx(
        abs(p1 - p0) / np.sqrt((p0 * (1 - p0) + p1 * (1 - p1)) / 2), rel=1e-10
    )
