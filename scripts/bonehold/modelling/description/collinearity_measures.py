"""How far predictors repeat each other: variance inflation and condition index of a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonehold.modelling.regression.terms import Floats


@dataclass(frozen=True)
class Conditioning:
    """What Belsley's diagnostics say about a design matrix.

    Attributes:
        eigenvalues: of the scaled X'X, the largest first, shape (p,).
        condition_index: sqrt(largest / each eigenvalue), shape (p,).
        proportions: share of each coefficient's variance (columns) that comes from each dimension (rows), shape (p,
            p); the columns sum to 1.
    """

    eigenvalues: Floats
    condition_index: Floats
    proportions: Floats


def conditioning(X: Floats) -> Conditioning:
    """Eigenvalues, condition indices and variance proportions as SPSS prints them.

    Columns, the constant among them, are scaled to unit length and not centred; with X = U D V' the condition indices
    are d_1/d_k and the proportions phi_jk/sum_k phi_jk with phi_jk = v_jk^2/d_k^2 (Belsley, Kuh, Welsch, Regression
    Diagnostics, 1980, section 3.2).

    Args:
        X: design matrix, shape (n, p), first column ones, of full rank.
    """
    scaled = X / np.linalg.norm(X, axis=0)
    _, d, v = np.linalg.svd(scaled, full_matrices=False)
    phi = (v / d[:, None]) ** 2
    return Conditioning(d**2, d[0] / d, phi / phi.sum(axis=0))


def variance_inflation(X: Floats, positions: Sequence[slice]) -> Floats:
    """(Generalised) variance inflation factor of each term in a linear model.

    With R the correlation matrix of all columns but the constant, a term's is det(R_term) det(R_rest)/det(R) (Fox and
    Monette, JASA 1992;87:178-183); for a single column this is 1/(1 - R^2) of its regression on the others.

    Args:
        X: design matrix, shape (n, p), first column ones, of full rank.
        positions: columns of each term.

    Returns:
        Shape (terms,), at least 1.
    """
    return _generalised(np.atleast_2d(np.corrcoef(X[:, 1:], rowvar=False)), positions)


def variance_inflation_of_fit(covariance: Floats, positions: Sequence[slice]) -> Floats:
    """The same of a fitted model, R being the correlation matrix of its coefficients, intercept left out.

    For a logistic model the numbers differ from the linear ones, since its patients have weights (`car::vif`).

    Args:
        covariance: of the coefficients, intercept first, shape (p, p).
        positions: coefficients of each term.
    """
    scale = np.sqrt(np.diag(covariance)[1:])
    return _generalised(covariance[1:, 1:] / np.outer(scale, scale), positions)


def _generalised(R: Floats, positions: Sequence[slice]) -> Floats:
    everything = np.arange(len(R))
    values = []
    for position in positions:
        own = everything[position.start - 1 : position.stop - 1]
        rest = np.setdiff1d(everything, own)
        log_value = _log_det(R, own) + _log_det(R, rest) - _log_det(R, everything)
        # Rounding may leave a term that is unrelated to the others just below 1.
        values.append(max(1.0, float(np.exp(log_value))))
    return np.array(values)


def _log_det(R: Floats, places: NDArray[np.intp]) -> float:
    return float(np.linalg.slogdet(R[np.ix_(places, places)]).logabsdet)
