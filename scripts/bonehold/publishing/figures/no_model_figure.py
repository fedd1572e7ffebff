"""What stands in place of a figure of a model that could not be fitted."""

from __future__ import annotations

from matplotlib.figure import Figure

from bonehold.modelling.regression.model import NotFitted
from bonehold.publishing.figures.style import words_figure


def no_model_figure(what: str, model: NotFitted) -> Figure:
    """Say that there is no model, and why.

    Args:
        what: what would have been drawn: `nomogram`.
        model: the analysis without a model.
    """
    title = f"No {what}: the analysis “{model.analysis}” has no model"
    return words_figure(title, model.reasons, model.synthetic)
