import numpy as np
import pytest
from bonehold.modelling.performance.discrimination import auc, auc_by_row, delong, roc_points, youden_cutoff
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

few = settings(max_examples=60, deadline=None)
samples = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=4, max_size=40).filter(
    lambda pairs: 2 <= sum(event for _, event in pairs) <= len(pairs) - 2
)


def arrays(pairs):
    scores, events = zip(*pairs, strict=True)
    return np.array(scores, dtype=float), np.array(events, dtype=float)


@few
@given(samples)
def test_the_area_is_mann_whitney(pairs):
    scores, y = arrays(pairs)
    u = mannwhitneyu(scores[y == 1], scores[y == 0]).statistic
    assert auc(scores, y) == pytest.approx(u / (y.sum() * (1 - y).sum()))
    assert delong(scores, y).auc == pytest.approx(auc(scores, y))


@few
@given(samples)
def test_turning_the_marker_turns_the_area(pairs):
    scores, y = arrays(pairs)
    assert auc(-scores, y) == pytest.approx(1 - auc(scores, y))


@few
@given(samples, st.randoms(use_true_random=False))
def test_weights_are_repeated_patients(pairs, random):
    scores, y = arrays(pairs)
    weights = np.array([random.randint(0, 3) for _ in y], dtype=float)
    times = weights.astype(int)
    if 0 < weights @ y < weights.sum():
        repeated = auc(np.repeat(scores, times), np.repeat(y, times))
        assert auc_by_row(scores[None], y, weights[None])[0] == pytest.approx(repeated)


@few
@given(samples)
def test_no_threshold_has_a_larger_youden_index(pairs):
    scores, y = arrays(pairs)
    chosen = youden_cutoff(roc_points(scores, y, ">="))
    for threshold in scores:
        positive = scores >= threshold
        index = positive[y == 1].mean() - positive[y == 0].mean()
        assert index <= chosen.youden + 1e-12
    assert chosen.tp + chosen.fn == y.sum()
    assert chosen.fp + chosen.tn == (1 - y).sum()
