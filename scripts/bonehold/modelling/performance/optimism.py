"""Harrell's bootstrap correction for optimism: how much better a model looks in its own data than it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy.special import expit

from bonehold.modelling.performance.measures import MEASURES, Sample, measured
from bonehold.modelling.regression.batched_firth import STOPPING_RULE as FIRTH_STOPPING_RULE
from bonehold.modelling.regression.batched_firth import fit_firth_samples
from bonehold.modelling.regression.batched_newton import (
    STOPPING_RULE,
    BatchedFits,
    EarlyStop,
    Status,
    fit_samples,
)
from bonehold.modelling.regression.logistic import FIRTH, MAXIMUM_LIKELIHOOD
from bonehold.modelling.regression.model import linear_predictors
from bonehold.modelling.regression.terms import Floats

STOPPED_EARLY = "maximum likelihood, stopped early"
"""As `rms::lrm.fit` stops by default, which its bootstrap does; only to give the numbers that it prints."""
RMS = EarlyStop(change=0.025, most_steps=12)


def _stopped_early(X: Floats, y: Floats, weights: Floats) -> BatchedFits:
    """Fits that stop as those of `rms`; whether they separate is told by the converged ones."""
    return BatchedFits(fit_samples(X, y, weights, RMS).coefficients, fit_samples(X, y, weights).statuses)


FITS: Mapping[str, Callable[[Floats, Floats, Floats], BatchedFits]] = MappingProxyType(
    {MAXIMUM_LIKELIHOOD: fit_samples, STOPPED_EARLY: _stopped_early, FIRTH: fit_firth_samples}
)
"""How all resamples are fitted at once, by the method of the model."""
STOPPING_RULES = MappingProxyType(
    {
        MAXIMUM_LIKELIHOOD: STOPPING_RULE,
        STOPPED_EARLY: f"as rms::lrm.fit: -2 log likelihood moves by < {RMS.change}, at most {RMS.most_steps} steps",
        FIRTH: FIRTH_STOPPING_RULE,
    }
)


@dataclass(frozen=True)
class Refits:
    """The model refitted in each resample that could be fitted.

    Attributes:
        weights: how often each patient stands in each resample, shape (used, n).
        log_odds: of the original patients under each refitted model, shape (used, n).
        separated: which refits separate (kept, since dropping them would flatter the model), shape (used,).
        singular: number of resamples that could not be fitted and are left out.
        method: how they were fitted.
        not_converged: Firth's fits that ended before their steps were small (kept).
    """

    weights: Floats
    log_odds: Floats
    separated: np.ndarray
    singular: int
    method: str = MAXIMUM_LIKELIHOOD
    not_converged: int = 0

    @property
    def risk(self) -> Floats:
        """Risk of the original patients under each refitted model, shape (used, n)."""
        return np.asarray(expit(self.log_odds))


@dataclass(frozen=True)
class Tally:
    """What became of the resamples.

    Attributes:
        drawn: resamples drawn.
        singular: left out: a column is constant or aliased in the resample, or one outcome is missing.
        separated: kept, though some coefficients grow without bound.
        not_converged: kept, though Firth's fit ended early.
        intercept_only: kept: nothing was selected, everybody has the same risk (AUC .5).
    """

    drawn: int = 0
    singular: int = 0
    separated: int = 0
    not_converged: int = 0
    intercept_only: int = 0

    @property
    def used(self) -> int:
        """Resamples that count."""
        return self.drawn - self.singular

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(mine + its for mine, its in zip(_counts(self), _counts(other), strict=True)))


@dataclass(frozen=True)
class Resamples:
    """Each usable refit with the sample it was fitted to and the original patients, in the same order."""

    in_sample: Sample
    in_original: Sample
    tally: Tally


@dataclass(frozen=True)
class Resampled:
    """Every measure of each refitted model in its own resample and in the original data.

    Attributes:
        in_sample: measure -> values, shape (used,).
        in_original: the same in the original patients; counts at the cut-off of the resample.
        curves: calibration curve in the resample less that in the original data, shape (used, points); NaN at points
            that one of them does not reach.
        tally: what became of the resamples.
    """

    in_sample: Mapping[str, Floats]
    in_original: Mapping[str, Floats]
    curves: Floats
    tally: Tally


@dataclass(frozen=True)
class CorrectedMeasure:
    """A measure corrected for optimism.

    Attributes:
        apparent: in the data the model was fitted to.
        optimism: mean over resamples of (value in the resample - value in the original data); NaN without
            any.
        corrected: apparent - optimism.
        ci_low: lower 95 % limit of the corrected value.
        ci_high: upper limit.
        resamples: in how many resamples the measure is defined on both sides.
    """

    apparent: float
    optimism: float
    corrected: float
    ci_low: float
    ci_high: float
    resamples: int


def refit_method(method: str, firth: bool, stopping_rule: str) -> str:
    """How resamples are fitted: as the model, unless the configuration has it otherwise.

    Args:
        method: of the model.
        firth: by Firth's method, whatever the model's.
        stopping_rule: `converged` or `rms`, of maximum likelihood.
    """
    if firth or method == FIRTH:
        return FIRTH
    return STOPPED_EARLY if stopping_rule == "rms" else method


def refit(X: Floats, y: Floats, weights: Floats, method: str = MAXIMUM_LIKELIHOOD) -> Refits:
    """Fit the model again in every resample.

    Args:
        X: design matrix, shape (n, p).
        y: outcome, shape (n,).
        weights: how often each patient stands in each resample, shape (B, n).
        method: `maximum likelihood` or `Firth` (`Model.method`).
    """
    fits = FITS[method](X, y, weights)
    fitted = ~fits.having(Status.SINGULAR)
    return Refits(
        weights=weights[fitted],
        log_odds=linear_predictors(X, fits.coefficients[fitted]),
        separated=fits.having(Status.SEPARATED)[fitted],
        singular=int((~fitted).sum()),
        method=method,
        not_converged=int(fits.having(Status.NOT_CONVERGED).sum()),
    )


def resamples_of(refits: Refits, y: Floats) -> Resamples:
    """The refits of one model beside the original patients, of whom each counts once."""
    return Resamples(
        in_sample=Sample(refits.log_odds, y, refits.weights, own=refits.method != FIRTH),
        in_original=Sample(refits.log_odds, y, np.ones_like(refits.weights)),
        tally=Tally(
            drawn=len(refits.weights) + refits.singular,
            singular=refits.singular,
            separated=int(refits.separated.sum()),
            not_converged=refits.not_converged,
        ),
    )


def resampled(resamples: Resamples, grid: Floats) -> Resampled:
    """Measure each refitted model in its resample and in the original data.

    The cut-off is chosen again in each resample by the project's rule (largest Youden index, of equal ones the higher
    sensitivity) and applied to both.

    Args:
        resamples: the refits.
        grid: risks at which the calibration curve is wanted, shape (points,).
    """
    here = measured(resamples.in_sample, grid)
    there = measured(resamples.in_original, grid, here.cutoffs)
    return Resampled(here.values, there.values, here.curve - there.curve, resamples.tally)


def together(parts: Sequence[Resampled]) -> Resampled:
    """The resamples of all completed sets as one: every mean over them is the mean over the sets."""
    return Resampled(
        {name: np.concatenate([part.in_sample[name] for part in parts]) for name in MEASURES},
        {name: np.concatenate([part.in_original[name] for part in parts]) for name in MEASURES},
        np.concatenate([part.curves for part in parts]),
        sum((part.tally for part in parts), Tally()),
    )


def optimism_corrected(
    apparent: float,
    in_sample: Floats,
    in_original: Floats,
    bounds: tuple[float, float] = (0.0, 1.0),
    interval: tuple[float, float] | None = None,
) -> CorrectedMeasure:
    """Correct a measure for optimism (Harrell, Lee, Mark, Statistics in Medicine 1996;15:361-387).

    optimism = mean over resamples of (measure in the resample - measure in the original data) of the model
    refitted in the resample; corrected = apparent - optimism.

    The interval is location-shifted (Noma, Shinozaki, Iba, Teramukai, Furukawa, Statistics in Medicine
    2021;40:5691-5701): an interval of the apparent value, moved down by the optimism and cut to the range of the
    measure. It does not contain the uncertainty of the optimism itself.

    Args:
        apparent: the measure in the development data.
        in_sample: of each refitted model in its resample, shape (used,); NaN where it is not defined.
        in_original: of each refitted model in the original data, shape (used,).
        bounds: range of the measure.
        interval: limits of the apparent value; if not given, the 2.5 and 97.5 % points of `in_sample`.
    """
    defined = np.isfinite(in_sample) & np.isfinite(in_original)
    if not defined.any():
        return CorrectedMeasure(apparent, np.nan, np.nan, np.nan, np.nan, 0)
    optimism = float((in_sample[defined] - in_original[defined]).mean())
    limits = np.quantile(in_sample[defined], [0.025, 0.975]) if interval is None else np.array(interval)
    low, high = np.clip(limits - optimism, *bounds).tolist()
    return CorrectedMeasure(apparent, optimism, apparent - optimism, low, high, int(defined.sum()))


def _counts(tally: Tally) -> tuple[int, ...]:
    return (tally.drawn, tally.singular, tally.separated, tally.not_converged, tally.intercept_only)
