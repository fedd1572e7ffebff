"""What every model of time gives: estimates with their covariance, and tests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, norm

from bonehold.modelling.regression.terms import Floats

Z_95 = float(norm.ppf(0.975))
WALD = "Wald"


@dataclass(frozen=True)
class Estimates:
    """Estimates with their covariance.

    Attributes:
        values: shape (p,).
        covariance: shape (p, p).
    """

    values: Floats
    covariance: Floats

    @property
    def std_errors(self) -> Floats:
        """Standard errors, shape (p,)."""
        return np.sqrt(np.diag(self.covariance))

    def transformed(self, values: Floats, jacobian: Floats) -> Estimates:
        """Functions of these estimates with their covariance by the delta method.

        Args:
            values: the functions' values, shape (q,).
            jacobian: their derivatives by these estimates, shape (q, p).
        """
        return Estimates(values, jacobian @ self.covariance @ jacobian.T)


@dataclass(frozen=True)
class Test:
    """A test: its name, statistic, degrees of freedom (None: z) and P."""

    name: str
    statistic: float
    df: int | None
    p_value: float


def wald_test(estimates: Estimates, positions: slice) -> Test:
    """Whether all of some coefficients are 0, by Wald's chi-square.

    Args:
        estimates: of the model.
        positions: where they stand.
    """
    values = estimates.values[positions]
    statistic = float(values @ np.linalg.solve(estimates.covariance[positions, positions], values))
    return Test(WALD, statistic, len(values), float(chi2.sf(statistic, len(values))))


def likelihood_ratio_test(log_likelihood: float, of_null: float, df: int) -> Test:
    """Whether a model fits better than one without its predictors.

    Args:
        log_likelihood: of the model.
        of_null: of the model without predictors.
        df: number of coefficients.
    """
    statistic = max(0.0, 2 * (log_likelihood - of_null))
    return Test("likelihood ratio", statistic, df, float(chi2.sf(statistic, df)))
