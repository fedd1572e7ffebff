"""The risk model as it is kept (`model.json`): enough to predict and to draw, with no patient's data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit

from bonehold.modelling.performance.discrimination import Cutoff
from bonehold.modelling.regression.logistic import MAXIMUM_LIKELIHOOD
from bonehold.modelling.regression.selection import Selection
from bonehold.modelling.regression.terms import INTERCEPT, Floats, Term, design_matrix

SCHEMA = "model/1"


@dataclass(frozen=True)
class Missing:
    """What was done about missing values, with how many of how many rows left out, and how many sets were pooled."""

    method: str
    rows: int
    left_out: int
    sets: int = 1


@dataclass(frozen=True)
class Model:
    """A fitted logistic model.

    Attributes:
        analysis: name of the analysis.
        where: condition that selected its patients; None: all.
        outcome: the 0/1 column.
        synthetic: whether the patients were simulated.
        version: of the software that fitted it.
        terms: predictors with labels, levels and development ranges.
        coefficients: name -> log-odds: `(Intercept)`, `age`, `goutallier=1`, in order.
        covariance: of the coefficients, in the same order.
        n: patients.
        events: patients with the event.
        auc: apparent area under the ROC curve.
        cutoff: Youden's cut-off of the risk, apparent.
        selection: how the predictors were chosen.
        missing: what was done about missing values.
        method: how it was fitted, `maximum likelihood` or `Firth`; resamples are fitted the same way.
    """

    analysis: str
    where: str | None
    outcome: str
    synthetic: bool
    version: str
    terms: tuple[Term, ...]
    coefficients: Mapping[str, float]
    covariance: tuple[tuple[float, ...], ...]
    n: int
    events: int
    auc: float
    cutoff: Cutoff
    selection: Selection
    missing: Missing
    method: str = MAXIMUM_LIKELIHOOD

    def coefficient(self, name: str) -> float:
        """Log-odds of one coefficient; 0 for a reference level, which has none."""
        return self.coefficients.get(name, 0.0)

    @property
    def intercept(self) -> float:
        """Log-odds where every continuous predictor is 0 and every factor at its reference."""
        return self.coefficients[INTERCEPT]


@dataclass(frozen=True)
class NotFitted:
    """An analysis without a model, and why: one line per reason."""

    analysis: str
    synthetic: bool
    reasons: tuple[str, ...]


def linear_predictor(model: Model, columns: Mapping[str, Sequence[Any]]) -> Floats:
    """Log-odds of the event.

    Args:
        model: the model.
        columns: a column of n cells (text or numbers) for each predictor; others are ignored. A pandas data
            frame will do.

    Returns:
        Shape (n,).

    Raises:
        InputError: a value is missing, no number, or a level that the model has not seen; it is named.
    """
    X = design_matrix(model.terms, columns)
    coefficients = np.array(list(model.coefficients.values()))
    return linear_predictors(X, coefficients[None]).reshape(len(X))


def risk(model: Model, columns: Mapping[str, Sequence[Any]]) -> Floats:
    """Probability of the event, 1 / (1 + exp(-log-odds)); arguments as for `linear_predictor`."""
    return np.asarray(expit(linear_predictor(model, columns)))


def linear_predictors(X: Floats, coefficients: Floats) -> Floats:
    """Log-odds of n patients under B models.

    Summed column by column: a matrix product may round equal patients differently, which would break ties.

    Args:
        X: design matrix, shape (n, p).
        coefficients: shape (B, p).

    Returns:
        Shape (B, n).
    """
    total = np.zeros((len(coefficients), len(X)))
    for place in range(X.shape[1]):
        total += coefficients[:, place, None] * X[None, :, place]
    return total


def model_content(model: Model | NotFitted) -> dict[str, Any]:
    """The content of `model.json`."""
    status = "fitted" if isinstance(model, Model) else "not_fitted"
    return {"schema": SCHEMA, "status": status, **asdict(model)}


def read_model(path: str) -> Model | NotFitted:
    """Read `model.json`.

    Raises:
        ValueError: the file is of another schema.
    """
    content = json.loads(Path(path).read_text(encoding="utf-8"))
    schema, status = content.pop("schema", None), content.pop("status", None)
    if schema != SCHEMA:
        raise ValueError(f"model.json has schema {schema!r}; this version reads {SCHEMA!r}")
    if status == "not_fitted":
        return NotFitted(content["analysis"], content["synthetic"], tuple(content["reasons"]))
    return Model(
        **{
            **content,
            "terms": tuple(Term(**_tuples(term)) for term in content["terms"]),
            "covariance": tuple(tuple(row) for row in content["covariance"]),
            "cutoff": Cutoff(**content["cutoff"]),
            "selection": Selection(**_tuples(content["selection"])),
            "missing": Missing(**content["missing"]),
        }
    )


def _tuples(content: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in content.items()}
