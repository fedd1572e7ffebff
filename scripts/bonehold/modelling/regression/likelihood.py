"""The likelihoods of a logistic model, and their maximum where some coefficients are held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import expit

from bonehold.modelling.regression.logistic import NotConverged
from bonehold.modelling.regression.terms import Floats

MOST_STEPS = 500
MOST_HALVINGS = 40
LONGEST_STEP = 5.0
"""No coefficient of the standardised columns moves by more at once."""
SHARE_OF_GAIN = 0.1
"""A step is halved until it brings at least this share of what it promises; steps across a ridge would not end."""
GAIN_TOLERANCE = 1e-16
"""At the maximum: a further step promises less than this in the log-likelihood."""
ROUNDING = 1e-12
"""Share of a log-likelihood that rounding may hide: near the maximum a step may seem to lead down by so much."""


@dataclass(frozen=True)
class Place:
    """A log-likelihood at one set of coefficients.

    Attributes:
        beta: the coefficients, shape (p,).
        value: the log-likelihood; minus infinity where it cannot be had.
        score: its gradient, shape (p,).
        information: X'WX with the weights of the method, shape (p, p).
    """

    beta: Floats
    value: float
    score: Floats
    information: Floats


class Likelihood(Protocol):
    """A log-likelihood of p coefficients."""

    def at(self, beta: Floats) -> Place:
        """Value, gradient and information at these coefficients."""
        ...


@dataclass(frozen=True)
class BinomialLikelihood:
    """The log-likelihood of a logistic model.

    Attributes:
        X: design matrix, shape (n, p).
        y: outcome, 0 or 1, shape (n,).
    """

    X: Floats
    y: Floats

    def at(self, beta: Floats) -> Place:
        """Value, gradient and information at these coefficients."""
        log_odds = self.X @ beta
        mu = expit(log_odds)
        value = float(self.y @ log_odds - np.logaddexp(0, log_odds).sum())
        information = self.X.T @ (self.X * (mu * (1 - mu))[:, None])
        return Place(beta, value, self.X.T @ (self.y - mu), information)


@dataclass(frozen=True)
class PenalisedLikelihood:
    """The log-likelihood plus half the log determinant of the information (Firth, Biometrika 1993;80:27-38).

    Attributes:
        X: design matrix, shape (n, p).
        y: outcome, 0 or 1, shape (n,).
    """

    X: Floats
    y: Floats

    def at(self, beta: Floats) -> Place:
        """Value, gradient and information at these coefficients.

        The gradient of the penalty is X'(h (1/2 - mu)), h the leverages (Heinze and Schemper, Stat Med
        2002;21:2409-2419). It is that of the whole penalty also where coefficients are held. The information
        weighs each patient 1 + h times, as R's logistf does: the fit is that of data augmented by h/2 events and
        h/2 non-events.
        """
        plain = BinomialLikelihood(self.X, self.y).at(beta)
        try:
            root = np.linalg.cholesky(plain.information)
        except np.linalg.LinAlgError:
            return Place(beta, -np.inf, plain.score, plain.information)
        mu = expit(self.X @ beta)
        weights = mu * (1 - mu)
        leverages = weights * (np.linalg.solve(root, self.X.T) ** 2).sum(axis=0)
        penalty = float(np.log(np.diag(root)).sum())
        score = plain.score + self.X.T @ (leverages * (0.5 - mu))
        information = self.X.T @ (self.X * (weights * (1 + leverages))[:, None])
        return Place(beta, plain.value + penalty, score, information)


def constrained_maximum(likelihood: Likelihood, start: Floats, directions: Floats) -> Place:
    """Climb to the maximum by scoring steps with step halving, moving in some directions only.

    Args:
        likelihood: of coefficients of standardised columns.
        start: where to begin; it keeps whatever the directions cannot change, shape (p,).
        directions: columns that span the free directions, shape (p, q); q may be 0.

    Raises:
        NotConverged: the maximum was not reached.
    """
    here = likelihood.at(start)
    if not directions.shape[1]:
        return here
    for _ in range(MOST_STEPS):
        gradient = directions.T @ here.score
        information = directions.T @ here.information @ directions
        try:
            step = directions @ np.linalg.solve(information, gradient)
        except np.linalg.LinAlgError:
            raise NotConverged from None
        if float(step @ here.score) < GAIN_TOLERANCE:
            return likelihood.at(here.beta + step)
        further = _uphill(likelihood, here, step * min(1.0, LONGEST_STEP / float(np.abs(step).max())))
        if further is None:
            raise NotConverged
        here = further
    raise NotConverged


def _uphill(likelihood: Likelihood, here: Place, step: Floats) -> Place | None:
    """The first of the step, its half, its quarter ... that leads up well enough; None where none does."""
    lowest = here.value - ROUNDING * (1 + abs(here.value))
    for halvings in range(MOST_HALVINGS):
        part = step / 2**halvings
        there = likelihood.at(here.beta + part)
        if there.value >= lowest + SHARE_OF_GAIN * float(part @ here.score):
            return there
    return None
