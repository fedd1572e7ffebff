"""What became of every patient and every analysis: `status.csv`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bonehold.flag_words import explained

STATUS_COLUMNS = ("patient_id", "stage", "status", "reason", "flags", "rating")


def patient_rows(
    statuses: Mapping[str, Mapping[str, Any]],
    exclusions: Iterable[Mapping[str, str]],
    analysed: Iterable[str],
    flags: Mapping[str, Iterable[str]],
    ratings: Iterable[Mapping[str, str]],
) -> list[dict[str, str]]:
    """Two rows for each patient: how measuring ended, and whether the patient is analysed.

    Args:
        statuses: patient -> status and reasons of measuring.
        exclusions: rows of `exclusions.csv`.
        analysed: ids in `cohort.csv`.
        flags: patient -> flags of the measurements; those that are only worth knowing are left out.
        ratings: rows of `cohort/ratings.csv`.
    """
    rated = {one["patient_id"]: one["rating"] if one["state"] == "in_effect" else "lapsed" for one in ratings}
    rows = [
        {
            **_row(patient_id, "measuring", one["status"], "; ".join(dict.fromkeys(one["reasons"].values()))),
            "flags": ";".join(
                name for name in flags.get(patient_id, ()) if explained(name).severity != "info"
            ),
            "rating": rated.get(patient_id, ""),
        }
        for patient_id, one in statuses.items()
    ]
    rows += [_row(patient_id, "cohort", "analysed", "") for patient_id in analysed]
    rows += [
        _row(one["patient_id"], "cohort", "excluded", f"{one['criterion']}: {one['detail']}".strip(": "))
        for one in exclusions
        if one["first"] == "1"
    ]
    return sorted(rows, key=lambda row: (row["patient_id"], row["stage"] == "cohort"))


def analysis_rows(models: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """A row for each analysis: fitted, or why not.

    Args:
        models: contents of the `model.json` files.
    """
    return [
        _row("", f"analysis {model['analysis']}", model["status"], "; ".join(model.get("reasons", ())))
        for model in models
    ]


def _row(patient_id: str, stage: str, status: str, reason: str) -> dict[str, str]:
    return {"patient_id": patient_id, "stage": stage, "status": status, "reason": reason}
