"""One logistic fit by the method that a model names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bonehold.modelling.regression.firth import fit_firth
from bonehold.modelling.regression.likelihood import BinomialLikelihood, Likelihood, PenalisedLikelihood
from bonehold.modelling.regression.logistic import FIRTH, MAXIMUM_LIKELIHOOD, LogisticFit, fit_logistic
from bonehold.modelling.regression.terms import Floats

_FITS: Mapping[str, Callable[[Floats, Floats], LogisticFit]] = MappingProxyType(
    {MAXIMUM_LIKELIHOOD: fit_logistic, FIRTH: fit_firth}
)
_LIKELIHOODS: Mapping[str, Callable[[Floats, Floats], Likelihood]] = MappingProxyType(
    {MAXIMUM_LIKELIHOOD: BinomialLikelihood, FIRTH: PenalisedLikelihood}
)


def fit(X: Floats, y: Floats, method: str) -> LogisticFit:
    """Fit a logistic model.

    Args:
        X: design matrix, shape (n, p), first column ones, of full rank.
        y: outcome, 0 or 1, shape (n,).
        method: `maximum likelihood` or `Firth` (`Model.method`).

    Raises:
        NotConverged: there are no finite estimates, or they were not reached.
    """
    return _FITS[method](X, y)


def likelihood_of(X: Floats, y: Floats, method: str) -> Likelihood:
    """The log-likelihood that a method maximises; arguments as for `fit`."""
    return _LIKELIHOODS[method](X, y)
