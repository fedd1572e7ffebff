"""The rivals of the nomogram: ridge, LASSO and gradient boosting, each tuned by cross-validation where it is fitted.

A sample is given as weights of the patients, never as copied rows: copies of a patient on both sides of a split would
let the tuning see what it is tested on.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from bonehold.modelling.regression.terms import Floats

FOLDS = 5
STRENGTHS = tuple(float(strength) for strength in np.logspace(-2, 1, 7))
"""Inverse penalties C that ridge and LASSO choose from, the strongest penalty first."""
LEAVES = (2, 4)
TREES = (20, 60)
LEARNING_RATE = 0.1
SMALLEST_LEAF = 10
"""Boosting chooses from trees with one split and with three, few of them and many."""


class Learner(Protocol):
    """A way to predict that has to be tuned."""

    @property
    def tunings(self) -> tuple[str, ...]:
        """What can be chosen, in words, the most cautious first."""
        ...

    def log_odds(self, X: Floats, y: Floats, weights: Floats, at: Floats) -> Floats:
        """Fit with every tuning and predict.

        Args:
            X: predictors without a column of ones, shape (n, p).
            y: outcome, both values present, shape (n,).
            weights: all positive, shape (n,).
            at: predictors of the patients to predict, shape (k, p).

        Returns:
            Shape (tunings, k).
        """
        ...


@dataclass(frozen=True)
class PenalisedLogistic:
    """Logistic regression with a penalty on the coefficients of columns that are scaled in the sample.

    Attributes:
        absolute: LASSO (absolute values) instead of ridge (squares).
    """

    absolute: bool

    @property
    def tunings(self) -> tuple[str, ...]:
        """The penalties."""
        return tuple(f"C = {strength:.3g}" for strength in STRENGTHS)

    def log_odds(self, X: Floats, y: Floats, weights: Floats, at: Floats) -> Floats:
        """See `Learner`."""
        mean = np.average(X, axis=0, weights=weights)
        scale = np.sqrt(np.average((X - mean) ** 2, axis=0, weights=weights))
        scale = np.where(
            scale > 1e-12 * (1 + np.abs(mean)), scale, np.inf
        )  # a constant column predicts nothing
        here, there = (X - mean) / scale, (at - mean) / scale
        model = self._model()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the weakest penalties of separated samples
            return np.array(
                [
                    model.set_params(C=strength).fit(here, y, sample_weight=weights).decision_function(there)
                    for strength in STRENGTHS
                ]
            )

    def _model(self) -> LogisticRegression:
        if self.absolute:
            # liblinear penalises the intercept too; scaled so, hardly.
            return LogisticRegression(
                l1_ratio=1, solver="liblinear", intercept_scaling=100, tol=1e-5, max_iter=1000, random_state=0
            )
        return LogisticRegression(
            l1_ratio=0, solver="newton-cholesky", warm_start=True, tol=1e-6, max_iter=200
        )


@dataclass(frozen=True)
class Boosting:
    """Gradient-boosted trees (histograms)."""

    @property
    def tunings(self) -> tuple[str, ...]:
        """Size and number of the trees."""
        return tuple(f"{trees} trees of {leaves} leaves" for leaves in LEAVES for trees in TREES)

    def log_odds(self, X: Floats, y: Floats, weights: Floats, at: Floats) -> Floats:
        """See `Learner`."""
        return np.array(list(self._grown(X, y, weights, at)))

    def _grown(self, X: Floats, y: Floats, weights: Floats, at: Floats) -> Iterator[Floats]:
        for leaves in LEAVES:
            model = HistGradientBoostingClassifier(
                learning_rate=LEARNING_RATE,
                max_leaf_nodes=leaves,
                min_samples_leaf=SMALLEST_LEAF,
                early_stopping=False,
                warm_start=True,  # more trees go on where fewer ended
                random_state=0,
            )
            for trees in TREES:
                model.set_params(max_iter=trees).fit(X, y, sample_weight=weights)
                yield np.asarray(model.decision_function(at))


@dataclass(frozen=True)
class Tuned:
    """Predictions of a tuned learner.

    Attributes:
        log_odds: shape (n,).
        tuning: place of the tuning that was chosen.
    """

    log_odds: Floats
    tuning: int


def fit_tuned(learner: Learner, X: Floats, y: Floats, weights: Floats) -> Tuned | None:
    """Tune a learner by cross-validation inside a sample, fit it to the whole sample, and predict everybody.

    The folds are of distinct patients, stratified by outcome, the same ones for every tuning; the tuning with the
    smallest deviance in the patients left out is chosen, of equals the most cautious.

    Args:
        learner: the learner.
        X: predictors without a column of ones, shape (n, p).
        y: outcome, shape (n,).
        weights: how often each patient stands in the sample, shape (n,).

    Returns:
        None where fewer than two distinct patients of either outcome are in the sample.
    """
    inside = np.flatnonzero(weights > 0)
    rarer = int(min(y[inside].sum(), (1 - y[inside]).sum()))
    if rarer < 2:
        return None
    X_in, y_in, w_in = X[inside], y[inside], weights[inside]
    deviance = np.zeros(len(learner.tunings))
    for train, test in _folds(y_in, min(FOLDS, rarer)):
        predicted = learner.log_odds(X_in[train], y_in[train], w_in[train], X_in[test])
        deviance += ((np.logaddexp(0, predicted) - y_in[test] * predicted) * w_in[test]).sum(axis=1)
    tuning = int(np.argmin(deviance))
    return Tuned(learner.log_odds(X_in, y_in, w_in, X)[tuning], tuning)


def _folds(y: Floats, folds: int) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    splitter = StratifiedKFold(folds, shuffle=True, random_state=0)
    yield from splitter.split(np.zeros((len(y), 1)), y)


RIDGE, LASSO, BOOSTING = "ridge", "lasso", "boosting"
TUNED_LEARNERS: dict[str, Learner] = {
    RIDGE: PenalisedLogistic(absolute=False),
    LASSO: PenalisedLogistic(absolute=True),
    BOOSTING: Boosting(),
}
