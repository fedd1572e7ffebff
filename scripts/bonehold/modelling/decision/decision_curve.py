"""The decision curve and the clinical impact curve of a model, with what the bootstrap says about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bonehold.modelling.decision.net_benefit import (
    THRESHOLDS,
    flagged,
    interventions_avoided,
    net_benefit,
    treat_all,
)
from bonehold.modelling.performance.optimism import refit
from bonehold.modelling.performance.resampling import bootstrap_counts
from bonehold.modelling.regression.development_data import DevelopmentData
from bonehold.modelling.regression.model import Model
from bonehold.modelling.regression.terms import Floats

DECISION_COLUMNS = (
    *("strategy", "threshold", "net_benefit", "interventions_avoided", "ci_low", "ci_high"),
    *("standardised_net_benefit", "corrected_net_benefit", "optimism", "resamples", "ci_method"),
)
IMPACT_COLUMNS = (
    *("threshold", "high_risk", "high_risk_with_event", "high_risk_ci_low", "high_risk_ci_high"),
    *("with_event_ci_low", "with_event_ci_high", "cost_benefit_odds", "resamples", "ci_method"),
)
MODEL, TREAT_ALL, TREAT_NONE = "model", "treat_all", "treat_none"
BAND = "2.5 and 97.5 % of resamples, model refitted and counted in each"
PER = 1000
"""Patients that the clinical impact curve speaks of."""


@dataclass(frozen=True)
class Decisions:
    """Patients at high risk and net benefit at each threshold, t thresholds and B resamples.

    Attributes:
        thresholds: shape (t,).
        prevalence: share of events.
        true_positive: share of all patients, apparent, shape (t,).
        false_positive: likewise.
        resampled_true: of each refitted model in its resample, shape (B, t).
        resampled_false: likewise.
        resampled_benefit: net benefit there, shape (B, t).
        optimism: mean of (net benefit in the resample - in the original patients), shape (t,).
    """

    thresholds: Floats
    prevalence: float
    true_positive: Floats
    false_positive: Floats
    resampled_true: Floats
    resampled_false: Floats
    resampled_benefit: Floats
    optimism: Floats

    @property
    def benefit(self) -> Floats:
        """Apparent net benefit of the model, shape (t,)."""
        return net_benefit(self.true_positive, self.false_positive, self.thresholds)


def decisions(model: Model, data: DevelopmentData, repetitions: int, seed: int) -> Decisions:
    """Count patients at high risk at every threshold, in the development data and in its resamples.

    The resamples are those of the validation: the model is refitted in each, inside each completed set.

    Args:
        model: the model.
        data: its patients.
        repetitions: resamples B of each completed set.
        seed: seed of the run.
    """
    thresholds, y = np.array(THRESHOLDS), data.y
    once = np.ones((1, len(y)))
    apparent = flagged(data.risk[None], y, once, thresholds)
    true, false, differences = [], [], []
    for number, one in enumerate(data.sets):
        weights = bootstrap_counts(len(y), repetitions, seed, model.analysis, number)
        refits = refit(one.X, y, weights, model.method)
        risk = refits.risk
        inside = flagged(risk, y, refits.weights, thresholds)
        original = flagged(risk, y, np.ones_like(refits.weights), thresholds)
        true.append(inside[0])
        false.append(inside[1])
        differences.append(net_benefit(*inside, thresholds) - net_benefit(*original, thresholds))
    resampled_true, resampled_false = np.concatenate(true), np.concatenate(false)
    difference = np.concatenate(differences)
    return Decisions(
        thresholds=thresholds,
        prevalence=float(y.mean()),
        true_positive=apparent[0][0],
        false_positive=apparent[1][0],
        resampled_true=resampled_true,
        resampled_false=resampled_false,
        resampled_benefit=net_benefit(resampled_true, resampled_false, thresholds),
        optimism=difference.mean(axis=0) if len(difference) else np.full(len(thresholds), np.nan),
    )


def decision_rows(found: Decisions) -> Iterator[Mapping[str, Any]]:
    """Rows of `decision_curve.csv`: the model, then treating everybody, then nobody.

    The model's net benefit is apparent; its band are percentiles over resamples, cut at no value; the corrected one has
    the bootstrap's optimism taken off. The standardised net benefit is the share of the prevalence.
    """
    resamples = len(found.resampled_benefit)
    low, high = _percentiles(found.resampled_benefit)
    avoided = interventions_avoided(found.benefit, found.prevalence, found.thresholds)
    for place, threshold in enumerate(found.thresholds):
        yield {
            "strategy": MODEL,
            "threshold": threshold,
            "net_benefit": found.benefit[place],
            "interventions_avoided": avoided[place],
            "ci_low": low[place],
            "ci_high": high[place],
            "standardised_net_benefit": found.benefit[place] / found.prevalence,
            "corrected_net_benefit": found.benefit[place] - found.optimism[place],
            "optimism": found.optimism[place],
            "resamples": resamples,
            "ci_method": BAND,
        }
    everybody = treat_all(found.prevalence, found.thresholds)
    for strategy, benefit in ((TREAT_ALL, everybody), (TREAT_NONE, np.zeros_like(everybody))):
        avoided = interventions_avoided(benefit, found.prevalence, found.thresholds)
        for place, threshold in enumerate(found.thresholds):
            yield {
                "strategy": strategy,
                "threshold": threshold,
                "net_benefit": benefit[place],
                "interventions_avoided": avoided[place],
                "standardised_net_benefit": benefit[place] / found.prevalence,
            }


def impact_rows(found: Decisions) -> Iterator[Mapping[str, Any]]:
    """Rows of `clinical_impact.csv`: of 1000 patients those at high risk, and those of them with the event.

    After Kerr, Brown, Zhu, Janes (Journal of Clinical Oncology 2016;34:2534-2540); apparent.
    """
    resampled = found.resampled_true + found.resampled_false
    low, high = _percentiles(resampled)
    event_low, event_high = _percentiles(found.resampled_true)
    for place, threshold in enumerate(found.thresholds):
        yield {
            "threshold": threshold,
            "high_risk": PER * (found.true_positive[place] + found.false_positive[place]),
            "high_risk_with_event": PER * found.true_positive[place],
            "high_risk_ci_low": PER * low[place],
            "high_risk_ci_high": PER * high[place],
            "with_event_ci_low": PER * event_low[place],
            "with_event_ci_high": PER * event_high[place],
            "cost_benefit_odds": threshold / (1 - threshold),
            "resamples": len(resampled),
            "ci_method": BAND,
        }


def _percentiles(values: Floats) -> tuple[Floats, Floats]:
    if not len(values):
        nothing = np.full(values.shape[1], np.nan)
        return nothing, nothing
    low, high = np.quantile(values, [0.025, 0.975], axis=0)
    return low, high
