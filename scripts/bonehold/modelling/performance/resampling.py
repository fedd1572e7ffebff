"""Bootstrap samples that are the same on every machine and at any core count."""

from __future__ import annotations

import hashlib

import numpy as np

from bonehold.modelling.regression.terms import Floats

BLOCK = 100
"""Resamples drawn from one stream of random numbers."""


def bootstrap_counts(n: int, repetitions: int, seed: int, analysis: str, completed_set: int = 0) -> Floats:
    """Draw n patients with replacement, many times, as counts instead of copied rows.

    Every block of 100 resamples has a stream of its own, made from seed, name of the analysis, number of the
    completed set and number of the block (NumPy's `SeedSequence`). More repetitions therefore only add to fewer,
    and blocks could be drawn anywhere.

    Args:
        n: number of patients.
        repetitions: number of resamples B.
        seed: seed of the run.
        analysis: name of the analysis.
        completed_set: number of the completed set, from 0.

    Returns:
        How often each patient stands in each resample, shape (B, n); every row sums to n.
    """
    name = int.from_bytes(hashlib.sha256(analysis.encode()).digest()[:8], "big")
    blocks = []
    for block in range(-(-repetitions // BLOCK)):
        stream = np.random.default_rng(np.random.SeedSequence([seed, name, completed_set, block]))
        drawn = stream.integers(0, n, size=(BLOCK, n))
        blocks.append(counts(drawn, n))
    return np.concatenate(blocks)[:repetitions]


def counts(drawn: np.ndarray, n: int) -> Floats:
    """Count drawn row numbers.

    Args:
        drawn: row numbers from 0, shape (B, k).
        n: number of patients.

    Returns:
        Shape (B, n).
    """
    offsets = np.arange(len(drawn))[:, None] * n
    return (
        np.bincount((drawn + offsets).ravel(), minlength=len(drawn) * n).reshape(len(drawn), n).astype(float)
    )
