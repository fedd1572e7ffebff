"""How the images were made, in the numbers that a Methods section quotes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from bonehold.cohort.field_strengths import nominal_field

SUMMARY_COLUMNS = (
    "group",
    "fact",
    "label",
    "unit",
    "value",
    "n",
    "missing",
    "median",
    "minimum",
    "maximum",
)
COUNTED: Mapping[str, tuple[str, str]] = {
    "ct_manufacturer": ("CT manufacturer", ""),
    "ct_kvp": ("CT tube voltage", "kV"),
    "ct_kernel": ("CT kernel", ""),
    "mr_manufacturer": ("MR manufacturer", ""),
    "mr_field_t": ("MR field strength", "T"),
}
"""Facts of few values: a row for each, with the number of patients. Fields are nominal (2.89 T is 3 T)."""

RANGED: Mapping[str, tuple[str, str]] = {
    "ct_slice_mm": ("CT slice thickness", "mm"),
    "ct_spacing_mm": ("CT slice spacing", "mm"),
    "ct_pixel_mm": ("CT pixel size", "mm"),
    "mr_tr": ("MR repetition time", "ms"),
    "mr_te": ("MR echo time", "ms"),
    "mr_slice_mm": ("MR slice thickness", "mm"),
    "mr_spacing_mm": ("MR slice spacing", "mm"),
    "mr_pixel_mm": ("MR pixel size", "mm"),
}
"""Facts of many values: one row with median and range."""

Row = dict[str, Any]


def acquisition_summary(acquisition: Mapping[str, Mapping[str, str]], analysed: Iterable[str]) -> list[Row]:
    """Rows of `acquisition_summary.csv` for the patients with images here and for those analysed.

    Args:
        acquisition: patient -> row of acquisition.csv, as text.
        analysed: patients of the cohort table; of those without images here every fact is missing.
    """
    nothing: Mapping[str, str] = {}
    groups = {
        "with_images": [acquisition[patient_id] for patient_id in sorted(acquisition)],
        "analysed": [acquisition.get(patient_id, nothing) for patient_id in analysed],
    }
    return [
        {"group": group, **row}
        for group, patients in groups.items()
        for row in (*_counted(patients), *_ranged(patients))
    ]


def _counted(patients: Sequence[Mapping[str, str]]) -> list[Row]:
    rows: list[Row] = []
    for fact, (label, unit) in COUNTED.items():
        values = _values(fact, patients)
        counts = Counter(_as_printed(fact, value) for value in values)
        common = {"fact": fact, "label": label, "unit": unit, "missing": len(patients) - len(values)}
        rows += [{**common, "value": value, "n": n} for value, n in sorted(counts.items(), key=_in_order)]
        rows += [] if counts else [{**common, "n": 0}]
    return rows


def _ranged(patients: Sequence[Mapping[str, str]]) -> list[Row]:
    rows: list[Row] = []
    for fact, (label, unit) in RANGED.items():
        values = [float(value) for value in _values(fact, patients)]
        missing = len(patients) - len(values)
        row: Row = {"fact": fact, "label": label, "unit": unit, "n": len(values), "missing": missing}
        if values:
            row |= {"median": median(values), "minimum": min(values), "maximum": max(values)}
        rows.append(row)
    return rows


def _values(fact: str, patients: Iterable[Mapping[str, str]]) -> list[str]:
    return [value for patient in patients if (value := patient.get(fact, ""))]


def _as_printed(fact: str, value: str) -> str:
    """Numbers without needless decimals, fields nominal, words as they are."""
    if fact == "mr_field_t":
        return f"{nominal_field(float(value)):g}"
    return f"{float(value):g}" if COUNTED[fact][1] else value


def _in_order(counted: tuple[str, int]) -> tuple[int, str]:
    """Numbers by size, words by alphabet: a longer number is a larger one here."""
    value, _ = counted
    return len(value.split(".")[0]) if value[0].isdigit() else 0, value
