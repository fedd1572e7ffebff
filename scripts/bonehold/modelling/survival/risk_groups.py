"""Groups of patients by their predicted risk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bonehold.modelling.regression.terms import Floats

CUTOFF, TERTILES = "cutoff", "tertiles"


@dataclass(frozen=True)
class Grouping:
    """A division of the patients.

    Attributes:
        name: `cutoff` or `tertiles`.
        limits: risks at which a higher group begins (it holds the limit), ascending.
        groups: names of the groups, from low to high.
        members: place of each patient's group, shape (n,).
    """

    name: str
    limits: tuple[float, ...]
    groups: tuple[str, ...]
    members: NDArray[np.int64]

    def occupied(self) -> list[tuple[str, NDArray[np.bool_]]]:
        """Groups with somebody in them, and who: name, shape (n,)."""
        chosen = [(name, self.members == place) for place, name in enumerate(self.groups)]
        return [(name, members) for name, members in chosen if members.any()]


def groupings(risk: Floats, cutoff: float) -> tuple[Grouping, ...]:
    """Divide by the model's cut-off, and into thirds of equal size.

    The cut-off was chosen by the outcome of the same patients; thirds were not.

    Args:
        risk: predicted risk, shape (n,).
        cutoff: the model's cut-off; high is at or above.
    """
    thirds = tuple(float(limit) for limit in np.quantile(risk, [1 / 3, 2 / 3]))
    return (
        _grouping(CUTOFF, risk, (cutoff,), ("low", "high")),
        _grouping(TERTILES, risk, thirds, ("lowest", "middle", "highest")),
    )


def _grouping(name: str, risk: Floats, limits: tuple[float, ...], groups: tuple[str, ...]) -> Grouping:
    return Grouping(name, limits, groups, np.searchsorted(limits, risk, side="right").astype(np.int64))
