"""The header facts that may be written: a fixed list, nothing a person or a place could be known by."""

from __future__ import annotations

import re
from typing import Any

from bonehold.imaging.series import Series

MANUFACTURERS = {
    "SIEMENS": "Siemens",
    "GE MEDICAL": "GE",
    "GENERAL ELECTRIC": "GE",
    "PHILIPS": "Philips",
    "CANON": "Canon",
    "TOSHIBA": "Toshiba",
    "HITACHI": "Hitachi",
    "FUJIFILM": "Fujifilm",
    "UNITED IMAGING": "United Imaging",
    "UIH": "United Imaging",
}
KERNEL = re.compile(r"[A-Za-z0-9 .+-]{1,16}")


def acquisition_facts(series: Series) -> dict[str, Any]:
    """How a series was acquired: of CT kVp and kernel, of MR field strength, TR and TE; thickness and pixel size."""
    header = series.any_header
    common = {
        "manufacturer": manufacturer(header.manufacturer),
        "slice_mm": header.slice_thickness_mm,
        "spacing_mm": _rounded(series.spacing_mm),
        "pixel_mm": _rounded(header.geometry.column_spacing_mm if header.geometry else None),
    }
    if header.modality == "CT":
        return {**common, "kvp": header.kvp, "kernel": kernel(header.kernel)}
    return {
        **common,
        "field_t": header.field_strength_t,
        "tr": header.repetition_time_ms,
        "te": header.echo_time_ms,
    }


def series_facts(series: Series) -> dict[str, Any]:
    """A series as `series.json` lists it."""
    header = series.any_header
    return {
        "series": series.ordinal,
        "series_number": header.series_number,
        "modality": header.modality,
        "images": len(series.slices) + len(series.unlocated),
        "rows": header.rows,
        "columns": header.columns,
        **acquisition_facts(series),
        "irregularities": list(series.irregularities) if series.slices else [],
    }


def manufacturer(name: str) -> str:
    """The maker by a fixed list, `other` for anything else: the element is free text."""
    upper = name.upper()
    return next((known for word, known in MANUFACTURERS.items() if word in upper), "other" if upper else "")


def kernel(name: str) -> str:
    """ConvolutionKernel if it looks like a kernel, else nothing."""
    return name if KERNEL.fullmatch(name) else ""


def _rounded(value: float | None) -> float | None:
    """Spacings come out of subtractions of positions; six digits are more than any scanner means."""
    return None if value is None else round(value, 6)
