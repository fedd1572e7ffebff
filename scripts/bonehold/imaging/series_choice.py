"""Choose the CT and the T1 MR series to measure on, with the reasons for each series that was seen.

A series is first refused or admitted (what it is), then ranked (how well it serves). The user's override, a
SeriesNumber, wins over both and is recorded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from bonehold.imaging.geometry import Vector
from bonehold.imaging.series import Series
from bonehold.roi_names import Modality

FEWEST_CT_SLICES = 3
AXIAL_COSINE = 0.85
SAGITTAL_COSINE = 0.8
THIN_MM, MEDIUM_MM = 1.5, 3.0
T1_REPETITION_MS = (300.0, 1200.0)
T1_ECHO_MS = 30.0
T1_FLAIR_INVERSION_MS = (600.0, 1200.0)

SOFT_KERNEL = re.compile(
    r"B[23]\d[fsh]?|B4[01][fsh]?|BR(3[6-9]|4[0-4])\w*|I(2[6-9]|3\d|4[01])\w*|SOFT|STANDARD|STND|DETAIL|[ABC]|FC(0?[1-9]|1[0-8])",
    re.IGNORECASE,
)
SHARP_KERNEL = re.compile(
    r"B[5-9]\d[fsh]?|BR(5\d|6\d|7\d)\w*|BL\w*|I[5-9]\d\w*|BONE\w*|EDGE|LUNG|D|L|Y[A-D]|FC([3-9]\d)",
    re.IGNORECASE,
)
FAT_SUPPRESSED = re.compile(r"\b(STIR|SPIR|SPAIR|TIRM|FS|FATSAT|DIXON)\b", re.IGNORECASE)
CONTRAST = re.compile(r"\b(GD|GADO|KM|CONTRAST|VENOUS|PORTAL|ARTERIAL|POST)\b|\+C\b", re.IGNORECASE)
T1_WORD = re.compile(r"(?<![A-Z0-9])T1", re.IGNORECASE)


@dataclass(frozen=True)
class SeriesVerdict:
    """What was decided on one series: `refusals` is empty for an admissible one; `rank` sorts those (lowest first)."""

    series: Series
    refusals: tuple[str, ...]
    drawbacks: tuple[str, ...]
    rank: tuple[float, ...]


@dataclass(frozen=True)
class Choice:
    """The series to measure on (None if there is none) and the verdict on each candidate.

    Attributes:
        reason: why this one, or why none.
        overridden: the user named the series.
    """

    series: Series | None
    reason: str
    overridden: bool
    verdicts: tuple[SeriesVerdict, ...]

    @property
    def drawbacks(self) -> tuple[str, ...]:
        """Drawbacks of the chosen series as flags; also what it would have been refused for without the override."""
        chosen = next((verdict for verdict in self.verdicts if verdict.series is self.series), None)
        if chosen is None:
            return ()
        refusals = (re.sub(r"[^a-z0-9]+", "_", refusal.lower()).strip("_") for refusal in chosen.refusals)
        return (*refusals, *chosen.drawbacks)


@dataclass(frozen=True)
class Wanted:
    """What the choice should respect.

    Attributes:
        regions: centres of the drawn regions of this modality, (n, 3) LPS mm.
        series_number: the user's override.
        days_to_surgery: days from the examination to the operation as the table states it, negative = before.
        surgery_date: to compare header dates with.
    """

    regions: Vector
    series_number: int | None = None
    days_to_surgery: float | None = None
    surgery_date: date | None = None


def choose_series(modality: Modality, found: Sequence[Series], wanted: Wanted) -> Choice:
    """Choose the series of a modality."""
    judge: Callable[[Series, Wanted], SeriesVerdict] = judge_ct if modality == "CT" else judge_mr
    verdicts = tuple(judge(series, wanted) for series in found if series.any_header.modality == modality)
    if wanted.series_number is not None:
        named = [
            v
            for v in verdicts
            if v.series.any_header.series_number == wanted.series_number and v.series.slices
        ]
        if not named:
            return Choice(
                None,
                f"the override asks for {modality} series {wanted.series_number}, which is not here",
                True,
                verdicts,
            )
        best = min(named, key=lambda v: (bool(v.refusals), v.rank))
        return Choice(best.series, f"override: series number {wanted.series_number}", True, verdicts)
    admitted = [verdict for verdict in verdicts if not verdict.refusals]
    if not admitted:
        kind = "axial CT" if modality == "CT" else "sagittal T1 MR"
        return Choice(None, f"no {kind} series among {len(verdicts)} {modality} series", False, verdicts)
    best = min(admitted, key=lambda v: v.rank)
    reason = "the only one that serves" if len(admitted) == 1 else f"best of {len(admitted)} that serve"
    return Choice(best.series, reason, False, verdicts)


def judge_ct(series: Series, wanted: Wanted) -> SeriesVerdict:
    """Verdict on a CT series: axial, original, located; soft kernel, no contrast, 120 kVp, thin slices preferred."""
    header = series.any_header
    refusals = _common_refusals(series, wanted)
    if series.slices and abs(series.normal[2]) < AXIAL_COSINE:
        refusals.append("not axial")
    if series.slices and not series.is_localizer() and len(series.slices) < FEWEST_CT_SLICES:
        refusals.append("too few slices")
    contrast = header.contrast or bool(CONTRAST.search(header.description))
    thickness = header.slice_thickness_mm or series.spacing_mm or MEDIUM_MM
    drawbacks = [
        *(["sharp_kernel"] if kernel_class(header.kernel) == "sharp" else []),
        *(["contrast"] if contrast else []),
        *([f"kvp_{header.kvp:g}"] if header.kvp is not None and header.kvp != 120 else []),
        *(["thick_slices"] if thickness > MEDIUM_MM else []),
        *(["no_rescale"] if not all(each.has_modality_lut for each in series.slices) else []),
        *series.irregularities,
    ]
    rank = (
        -_regions_covered(series, wanted.regions),
        {"soft": 0, "unknown": 1, "sharp": 2}[kernel_class(header.kernel)],
        float(contrast),
        float(header.kvp is not None and header.kvp != 120),
        float(bool(series.irregularities)),
        0.0 if thickness <= THIN_MM else 1.0 if thickness <= MEDIUM_MM else 2.0,
        thickness,
        -len(series.slices),
        series.ordinal,
    )
    return SeriesVerdict(series, tuple(refusals), tuple(drawbacks), rank)


def judge_mr(series: Series, wanted: Wanted) -> SeriesVerdict:
    """Verdict on an MR series: sagittal T1 without fat suppression or contrast, by TR, TE and TI before names."""
    header = series.any_header
    refusals = _common_refusals(series, wanted)
    if series.slices and abs(series.normal[0]) < SAGITTAL_COSINE:
        refusals.append("not sagittal")
    weighting = _t1_refusal(series)
    if weighting:
        refusals.append(weighting)
    if FAT_SUPPRESSED.search(header.description) or "FS" in header.scan_options:
        refusals.append("fat-suppressed")
    contrast = header.contrast or bool(CONTRAST.search(header.description))
    drawbacks = [*(["contrast"] if contrast else []), *series.irregularities]
    rank = (
        -_regions_covered(series, wanted.regions),
        float(contrast),
        float(bool(series.irregularities)),
        -len(series.slices),
        series.ordinal,
    )
    return SeriesVerdict(series, tuple(refusals), tuple(drawbacks), rank)


def kernel_class(kernel: str) -> str:
    """`soft`, `sharp` or `unknown` from ConvolutionKernel (vendors' names, docs/imaging.md)."""
    name = kernel.strip()
    if SHARP_KERNEL.fullmatch(name):
        return "sharp"
    return "soft" if SOFT_KERNEL.fullmatch(name) else "unknown"


def _common_refusals(series: Series, wanted: Wanted) -> list[str]:
    header = series.any_header
    refusals = []
    if series.is_localizer():
        refusals.append("localiser")
    elif "SECONDARY" in header.image_type[:2] or {"MPR", "MIP", "PROJECTION IMAGE"} & set(header.image_type):
        refusals.append("derived image")
    if header.samples_per_pixel != 1:
        refusals.append("colour image")
    if not series.slices:
        refusals.append("does not say where its slices lie")
    if _after_surgery(header.acquisition_date, wanted):
        refusals.append("taken after surgery")
    return refusals


def _after_surgery(acquired: str, wanted: Wanted) -> bool:
    """By the table's days or by the header's date: either is reason enough."""
    if wanted.days_to_surgery is not None and wanted.days_to_surgery > 0:
        return True
    if wanted.surgery_date is None:
        return False
    try:
        return date.fromisoformat(acquired) > wanted.surgery_date
    except ValueError:
        return False


def _t1_refusal(series: Series) -> str:
    header = series.any_header
    tr, te, ti = header.repetition_time_ms, header.echo_time_ms, header.inversion_time_ms
    if tr is None or te is None:
        return "" if T1_WORD.search(header.description) else "TR or TE unknown, and not called T1"
    if te >= T1_ECHO_MS:
        return f"not T1 (TR {tr:g}, TE {te:g})"
    if T1_REPETITION_MS[0] <= tr <= T1_REPETITION_MS[1] and (ti is None or ti == 0):
        return ""
    if ti is not None and T1_FLAIR_INVERSION_MS[0] <= ti <= T1_FLAIR_INVERSION_MS[1]:
        return ""
    return f"not T1 (TR {tr:g}, TE {te:g}{f', TI {ti:g}' if ti else ''})"


def _regions_covered(series: Series, regions: Vector) -> int:
    """How many of the regions have their centre within the stack."""
    if not len(regions) or not series.slices or series.spacing_mm is None:
        return 0
    plane = series.slices[0].geometry
    assert plane is not None
    along = regions @ series.normal
    half = series.spacing_mm / 2
    between = (along >= series.positions_mm[0] - half) & (along <= series.positions_mm[-1] + half)
    place = plane.column_row(regions)
    on_pixels = ((place >= -0.5) & (place <= np.array([plane.columns, plane.rows]) - 0.5)).all(axis=1)
    return int((between & on_pixels).sum())
