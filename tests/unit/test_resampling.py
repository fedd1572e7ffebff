import numpy as np
from bonehold.modelling.performance.resampling import bootstrap_counts


def test_every_resample_has_n_patients():
    counts = bootstrap_counts(37, 130, 1, "primary")
    assert counts.shape == (130, 37)
    assert (counts.sum(axis=1) == 37).all()


def test_the_same_seed_gives_the_same_and_more_only_adds():
    assert (bootstrap_counts(20, 250, 7, "primary")[:130] == bootstrap_counts(20, 130, 7, "primary")).all()


def test_seed_analysis_and_block_each_change_the_draw():
    first = bootstrap_counts(50, 200, 7, "primary")
    assert (first != bootstrap_counts(50, 200, 8, "primary")).any()
    assert (first != bootstrap_counts(50, 200, 7, "expanded")).any()
    assert (first[:100] != first[100:]).any()


def test_patients_are_drawn_evenly():
    counts = bootstrap_counts(50, 2000, 3, "primary")
    # 100,000 draws over 50 patients: 2,000 each, SD about 44
    assert np.abs(counts.sum(axis=0) - 2000).max() < 200
