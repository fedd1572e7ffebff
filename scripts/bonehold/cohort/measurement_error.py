"""How far two measurements of the same patient lie apart by error alone.

For two measurements the mean square error of the two-way analysis of variance is half the variance of their
differences. Standard library only, because the merging of measurements needs it too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import stdev

Z = 1.96
"""Half-width of 95 % in standard deviations, as limits of agreement are printed."""


def standard_error_of_measurement(differences: Sequence[float]) -> float:
    """SEM = sqrt(MSE) = SD of the differences / sqrt(2): the error of one measurement, bias left out.

    Args:
        differences: first minus second measurement, at least two, in the unit of the measure.
    """
    return stdev(differences) / math.sqrt(2)


def minimal_detectable_change(differences: Sequence[float]) -> float:
    """MDC95 = 1.96 sqrt(2) SEM: a larger difference of two measurements is unlikely to be error alone.

    (Weir, J Strength Cond Res 2005; 19: 231-240.)

    Args:
        differences: as above.
    """
    return Z * math.sqrt(2) * standard_error_of_measurement(differences)
