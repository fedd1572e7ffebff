import numpy as np
import pytest
from bonehold.modelling.inputs.analysis_table import read_analysis_table
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.missing.completed_tables import CompletedTables
from bonehold.modelling.performance.calibration import calibration_grid
from bonehold.modelling.performance.discrimination import auc
from bonehold.modelling.performance.optimism import optimism_corrected, refit, resampled, resamples_of
from bonehold.modelling.performance.resampling import bootstrap_counts
from bonehold.modelling.stability.comparison import NOMOGRAM, Rivals, measured, predictions, rivals
from bonehold.modelling.stability.comparison_table import comparison_rows
from bonehold.modelling.stability.learners import TUNED_LEARNERS, fit_tuned
from modelling_examples import develop_on, small_cohort, small_specification, write_table

ALL = ("logistic_all", *TUNED_LEARNERS)


@pytest.fixture
def compared(tmp_path):
    cohort = small_cohort()
    cohort["noise"][3] = ""  # a gap in a candidate that the nomogram does not use
    table = read_analysis_table(write_table(tmp_path / "cohort.csv", cohort))
    specification = small_specification()
    model = develop_on(specification, table).model
    return rivals(model, specification, CompletedTables(table), Dictionary())


def test_everybody_is_compared_on_the_same_patients_and_exclusive_groups_hold(compared):
    assert len(compared.y) == len(compared.of_model) == len(compared.of_all) == 159
    assert compared.columns == ("age", "noise", "a", "b", "grade")  # at most two of a, b, c
    assert compared.of_all.shape[1] == 1 + 4 + 2


def test_the_nomograms_row_is_that_of_the_validation(compared):
    weights = bootstrap_counts(159, 20, 1, "primary")
    (nomogram,) = predictions((), compared, weights)
    rows = {row["measure"]: row for row in comparison_rows([nomogram], compared, weights)}
    own = refit(compared.of_model, compared.y, np.ones((1, 159))).log_odds[0]
    grid = calibration_grid(1 / (1 + np.exp(-own)))
    drawn = resampled(resamples_of(refit(compared.of_model, compared.y, weights), compared.y), grid)
    area = auc(own, compared.y)
    expected = optimism_corrected(area, drawn.in_sample["auc"], drawn.in_original["auc"])
    assert rows["auc"]["corrected"] == pytest.approx(expected.corrected, rel=1e-12)
    assert rows["slope"]["apparent"] == pytest.approx(1, abs=1e-6)
    assert rows["auc"].get("difference") is None and rows["auc"]["used"] == 20


def test_every_learner_has_its_rows_the_same_each_time(compared):
    weights = bootstrap_counts(159, 2, 1, "primary")
    first, second = (
        list(comparison_rows(predictions(ALL, compared, weights), compared, weights)) for _ in range(2)
    )
    assert repr(first) == repr(second)
    assert [row["learner"] for row in first[::3]] == [NOMOGRAM, *ALL]
    for row in first:
        assert row["used"] == 2 and np.isfinite([row["apparent"], row["corrected"], row["left_out"]]).all()
    for row in first[3:]:
        assert bool(row.get("verdict")) == (row["measure"] != "slope")


def test_a_learner_that_sees_what_the_nomogram_cannot_is_better(compared):
    """Age counts by its distance from 60: no line through it helps, trees find it."""
    random = np.random.default_rng(3)
    x = random.normal(size=(400, 1))
    y = (random.random(400) < np.where(np.abs(x[:, 0]) > 1, 0.9, 0.1)).astype(float)
    X = np.column_stack([np.ones(400), x])
    ring = Rivals(y, X, X, ("x",))
    weights = bootstrap_counts(400, 3, 1, "ring")
    rows = list(comparison_rows(predictions(["boosting", "ridge"], ring, weights), ring, weights))
    verdicts = {(row["learner"], row["measure"]): row.get("verdict") for row in rows}
    assert verdicts["boosting", "auc"] == verdicts["boosting", "brier"] == "better"
    assert verdicts["ridge", "auc"] == "no clear difference"


