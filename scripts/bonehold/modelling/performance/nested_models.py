"""The rows of `incremental.csv`: which models are compared, with which, and what each adds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bonehold.modelling.inputs.candidates import candidate_of
from bonehold.modelling.inputs.checks import unusable
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.inputs.specification import Specification
from bonehold.modelling.missing.completed_tables import CompletedTables
from bonehold.modelling.performance.incremental import (
    AUC,
    BRIER,
    SCALED_BRIER,
    BootstrappedModel,
    Corrected,
    bootstrap_model,
    corrected,
    corrected_difference,
    resamples,
)
from bonehold.modelling.regression.development import completed_cases
from bonehold.modelling.regression.nested_fits import (
    MaximisedLikelihood,
    likelihood_ratio,
    maximise_likelihood,
)
from bonehold.modelling.regression.terms import term_positions

INCREMENTAL_COLUMNS = (
    *("model", "against", "comparison", "n", "events", "df", "lr_statistic", "lr_df", "lr_denominator_df"),
    *("lr_p_value", "lr_test", "auc", "auc_ci_low", "auc_ci_high", "auc_corrected", "auc_corrected_ci_low"),
    *("auc_corrected_ci_high", "auc_difference", "auc_difference_corrected"),
    *("auc_difference_corrected_ci_low", "auc_difference_corrected_ci_high", "brier", "brier_corrected"),
    *("brier_difference", "brier_difference_corrected", "brier_difference_corrected_ci_low"),
    *("brier_difference_corrected_ci_high", "scaled_brier", "scaled_brier_corrected", "aic"),
    *("threshold", "net_benefit", "net_benefit_corrected", "net_benefit_difference"),
    *("net_benefit_difference_corrected", "net_benefit_difference_corrected_ci_low"),
    "net_benefit_difference_corrected_ci_high",
)
"""Then, for each fixed threshold, the net benefit and what follows it, and `LAST_COLUMNS`."""
LAST_COLUMNS = (
    *("auc_optimism", "brier_optimism", "ci_method", "corrected_ci_method", "repetitions", "used"),
    *("separated", "sets", "label", "note"),
)
BASE, NESTED, ITSELF = "base", "nested", "itself"
"""What a model is compared with: the first of the list, another one inside it, or (the first) itself."""
CUTOFF = "net_benefit"
SEPARATED = "the predictors separate the outcomes: the likelihood is its limit"
ALIASED = "not fitted: the columns are constant or aliased"
APPARENT_CI = "DeLong"
CORRECTED_CI = "location-shifted bootstrap percentiles"


@dataclass(frozen=True)
class ListedModel:
    """A model of the list.

    Attributes:
        columns: as configured.
        reason: why it cannot be fitted; empty where it can.
    """

    columns: tuple[str, ...]
    reason: str = ""

    @property
    def name(self) -> str:
        """Its columns, joined."""
        return " + ".join(self.columns)


@dataclass(frozen=True)
class Compared:
    """A fitted model of the list with its measures over the resamples."""

    listed: ListedModel
    fit: MaximisedLikelihood
    bootstrap: BootstrappedModel


@dataclass(frozen=True)
class Comparison:
    """All models of the list, fitted to the same patients.

    Attributes:
        listed: every model, in order.
        compared: those that could be fitted, by name; the base model is the first of them.
        thresholds: name of the column -> threshold.
        dictionary: labels.
    """

    listed: tuple[ListedModel, ...]
    compared: Mapping[str, Compared]
    thresholds: Mapping[str, float]
    dictionary: Dictionary


def listed_models(
    models: Sequence[Sequence[str]], specification: Specification, patients: CompletedTables
) -> tuple[ListedModel, ...]:
    """The models as configured, each with the reason why it cannot be fitted to this table, if there is one.

    Args:
        models: lists of columns, the base model first.
        specification: reference levels of the factors.
        patients: those of the analysis.
    """
    listed = []
    for columns in models:
        candidates = [candidate_of(column, specification, patients.observed) for column in columns]
        reasons = [
            f"{candidate.column}: {reason}"
            for candidate in candidates
            if (reason := unusable(candidate, specification.outcome, patients.observed))
        ]
        listed.append(ListedModel(tuple(columns), "; ".join(reasons)))
    return tuple(listed)


def compare_models(
    listed: tuple[ListedModel, ...],
    specification: Specification,
    patients: CompletedTables,
    dictionary: Dictionary,
    thresholds: Mapping[str, float],
    repetitions: int,
    seed: int,
) -> Comparison:
    """Fit and bootstrap the models, all on the patients with a value in every column of every one of them.

    Args:
        listed: the models (`listed_models`).
        specification: outcome and candidates.
        patients: those of the analysis.
        dictionary: labels.
        thresholds: name of the column -> threshold of risk for the net benefit (`named_thresholds`).
        repetitions: number of resamples B.
        seed: of the run.
    """
    usable = [one for one in listed if not one.reason]
    columns = tuple(dict.fromkeys(column for one in usable for column in one.columns))
    if not columns:
        return Comparison(listed, {}, thresholds, dictionary)
    candidates = [candidate_of(column, specification, patients.observed) for column in columns]
    sets = completed_cases(specification, candidates, patients, dictionary)
    first = sets[0]
    positions = term_positions(first.terms)
    drawn = resamples(first.n, repetitions, seed, specification.analysis, len(sets)) if first.n else ()
    compared, seen = {}, []
    for one in listed:
        fit = None
        if not one.reason and 0 < first.events < first.n:
            places = [0, *(at for c in one.columns for at in range(positions[c].start, positions[c].stop))]
            fit = maximise_likelihood([observations.X[:, places] for observations in sets], first.y)
        if fit is not None:
            compared[one.name] = Compared(one, fit, bootstrap_model(fit, drawn, thresholds))
        seen.append(one if fit is not None or one.reason else ListedModel(one.columns, ALIASED))
    return Comparison(tuple(seen), compared, thresholds, dictionary)


def named_thresholds(cutoff: float, fixed: Sequence[float]) -> Mapping[str, float]:
    """Columns of net benefit: at the model's cut-off, then at fixed thresholds of risk."""
    return {CUTOFF: cutoff} | {f"{CUTOFF}_at_{threshold:g}": threshold for threshold in fixed}


