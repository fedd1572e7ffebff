"""What can speak against measuring on a series: one small question each, answered from its headers and geometry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from bonehold.imaging.description_words import says, says_contrast, words_of
from bonehold.imaging.geometry import Vector
from bonehold.imaging.series import Series
from bonehold.imaging.series_rules import SeriesRules
from bonehold.roi_names import Modality

AXIAL_COSINE = 0.85
SAGITTAL_COSINE = 0.8
DERIVED_KINDS = {"MPR", "MIP", "MINIP", "PROJECTION IMAGE"}
NO_MAGNITUDE = {"P", "PHASE", "PHASE MAP", "R", "REAL", "I", "IMAGINARY", "VELOCITY"}
FAT_OR_WATER = {"W", "WATER", "F", "FAT", "OP", "OPP", "OPP_PHASE", "OUT_PHASE", "OUT"}
IN_PHASE = {"IP", "IN_PHASE", "IN", "INPHASE"}


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


@dataclass(frozen=True)
class Candidate:
    """A series with all that it is judged by."""

    series: Series
    modality: Modality
    wanted: Wanted
    rules: SeriesRules


@dataclass(frozen=True)
class Finding:
    """A criterion holds.

    Attributes:
        words: what was found, in words that hold nothing of a header's free text.
        times: how often it counts.
        flags: what measurements on this series are flagged with.
    """

    words: str
    times: int = 1
    flags: tuple[str, ...] = ()


Criterion = Callable[[Candidate], Finding | None]


def localiser(one: Candidate) -> Finding | None:
    """ImageType calls it a localiser."""
    return Finding("localiser") if one.series.is_localizer() else None


def derived(one: Candidate) -> Finding | None:
    """Made from other images: a secondary image, a reformat or a projection."""
    kind = one.series.any_header.image_type
    return Finding("derived image") if "SECONDARY" in kind[:2] or DERIVED_KINDS & set(kind) else None


def processed(one: Candidate) -> Finding | None:
    """ImageType calls a primary image derived, as some scanners do with any that was filtered."""
    first = one.series.any_header.image_type[:1]
    return Finding("processed image") if "DERIVED" in first and derived(one) is None else None


def not_magnitude(one: Candidate) -> Finding | None:
    """A phase, real or imaginary image of an MR."""
    kinds = NO_MAGNITUDE & set(one.series.any_header.image_type[2:])
    return Finding("not a magnitude image") if kinds else None


def after_surgery(one: Candidate) -> Finding | None:
    """By the table's days or by the header's date: either is reason enough."""
    days, operated = one.wanted.days_to_surgery, one.wanted.surgery_date
    acquired = _acquired(one)
    if (days is not None and days > 0) or (operated and acquired and acquired > operated):
        return Finding("taken after surgery")
    return None


def day_of_surgery(one: Candidate) -> Finding | None:
    """Taken on the very day, so perhaps after the screws."""
    operated = one.wanted.surgery_date
    if operated is None or _acquired(one) != operated:
        return None
    return Finding("taken on the day of surgery", flags=("day_of_surgery",))


def not_axial(one: Candidate) -> Finding | None:
    """The slices' normal points elsewhere than along the body."""
    flat = one.series.slices and abs(one.series.normal[2]) < AXIAL_COSINE
    return Finding("not axial") if flat else None


def not_sagittal(one: Candidate) -> Finding | None:
    """The slices' normal points elsewhere than sideways."""
    askew = one.series.slices and abs(one.series.normal[0]) < SAGITTAL_COSINE
    return Finding("not sagittal") if askew else None


def few_slices(one: Candidate) -> Finding | None:
    """Fewer than are needed: of an MR, to reach the pedicles of both sides."""
    n, fewest = len(one.series.slices), one.rules.table(one.modality).fewest_slices
    return Finding("too few slices", flags=("few_slices",)) if 0 < n < fewest else None


def region_outside(one: Candidate) -> Finding | None:
    """Regions were drawn where this series has no pixels; counts for each of them."""
    if not one.series.slices:
        return None
    outside = len(one.wanted.regions) - _regions_within(one.series, one.wanted.regions)
    of = len(one.wanted.regions)
    return Finding(f"{outside} of {of} regions lie outside its field of view", outside) if outside else None


def irregular(one: Candidate) -> Finding | None:
    """Slices that are missing, stand twice, drift sideways or do not say where they lie."""
    found = one.series.irregularities
    return Finding(", ".join(found).replace("_", " "), flags=found) if found else None


def sharp_kernel(one: Candidate) -> Finding | None:
    """Reconstructed for edges: noise is up, and HU next to cortex are off."""
    if one.rules.kernels.class_of(one.series.any_header.kernel) != "sharp":
        return None
    return Finding("sharp kernel", flags=("sharp_kernel",))


def unknown_kernel(one: Candidate) -> Finding | None:
    """A kernel of neither list, or none named."""
    unknown = one.rules.kernels.class_of(one.series.any_header.kernel) == "unknown"
    return Finding("kernel not known") if unknown else None


def contrast(one: Candidate) -> Finding | None:
    """An agent is named, or the description speaks of one."""
    header, words = one.series.any_header, one.rules.words
    named = says_contrast(header.description, words.contrast, words.without)
    return Finding("contrast", flags=("contrast",)) if header.contrast or named else None


