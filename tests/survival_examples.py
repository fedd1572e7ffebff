"""Made-up patients whose screws loosen by a known Weibull model, and the visits that see it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from bonehold.modelling.regression.terms import Floats

SLOPES, SCALE, SHAPE = np.array([-0.5, 0.8]), 30.0, 1.4
"""log(time) = log(SCALE) + x'SLOPES, divided by SHAPE as the Weibull model has it."""


@dataclass(frozen=True)
class Course:
    """Predictors, true times of loosening, and the visits between which it happened."""

    X: Floats
    true_time: Floats
    lower: Floats
    upper: Floats

    @property
    def event(self) -> np.ndarray:
        return np.isfinite(self.upper)

    @property
    def time(self) -> Floats:
        return np.where(self.event, self.upper, self.lower)


def course(n: int = 400, seed: int = 1) -> Course:
    """Patients seen at about 3, 6, 12, 18, 24 and 36 months, as long as they come."""
    random = np.random.default_rng(seed)
    X = np.column_stack([random.normal(0, 1, n), random.integers(0, 2, n).astype(float)])
    true_time = SCALE * np.exp(X @ SLOPES) * random.weibull(SHAPE, n)
    visits = np.round(np.array([3, 6, 12, 18, 24, 36]) * random.uniform(0.9, 1.1, (n, 6)), 1)
    seen = np.arange(6) < random.integers(1, 7, n)[:, None]
    clean = seen & (visits < true_time[:, None])
    loose = seen & ~clean
    return Course(
        X,
        true_time,
        np.where(clean, visits, 0).max(axis=1),
        np.where(loose, visits, np.inf).min(axis=1),
    )
