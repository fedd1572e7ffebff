"""Harrell's bootstrap correction for optimism: how much better a model looks in its own data than it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy.special import expit

from bonehold.modelling.performance.discrimination import auc_by_row
from bonehold.modelling.performance.recalibration import calibration_lines
from bonehold.modelling.regression.batched_firth import fit_firth_samples
from bonehold.modelling.regression.batched_newton import BatchedFits, Status, fit_samples
from bonehold.modelling.regression.logistic import FIRTH, MAXIMUM_LIKELIHOOD
from bonehold.modelling.regression.model import linear_predictors
from bonehold.modelling.regression.terms import Floats


_FITS: Mapping[str, Callable[[Floats, Floats, Floats], BatchedFits]] = MappingProxyType(
    {MAXIMUM_LIKELIHOOD: fit_samples, FIRTH: fit_firth_samples}
)


@dataclass(frozen=True)
class Refits:
    """The model refitted in each resample that could be fitted.

    Attributes:
        weights: how often each patient stands in each resample, shape (used, n).
        log_odds: of the original patients under each refitted model, shape (used, n).
        separated: which refits separate (kept, since dropping them would flatter the model), shape (used,).
        singular: number of resamples that could not be fitted and are left out.
    """

    weights: Floats
    log_odds: Floats
    separated: np.ndarray
    singular: int

    @property
    def risk(self) -> Floats:
        """Risk of the original patients under each refitted model, shape (used, n)."""
        return np.asarray(expit(self.log_odds))


@dataclass(frozen=True)
class ResampledMeasure:
    """A measure of each refitted model in its own resample and in the original data, shapes (used,)."""

    in_sample: Floats
    in_original: Floats


@dataclass(frozen=True)
class CorrectedMeasure:
    """A measure between 0 and 1, corrected for optimism.

    Attributes:
        apparent: in the data the model was fitted to.
        optimism: mean over resamples of (value in the resample - value in the original data); NaN without
            any.
        corrected: apparent - optimism.
        ci_low: lower 95 % limit of the corrected value.
        ci_high: upper limit.
    """

    apparent: float
    optimism: float
    corrected: float
    ci_low: float
    ci_high: float


def refit(X: Floats, y: Floats, weights: Floats, method: str = MAXIMUM_LIKELIHOOD) -> Refits:
    """Fit the model again in every resample.

    Args:
        X: design matrix, shape (n, p).
        y: outcome, shape (n,).
        weights: how often each patient stands in each resample, shape (B, n).
        method: `maximum likelihood` or `Firth` (`Model.method`).
    """
    fits = _FITS[method](X, y, weights)
    fitted = ~fits.having(Status.SINGULAR)
    return Refits(
        weights=weights[fitted],
        log_odds=linear_predictors(X, fits.coefficients[fitted]),
        separated=fits.having(Status.SEPARATED)[fitted],
        singular=int((~fitted).sum()),
    )


def resampled_auc(refits: Refits, y: Floats) -> ResampledMeasure:
    """AUC of each refitted model in its resample and in the original data."""
    return ResampledMeasure(
        auc_by_row(refits.log_odds, y, refits.weights),
        auc_by_row(refits.log_odds, y, np.ones_like(refits.weights)),
    )


def resampled_brier(refits: Refits, y: Floats) -> ResampledMeasure:
    """Brier score of each refitted model in its resample and in the original data."""
    squares = (refits.risk - y) ** 2
    return ResampledMeasure((refits.weights * squares).sum(axis=1) / len(y), squares.mean(axis=1))


def resampled_slope(refits: Refits, y: Floats) -> ResampledMeasure:
    """Calibration slope of each refitted model in the original data; in its resample it is 1."""
    slope = calibration_lines(refits.log_odds, y)[:, 1]
    return ResampledMeasure(np.ones_like(slope), slope)


def optimism_corrected(apparent: float, resampled: ResampledMeasure) -> CorrectedMeasure:
    """Correct a measure for optimism (Harrell, Lee, Mark, Statistics in Medicine 1996;15:361-387).

    optimism = mean over resamples of (measure in the resample - measure in the original data) of the model
    refitted in the resample; corrected = apparent - optimism.

    The interval is the location-shifted bootstrap interval of Noma, Shinozaki, Iba, Teramukai, Furukawa
    (Statistics in Medicine 2021;40:5691-5701): the 2.5 and 97.5 % points of the measure over the resamples,
    both moved down by the optimism and cut to [0, 1]. It does not contain the uncertainty of the optimism itself.

    Args:
        apparent: the measure in the development data; one that lies between 0 and 1.
        resampled: the measure of the refitted models.
    """
    if not len(resampled.in_sample):
        return CorrectedMeasure(apparent, np.nan, np.nan, np.nan, np.nan)
    optimism = float((resampled.in_sample - resampled.in_original).mean())
    low, high = np.clip(np.quantile(resampled.in_sample, [0.025, 0.975]) - optimism, 0, 1)
    return CorrectedMeasure(apparent, optimism, apparent - optimism, float(low), float(high))
