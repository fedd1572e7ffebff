"""From a patient's text cells to the folders and numbers that measuring takes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from bonehold.cohort.patients import PatientFolders, inside
from bonehold.files import is_folder
from bonehold.imaging.patient import PatientImages


def patient_images(cohort: Path, folders: PatientFolders) -> PatientImages:
    """Where to look and what to respect. Cells that are no numbers or dates are left out: the tables' own
    validation reports them. An override in overrides.csv wins over the cell in patients.csv.
    """
    overrides = dict(folders.overrides)
    series = {
        "CT": overrides.get("ct_series") or folders.ct_series,
        "MR": overrides.get("mr_series") or folders.mr_series,
    }
    days = {"CT": folders.ct_days, "MR": folders.mr_days}
    return PatientImages(
        patient_id=folders.patient_id,
        cohort=cohort,
        dicom=_existing(inside(cohort, folders.dicom)),
        annotations=_existing(inside(cohort, folders.annotations)),
        series_numbers={modality: int(cell) for modality, cell in series.items() if cell.isdecimal()},
        days_to_surgery=dict(_numbers(days.items())),
        surgery_date=_date(folders.surgery_date),
    )


def _existing(folder: Path | None) -> Path | None:
    return folder if is_folder(folder) else None


def _numbers(cells: Iterable[tuple[str, str]]) -> list[tuple[str, float]]:
    found = []
    for name, text in cells:
        try:
            number = float(text.replace(",", "."))
        except ValueError:
            continue
        if math.isfinite(number):
            found.append((name, number))
    return found


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
