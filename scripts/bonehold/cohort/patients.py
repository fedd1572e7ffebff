"""Who is in the cohort and where the images lie: all that the workflow needs before anything is measured.

Light on purpose (standard library only): it runs each time the workflow is parsed, for thousands of patients.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bonehold.cohort.csv_tables import IDENTIFIER, read_csv_table
from bonehold.cohort.overrides import followed


@dataclass(frozen=True)
class PatientFolders:
    """A patient's folder cells and what steers the choice of series, as text, empty where the table is.

    `overrides` holds the patient's rows of overrides.csv that can be followed, as (item, value), sorted.
    """

    patient_id: str
    dicom: str = ""
    annotations: str = ""
    ct_days: str = ""
    mr_days: str = ""
    surgery_date: str = ""
    ct_series: str = ""
    mr_series: str = ""
    overrides: tuple[tuple[str, str], ...] = ()


def patient_folders(cohort: Path) -> tuple[PatientFolders, ...]:
    """Every patient whose id is well-formed and stands in one row only, sorted by id.

    Args:
        cohort: the cohort folder; nobody is in it when it, or its patients.csv, does not exist.

    Raises:
        InputError: patients.csv or overrides.csv cannot be read as a table.
    """
    path = cohort / "patients.csv"
    if not path.exists():
        return ()
    cells = [row.cells for row in read_csv_table(path).rows]
    sound = sound_ids(row.get("patient_id", "") for row in cells)
    overrides = _overrides(cohort)
    patients = (
        PatientFolders(
            patient_id=row["patient_id"],
            dicom=row.get("dicom", ""),
            annotations=row.get("annotations", ""),
            ct_days=row.get("ct_days_to_surgery", ""),
            mr_days=row.get("mr_days_to_surgery", ""),
            surgery_date=row.get("surgery_date", ""),
            ct_series=row.get("ct_series", ""),
            mr_series=row.get("mr_series", ""),
            overrides=overrides.get(row["patient_id"], ()),
        )
        for row in cells
        if row.get("patient_id", "") in sound
    )
    return tuple(sorted(patients, key=lambda patient: patient.patient_id))


def sound_ids(ids: Iterable[str]) -> frozenset[str]:
    """The ids that are well-formed and stand once.

    P1 and p1 count as the same id, because they would share a folder on file systems that ignore case.
    """
    given = list(ids)
    times = Counter(patient_id.casefold() for patient_id in given)
    return frozenset(
        patient_id
        for patient_id in given
        if IDENTIFIER.fullmatch(patient_id) and times[patient_id.casefold()] == 1
    )


def inside(cohort: Path, cell: str) -> Path | None:
    """The folder a cell names, links resolved; None when it is empty or leads out of the cohort folder.

    The folder need not exist.
    """
    if not cell:
        return None
    root = cohort.resolve()
    try:
        folder = (root / cell).resolve()
    except (OSError, ValueError, RuntimeError):  # a loop of links, a NUL byte
        return None
    return folder if folder != root and folder.is_relative_to(root) else None


def _overrides(cohort: Path) -> dict[str, tuple[tuple[str, str], ...]]:
    path = cohort / "overrides.csv"
    if not path.exists():
        return {}
    collected: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in read_csv_table(path).rows:
        if not row.fault:
            collected[row.cells.get("patient_id", "")].append(
                (row.cells.get("item", ""), row.cells.get("value", ""))
            )
    return {patient_id: followed(rows) for patient_id, rows in collected.items()}
