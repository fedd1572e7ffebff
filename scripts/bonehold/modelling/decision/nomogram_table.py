"""The nomogram in numbers (`nomogram.csv`), to be read without the picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bonehold.modelling.decision.nomogram import nomogram
from bonehold.modelling.regression.model import Model

NOMOGRAM_COLUMNS = (
    *("axis", "kind", "value", "points", "risk", "label", "unit", "points_per_log_odds", "log_odds_at_zero"),
)
TOTAL, RISK = "total_points", "risk"


def nomogram_rows(model: Model) -> Iterator[Mapping[str, Any]]:
    """One row per tick: of each predictor its points, of the total points the risk, of each risk its total points.

    Args:
        model: the model; no data are needed.
    """
    layout = nomogram(model)
    scale = {
        "points_per_log_odds": layout.points_per_log_odds,
        "log_odds_at_zero": layout.log_odds_at_zero,
    }
    for axis in layout.axes:
        for value, points in zip(axis.values, axis.points, strict=True):
            yield {
                **scale,
                "axis": axis.column,
                "kind": axis.kind,
                "value": value,
                "points": points,
                "label": axis.label,
                "unit": axis.unit,
            }
    for total in layout.total_ticks:
        yield {
            **scale,
            "axis": TOTAL,
            "kind": "scale",
            "value": total,
            "points": total,
            "risk": layout.risk(total),
        }
    for risk, points in zip(layout.risk_ticks, layout.risk_points, strict=True):
        yield {**scale, "axis": RISK, "kind": "scale", "value": risk, "points": points, "risk": risk}
