"""Logistic regression by maximum likelihood, for one set of patients."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from statsmodels.discrete.discrete_model import Logit
from statsmodels.tools.sm_exceptions import ConvergenceWarning

from bonehold.modelling.regression.batched_newton import Status, fit_samples
from bonehold.modelling.regression.standardisation import standardisation
from bonehold.modelling.regression.terms import Floats

Z_95 = 1.959963984540054
"""Two-sided 95 % point of the standard normal distribution."""


MAXIMUM_LIKELIHOOD = "maximum likelihood"
FIRTH = "Firth"
"""Penalised by half the log determinant of the information (Firth, Biometrika 1993;80:27-38)."""


@dataclass(frozen=True)
class LogisticFit:
    """Maximum-likelihood estimates.

    Attributes:
        coefficients: log-odds, intercept first, shape (p,).
        covariance: inverse of the information at the estimates, shape (p, p).
        method: `maximum likelihood` or `Firth`.
    """

    coefficients: Floats
    covariance: Floats
    method: str = MAXIMUM_LIKELIHOOD

    @property
    def std_errors(self) -> Floats:
        """Standard errors, shape (p,)."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))


class NotConverged(ArithmeticError):
    """The iteration found no finite estimates."""


def fit_logistic(X: Floats, y: Floats) -> LogisticFit:
    """Fit by Newton's method to convergence (steps below 1e-10) with statsmodels' `Logit`.

    It starts where Newton's method with step halving ended, since from zero the plain method can diverge.
    Estimates and covariance are found on standardised columns and carried back, so that a far origin (a year,
    a running number) or a tiny unit costs no digits. The covariance is taken at the converged estimates; R's
    `glm` takes it one iteration earlier, so that its standard errors differ by up to 7e-5 (relative) unless
    its `epsilon` is tightened.

    Args:
        X: design matrix, shape (n, p), of full rank and without separation
            (`bonehold.modelling.regression.separation`).
        y: outcome, 0 or 1, shape (n,).

    Raises:
        NotConverged: the estimates are not finite, or so nearly infinite that it cannot be told.
    """
    standard = standardisation(X)
    Z = standard.standardised(X)
    start = fit_samples(Z, y, np.ones((1, len(y))))
    if not start.having(Status.CONVERGED).all():
        raise NotConverged
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            result = Logit(y, Z).fit(
                start_params=start.coefficients[0], method="newton", tol=1e-10, maxiter=50, disp=False
            )
        except ConvergenceWarning:
            raise NotConverged from None
    coefficients = np.asarray(result.params, dtype=float)
    risk = expit(Z @ coefficients)
    information = Z.T @ (Z * (risk * (1 - risk))[:, None])
    A = standard.to_raw
    covariance = A @ np.linalg.inv(information) @ A.T
    return LogisticFit(A @ coefficients, (covariance + covariance.T) / 2)
