"""Spinopelvic angles that readers measured by landmarks: the table of all of them, and what becomes of it."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bonehold.cohort.angles import ANGLES
from bonehold.cohort.readers import reader_name

SPINOPELVIC_COLUMNS = ("patient_id", "reader", "session", *ANGLES, "flags", "reason")
FIRST_SESSION = "1"

AngleReadings = Mapping[str, Mapping[str, float]]
"""Angle -> reader -> degrees."""


def spinopelvic_rows(documents: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of `spinopelvic.csv`, sorted by patient, reader and session.

    Args:
        documents: `spinopelvic.json` of every patient.
    """
    rows = [
        {
            **reading,
            "patient_id": document["patient_id"],
            "reader": reader_name(reading["reader"]),
            "flags": ";".join(reading["flags"]),
        }
        for document in documents
        for reading in document["readings"]
    ]
    return sorted(rows, key=lambda row: (row["patient_id"], row["reader"], row["session"]))


def read_landmark_angles(path: Path) -> dict[str, AngleReadings]:
    """Patient -> what the readers' first sessions in `spinopelvic.csv` gave."""
    found: dict[str, dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            if row["session"] == FIRST_SESSION and not row["reason"]:
                for angle in ANGLES:
                    found[row["patient_id"]][angle][row["reader"]] = float(row[angle])
    return {patient_id: dict(angles) for patient_id, angles in found.items()}
