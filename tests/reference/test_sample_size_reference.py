"""Sample sizes against pmsampsize, and against the table of sizes for the study."""

import json

import pytest
from bonehold.modelling.stability.sample_size import Plan, binding, max_r2, needs, r2_of_auc

pytestmark = pytest.mark.shared


@pytest.fixture
def problems(shared):
    path = shared / "reference" / "statistics" / "pmsampsize.reference.json"
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_problem_of_pmsampsize(problems):
    for problem in problems:
        r2 = problem.get("csr") or problem["approx_r2"]
        plan = Plan(problem["p"], problem["prev"], r2)
        first, second, third, fourth = needs(plan)
        *criteria, final = problem["results"]
        assert [need.n for need in (first, second, third)] == [row["Samp_size"] for row in criteria]
        for need, row in zip((first, second), criteria, strict=False):
            assert need.shrinkage == pytest.approx(row["Shrinkage"], abs=5e-4 + 1e-9)
        # for criterion 3, and in the end, pmsampsize repeats the larger of the two
        larger = max(first.shrinkage, second.shrinkage)
        assert criteria[2]["Shrinkage"] == final["Shrinkage"] == pytest.approx(larger, abs=5e-4 + 1e-9)
        for need, row in zip((first, second, third), criteria, strict=True):
            assert max_r2(problem["prev"]) == pytest.approx(row["Max_Rsq"], abs=5e-4 + 1e-9)
            assert r2 / max_r2(problem["prev"]) == pytest.approx(row["Nag_Rsq"], abs=5e-4 + 1e-9)
            found = need.n * problem["prev"] / problem["p"]
            assert found == pytest.approx(row["EPP"], abs=5e-3 + 1e-9)
        assert binding((first, second, third)).n == problem["sample_size"]
        assert fourth.criterion == 4  # pmsampsize has none


def test_r2_of_an_auc(problems):
    (problem,) = [one for one in problems if "cstat" in one]
    assert r2_of_auc(problem["cstat"], problem["prev"]) == pytest.approx(problem["approx_r2"], abs=0.005)


TABLE = {
    (0.28, 6): ([161, 179, 190, 203], 203),
    (0.28, 16): ([430, 478, 190, 502], 502),
    (0.28, 20): ([537, 597, 190, 618], 618),
    (0.28, 24): ([644, 716, 190, 731], 731),
    (0.15, 6): ([330, 195, 190, 203], 330),
    (0.15, 16): ([878, 518, 190, 502], 878),
    (0.15, 20): ([1097, 648, 190, 618], 1097),
    (0.15, 24): ([1317, 777, 190, 731], 1317),
}


@pytest.mark.parametrize(("r2", "parameters"), TABLE)
def test_the_table_of_the_study(r2, parameters):
    found = needs(Plan(parameters, 0.1438, r2))
    sizes, largest = TABLE[r2, parameters]
    assert ([need.n for need in found], binding(found).n) == (sizes, largest)
