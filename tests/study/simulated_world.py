"""A world of known truth: cohorts like the study's, with coefficients that nobody has to estimate.

Predictors and effects are those of the synthetic cohort: age, PBQ and HU ratio correlate a little, the Goutallier grade
comes from the rank of a latent value. Grades 1 and 2, and 3 and 4, are taken together: with four grades one cohort in
twelve would have a grade without an event, and leaving such cohorts out would bend what is seen in the others. Outcomes
are drawn, so that events vary from cohort to cohort, 45 in 313 on average.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from bonehold.modelling.performance.discrimination import auc
from bonehold.modelling.regression.terms import Floats
from scipy.optimize import brentq
from scipy.special import expit

N = 313
EVENT_RATE = 45 / 313
NAMES = ("age", "PBQ", "HU ratio", "grade 1-2")
EFFECTS = np.array([0.0707, 1.7603, -2.7778, -1.4])
"""True log-odds: per year, per unit of PBQ and of HU ratio, grades 1 and 2 against 3 and 4."""
CORRELATION = np.array(
    [
        [1.00, 0.12, -0.08, 0.28],
        [0.12, 1.00, 0.045, 0.17],
        [-0.08, 0.045, 1.00, -0.06],
        [0.28, 0.17, -0.06, 1.00],
    ]
)
"""Of the latent values of age, PBQ, HU ratio and grade."""
LOW_GRADES = 272 / 313
POPULATION = 400_000
"""Patients drawn to find the intercept and the true AUC."""
_POPULATION_SEED = 20260101


@dataclass(frozen=True)
class Patients:
    """Simulated patients.

    Attributes:
        X: ones, age, PBQ, HU ratio, grade 1 or 2; shape (n, 5).
        y: outcome, shape (n,).
        log_odds: the true ones, shape (n,).
    """

    X: Floats
    y: Floats
    log_odds: Floats


def draw(n: int, random: np.random.Generator) -> Patients:
    """Draw patients of the world."""
    X = _predictors(n, random)
    log_odds = intercept() + X[:, 1:] @ EFFECTS
    return Patients(X, (random.random(n) < expit(log_odds)).astype(float), log_odds)


def truth() -> Floats:
    """True coefficients, the intercept first, shape (5,)."""
    return np.concatenate([[intercept()], EFFECTS])


@functools.cache
def intercept() -> float:
    """The intercept at which 45 of 313 patients have the event on average."""
    others = _predictors(POPULATION, np.random.default_rng(_POPULATION_SEED))[:, 1:] @ EFFECTS
    return float(brentq(lambda start: expit(start + others).mean() - EVENT_RATE, -30, 30))


@functools.cache
def true_auc() -> float:
    """AUC of the true log-odds."""
    everybody = draw(POPULATION, np.random.default_rng(_POPULATION_SEED))
    return auc(everybody.log_odds, everybody.y)


def _predictors(n: int, random: np.random.Generator) -> Floats:
    latent = random.standard_normal((n, 4)) @ np.linalg.cholesky(CORRELATION).T
    age = np.clip(np.round(60.5 + 11.9 * latent[:, 0]), 26, 87)
    pbq = np.clip(3.05 + 0.67 * latent[:, 1], 1.5, 5.0)
    spread = np.log(1 + (0.53 / 1.95) ** 2)
    hu_ratio = np.clip(np.exp(np.log(1.95) - spread / 2 + np.sqrt(spread) * latent[:, 2]), 0.8, 3.4)
    rank = (np.argsort(np.argsort(latent[:, 3])) + 0.5) / n
    return np.column_stack([np.ones(n), age, pbq, hu_ratio, rank < LOW_GRADES])
