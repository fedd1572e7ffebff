"""Harrell's bootstrap as a plain loop with statsmodels, scikit-learn and scipy: the peer of the benchmark."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.metrics import brier_score_loss, confusion_matrix, roc_auc_score, roc_curve
from statsmodels.nonparametric.smoothers_lowess import lowess
from statsmodels.tools.sm_exceptions import PerfectSeparationError

Floats = NDArray[np.float64]
GRID_POINTS = 50


def bootstrap_loop(X: Floats, y: Floats, repetitions: int) -> int:
    """Optimism of every measure and of the calibration curve; the number of resamples that could be fitted.

    Args:
        X: predictors, shape (n, k).
        y: outcome, shape (n,).
        repetitions: resamples.
    """
    random = np.random.default_rng(1)
    design = sm.add_constant((X - X.mean(axis=0)) / X.std(axis=0))
    model = sm.Logit(y, design).fit(disp=False)
    risk = np.sort(model.predict(design))
    grid = np.linspace(risk[4], risk[-5], GRID_POINTS)
    optimism, curves = [], []
    for _ in range(repetitions):
        drawn = random.integers(0, len(y), len(y))
        try:
            fit = sm.Logit(y[drawn], design[drawn]).fit(disp=False)
        except (np.linalg.LinAlgError, PerfectSeparationError):
            continue
        log_odds = design @ fit.params
        here, curve, cutoff = _measures(log_odds[drawn], y[drawn], grid, None)
        there, original, _ = _measures(log_odds, y, grid, cutoff)
        here |= {"citl": 0.0, "slope": 1.0, "joint_intercept": 0.0}
        there |= _recalibration(log_odds, y)
        optimism.append({name: here[name] - there[name] for name in here})
        curves.append(curve - original)
    np.nanmean(curves, axis=0)
    {name: np.nanmean([one[name] for one in optimism]) for name in optimism[0]}
    return len(optimism)


def _measures(
    log_odds: Floats, y: Floats, grid: Floats, cutoff: float | None
) -> tuple[dict[str, float], Floats, float]:
    """Measures in one sample, its calibration curve, and its Youden cut-off unless one is given."""
    risk = expit(log_odds)
    share = y.mean()
    brier = brier_score_loss(y, risk)
    if cutoff is None:
        fpr, tpr, thresholds = roc_curve(y, log_odds, drop_intermediate=False)
        cutoff = float(thresholds[np.argmax(tpr - fpr)])
    (tn, fp), (fn, tp) = confusion_matrix(y, log_odds >= cutoff, labels=[0, 1])
    threshold = min(expit(cutoff), 0.99)
    line = lowess(y, risk, frac=2 / 3, it=0, delta=0.01 * np.ptp(risk))
    x, first = np.unique(line[:, 0], return_index=True)
    distance = np.abs(risk - np.interp(risk, x, line[first, 1]))
    values = {
        "auc": roc_auc_score(y, log_odds),
        "brier": brier,
        "scaled_brier": 1 - brier / (share * (1 - share)),
        "emax": distance.max(),
        "eavg": distance.mean(),
        "e50": np.quantile(distance, 0.5),
        "e90": np.quantile(distance, 0.9),
        "sensitivity": tp / (tp + fn),
        "specificity": tn / (tn + fp),
        "ppv": tp / (tp + fp),
        "npv": tn / (tn + fn),
        "youden": tp / (tp + fn) + tn / (tn + fp) - 1,
        "net_benefit": tp / len(y) - fp / len(y) * threshold / (1 - threshold),
    }
    return values, np.interp(grid, x, line[first, 1], left=np.nan, right=np.nan), cutoff


def _recalibration(log_odds: Floats, y: Floats) -> Mapping[str, float]:
    line = sm.Logit(y, sm.add_constant(log_odds)).fit(disp=False).params
    offset = sm.GLM(y, np.ones(len(y)), family=sm.families.Binomial(), offset=log_odds).fit()
    return {"citl": float(offset.params[0]), "slope": float(line[1]), "joint_intercept": float(line[0])}