def incremental_columns(thresholds: Mapping[str, float]) -> tuple[str, ...]:
    """Columns of `incremental.csv`."""
    extra = [
        f"{name}{end}"
        for name in thresholds
        if name != CUTOFF
        for end in (
            *("", "_corrected", "_difference", "_difference_corrected"),
            *("_difference_corrected_ci_low", "_difference_corrected_ci_high"),
        )
    ]
    return (*INCREMENTAL_COLUMNS, *extra, *LAST_COLUMNS)


def incremental_rows(comparison: Comparison) -> Iterator[Mapping[str, Any]]:
    """One row per model against the base, and one more for each other listed model right inside it.

    Differences and the likelihood-ratio test are against the model named in `against`; the test stands only where that
    one is nested. A model that cannot be fitted has a row that says why.
    """
    if not comparison.compared:
        yield from ({"model": one.name, "note": one.reason} for one in comparison.listed)
        return
    base = next(iter(comparison.compared.values()))
    for listed in comparison.listed:
        model = comparison.compared.get(listed.name)
        if model is None:
            yield {
                "model": listed.name,
                "label": _label(listed, base.listed, comparison),
                "note": listed.reason,
            }
            continue
        yield _row(model, base, base, comparison)
        for other in _right_inside(model, comparison):
            if other is not base:
                yield _row(model, other, base, comparison)


def _right_inside(model: Compared, comparison: Comparison) -> Iterator[Compared]:
    """The models nested in this one and in no other that is nested in it."""
    inside = [one for one in comparison.compared.values() if _columns(one) < _columns(model)]
    for one in inside:
        if not any(_columns(one) < _columns(other) for other in inside):
            yield one


def _columns(model: Compared) -> frozenset[str]:
    return frozenset(model.listed.columns)


def _row(model: Compared, against: Compared, base: Compared, comparison: Comparison) -> Mapping[str, Any]:
    own, other = model.bootstrap, against.bootstrap
    both = own.usable & other.usable
    row: dict[str, Any] = {
        "model": model.listed.name,
        "against": against.listed.name,
        "comparison": ITSELF if model is against else BASE if against is base else NESTED,
        "n": len(model.fit.y),
        "events": int(model.fit.y.sum()),
        "df": len(model.fit.pooled) - 1,
        "aic": model.fit.aic,
        "threshold": comparison.thresholds[CUTOFF],
        "auc_ci_low": own.auc_ci[0],
        "auc_ci_high": own.auc_ci[1],
        "ci_method": APPARENT_CI,
        "corrected_ci_method": CORRECTED_CI,
        "repetitions": len(own.usable),
        "used": int(both.sum()),
        "separated": own.separated,
        "sets": len(model.fit.X),
        "label": _label(model.listed, base.listed, comparison),
        "note": SEPARATED if model.fit.separated else "",
    }
    if _columns(against) < _columns(model):
        test = likelihood_ratio(model.fit, against.fit)
        row |= {"lr_statistic": test.statistic, "lr_df": test.df, "lr_denominator_df": test.denominator_df}
        row |= {"lr_p_value": test.p_value, "lr_test": test.name}
    for name in (AUC, BRIER, SCALED_BRIER, *comparison.thresholds):
        row |= _cells(name, corrected(own.measures[name], own.usable))
        difference = corrected_difference(own.measures[name], other.measures[name], both)
        row |= _cells(f"{name}_difference", difference)
    return row


def _cells(prefix: str, value: Corrected) -> Mapping[str, float]:
    return {
        prefix: value.apparent,
        f"{prefix}_optimism": value.optimism,
        f"{prefix}_corrected": value.corrected,
        f"{prefix}_corrected_ci_low": value.ci_low,
        f"{prefix}_corrected_ci_high": value.ci_high,
    }


def _label(model: ListedModel, base: ListedModel, comparison: Comparison) -> str:
    """Words for a model: what it has beyond the base, or all it has."""
    inside = frozenset(base.columns) < frozenset(model.columns)
    shown = [column for column in model.columns if not (inside and column in base.columns)]
    words = [comparison.dictionary.label(column) for column in shown]
    return " + ".join(["Base", *words] if inside else words)
