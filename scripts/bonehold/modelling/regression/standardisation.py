"""Columns centred and scaled, so that no result depends on the origin or the unit of a column."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bonehold.modelling.regression.terms import Floats


@dataclass(frozen=True)
class Standardisation:
    """Origin and unit taken from each column of a design matrix but the first, the ones.

    Attributes:
        mean: shape (p - 1,).
        scale: standard deviation, 1 for a constant column, shape (p - 1,).
    """

    mean: Floats
    scale: Floats

    def standardised(self, X: Floats) -> Floats:
        """The matrix with mean 0 and SD 1 in every column but the first; a constant column becomes 0.

        Args:
            X: shape (n, p).
        """
        return np.hstack([X[:, :1], (X[:, 1:] - self.mean) / self.scale])

    @property
    def to_raw(self) -> Floats:
        """A of b = A c, for coefficients c of the standardised and b of the raw columns, shape (p, p).

        Covariances follow as A C A'.
        """
        A = np.diag(np.concatenate([[1.0], 1 / self.scale]))
        A[0, 1:] = -self.mean / self.scale
        return A


def standardisation(X: Floats) -> Standardisation:
    """Origin and unit of the columns of a design matrix.

    Args:
        X: shape (n, p), first column ones.
    """
    columns = X[:, 1:]
    constant = np.ptp(columns, axis=0) == 0
    # The mean of equal numbers may differ from them by rounding, which would then be all there is to scale.
    mean = np.where(constant, columns[0], columns.mean(axis=0))
    return Standardisation(mean, np.where(constant, 1.0, columns.std(axis=0)))
