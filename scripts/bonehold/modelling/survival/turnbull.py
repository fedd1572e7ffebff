"""The share free of the event at any time, from intervals alone and without a model (Turnbull)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bonehold.modelling.regression.terms import Floats

_TOLERANCE = 1e-9
_MOST_STEPS = 50_000
_NOTHING = 1e-10
_AT_EXACT, _AT_RIGHT, _AFTER = 0, 1, 2
"""Order of ends at one time: an interval (l, u] holds u and not l; a known time holds itself."""


@dataclass(frozen=True)
class Turnbull:
    """Where the event happens, as far as intervals tell: a share of the patients within each of some intervals.

    Attributes:
        left: ends of these intervals, which they do not hold, shape (m,).
        right: the other ends, which they hold, shape (m,).
        share: of the patients, shape (m,); what is missing to 1 has no event before the last visit.
    """

    left: Floats
    right: Floats
    share: Floats

    def steps(self) -> tuple[Floats, Floats]:
        """Times at which the share free of the event is known, and that share; between two of them it is not, unless
        it stays the same.
        """
        before = 1 - np.concatenate([[0.0], np.cumsum(self.share)])
        times = np.concatenate([[0.0], np.column_stack([self.left, self.right]).ravel()])
        return times, np.maximum(0.0, np.concatenate([[1.0], np.repeat(before, 2)[1:-1]]))


def turnbull(lower: Floats, upper: Floats) -> Turnbull:
    """Maximum likelihood of the distribution of a time known to lie in (lower, upper].

    Shares are possible only where the left end of one interval is followed at once by the right end of another
    (Turnbull, J R Stat Soc B 1976;38:290-295; Peto 1973). They are found by self-consistency (EM) until no share could
    gain: the condition of Gentleman and Geyer (Biometrika 1994;81:618-623).

    Args:
        lower: last visit without the event, 0 where there was none, shape (n,).
        upper: first visit with it, infinite where it was never seen, shape (n,); equal to `lower`: a known time.
    """
    known = lower == upper
    lefts = list(zip(lower.tolist(), np.where(known, _AT_EXACT, _AFTER).tolist(), strict=True))
    rights = [(end, _AT_RIGHT) for end in upper.tolist()]
    ends = sorted({*lefts, *rights})
    place = {end: number for number, end in enumerate(ends)}
    is_right = np.array([kind == _AT_RIGHT for _, kind in ends])
    inner = np.flatnonzero(~is_right[:-1] & is_right[1:])
    places = [(place[left], place[right]) for left, right in zip(lefts, rights, strict=True)]
    observed, counts = np.unique(places, axis=0, return_counts=True)
    holds = ((observed[:, :1] <= inner) & (inner + 1 <= observed[:, 1:])).astype(float)
    share = _self_consistent(holds, counts / counts.sum())
    left, right = (np.array([ends[number][0] for number in side]) for side in (inner, inner + 1))
    kept = np.isfinite(right) & (share > _NOTHING)
    return Turnbull(left[kept], right[kept], share[kept])


def _self_consistent(holds: Floats, weights: Floats) -> Floats:
    share = np.full(holds.shape[1], 1 / holds.shape[1])
    for _ in range(_MOST_STEPS):
        gain = holds.T @ (weights / (holds @ share))
        share = share * gain
        if gain.max() <= 1 + _TOLERANCE:
            break
    return np.asarray(share / share.sum())
