"""Everything that is inferred from the fits of one model: estimates, limits, tests of coefficients and of terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bonehold.modelling.regression.fitting import fit
from bonehold.modelling.regression.logistic import FIRTH, NotConverged
from bonehold.modelling.regression.observations import Observations
from bonehold.modelling.regression.pooling import OverallTest, PooledFit, overall_test, pool
from bonehold.modelling.regression.profile_likelihood import (
    PENALISED_RATIO,
    FittedLikelihood,
    fitted_likelihood,
    likelihood_ratio,
    likelihood_ratio_over_sets,
    profile_limits,
)
from bonehold.modelling.regression.terms import Floats, term_positions

WALD, WALD_T = "Wald z", "Wald t"
PENALISED_PROFILE = "profile penalised likelihood"


@dataclass(frozen=True)
class Inference:
    """What one model says, over all its completed sets.

    Attributes:
        fit: pooled estimates.
        method: `maximum likelihood` or `Firth`.
        test: name of the test of single coefficients.
        ci_method: how the limits were found.
        statistics: of that test, shape (p,): z, t, or chi-square on 1 df for a likelihood ratio.
        p_values: two-sided, shape (p,).
        limits: 95 %, of log-odds, shape (p, 2).
        profile: 95 % profile limits, NaN where there are none, shape (p, 2).
        overall: column -> test of the whole term, by which it is selected.
        ratios: column -> likelihood-ratio test of the term; absent where there is none.
    """

    fit: PooledFit
    method: str
    test: str
    ci_method: str
    statistics: Floats
    p_values: Floats
    limits: Floats
    profile: Floats
    overall: Mapping[str, OverallTest]
    ratios: Mapping[str, OverallTest]


def infer(sets: Sequence[Observations], method: str) -> Inference:
    """Fit one model and infer what can be inferred.

    Maximum likelihood: Wald's limits and tests, and beside them profile limits and likelihood-ratio tests. Firth:
    Wald's are poor (Heinze and Schemper, Stat Med 2002;21:2409-2419), so limits, tests of coefficients and of terms
    are those of the penalised likelihood. Over several completed sets only Rubin's rules are at hand, hence Wald's t
    and D1 for both; the likelihood ratio is pooled as D3 for maximum likelihood only, for which it was derived.

    Args:
        sets: patients of the model, one entry per completed set.
        method: `maximum likelihood` or `Firth`.

    Raises:
        NotConverged: there are no finite estimates, or they were not reached.
    """
    fits = [fit(one.X, one.y, method) for one in sets]
    n, p = sets[0].X.shape
    pooled = pool(fits, n - p)
    likelihoods = [fitted_likelihood(one.X, one.y, own) for one, own in zip(sets, fits, strict=True)]
    positions = term_positions(sets[0].terms)
    if method == FIRTH and len(sets) == 1:
        return _penalised(pooled, likelihoods[0], positions)
    half = (pooled.quantiles * pooled.std_errors)[:, None] * np.array([-1.0, 1.0])
    ratios = {} if method == FIRTH else _ratios(likelihoods, positions)
    return Inference(
        fit=pooled,
        method=method,
        test=WALD if pooled.df is None else WALD_T,
        ci_method=WALD if pooled.df is None else WALD_T,
        statistics=pooled.coefficients / pooled.std_errors,
        p_values=pooled.p_values,
        limits=pooled.coefficients[:, None] + half,
        profile=profile_limits(likelihoods[0]) if len(sets) == 1 else np.full((p, 2), np.nan),
        overall={column: overall_test(pooled, places) for column, places in positions.items()},
        ratios=ratios,
    )


def _penalised(pooled: PooledFit, likelihood: FittedLikelihood, positions: Mapping[str, slice]) -> Inference:
    """Firth's fit to one set: everything from the penalised likelihood."""
    single = [
        likelihood_ratio(likelihood, slice(place, place + 1)) for place in range(len(pooled.coefficients))
    ]
    limits = profile_limits(likelihood)
    ratios = {column: likelihood_ratio(likelihood, places) for column, places in positions.items()}
    return Inference(
        fit=pooled,
        method=FIRTH,
        test=PENALISED_RATIO,
        ci_method=PENALISED_PROFILE,
        statistics=np.array([test.statistic for test in single]),
        p_values=np.array([test.p_value for test in single]),
        limits=limits,
        profile=limits,
        overall=ratios,
        ratios=ratios,
    )


def _ratios(
    likelihoods: Sequence[FittedLikelihood], positions: Mapping[str, slice]
) -> Mapping[str, OverallTest]:
    """The likelihood-ratio test of each term; one that is not reached is left out."""
    tests = {}
    for column, places in positions.items():
        try:
            tests[column] = likelihood_ratio_over_sets(likelihoods, places)
        except NotConverged:
            continue
    return tests
