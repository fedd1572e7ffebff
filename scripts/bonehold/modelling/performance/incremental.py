"""What a predictor adds: nested models on the same patients, compared without flattering the larger one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from bonehold.modelling.decision.net_benefit import flagged, net_benefit
from bonehold.modelling.performance.discrimination import auc_by_row, pooled_delong
from bonehold.modelling.performance.resampling import bootstrap_counts
from bonehold.modelling.regression.batched_newton import Status, fit_samples
from bonehold.modelling.regression.model import linear_predictors
from bonehold.modelling.regression.nested_fits import MaximisedLikelihood
from bonehold.modelling.regression.terms import Floats

AUC, BRIER, SCALED_BRIER = "auc", "brier", "scaled_brier"


@dataclass(frozen=True)
class Resampled:
    """A measure of one model over the resamples of all completed sets.

    Attributes:
        apparent: of the model in the data it was fitted to.
        in_sample: of each refit in its resample, shape (sets x B,); NaN where it could not be fitted.
        in_original: of each refit in the original data, likewise.
    """

    apparent: float
    in_sample: Floats
    in_original: Floats


@dataclass(frozen=True)
class Corrected:
    """A measure corrected for optimism.

    Attributes:
        apparent: in the data the model was fitted to.
        optimism: mean of (value in the resample - value in the original data).
        corrected: apparent - optimism.
        ci_low: 2.5 % point of the values in the resamples, minus the optimism.
        ci_high: 97.5 % point, likewise.
    """

    apparent: float
    optimism: float
    corrected: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class BootstrappedModel:
    """A model with all its measures over the resamples.

    Attributes:
        measures: name -> measure: `auc`, `brier`, `scaled_brier`, and the net benefit at each threshold by the
            threshold's name.
        auc_ci: DeLong's interval of the apparent area.
        usable: which resamples could be fitted, shape (sets x B,).
        separated: number of refits in which the predictors separate the outcomes; they are kept.
    """

    measures: Mapping[str, Resampled]
    auc_ci: tuple[float, float]
    usable: NDArray[np.bool_]
    separated: int


def resamples(n: int, repetitions: int, seed: int, analysis: str, sets: int) -> tuple[Floats, ...]:
    """The resamples of every completed set, the same for all models.

    Args:
        n: patients.
        repetitions: B.
        seed: of the run.
        analysis: name of the analysis.
        sets: number of completed sets.
    """
    return tuple(bootstrap_counts(n, repetitions, seed, analysis, number) for number in range(sets))


def bootstrap_model(
    fit: MaximisedLikelihood, weights: Sequence[Floats], thresholds: Mapping[str, float]
) -> BootstrappedModel:
    """Measure a model in its own data, and refit and measure it in every resample.

    Args:
        fit: the model; over several sets its apparent values are those of the pooled coefficients in each set, averaged
            (AUC: pooled on the logit scale).
        weights: resamples of each set, shape (B, n) each.
        thresholds: name -> threshold of risk for the net benefit.
    """
    once = np.ones((1, len(fit.y)))
    log_odds = [linear_predictors(X, fit.pooled[None]) for X in fit.X]
    own = [_measures(one, fit.y, once, thresholds) for one in log_odds]
    area = pooled_delong([one[0] for one in log_odds], fit.y)
    apparent = {name: float(np.mean([one[name] for one in own])) for name in own[0]} | {AUC: area.auc}
    in_sample, in_original, usable, separated = [], [], [], 0
    for X, counts in zip(fit.X, weights, strict=True):
        refits = fit_samples(X, fit.y, counts)
        fitted = ~refits.having(Status.SINGULAR)
        separated += int(refits.having(Status.SEPARATED).sum())
        # Where nothing was fitted the log-odds are NaN; zeros stand in while measuring, NaN afterwards.
        refitted = linear_predictors(X, np.where(fitted[:, None], refits.coefficients, 0.0))
        in_sample.append(_blanked(_measures(refitted, fit.y, counts, thresholds), fitted))
        everybody = np.ones_like(counts)
        in_original.append(_blanked(_measures(refitted, fit.y, everybody, thresholds), fitted))
        usable.append(fitted)
    return BootstrappedModel(
        measures={
            name: Resampled(
                value,
                np.concatenate([one[name] for one in in_sample]),
                np.concatenate([one[name] for one in in_original]),
            )
            for name, value in apparent.items()
        },
        auc_ci=(area.ci_low, area.ci_high),
        usable=np.concatenate(usable),
        separated=separated,
    )


def corrected(measure: Resampled, usable: NDArray[np.bool_]) -> Corrected:
    """Correct a measure for optimism, as `bonehold.modelling.performance.optimism` does, without cutting it to [0, 1].

    The interval is location-shifted (Noma et al., Statistics in Medicine 2021;40:5691-5701): percentiles of the values
    in the resamples, both moved down by the optimism.

    Args:
        measure: the measure.
        usable: which resamples count, shape as in the measure.
    """
    return _shifted(measure.apparent, measure.in_sample[usable], measure.in_original[usable])


def corrected_difference(larger: Resampled, smaller: Resampled, usable: NDArray[np.bool_]) -> Corrected:
    """Difference of a measure between two models refitted in the same resamples, corrected for optimism.

    The apparent difference flatters the model with more predictors; so does that in each resample, by as much.

    Args:
        larger: measure of the one model.
        smaller: of the other.
        usable: resamples in which both could be fitted.
    """
    return _shifted(
        larger.apparent - smaller.apparent,
        (larger.in_sample - smaller.in_sample)[usable],
        (larger.in_original - smaller.in_original)[usable],
    )


def _measures(
    log_odds: Floats, y: Floats, weights: Floats, thresholds: Mapping[str, float]
) -> dict[str, Floats]:
    risk = expit(log_odds)
    total = weights.sum(axis=1)
    brier = (weights * (risk - y) ** 2).sum(axis=1) / total
    share = weights @ y / total
    variance = share * (1 - share)
    scaled = 1 - np.divide(brier, variance, out=np.full_like(brier, np.nan), where=variance > 0)
    grid = np.array(list(thresholds.values()))
    benefit = net_benefit(*flagged(risk, y, weights, grid), grid)
    benefits = {name: benefit[:, place] for place, name in enumerate(thresholds)}
    return {AUC: auc_by_row(log_odds, y, weights), BRIER: brier, SCALED_BRIER: scaled, **benefits}


def _blanked(measures: Mapping[str, Floats], fitted: NDArray[np.bool_]) -> dict[str, Floats]:
    return {name: np.where(fitted, values, np.nan) for name, values in measures.items()}


def _shifted(apparent: float, in_sample: Floats, in_original: Floats) -> Corrected:
    if not len(in_sample):
        return Corrected(apparent, np.nan, np.nan, np.nan, np.nan)
    optimism = float((in_sample - in_original).mean())
    low, high = np.quantile(in_sample, [0.025, 0.975]) - optimism
    return Corrected(apparent, optimism, apparent - optimism, float(low), float(high))