def other_kvp(one: Candidate) -> Finding | None:
    """A tube voltage that shifts all HU."""
    kvp = one.series.any_header.kvp
    if kvp is None or kvp == one.rules.kvp:
        return None
    return Finding(f"{kvp:g} kVp, not {one.rules.kvp:g}", flags=(f"kvp_{kvp:g}",))


def medium_slices(one: Candidate) -> Finding | None:
    """Thicker than thin, but not thick."""
    thin, thick = one.rules.thickness_mm
    mm = thickness(one.series)
    return Finding(f"slices of {mm:g} mm") if mm is not None and thin < mm <= thick else None


def thick_slices(one: Candidate) -> Finding | None:
    """So thick that endplates and cortex are within a slice of the body."""
    mm = thickness(one.series)
    if mm is None or mm <= one.rules.thickness_mm[1]:
        return None
    return Finding(f"slices of {mm:g} mm", flags=("thick_slices",))


def no_rescale(one: Candidate) -> Finding | None:
    """Nobody says how stored values become HU."""
    if all(header.has_modality_lut for header in one.series.slices):
        return None
    return Finding("does not say how it becomes HU", flags=("no_rescale",))


def not_t1(one: Candidate) -> Finding | None:
    """Not T1-weighted by TR, TE and TI; where these are absent, by name."""
    header, t1 = one.series.any_header, one.rules.t1
    tr, te, ti = header.repetition_time_ms, header.echo_time_ms, header.inversion_time_ms or None
    if tr is None or te is None:
        named = says(header.description, one.rules.words.t1)
        return None if named else Finding("TR or TE unknown, and not called T1")
    spin_echo = ti is None and _within(tr, t1.repetition_ms)
    flair = ti is not None and _within(ti, t1.flair_inversion_ms)
    if te < t1.echo_ms and (spin_echo or flair):
        return None
    return Finding(f"not T1 (TR {tr:g}, TE {te:g}{f', TI {ti:g}' if ti else ''})")


def t2(one: Candidate) -> Finding | None:
    """T2-weighted by its echo time, or called T2 and not T1 (a T2* gradient echo has the times of a T1)."""
    header, words = one.series.any_header, one.rules.words
    text, te = header.description, header.echo_time_ms
    late = te is not None and te >= one.rules.t1.t2_echo_ms
    called = says(text, words.t2) and not says(text, words.t1)
    return Finding("T2-weighted") if late or called else None


def fat_suppressed(one: Candidate) -> Finding | None:
    """Marrow's fat, which the PBQ is about, is taken away: by saturation, inversion or Dixon."""
    header, words = one.series.any_header, one.rules.words
    text = header.description
    ti = header.inversion_time_ms
    if "FS" in header.scan_options or says(text, words.fat_suppressed):
        return Finding("fat-suppressed")
    if ti is not None and _within(ti, one.rules.t1.stir_inversion_ms):
        return Finding(f"fat-suppressed (TI {ti:g})")
    kinds = set(header.image_type[2:])
    dixon = says(text, words.dixon)
    if FAT_OR_WATER & kinds:
        return Finding("fat, water or opposed-phase image")
    if dixon and not IN_PHASE & (kinds | set(words_of(text))):
        return Finding("Dixon image that is not said to be in phase")
    return None


CRITERIA: Mapping[str, Criterion] = {
    criterion.__name__: criterion
    for criterion in (
        localiser,
        derived,
        processed,
        not_magnitude,
        after_surgery,
        day_of_surgery,
        not_axial,
        not_sagittal,
        not_t1,
        t2,
        fat_suppressed,
        few_slices,
        region_outside,
        sharp_kernel,
        unknown_kernel,
        contrast,
        other_kvp,
        medium_slices,
        thick_slices,
        no_rescale,
        irregular,
    )
}
"""Name in the configuration -> question; flags of measurements come in this order."""

CT_ONLY = frozenset(
    (not_axial, sharp_kernel, unknown_kernel, other_kvp, medium_slices, thick_slices, no_rescale)
)
MR_ONLY = frozenset((not_magnitude, not_sagittal, not_t1, t2, fat_suppressed))


def criteria_of(modality: Modality) -> dict[str, Criterion]:
    """The questions that are asked of a modality."""
    others = MR_ONLY if modality == "CT" else CT_ONLY
    return {name: criterion for name, criterion in CRITERIA.items() if criterion not in others}


def thickness(series: Series) -> float | None:
    """Slice thickness, or else the distance between slices, mm."""
    return series.any_header.slice_thickness_mm or series.spacing_mm


def _acquired(one: Candidate) -> date | None:
    try:
        return date.fromisoformat(one.series.any_header.acquisition_date)
    except ValueError:
        return None


def _regions_within(series: Series, regions: Vector) -> int:
    """How many of the regions have their centre within the stack."""
    if not len(regions) or series.spacing_mm is None:
        return 0
    plane = series.slices[0].geometry
    assert plane is not None
    along = regions @ series.normal
    half = series.spacing_mm / 2
    between = (along >= series.positions_mm[0] - half) & (along <= series.positions_mm[-1] + half)
    place = plane.column_row(regions)
    on_pixels = ((place >= -0.5) & (place <= np.array([plane.columns, plane.rows]) - 0.5)).all(axis=1)
    return int((between & on_pixels).sum())


def _within(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]
