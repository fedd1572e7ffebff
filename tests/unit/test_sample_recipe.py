"""The made-up patients have the counts, ranges and relations that the recipe promises, whatever the seed."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from bonehold.sample.recipe import (
    SPINE,
    TRUE_COEFFICIENTS,
    Patient,
    log_odds,
    main_group,
    scoliosis_group,
)

SEEDS = (1, 20260101, 77)


@pytest.fixture(scope="module", params=SEEDS)
def groups(request: pytest.FixtureRequest) -> tuple[tuple[Patient, ...], tuple[Patient, ...]]:
    rng = np.random.default_rng(request.param)
    return main_group(rng), scoliosis_group(rng)


def test_published_counts_are_exact(groups: tuple[tuple[Patient, ...], tuple[Patient, ...]]) -> None:
    main, scoliosis = groups
    assert (len(main), sum(p.event for p in main)) == (313, 45)
    assert (len(scoliosis), sum(p.event for p in scoliosis)) == (43, 17)
    assert Counter(p.goutallier for p in main) == {1: 52, 2: 220, 3: 10, 4: 31}


def test_every_grade_allows_an_estimate(groups: tuple[tuple[Patient, ...], tuple[Patient, ...]]) -> None:
    events = Counter(p.goutallier for p in groups[0] if p.event)
    assert events[1] > 0
    assert 0 < events[3] < 10


def test_values_lie_in_their_ranges(groups: tuple[tuple[Patient, ...], tuple[Patient, ...]]) -> None:
    for patient in (*groups[0], *groups[1]):
        assert 26 <= patient.age <= 87
        assert 1.5 <= patient.pbq <= 5.0
        assert 0.8 <= patient.hu_ratio <= 3.4
        assert 60 <= patient.b_hu <= 220
        assert patient.pi == patient.pt + patient.ss
        assert patient.missing <= {
            "bmi",
            "pi",
            "ss",
            "dxa_t_lumbar",
            "dxa_t_femoral_neck",
            "dxa_t_total_hip",
        }
        assert ("pi" in patient.missing) == ("ss" in patient.missing)
        assert sum(cell.startswith("dxa") for cell in patient.missing) <= 1


def test_follow_up_meets_its_minimum_unless_screws_loosen(
    groups: tuple[tuple[Patient, ...], tuple[Patient, ...]],
) -> None:
    for group, minimum in zip(groups, (12, 24), strict=True):
        assert all(p.months >= minimum for p in group if not p.event)
        assert all(1 <= p.months <= minimum for p in group if p.event)


def test_instrumented_vertebrae_span_the_fused_levels(
    groups: tuple[tuple[Patient, ...], tuple[Patient, ...]],
) -> None:
    for patient in (*groups[0], *groups[1]):
        span = SPINE.index(patient.lowest_vertebra) - SPINE.index(patient.highest_vertebra)
        assert span == patient.fused_levels
        assert (patient.lowest_vertebra == "S1") == (patient.terminal_segment == "S1")


def test_log_odds_follow_the_worked_example() -> None:
    """Two patients apart by the example's 44 + 56 + 73 + 44 points are apart by as many times .0723."""
    bad = log_odds(np.array([70.0]), np.array([3.8]), np.array([1.5]), np.array([3]))
    good = log_odds(np.array([25.0]), np.array([1.5]), np.array([3.4]), np.array([1]))
    assert float((bad - good)[0]) == pytest.approx(0.0723 * 217)


def test_reference_grade_has_no_coefficient() -> None:
    assert "goutallier=4" not in TRUE_COEFFICIENTS
