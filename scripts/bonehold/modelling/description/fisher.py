"""Fisher's exact test of two groups over any number of levels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from bonehold.modelling.regression.terms import Floats

MOST_TABLES = 3_000_000
"""More partial tables than this are not enumerated (about ten levels with 45 events)."""
_EQUAL = 1e-7
"""Probabilities that differ by less than this share are equal, as in R."""


def enumerable(table: NDArray[np.int64]) -> bool:
    """Whether all tables with the margins of this one can be gone through.

    Args:
        table: counts, shape (levels, 2).
    """
    sizes, events = table.sum(axis=1), int(table[:, 1].sum())
    ways = np.ones(1)  # ways[k]: number of ways to give k events to the levels so far
    for size in sizes[:-1]:
        ways = np.convolve(ways, np.ones(size + 1))[: events + 1]
    return float(ways.sum()) <= MOST_TABLES


def fisher_exact(table: NDArray[np.int64]) -> float:
    """Two-sided P of Fisher's test, for more than two levels in the form of Freeman and Halton.

    P is the share of all tables with the same margins that are at most as probable as the one seen (Freeman
    and Halton, Biometrika 1951;38:141-149). Exact, no simulation; R calls it `fisher.test`.

    Args:
        table: counts, shape (levels, 2); `enumerable`.
    """
    sizes, events = table.sum(axis=1), int(table[:, 1].sum())
    given = np.zeros(1, dtype=np.int64)  # events given to the levels so far, one entry per partial table
    log_ways = np.zeros(1)
    for size in sizes[:-1]:
        choices = np.arange(size + 1)
        totals = given[:, None] + choices
        possible = totals <= events
        log_ways = (log_ways[:, None] + _log_choose(size, choices))[possible]
        given = totals[possible]
    rest = events - given  # the last level takes what is left
    possible = rest <= sizes[-1]
    log_ways = log_ways[possible] + _log_choose(sizes[-1], rest[possible])
    seen = _log_choose(sizes, table[:, 1]).sum()
    log_all = _log_choose(sizes.sum(), np.array(events))
    return min(1.0, float(np.exp(log_ways[log_ways <= seen + _EQUAL] - log_all).sum()))


def _log_choose(n: NDArray[np.int64], k: NDArray[np.int64]) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))
