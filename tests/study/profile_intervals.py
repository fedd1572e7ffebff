"""Do profile-likelihood intervals hold the truth?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from bonehold.modelling.regression.profile_likelihood import fitted_likelihood, profile_limits
from intervals import fitted, held
from simulated_world import NAMES, N, draw


def profile(_: int, random: np.random.Generator) -> Mapping[str, float]:
    """Profile-likelihood intervals of the coefficients."""
    patients = draw(N, random)
    fit = fitted(patients)
    if fit is None:
        return dict.fromkeys(NAMES, np.nan)
    limits = profile_limits(fitted_likelihood(patients.X, patients.y, fit))
    return held(limits[1:, 0], limits[1:, 1])
