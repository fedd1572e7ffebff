"""Does anything beat the nomogram? Every learner in the same resamples of the same patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from bonehold.modelling.inputs.checks import unusable
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.specification import Specification
from bonehold.modelling.missing.completed_tables import CompletedTables
from bonehold.modelling.performance.discrimination import auc_by_row
from bonehold.modelling.performance.optimism import FITS
from bonehold.modelling.performance.recalibration import calibration_lines
from bonehold.modelling.regression.batched_newton import Status
from bonehold.modelling.regression.logistic import MAXIMUM_LIKELIHOOD
from bonehold.modelling.regression.model import Model, linear_predictors
from bonehold.modelling.regression.observations import complete_cases
from bonehold.modelling.regression.selection import enter
from bonehold.modelling.regression.terms import Floats, design_matrix, term_positions
from bonehold.modelling.stability.learners import TUNED_LEARNERS, Learner, fit_tuned

NOMOGRAM = "nomogram"
LOGISTIC_ALL = "logistic_all"
_SMALLEST_SPREAD = 1e-9
"""Log-odds that differ by less are all equal: the penalty took every predictor out."""


@dataclass(frozen=True)
class Rivals:
    """The patients on whom everything is compared, and the predictors of both sides.

    Attributes:
        y: outcome, shape (n,).
        of_model: design matrix of the nomogram's model, shape (n, p).
        of_all: design matrix of all candidates that may stand together, shape (n, q).
        columns: those candidates.
        method: how the nomogram's model is fitted, also in resamples.
    """

    y: Floats
    of_model: Floats
    of_all: Floats
    columns: tuple[str, ...]
    method: str = MAXIMUM_LIKELIHOOD


@dataclass(frozen=True)
class Predictions:
    """Log-odds of all patients by a learner: fitted to all of them, and to each resample it could be fitted to.

    Attributes:
        learner: its name.
        columns: number of columns it is given.
        apparent: shape (n,).
        resampled: shape (B, n); NaN in resamples where it could not be fitted.
        separated: resamples in which the outcomes are separated; maximum likelihood only.
        tuning: what was chosen in all patients, in words; empty where nothing is tuned.
    """

    learner: str
    columns: int
    apparent: Floats
    resampled: Floats
    separated: int
    tuning: str = ""

    @property
    def usable(self) -> np.ndarray:
        """Resamples it could be fitted to, shape (B,)."""
        return np.asarray(~np.isnan(self.resampled).any(axis=1))


@dataclass(frozen=True)
class Measured:
    """One measure of a learner; resampled values have shape (B,), NaN where there is none.

    Attributes:
        apparent: in the patients it was fitted to.
        in_sample: of each refitted learner in its resample.
        in_original: in all patients.
        left_out: in the patients that its resample left out.
    """

    apparent: float
    in_sample: Floats
    in_original: Floats
    left_out: Floats


def rivals(
    model: Model, specification: Specification, patients: CompletedTables, dictionary: Dictionary
) -> Rivals:
    """Find the patients and columns to compare on.

    All candidates that can be used enter as far as the exclusive groups allow, those named a priori first, then in
    the order listed, whatever their P: the rivals choose for themselves. Everybody is compared on the same
    patients: those of the first completed set with a value in every column.

    Args:
        model: the nomogram's model.
        specification: its candidates and exclusive groups.
        patients: those of the analysis.
        dictionary: labels.
    """
    usable = [
        candidate.column
        for candidate in specification.candidates
        if not unusable(candidate, specification.outcome, patients.observed)
    ]
    entered = enter(specification, dict.fromkeys(usable, 0.0)).entered
    columns = tuple(column for column in entered if column in usable)
    needed = {*columns, *(term.column for term in model.terms)}
    together = [one for one in specification.candidates if one.column in needed]
    table = patients.of([one.column for one in together])[0]
    everybody = complete_cases(table, model.outcome, together, dictionary)
    places = term_positions(everybody.terms)
    chosen = [np.ones((everybody.n, 1)), *(everybody.X[:, places[column]] for column in columns)]
    of_model = design_matrix(model.terms, table.cells.loc[list(everybody.rows)])
    return Rivals(everybody.y, _varying(of_model), _varying(np.hstack(chosen)), columns, model.method)


def _varying(X: Floats) -> Floats:
    """The matrix without columns that are constant: a level may go with the patients that lack another value."""
    return X[:, [True, *(np.ptp(X[:, 1:], axis=0) > 0)]]


def predictions(names: Sequence[str], rivals: Rivals, weights: Floats) -> tuple[Predictions, ...]:
    """Fit the nomogram's model and every other learner in all patients and in each resample.

    Args:
        names: the others: `logistic_all`, `ridge`, `lasso`, `boosting`.
        rivals: the patients.
        weights: how often each patient stands in each resample, shape (B, n).
    """
    found = [_untuned(NOMOGRAM, rivals.of_model, rivals.y, weights, rivals.method)]
    for name in names:
        if name == LOGISTIC_ALL:
            found.append(_untuned(name, rivals.of_all, rivals.y, weights, MAXIMUM_LIKELIHOOD))
        else:
            found.append(_tuned(name, TUNED_LEARNERS[name], rivals.of_all[:, 1:], rivals.y, weights))
    return tuple(found)


def _untuned(name: str, X: Floats, y: Floats, weights: Floats, method: str) -> Predictions:
    apparent = FITS[method](X, y, np.ones((1, len(y))))
    fits = FITS[method](X, y, weights)
    return Predictions(
        name,
        X.shape[1] - 1,
        linear_predictors(X, apparent.coefficients)[0],
        linear_predictors(X, fits.coefficients),
        int(fits.having(Status.SEPARATED).sum()),
    )


def _tuned(name: str, learner: Learner, X: Floats, y: Floats, weights: Floats) -> Predictions:
    nothing = np.full(len(y), np.nan)
    apparent = fit_tuned(learner, X, y, np.ones(len(y)))
    fits = [fit_tuned(learner, X, y, weight) for weight in weights]
    return Predictions(
        name,
        X.shape[1],
        apparent.log_odds if apparent else nothing,
        np.array([fit.log_odds if fit else nothing for fit in fits]).reshape(weights.shape),
        0,
        learner.tunings[apparent.tuning] if apparent else "",
    )


def measured(found: Predictions, y: Floats, weights: Floats) -> Mapping[str, Measured]:
    """AUC, Brier score and calibration slope of a learner: measure -> values.

    Args:
        found: its predictions.
        y: outcome, shape (n,).
        weights: how often each patient stands in each resample, shape (B, n).
    """
    everybody, left_out = np.ones_like(weights), (weights == 0).astype(float)
    apparent = (found.apparent[None], everybody[:1])
    return {
        measure: Measured(
            float(of(*apparent, y)[0]),
            of(found.resampled, weights, y),
            of(found.resampled, everybody, y),
            of(found.resampled, left_out, y),
        )
        for measure, of in MEASURES.items()
    }


def _auc(log_odds: Floats, weights: Floats, y: Floats) -> Floats:
    known = ~np.isnan(log_odds).any(axis=1)
    return np.where(known, auc_by_row(log_odds, y, weights), np.nan)


def _brier(log_odds: Floats, weights: Floats, y: Floats) -> Floats:
    total = weights.sum(axis=1)
    squares = (weights * (expit(log_odds) - y) ** 2).sum(axis=1)
    return np.asarray(np.divide(squares, total, out=np.full(len(total), np.nan), where=total > 0))


def _slope(log_odds: Floats, weights: Floats, y: Floats) -> Floats:
    """Calibration slope of each learner in a weighted sample; where it would be infinite, where the search stopped."""
    slopes = np.full(len(log_odds), np.nan)
    told = np.flatnonzero(np.ptp(log_odds, axis=1) > _SMALLEST_SPREAD)  # false for NaN too
    slopes[told] = calibration_lines(log_odds[told], y, weights[told])[:, 1]
    return slopes


MEASURES = {"auc": _auc, "brier": _brier, "slope": _slope}
"""What is compared: name -> function of log-odds (B, n), weights (B, n) and outcome (n,)."""
