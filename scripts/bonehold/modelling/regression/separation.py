"""Whether a logistic model has finite estimates at all."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog

from bonehold.modelling.regression.standardisation import standardisation
from bonehold.modelling.regression.terms import Floats

_TOLERANCE = 1e-7


def separating_coefficients(X: Floats, y: Floats) -> tuple[int, ...]:
    """Find the coefficients that run away because the predictors separate events from non-events.

    The estimates are finite unless some direction b has (2y - 1) x'b >= 0 for every patient and > 0 for one
    (Albert and Anderson, Biometrika 1984;71:1-10). The direction with the largest sum of these margins is
    found by a linear programme over -1 <= b <= 1 (Konis, thesis, Oxford 2007); if the sum is zero there is
    none.

    Args:
        X: design matrix, shape (n, p), first column ones, the others not constant.
        y: outcome, 0 or 1, shape (n,).

    Returns:
        Positions of the coefficients that are not zero in that direction, the intercept left out; empty where
        the data are not separated.
    """
    margins = standardisation(X).standardised(X) * (2 * y - 1)[:, None]
    solution = linprog(
        c=-margins.sum(axis=0), A_ub=-margins, b_ub=np.zeros(len(y)), bounds=(-1, 1), method="highs"
    )
    if -solution.fun <= _TOLERANCE * len(y):
        return ()
    return tuple(int(place) for place in np.flatnonzero(np.abs(solution.x) > _TOLERANCE) if place > 0)


def aliased_coefficients(X: Floats) -> tuple[int, ...]:
    """Find the columns that are an exact linear combination of those before them.

    Args:
        X: design matrix, shape (n, p), first column ones.

    Returns:
        Positions of such columns; a constant column is one of them.
    """
    # QR without pivoting: the diagonal of R is what each column, of norm 1 here, adds to those before it.
    columns = standardisation(X).standardised(X) / np.sqrt(len(X))
    added = np.abs(np.diag(np.linalg.qr(columns, mode="r")))
    added = np.concatenate([added, np.zeros(X.shape[1] - len(added))])
    return tuple(int(place) for place in np.flatnonzero(added < _TOLERANCE))