class Watched:
    """A learner of two tunings, of which the second is right, that notes which patients it meets where."""

    tunings = ("wrong", "right")

    def __init__(self):
        self.met = []

    def log_odds(self, X, y, weights, at):
        self.met.append((set(X[:, 0]), set(at[:, 0]), weights.sum()))
        return np.array([-5 * np.sign(at[:, 1]), 5 * np.sign(at[:, 1])])


def test_tuning_never_tests_on_a_patient_it_learned_from():
    random = np.random.default_rng(5)
    y = (np.arange(60) % 3 == 0).astype(float)
    X = np.column_stack([np.arange(60), 2 * y - 1])
    weights = random.poisson(1, 60).astype(float)
    drawn = set(np.flatnonzero(weights))
    learner = Watched()
    found = fit_tuned(learner, X, y, weights)
    assert found.tuning == 1 and auc(found.log_odds, y) == 1
    *folds, (whole, predicted, total) = learner.met
    assert len(folds) == 5 and all(not train & test and train | test == drawn for train, test, _ in folds)
    assert whole == drawn and predicted == set(range(60)) and total == weights.sum()
    assert sum(weight for *_, weight in folds) == 4 * weights.sum()


@pytest.mark.parametrize("name", ["ridge", "lasso"])
def test_units_do_not_matter_to_a_penalty(name):
    random = np.random.default_rng(5)
    X = random.normal(size=(120, 3))
    y = (random.random(120) < 1 / (1 + np.exp(-2 * X[:, 0]))).astype(float)
    plain = fit_tuned(TUNED_LEARNERS[name], X, y, np.ones(120))
    other = fit_tuned(TUNED_LEARNERS[name], X * [1000, 0.01, 1] + [2000, 0, 5], y, np.ones(120))
    assert plain.tuning == other.tuning
    assert plain.log_odds == pytest.approx(other.log_odds, abs=1e-4)


def test_a_strong_penalty_leaves_the_overall_risk_alone():
    """The intercept is not penalised: where nothing predicts, the risk is the share of events."""
    random = np.random.default_rng(5)
    X, y = random.normal(size=(300, 2)), np.r_[np.ones(30), np.zeros(270)]
    for name in ("ridge", "lasso"):
        strongest = TUNED_LEARNERS[name].log_odds(X, y, np.ones(300), X)[0]
        assert (1 / (1 + np.exp(-strongest))).mean() == pytest.approx(0.1, abs=0.005), name


def test_a_sample_with_one_event_cannot_be_tuned():
    X, y = np.arange(10.0)[:, None], np.r_[1.0, np.zeros(9)]
    assert fit_tuned(TUNED_LEARNERS["ridge"], X, y, np.ones(10)) is None
    rare = Rivals(y, np.hstack([np.ones((10, 1)), X]), np.hstack([np.ones((10, 1)), X]), ("x",))
    (_, ridge) = predictions(["ridge"], rare, np.ones((3, 10)))
    assert not ridge.usable.any()
    values = measured(ridge, y, np.ones((3, 10)))
    assert all(np.isnan(one.in_sample).all() for one in values.values())


def test_a_nomogram_of_firths_method_is_refitted_by_it():
    """Where the outcomes are separated, its log-odds stay finite and nothing is called separated."""
    x = np.linspace(-1, 1, 40)
    y = (x > 0).astype(float)
    X = np.column_stack([np.ones(40), x])
    weights = bootstrap_counts(40, 5, 1, "separated")
    (firth,) = predictions((), Rivals(y, X, X, ("x",), "Firth"), weights)
    (plain,) = predictions((), Rivals(y, X, X, ("x",)), weights)
    assert (firth.separated, plain.separated) == (0, 5)
    assert np.abs(firth.apparent).max() < np.abs(plain.apparent).max()
