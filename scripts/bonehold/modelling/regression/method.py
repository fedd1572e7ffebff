"""By which method a model is fitted: maximum likelihood, or Firth's where the predictors separate the outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bonehold.modelling.inputs.specification import ALWAYS
from bonehold.modelling.regression.logistic import FIRTH, MAXIMUM_LIKELIHOOD
from bonehold.modelling.regression.observations import Observations
from bonehold.modelling.regression.separation import separating_coefficients
from bonehold.modelling.regression.terms import coefficient_names

ALMOST = "Firth's fit: the predictors all but separate the outcomes"


@dataclass(frozen=True)
class Choice:
    """A method, and what is to be said where it is not maximum likelihood for a reason."""

    method: str
    note: str = ""


def chosen_methods(sets: Sequence[Observations], firth: str) -> tuple[Choice, ...]:
    """The methods to try on a model, in order.

    With separation in one completed set all sets are fitted by Firth's method: the sets must estimate the same
    thing to be pooled. Where nothing separates, yet no finite estimates are found, Firth's fit is tried next.

    Args:
        sets: patients of the model, one entry per completed set.
        firth: `when_separated` or `always`.
    """
    separated = _separation_note(sets)
    if separated or firth == ALWAYS:
        return (Choice(FIRTH, separated),)
    return (Choice(MAXIMUM_LIKELIHOOD), Choice(FIRTH, ALMOST))


def _separation_note(sets: Sequence[Observations]) -> str:
    """Which coefficients have no finite maximum-likelihood estimate; empty where all have."""
    names = coefficient_names(sets[0].terms)
    found = [separating_coefficients(one.X, one.y) for one in sets]
    places = sorted({place for one in found for place in one})
    if not places:
        return ""
    listed = ", ".join(names[place] for place in places)
    verb = "separates" if len(places) == 1 else "separate"
    count = sum(bool(one) for one in found)
    where = f" in {count} of {len(sets)} completed sets" if len(sets) > 1 else ""
    return f"Firth's fit: {listed} {verb} patients with and without the event{where}"
