"""The study in few cohorts: bands follow from the number of cohorts, four Monte-Carlo errors wide."""

from __future__ import annotations

import gaps
import intervals
import numpy as np
import optimism_in_the_world
import profile_intervals
import pytest
import simulated_world
from replications import replicate

WIDE = 4.0
"""Monte-Carlo errors; chance goes beyond once in 16,000 numbers."""


def least(coverage: float, cohorts: int) -> float:
    return coverage - WIDE * np.sqrt(coverage * (1 - coverage) / cohorts)


def test_the_world_is_as_described() -> None:
    everybody = simulated_world.draw(200_000, np.random.default_rng(1))
    rate = simulated_world.EVENT_RATE
    assert everybody.y.mean() == pytest.approx(rate, abs=WIDE * np.sqrt(rate * (1 - rate) / 200_000))
    assert np.corrcoef(everybody.X[:, 1], everybody.X[:, 2])[0, 1] == pytest.approx(0.12, abs=0.02)
    assert everybody.X[:, 4].mean() == pytest.approx(272 / 313, abs=1e-5)
    assert 0.87 < simulated_world.true_auc() < 0.92


@pytest.mark.parametrize(
    ("part", "function", "cohorts"),
    [("Wald", intervals.wald, 300), ("profile", profile_intervals.profile, 100), ("gaps", gaps.pooled, 30)],
)
def test_intervals_of_coefficients_hold_the_truth(part, function, cohorts) -> None:
    seen = replicate(part, function, cohorts, 1)
    for name in simulated_world.NAMES:
        assert seen[name].unknown <= 0.02 * cohorts
        assert seen[name].mean >= least(0.95, cohorts), name


def test_an_interval_of_half_the_width_would_be_noticed(monkeypatch) -> None:
    whole = intervals.wald_limits

    def half(fit):
        low, high = whole(fit)
        return (3 * low + high) / 4, (low + 3 * high) / 4

    monkeypatch.setattr(intervals, "wald_limits", half)
    seen = replicate("Wald", intervals.wald, 100, 1)
    assert all(seen[name].mean < least(0.95, 100) for name in simulated_world.NAMES)


def test_delong_holds_the_auc_of_a_given_score() -> None:
    assert replicate("DeLong", intervals.delong_intervals, 150, 1)["score"].mean >= least(0.93, 150)


def test_the_correction_takes_the_optimism_away() -> None:
    seen = replicate("optimism", optimism_in_the_world.fixed, 60, 1)
    for name in ("auc_corrected", "slope_median"):
        assert abs(seen[name].mean) < WIDE * seen[name].error, name
    # In the same cohorts the difference of apparent and corrected hardly varies, so that few are enough.
    taken = seen["auc_apparent"].values - seen["auc_corrected"].values
    assert 0.004 < taken.mean() < 0.016  # the whole study finds .010
    assert (taken > 0).mean() > 0.9


def test_processes_do_not_matter() -> None:
    one, two = (replicate("Wald", intervals.wald, 12, processes) for processes in (1, 2))
    assert all((one[name].values == two[name].values).all() for name in one)
