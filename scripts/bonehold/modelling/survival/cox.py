"""Cox's model of the hazard at the visit that showed the event (lifelines)."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter
from lifelines.exceptions import ConvergenceError
from lifelines.statistics import proportional_hazard_test
from numpy.typing import NDArray
from scipy.stats import chi2

from bonehold.modelling.regression.standardisation import standardisation
from bonehold.modelling.regression.terms import Floats
from bonehold.modelling.survival.estimates import Estimates, Test

TIES = "Efron"
PROPORTIONALITY = "score test of Schoenfeld residuals against Kaplan-Meier time (lifelines)"
_TO_CONVERGENCE = MappingProxyType({"precision": 1e-16, "r_precision": 1e-16, "step_size": 1.0})
"""Full Newton steps until nothing changes: at lifelines' own stop, coefficients differ from R's in the fifth digit."""


@dataclass(frozen=True)
class CoxFit:
    """A fitted Cox model.

    Attributes:
        log_hazard_ratios: per coefficient.
        log_likelihood: partial log-likelihood (ties by Efron).
        null_log_likelihood: the same without predictors.
        proportionality: per coefficient, whether its hazard ratio changes with time.
        scores: x'b of each patient, shape (n,).
    """

    log_hazard_ratios: Estimates
    log_likelihood: float
    null_log_likelihood: float
    proportionality: tuple[Test, ...]
    scores: Floats


def fit_cox(X: Floats, time: Floats, event: NDArray[np.bool_]) -> CoxFit | None:
    """Fit a Cox model with Efron's treatment of ties, of which visits make many.

    Args:
        X: columns of the predictors, none constant or aliased, shape (n, p); see `monotone_in_cox`.
        time: first visit with the event, or last visit, shape (n,).
        event: whether the event was seen, shape (n,).

    Returns:
        None where the search does not converge.
    """
    columns = np.hstack([np.ones((len(X), 1)), X])
    standard = standardisation(columns)
    names = [f"x{place}" for place in range(X.shape[1])]
    frame = pd.DataFrame(standard.standardised(columns)[:, 1:], columns=names).assign(time=time, event=event)
    fitter: Any = CoxPHFitter()
    try:
        fitter.fit(frame, "time", "event", fit_options=dict(_TO_CONVERGENCE))
    except (ConvergenceError, np.linalg.LinAlgError):
        return None
    coefficients = fitter.params_.to_numpy() / standard.scale
    tested = proportional_hazard_test(fitter, frame, time_transform="km")
    statistics = np.atleast_1d(np.asarray(tested.test_statistic, dtype=float))
    improvement = float(fitter.log_likelihood_ratio_test().test_statistic)
    return CoxFit(
        log_hazard_ratios=Estimates(
            coefficients, fitter.variance_matrix_.to_numpy() / np.outer(standard.scale, standard.scale)
        ),
        log_likelihood=float(fitter.log_likelihood_),
        null_log_likelihood=float(fitter.log_likelihood_) - improvement / 2,
        proportionality=tuple(
            Test(PROPORTIONALITY, float(one), 1, float(chi2.sf(one, 1))) for one in statistics
        ),
        scores=X @ coefficients,
    )
