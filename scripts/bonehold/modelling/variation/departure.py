"""Whether the grades of a factor rise by equal steps: what the factor explains beyond its grade as one number."""

from __future__ import annotations

from collections.abc import Sequence

from bonehold.modelling.regression.logistic import NotConverged
from bonehold.modelling.regression.nested_fits import likelihood_ratio, maximise_likelihood
from bonehold.modelling.regression.observations import Observations
from bonehold.modelling.regression.pooling import OverallTest


def departure_from_linear(
    as_factor: Sequence[Observations], as_number: Sequence[Observations]
) -> OverallTest | None:
    """Test the grade as one number against the grade as a factor, by the likelihood ratio.

    One number is the factor with equal steps between grades, so the models are nested; with g grades the test has
    g - 2 degrees of freedom (trend and departure: Breslow and Day, Statistical Methods in Cancer Research I, 1980,
    section 6.10). Over several completed sets it is D3 (`bonehold.modelling.regression.pooling`).

    Args:
        as_factor: patients and predictors of the model with the factor, one entry per completed set.
        as_number: the same patients in the same order, the factor as a number.

    Returns:
        The test; None where two grades occur, between which every model is linear.

    Raises:
        NotConverged: one of the models has no finite estimates.
    """
    if as_factor[0].X.shape == as_number[0].X.shape:
        return None
    wide, narrow = (
        maximise_likelihood([one.X for one in sets], sets[0].y) for sets in (as_factor, as_number)
    )
    if wide is None or narrow is None or wide.separated or narrow.separated:
        raise NotConverged
    return likelihood_ratio(wide, narrow)
