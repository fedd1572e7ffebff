"""The test of a grade as a number against the grade as a factor."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.specification import Candidate
from bonehold.modelling.regression.observations import Observations, complete_cases
from bonehold.modelling.variation.departure import departure_from_linear
from modelling_examples import small_cohort
from scipy import stats

AGE = Candidate("age")


def observed(cells: dict[str, list[str]], grade: Candidate) -> Observations:
    table = AnalysisTable("cohort.csv", pd.DataFrame(cells))
    return complete_cases(table, "loosening", [AGE, grade], Dictionary())


def both(cells: dict[str, list[str]]) -> tuple[Observations, Observations]:
    return observed(cells, Candidate("grade", "1")), observed(cells, Candidate("grade"))


def shuffled(seed: int) -> dict[str, list[str]]:
    """The small cohort with the grades of some patients drawn anew, as another completed set."""
    cells = small_cohort(200)
    random = np.random.default_rng(seed)
    grades = [str(random.integers(1, 4)) if random.random() < 0.2 else one for one in cells["grade"]]
    return {**cells, "grade": grades}


def log_likelihood(y: np.ndarray, X: np.ndarray) -> float:
    return float(sm.Logit(y, X).fit(disp=False, tol=1e-12, method="newton").llf)


@pytest.mark.parametrize("reference", ["1", "2", "3"])
def test_it_is_the_likelihood_ratio_of_the_two_models(reference: str) -> None:
    cells = small_cohort(200)
    grade = np.array(cells["grade"], dtype=float)
    age, y = np.array(cells["age"], dtype=float), np.array(cells["loosening"], dtype=float)
    start = [np.ones_like(age), age]
    levels = np.column_stack([*start, grade == 2, grade == 3]).astype(float)
    expected = 2 * (log_likelihood(y, levels) - log_likelihood(y, np.column_stack([*start, grade])))
    test = departure_from_linear(
        [observed(cells, Candidate("grade", reference))], [observed(cells, Candidate("grade"))]
    )
    assert test is not None
    assert (test.name, test.df, test.denominator_df) == ("likelihood ratio", 1, None)
    assert test.statistic == pytest.approx(expected, abs=1e-9)
    assert test.p_value == pytest.approx(stats.chi2.sf(expected, 1), rel=1e-8)


def test_a_grade_that_matters_only_in_the_middle_departs() -> None:
    """By hand: risks 1/4, 3/4, 1/4 have no trend, so everything the factor explains is departure."""
    cells: dict[str, list[str]] = {"age": [], "grade": [], "loosening": []}
    for grade, events in (("1", 10), ("2", 30), ("3", 10)):
        for place in range(40):
            cells["age"].append(str(50 + place % 4))
            cells["grade"].append(grade)
            cells["loosening"].append("1" if place < events else "0")
    test = departure_from_linear(*([one] for one in both(cells)))
    assert test is not None and test.p_value < 1e-6


def test_equal_sets_are_one_set() -> None:
    wide, narrow = both(small_cohort(200))
    one, three = departure_from_linear([wide], [narrow]), departure_from_linear([wide] * 3, [narrow] * 3)
    assert one is not None and three is not None
    assert three.name == "D3"
    assert three.statistic * three.df == pytest.approx(one.statistic, rel=1e-9)
    assert three.p_value == pytest.approx(one.p_value, rel=1e-8)


def test_sets_that_differ_tell_less() -> None:
    sets = [both(shuffled(seed)) for seed in (1, 2, 3)]
    pooled = departure_from_linear(*map(list, zip(*sets, strict=True)))
    alone = [departure_from_linear([wide], [narrow]) for wide, narrow in sets]
    assert pooled is not None
    assert pooled.statistic < max(one.statistic for one in alone if one is not None)


def test_two_grades_cannot_depart() -> None:
    cells = small_cohort(200)
    merged = cells | {"grade": ["2" if one == "3" else one for one in cells["grade"]]}
    assert departure_from_linear(*([one] for one in both(merged))) is None
