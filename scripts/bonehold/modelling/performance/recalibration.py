"""How predictions would have to be stretched and shifted to fit a set of patients."""

from __future__ import annotations

import numpy as np

from bonehold.modelling.regression.batched_newton import OwnPredictor, maximise
from bonehold.modelling.regression.terms import Floats


def calibration_lines(log_odds: Floats, y: Floats) -> Floats:
    """Logistic regression of the outcome on each model's log-odds (Cox, Biometrika 1958;45:562-565).

    The intercept is the joint one that `rms::validate` prints, not calibration-in-the-large, for which the
    slope is held at 1.

    Args:
        log_odds: of n patients under B models, shape (B, n).
        y: outcome, shape (n,).

    Returns:
        Intercept and slope of each model, shape (B, 2); NaN where the log-odds are all equal.
    """
    mean = log_odds.mean(axis=1, keepdims=True)
    scale = log_odds.std(axis=1, keepdims=True)
    standardised = np.divide(log_odds - mean, scale, out=np.zeros_like(log_odds), where=scale > 0)
    fits = maximise(OwnPredictor(standardised), y, np.ones_like(log_odds), 2)
    slope = np.divide(fits.coefficients[:, 1:], scale, out=np.full_like(scale, np.nan), where=scale > 0)
    return np.hstack([fits.coefficients[:, :1] - slope * mean, slope])
