"""Missing levels of a factor, drawn from logistic models: binary and multinomial, and proportional odds for grades.

Each model is fitted with a weak normal prior on the coefficients of the standardised predictors, so that a level which
separates (or an aliased predictor) has finite estimates, as pseudo-patients (augmentation) would give; the
coefficients are then drawn from their approximate normal posterior, and the levels from the probabilities
(Rubin, Multiple Imputation for Nonresponse in Surveys, 1987, example 5.4; White, Daniel, Royston, Comput Stat Data
Anal 2010;54:2267-2275, on separation; Gelman et al., Ann Appl Stat 2008;2:1360-1383, on the prior and its scale).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, logsumexp

from bonehold.modelling.regression.terms import Floats

Ints = NDArray[np.intp]
PRIOR_SD = 2.5
"""SD of the prior of each coefficient, log-odds per SD of the predictor."""
_PRECISION = 1 / PRIOR_SD**2
_STEP_TOLERANCE = 1e-6
_MOST_STEPS = 50
_MOST_HALVINGS = 30
_LEAST_PROBABILITY = 1e-300


def drawn_levels(X: Floats, levels: Ints, count: int, X_missing: Floats, random: np.random.Generator) -> Ints:
    """Draw missing levels from a Bayesian multinomial logistic model (two levels: the binary one).

    Args:
        X: standardised predictors of the observed levels, without a constant, shape (n, p).
        levels: observed levels as numbers from 0, all of which occur, shape (n,).
        count: number of levels.
        X_missing: predictors of the missing ones, shape (k, p).
        random: source of random numbers.

    Returns:
        Drawn levels, shape (k,).
    """
    design, missing = _with_constant(X), _with_constant(X_missing)
    shares = np.bincount(levels, minlength=count) / len(levels)
    start = np.zeros((count - 1, design.shape[1]))
    start[:, 0] = np.log(shares[1:] / shares[0])
    penalty = np.full_like(start, _PRECISION)
    penalty[:, 0] = 0.0
    chosen = levels[:, None] == np.arange(count)
    rows = np.arange(len(levels))

    def value(beta: Floats) -> float:
        eta = _against_first(design, beta)
        return float((eta[rows, levels] - logsumexp(eta, axis=1)).sum() - (penalty * beta**2).sum() / 2)

    def slopes(beta: Floats) -> tuple[Floats, Floats]:
        p = _softmax(_against_first(design, beta))[:, 1:]
        gradient = (chosen[:, 1:] - p).T @ design - penalty * beta
        weights = -p[:, :, None] * p[:, None, :]
        diagonal = np.arange(count - 1)
        weights[:, diagonal, diagonal] += p
        weighted = np.einsum("nab,np->anbp", weights, design, optimize=True)
        information = np.einsum("nq,anbp->aqbp", design, weighted, optimize=True).reshape(
            beta.size, beta.size
        )
        return gradient, information + np.diag(penalty.ravel())

    beta, information = _maximum(value, slopes, start)
    probabilities = _softmax(_against_first(missing, _posterior_draw(beta, information, random)))
    return _sampled(np.cumsum(probabilities, axis=1), random)


def drawn_grades(X: Floats, grades: Ints, count: int, X_missing: Floats, random: np.random.Generator) -> Ints:
    """Draw missing ordered levels from a Bayesian proportional-odds model (McCullagh, J R Stat Soc B 1980;42:109-142).

    The log-odds of a grade of at most k are theta_k - x'b. Arguments and result as of `drawn_levels`; there are three
    or more grades.
    """
    cumulative = np.cumsum(np.bincount(grades, minlength=count))[:-1] / len(grades)
    cuts = count - 1
    start = np.concatenate([logit(cumulative), np.zeros(X.shape[1])])
    penalty = np.concatenate([np.zeros(cuts), np.full(X.shape[1], _PRECISION)])
    rows = np.arange(len(grades))

    def value(beta: Floats) -> float:
        if (np.diff(beta[:cuts]) <= 0).any():
            return -np.inf
        p = np.diff(_at_most(X, beta, cuts), axis=1)[rows, grades]
        return float(np.log(np.maximum(p, _LEAST_PROBABILITY)).sum() - (penalty * beta**2).sum() / 2)

    def slopes(beta: Floats) -> tuple[Floats, Floats]:
        at_most = _at_most(X, beta, cuts)
        p = np.maximum(np.diff(at_most, axis=1), _LEAST_PROBABILITY)
        density = at_most[:, 1:-1] * (1 - at_most[:, 1:-1])
        ratio = 1 / p
        # by theta_k - x'b: the probability of grade k rises with cut k and falls with the cut below
        score = density * ((grades[:, None] == np.arange(cuts)) * ratio[:, :-1])
        score -= density * ((grades[:, None] == np.arange(1, count)) * ratio[:, 1:])
        expected = np.zeros((len(grades), cuts, cuts))
        diagonal = np.arange(cuts)
        expected[:, diagonal, diagonal] = density**2 * (ratio[:, :-1] + ratio[:, 1:])
        beside = -density[:, :-1] * density[:, 1:] * ratio[:, 1:-1]
        expected[:, diagonal[:-1], diagonal[1:]] = beside
        expected[:, diagonal[1:], diagonal[:-1]] = beside
        by_cut = expected.sum(axis=2)
        cross = -by_cut.T @ X
        information = np.block(
            [[expected.sum(axis=0), cross], [cross.T, (X * by_cut.sum(axis=1)[:, None]).T @ X]]
        )
        gradient = np.concatenate([score.sum(axis=0), -X.T @ score.sum(axis=1)]) - penalty * beta
        return gradient, information + np.diag(penalty)

    beta, information = _maximum(value, slopes, start)
    drawn = _posterior_draw(beta, information, random)
    drawn[:cuts] = np.maximum.accumulate(drawn[:cuts])
    return _sampled(_at_most(X_missing, drawn, cuts)[:, 1:], random)


def _maximum(
    value: Callable[[Floats], float],
    slopes: Callable[[Floats], tuple[Floats, Floats]],
    start: Floats,
) -> tuple[Floats, Floats]:
    """Climb a concave function by Newton (or Fisher) steps that are halved while they lead down: place, information."""
    beta, height = start, value(start)
    for _ in range(_MOST_STEPS):
        gradient, information = slopes(beta)
        step = np.linalg.solve(information, gradient.ravel()).reshape(beta.shape)
        for _ in range(_MOST_HALVINGS):
            higher = value(beta + step)
            if higher >= height - 1e-9:
                break
            step = step / 2
        else:
            break
        beta, height = beta + step, higher
        if np.abs(step).max() < _STEP_TOLERANCE:
            break
    return beta, slopes(beta)[1]


def _posterior_draw(beta: Floats, information: Floats, random: np.random.Generator) -> Floats:
    factor = np.linalg.cholesky(information)
    noise = np.linalg.solve(factor.T, random.standard_normal(beta.size))
    return np.asarray(beta + noise.reshape(beta.shape))


def _against_first(design: Floats, beta: Floats) -> Floats:
    """Linear predictors of all levels, 0 for the first."""
    return np.column_stack([np.zeros(len(design)), design @ beta.T])


def _softmax(eta: Floats) -> Floats:
    return np.asarray(np.exp(eta - logsumexp(eta, axis=1, keepdims=True)))


def _at_most(X: Floats, beta: Floats, cuts: int) -> Floats:
    """Probability of at most each grade, with 0 before the first and 1 at the last."""
    inner = expit(beta[:cuts] - (X @ beta[cuts:])[:, None])
    return np.column_stack([np.zeros(len(X)), inner, np.ones(len(X))])


def _sampled(cumulative: Floats, random: np.random.Generator) -> Ints:
    """A level for each row of cumulative probabilities."""
    chance = random.random(len(cumulative))[:, None]
    return np.asarray((chance > cumulative[:, :-1]).sum(axis=1))


def _with_constant(X: Floats) -> Floats:
    return np.column_stack([np.ones(len(X)), X])
