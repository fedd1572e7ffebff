"""How much a patient's predicted risk depends on which patients the model happened to be developed in.

Riley and Collins, Biometrical Journal 2023;65:2200302: the model is developed again in bootstrap samples, and the
risks of the original patients under those models are held against their original risks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bonehold.modelling.performance.calibration import calibration_grid
from bonehold.modelling.performance.optimism import Refits
from bonehold.modelling.performance.smoothing import smoothed
from bonehold.modelling.regression.development_data import DevelopmentData
from bonehold.modelling.regression.terms import Floats

BAND = (0.025, 0.975)


@dataclass(frozen=True)
class Instability:
    """Instability of each patient's prediction; all arrays have shape (n,).

    Attributes:
        risk: by the original model, the mean over the completed sets.
        mean: of the risks under the bootstrap models.
        ci_low: 2.5 % point of these risks.
        ci_high: 97.5 % point.
        mape: mean absolute difference of these risks from the original one.
        changes: share of the bootstrap models that put the patient on the other side of the cut-off.
    """

    risk: Floats
    mean: Floats
    ci_low: Floats
    ci_high: Floats
    mape: Floats
    changes: Floats


def instability(data: DevelopmentData, refits: Sequence[Refits], cutoff: float) -> Instability:
    """Measure the instability of each patient's risk.

    Within each completed set the risks under its bootstrap models are compared with the original model's risk in
    that set, and differences and changes of side are averaged over the sets; the band is that of the risks of
    all sets together. NaN where no resample could be fitted.

    Args:
        data: patients of the model, with its risk in each completed set.
        refits: the model refitted in the resamples of each set, in the same order.
        cutoff: patients at or above it are called at high risk.
    """
    if not all(len(one.weights) for one in refits):
        nothing = np.full_like(data.risk, np.nan)
        return Instability(data.risk, nothing, nothing, nothing, nothing, nothing)
    risks = [one.risk for one in refits]
    pairs = list(zip(risks, (one.risk for one in data.sets), strict=True))
    low, high = np.quantile(np.concatenate(risks), BAND, axis=0)
    return Instability(
        risk=data.risk,
        mean=np.mean([risk.mean(axis=0) for risk in risks], axis=0),
        ci_low=low,
        ci_high=high,
        mape=np.mean([np.abs(risk - original).mean(axis=0) for risk, original in pairs], axis=0),
        changes=np.mean(
            [((risk >= cutoff) != (original >= cutoff)).mean(axis=0) for risk, original in pairs], axis=0
        ),
    )


def calibration_curves(data: DevelopmentData, refits: Sequence[Refits], most: int) -> Floats:
    """Smooth calibration curves of the original and of the first bootstrap models, in the original data.

    Args:
        data: patients of the model.
        refits: the model refitted in the resamples of each completed set; the sets take turns.
        most: number of bootstrap models.

    Returns:
        Predicted and observed risk of each curve, shape (1 + curves, 2, 50), the original model first.
    """
    curves = [_curve(data.risk, data.y)]
    turns = [
        one.risk[place] for place in range(most) for one in refits if place < len(one.weights)
    ]  # the first resample of every set, then the second ...
    curves += [_curve(risk, data.y) for risk in turns[:most]]
    return np.array(curves)


def _curve(risk: Floats, y: Floats) -> Floats:
    """A curve between the fifth smallest and the fifth largest risk of a model, as the calibration figure has it."""
    grid = calibration_grid(risk)
    return np.array([grid, smoothed(risk, y, grid)])
