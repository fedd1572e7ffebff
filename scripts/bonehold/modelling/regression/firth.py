"""Firth's logistic regression: finite estimates also where the predictors separate the outcomes."""

from __future__ import annotations

import warnings

import numpy as np
from firthmodels import FirthLogisticRegression
from sklearn.exceptions import ConvergenceWarning

from bonehold.modelling.regression.likelihood import PenalisedLikelihood, constrained_maximum
from bonehold.modelling.regression.logistic import FIRTH, LogisticFit
from bonehold.modelling.regression.standardisation import standardisation
from bonehold.modelling.regression.terms import Floats

TOLERANCE = 1e-6
"""Of gradient and step, for standardised columns: what the library reaches before rounding stops its step halving."""
MOST_STEPS = 500


def fit_firth(X: Floats, y: Floats) -> LogisticFit:
    """Fit by Firth's penalised likelihood with the library firthmodels.

    The library works on standardised columns, so that a far origin does no harm; its estimates are then
    climbed from once more, since it stops where rounding hides the gain of a step. The penalty does not depend
    on origin or unit. The covariance is the inverse of the augmented information at the estimates, as in R's logistf.

    Args:
        X: design matrix, shape (n, p), of full rank.
        y: outcome, 0 or 1, both present, shape (n,).

    Raises:
        NotConverged: the maximum was not reached.
    """
    standard = standardisation(X)
    Z = standard.standardised(X)
    model = FirthLogisticRegression(
        backend="numpy", max_iter=MOST_STEPS, gtol=TOLERANCE, xtol=TOLERANCE, fit_intercept=True
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the climb below ends what is not yet at its end
        model.fit(Z[:, 1:], y)
    start = np.concatenate([[model.intercept_], model.coef_])  # the library has its intercept last
    top = constrained_maximum(PenalisedLikelihood(Z, y), start, np.eye(len(start)))
    A = standard.to_raw
    covariance = A @ np.linalg.inv(top.information) @ A.T
    return LogisticFit(A @ top.beta, (covariance + covariance.T) / 2, FIRTH)
