"""How predictions would have to be stretched and shifted to fit a set of patients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from bonehold.modelling.regression.batched_newton import OwnPredictor, maximise
from bonehold.modelling.regression.terms import Floats

INTERCEPT_TOLERANCE = 1e-10
_MOST_STEPS = 200
_LINE_POINTS = 2001


@dataclass(frozen=True)
class Estimate:
    """A number and its standard error."""

    value: float
    std_error: float


@dataclass(frozen=True)
class Recalibration:
    """Calibration of one model in one set of patients.

    Attributes:
        citl: calibration-in-the-large: the intercept with the log-odds as offset, the slope held at 1.
        slope: of the outcome on the log-odds.
        joint_intercept: fitted together with the slope, as `rms::validate` prints it; not the CITL.
    """

    citl: Estimate
    slope: Estimate
    joint_intercept: Estimate


def calibration_lines(log_odds: Floats, y: Floats, weights: Floats | None = None) -> Floats:
    """Logistic regression of the outcome on each model's log-odds (Cox, Biometrika 1958;45:562-565).

    The intercept is the joint one that `rms::validate` prints, not calibration-in-the-large, for which the
    slope is held at 1.

    Args:
        log_odds: of n patients under B models, shape (B, n).
        y: outcome, shape (n,).
        weights: how often each patient counts, shape (B, n); once each if not given.

    Returns:
        Intercept and slope of each model, shape (B, 2); NaN where the log-odds are all equal.
    """
    mean = log_odds.mean(axis=1, keepdims=True)
    scale = np.where(np.ptp(log_odds, axis=1, keepdims=True) > 0, log_odds.std(axis=1, keepdims=True), 0.0)
    standardised = np.divide(log_odds - mean, scale, out=np.zeros_like(log_odds), where=scale > 0)
    times = np.ones_like(log_odds) if weights is None else weights
    fits = maximise(OwnPredictor(standardised), y, times, 2)
    slope = np.divide(fits.coefficients[:, 1:], scale, out=np.full_like(scale, np.nan), where=scale > 0)
    return np.hstack([fits.coefficients[:, :1] - slope * mean, slope])


def calibration_in_the_large(log_odds: Floats, y: Floats, weights: Floats) -> Floats:
    """Intercept of a logistic model with each model's log-odds as offset.

    The score sum w (y - expit(a + log-odds)) falls with a, so its zero is kept between two bounds; Newton's step is
    taken where it stays between them, else the interval is halved. Log-odds of separated fits, on which the plain iteration
    diverges, do no harm.

    Args:
        log_odds: of n patients under B models, shape (B, n).
        y: outcome, shape (n,) or (B, n).
        weights: how often each patient counts, shape (B, n).

    Returns:
        Shape (B,); NaN where only one outcome occurs.
    """
    events, total = (weights * y).sum(axis=1), weights.sum(axis=1)
    found = np.full(len(log_odds), np.nan)
    active = np.flatnonzero((events > 0) & (events < total))
    centre = logit(events[active] / total[active])
    counted = np.where(weights[active] > 0, log_odds[active], np.nan)
    low, high = centre - np.nanmax(counted, axis=1), centre - np.nanmin(counted, axis=1)
    now = np.clip(0.0, low, high)
    for _ in range(_MOST_STEPS):
        if not len(active):
            break
        mu = expit(log_odds[active] + now[:, None])
        w = weights[active]
        score = events[active] - (w * mu).sum(axis=1)
        information = (w * mu * (1 - mu)).sum(axis=1)
        low, high = np.where(score > 0, now, low), np.where(score > 0, high, now)
        newton = now + np.divide(score, information, out=np.full_like(score, np.inf), where=information > 0)
        inside = (newton >= low) & (newton <= high)
        following = np.where(inside, newton, (low + high) / 2)
        done = np.abs(following - now) <= INTERCEPT_TOLERANCE * (1 + np.abs(now))
        found[active[done]] = following[done]
        active, now, low, high = active[~done], following[~done], low[~done], high[~done]
    return found


def recalibration(log_odds: Floats, y: Floats) -> Recalibration:
    """CITL, slope and joint intercept of one model, with standard errors from the information.

    Args:
        log_odds: shape (n,).
        y: outcome, both values present, shape (n,).
    """
    shift = float(calibration_in_the_large(log_odds[None], y, np.ones((1, len(y))))[0])
    risk = expit(log_odds + shift)
    citl = Estimate(shift, float(1 / np.sqrt((risk * (1 - risk)).sum())))
    intercept, slope = calibration_lines(log_odds[None], y)[0].tolist()
    if np.isnan(slope):
        return Recalibration(citl, Estimate(np.nan, np.nan), Estimate(np.nan, np.nan))
    risk = expit(intercept + slope * log_odds)
    columns = np.column_stack([np.ones_like(log_odds), log_odds])
    information = columns.T @ (columns * (risk * (1 - risk))[:, None])
    errors = np.sqrt(np.diag(np.linalg.pinv(information)))
    return Recalibration(citl, Estimate(slope, float(errors[1])), Estimate(intercept, float(errors[0])))


def largest_distance(intercept: float, slope: float) -> float:
    """Largest distance of a recalibration line from the diagonal over risks of 0 to 1: the Emax of `rms::validate`.

    It is another number than `emax` of the smooth curve.

    Args:
        intercept: joint intercept.
        slope: slope.
    """
    with np.errstate(divide="ignore"):
        risk = np.linspace(0, 1, _LINE_POINTS)
        line = expit(intercept + slope * logit(risk[1:-1]))
    return float(np.abs(line - risk[1:-1]).max()) if np.isfinite([intercept, slope]).all() else np.nan
