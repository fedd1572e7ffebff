"""Is a model in new patients as good as the corrected values say?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from bonehold.modelling.performance.calibration import calibration_grid
from bonehold.modelling.performance.discrimination import auc
from bonehold.modelling.performance.optimism import optimism_corrected, refit, resampled, resamples_of
from bonehold.modelling.performance.recalibration import calibration_lines
from bonehold.modelling.performance.resampling import bootstrap_counts
from bonehold.modelling.regression.model import linear_predictors
from intervals import FRESH, fitted
from scipy.special import expit
from simulated_world import N, draw

RESAMPLES = 200
QUANTITIES = (
    *("auc_apparent", "auc_corrected", "auc_held", "brier_apparent", "brier_corrected"),
    *("slope_apparent", "slope_corrected", "slope_median"),
)


def fixed(number: int, random: np.random.Generator) -> Mapping[str, float]:
    """Apparent and corrected minus true performance, the predictors taken as given.

    The truth is the fitted model's own performance in many new patients.
    """
    patients, fresh = draw(N, random), draw(FRESH, random)
    fit = fitted(patients)
    if fit is None:
        return dict.fromkeys(QUANTITIES, np.nan)
    own, new = (linear_predictors(one.X, fit.coefficients[None]) for one in (patients, fresh))
    refits = refit(patients.X, patients.y, bootstrap_counts(N, RESAMPLES, number, "study"))
    found = resampled(resamples_of(refits, patients.y), calibration_grid(expit(own[0])))
    here, there = found.in_sample, found.in_original
    area = optimism_corrected(auc(own[0], patients.y), here["auc"], there["auc"])
    apparent_brier = float(((expit(own[0]) - patients.y) ** 2).mean())
    brier = optimism_corrected(apparent_brier, here["brier"], there["brier"])
    slopes = there["slope"]
    true_auc = auc(new[0], fresh.y)
    true_brier = float(((expit(new[0]) - fresh.y) ** 2).mean())
    true_slope = float(calibration_lines(new, fresh.y)[0, 1])
    return {
        "auc_apparent": area.apparent - true_auc,
        "auc_corrected": area.corrected - true_auc,
        "auc_held": float(area.ci_low <= true_auc <= area.ci_high),
        "brier_apparent": brier.apparent - true_brier,
        "brier_corrected": brier.corrected - true_brier,
        "slope_apparent": 1 - true_slope,
        "slope_corrected": float(slopes.mean()) - true_slope,
        "slope_median": float(np.median(slopes)) - true_slope,
    }
