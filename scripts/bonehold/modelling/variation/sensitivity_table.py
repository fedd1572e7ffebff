"""The rows of `sensitivity.csv`: one block per variant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bonehold.modelling.regression.pooling import OverallTest
from bonehold.modelling.variation.varied_models import Variation, VariedModel

SENSITIVITY_COLUMNS = (
    *("variant", "label", "status", "reason", "n", "events", "term", "level", "reference", "estimate"),
    *("std_error", "odds_ratio", "ci_low", "ci_high", "p_value", "ci_method", "auc", "auc_ci_low"),
    *("auc_ci_high", "auc_corrected", "brier", "auc_difference", "auc_ci_method", "method", "sets"),
    *("left_out", "resamples", "singular", "term_p_value", "note"),
    *("slope_corrected", "departure_test", "departure_df", "departure_p_value"),
)
ONE_SET, POOLED = "DeLong, normal scale", "DeLong, pooled on the logit scale"


def sensitivity_rows(variations: Sequence[Variation]) -> Iterator[Mapping[str, Any]]:
    """One row per coefficient of each variant, the intercept first; of one without a model, one row with the reason.

    Counts, AUC and Brier score are those of the whole model and stand in every row of its block. `auc_difference` is
    the apparent AUC less that of the main model.

    Args:
        variations: what became of every variant, the main model first.
    """
    main = variations[0].result
    for variation in variations:
        told = {
            "variant": variation.name,
            "label": variation.label,
            "status": variation.status,
            "reason": variation.reason,
        }
        if variation.result is None:
            yield told
            continue
        whole = _whole(variation.result, main)
        for row in variation.result.rows:
            yield {
                **told,
                **whole,
                "term": row.term,
                "level": row.level,
                "reference": row.reference,
                "estimate": row.estimate,
                "std_error": row.std_error,
                "odds_ratio": row.odds_ratio,
                "ci_low": row.ci_low,
                "ci_high": row.ci_high,
                "p_value": row.p_value,
                "ci_method": row.ci_method,
                "term_p_value": row.term_p_value,
                "note": row.note,
            }


def _whole(result: VariedModel, main: VariedModel | None) -> Mapping[str, Any]:
    model = result.model
    return {
        "n": model.n,
        "events": model.events,
        "auc": result.auc.auc,
        "auc_ci_low": result.auc.ci_low,
        "auc_ci_high": result.auc.ci_high,
        "auc_corrected": result.auc_corrected,
        "brier": result.brier,
        "auc_difference": None if main is None else result.auc.auc - main.auc.auc,
        "auc_ci_method": ONE_SET if model.missing.sets == 1 else POOLED,
        "method": model.method,
        "sets": model.missing.sets,
        "left_out": model.missing.left_out,
        "resamples": result.resamples,
        "singular": result.singular,
        "slope_corrected": result.slope_corrected,
        **({} if result.departure is None else _departure(result.departure)),
    }


def _departure(test: OverallTest) -> Mapping[str, Any]:
    return {"departure_test": test.name, "departure_df": test.df, "departure_p_value": test.p_value}
