"""How many patients a logistic prediction model needs, after Riley and co-workers.

Riley, Snell, Ensor, Burke, Harrell, Moons, Collins, Statistics in Medicine 2019;38:1276-1296 (criteria 1 to 3), and
van Smeden, Moons, de Groot, Collins, Altman, Eijkemans, Reitsma, Statistical Methods in Medical Research
2019;28:2455-2474 (criterion 4).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, ndtri

SHRINKAGE = 0.9
"""Criterion 1: coefficients that have to be shrunken by at most a tenth."""
R2_OPTIMISM = 0.05
"""Criterion 2: largest difference of apparent and adjusted R2, on Nagelkerke's scale."""
RISK_MARGIN = 0.05
"""Criterion 3: half width of the 95 % CI of the overall risk."""
MAPE = 0.05
"""Criterion 4: mean absolute error of the predicted risks."""
_Z = 1.96  # rounded, as in the paper and in `pmsampsize`
_QUADRATURE_POINTS = 200


@dataclass(frozen=True)
class Plan:
    """What a model is planned with.

    Attributes:
        parameters: coefficients without the intercept, of all predictors that are looked at.
        prevalence: share of patients with the event.
        r2: anticipated Cox-Snell R2.
    """

    parameters: int
    prevalence: float
    r2: float


@dataclass(frozen=True)
class Need:
    """What one criterion asks for.

    Attributes:
        criterion: number of the criterion.
        aim: what it holds within bounds, in words.
        n: patients needed, rounded up; None where no number is enough (an R2 of 0).
        shrinkage: expected shrinkage with so many patients; None for criteria that do not use it.
    """

    criterion: int
    aim: str
    n: int | None
    shrinkage: float | None = None


def needs(plan: Plan) -> tuple[Need, ...]:
    """What the four criteria ask for.

    (1) n = P / ((S - 1) ln(1 - R2/S)) with S = .9; (2) the same with S = R2 / (R2 + .05 max R2); (3) n = (1.96/.05)^2
    q (1 - q); (4) n = exp((-0.508 + 0.259 ln q + 0.504 ln P - ln .05)/0.544), found by simulation for up to some
    thirty parameters. P parameters, q prevalence.

    Args:
        plan: what the model is planned with.
    """
    q, P = plan.prevalence, plan.parameters
    target = plan.r2 / (plan.r2 + R2_OPTIMISM * max_r2(q))
    margin = (_Z / RISK_MARGIN) ** 2 * q * (1 - q)
    error = math.exp((-0.508 + 0.259 * math.log(q) + 0.504 * math.log(P) - math.log(MAPE)) / 0.544)
    return (
        Need(1, f"shrinkage at least {SHRINKAGE}", _for_shrinkage(plan, SHRINKAGE), SHRINKAGE),
        Need(2, f"optimism of R2 at most {R2_OPTIMISM} (Nagelkerke)", _for_shrinkage(plan, target), target),
        Need(3, f"overall risk within {RISK_MARGIN}", math.ceil(margin)),
        Need(4, f"mean absolute error of risks at most {MAPE}", math.ceil(error)),
    )


def binding(found: Sequence[Need]) -> Need:
    """The criterion that asks for the most patients; one that no number meets goes before all others."""
    return max(found, key=lambda need: math.inf if need.n is None else need.n)


def _for_shrinkage(plan: Plan, shrinkage: float) -> int | None:
    if not 0 < plan.r2 < shrinkage:
        return None
    return math.ceil(plan.parameters / ((shrinkage - 1) * math.log(1 - plan.r2 / shrinkage)))


def max_r2(prevalence: float) -> float:
    """Largest Cox-Snell R2 that a binary outcome can have, 1 - (q^q (1-q)^(1-q))^2.

    >>> round(max_r2(0.144), 3)
    0.561
    """
    return 1 - math.exp(2 * _null_log_likelihood(prevalence))


def cox_snell_r2(likelihood_ratio: float, n: int) -> float:
    """R2 = 1 - exp(-LR/n) (Cox and Snell, Analysis of Binary Data, 1989).

    Args:
        likelihood_ratio: chi-square of the model against the one without predictors.
        n: patients.
    """
    return 1 - math.exp(-likelihood_ratio / n)


def heuristic_shrinkage(likelihood_ratio: float, parameters: int) -> float:
    """Expected shrinkage (LR - P) / LR (van Houwelingen and le Cessie, Statistics in Medicine 1990;9:1303-1325).

    It is negative where the model explains less than so many parameters do by chance.
    """
    return 1 - parameters / likelihood_ratio if likelihood_ratio > 0 else math.nan


def r2_of_auc(auc: float, prevalence: float) -> float:
    """Cox-Snell R2 of a model with a given AUC, its log-odds normal in events and in non-events.

    Riley, Van Calster, Collins (Statistics in Medicine 2021;40:859-864) draw a large sample of such log-odds, sqrt(2)
    probit(AUC) apart with variance 1, and fit a model to it. Here is the limit of ever larger samples, by
    Gauss-Hermite quadrature: with equal variances the log-odds of the event is exactly linear in the drawn value,
    logit(q) + d x - d^2/2, so nothing needs to be drawn or fitted.

    Args:
        auc: from .5 to below 1.
        prevalence: share of patients with the event.
    """
    apart = math.sqrt(2) * float(ndtri(auc))
    x, weight = np.polynomial.hermite_e.hermegauss(_QUADRATURE_POINTS)
    weight = weight / weight.sum()
    start = float(logit(prevalence)) - apart**2 / 2
    in_events = float(weight @ np.log(expit(start + apart * (x + apart))))
    in_others = float(weight @ np.log(expit(-(start + apart * x))))
    mean = prevalence * in_events + (1 - prevalence) * in_others
    return 1 - math.exp(2 * (_null_log_likelihood(prevalence) - mean))


def _null_log_likelihood(q: float) -> float:
    """Mean log-likelihood of a patient under the model without predictors."""
    return q * math.log(q) + (1 - q) * math.log(1 - q)
