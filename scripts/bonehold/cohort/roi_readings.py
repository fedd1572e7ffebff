"""What each reader measured in each region: from the images and from a PACS, and which of the two counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from bonehold.cohort.checked_table import CheckedTable
from bonehold.cohort.readers import FIRST_SESSION, reader_name
from bonehold.cohort.regions import DERIVED, canonical, level_of, modality_of

NOT_USED = frozenset({"refused", "missing", "superseded", "excluded_by_override", "duplicate"})
"""Flags of readings that are shown but never enter a measure."""

HU_TOLERANCE = 2.0
SIGNAL_TOLERANCE = 0.01
"""An image and a PACS value of the same region are expected within 2 HU (CT) or 1 % (MR, arbitrary units)."""


@dataclass(frozen=True)
class CylinderReading:
    """The cylinder around a drawn screw line, HU: all of it, and from the bone's surface on; all None without one.

    Attributes:
        mean, sd, n: from entry to tip.
        bone_mean, bone_sd, bone_n: from the surface of the bone to the tip.
        outside_mm: length of the trajectory before that surface.
        reason: why there is none around a line.
    """

    mean: float | None = None
    sd: float | None = None
    n: int | None = None
    bone_mean: float | None = None
    bone_sd: float | None = None
    bone_n: int | None = None
    outside_mm: float | None = None
    reason: str = ""


NO_CYLINDER = CylinderReading()


@dataclass(frozen=True)
class RoiReading:
    """One region of one reader, or a ready-made measure of a PACS.

    Attributes:
        reader: the reader's code.
        roi: canonical name, or `b_hu`, `st_hu`, `pbq`.
        mean: HU (CT) or signal intensity (MR); None when it was refused or is missing.
        sd, minimum, maximum, n, area_mm2, mean_cubic: as measured in the image; None elsewhere.
        flags: what is remarkable about it.
        reason: why there is no value, or nothing.
        from_image: False for a PACS value.
        session: 1, or more for a region that the reader drew again.
        cylinder: the screw in three dimensions, for the drawn line of a trajectory.
    """

    reader: str
    roi: str
    mean: float | None
    sd: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    n: int | None = None
    area_mm2: float | None = None
    mean_cubic: float | None = None
    flags: tuple[str, ...] = ()
    reason: str = ""
    from_image: bool = True
    session: int = FIRST_SESSION
    cylinder: CylinderReading = NO_CYLINDER

    @property
    def level(self) -> str:
        """Vertebral level, empty for a ready-made measure."""
        return level_of(self.roi)

    @property
    def modality(self) -> str:
        """`CT` or `MR`."""
        return modality_of(self.roi)

    @property
    def usable(self) -> bool:
        """Whether the mean may enter a measure."""
        return self.mean is not None and NOT_USED.isdisjoint(self.flags)

    def flagged(self, *flags: str) -> RoiReading:
        """The same reading with further flags."""
        return replace(self, flags=(*self.flags, *(flag for flag in flags if flag not in self.flags)))


def image_readings(document: Mapping[str, Any]) -> tuple[RoiReading, ...]:
    """The readings in one `ct.json` or `mr.json` (schema `measured/1`)."""
    return tuple(
        RoiReading(
            reader=reader_name(roi["reader"]),
            roi=canonical(roi["roi"]) or roi["roi"],
            mean=roi.get("mean"),
            sd=roi.get("sd"),
            minimum=roi.get("minimum"),
            maximum=roi.get("maximum"),
            n=roi.get("n"),
            area_mm2=roi.get("area_mm2"),
            mean_cubic=roi.get("mean_cubic"),
            flags=tuple(roi.get("flags", ())),
            reason=roi.get("reason", ""),
            session=roi.get("session", FIRST_SESSION),
            cylinder=CylinderReading(
                **{
                    one.name: roi[f"cylinder_{one.name}"]
                    for one in fields(CylinderReading)
                    if f"cylinder_{one.name}" in roi
                }
            ),
        )
        for roi in document.get("rois", ())
    )


def pacs_readings(table: CheckedTable) -> dict[str, tuple[RoiReading, ...]]:
    """The PACS values of each patient, from the long or the wide form of measurements.csv."""
    collected: dict[str, list[RoiReading]] = defaultdict(list)
    for row in table.rows:
        values = row.values
        reader, session = values["reader"], values.get("session") or FIRST_SESSION
        if "roi" in table.columns:
            measured = {values["roi"]: (values["mean"], values.get("sd"), values.get("area_mm2"))}
        else:
            measured = {
                column: (values[column], None, None)
                for column in table.columns
                if canonical(column) and values[column] is not None
            }
        collected[row.patient_id] += [
            RoiReading(
                reader, roi, mean, sd, area_mm2=area, flags=("pacs",), from_image=False, session=session
            )
            for roi, (mean, sd, area) in measured.items()
        ]
    return {patient_id: tuple(readings) for patient_id, readings in collected.items()}


def settled(
    readings: Iterable[RoiReading], excluded: frozenset[tuple[str, str]] = frozenset()
) -> tuple[RoiReading, ...]:
    """Flag which readings of a patient's one session do not count, so that at most one per reader and region is usable.

    An image value wins over a PACS value of the same reader and region; a refused region is no value, so the
    PACS value then serves. Two image readings of one region cannot be told apart and are both set aside.

    Args:
        readings: all readings of one patient in one session.
        excluded: (reader, region) pairs that an override leaves out.

    Returns:
        the readings, sorted by reader and region, with flags `superseded`, `differs_from_image`,
        `excluded_by_override`, `duplicate` where they apply.
    """
    given = [
        reading.flagged("excluded_by_override") if (reading.reader, reading.roi) in excluded else reading
        for reading in readings
    ]
    times = Counter((reading.reader, reading.roi, reading.from_image) for reading in given)
    given = [
        reading.flagged("duplicate")
        if times[reading.reader, reading.roi, reading.from_image] > 1
        else reading
        for reading in given
    ]
    measured = {(one.reader, one.roi): one for one in given if one.from_image and one.usable}
    compared = (
        reading if reading.from_image else _beside(reading, measured.get((reading.reader, reading.roi)))
        for reading in given
    )
    return tuple(sorted(compared, key=lambda reading: (reading.reader, reading.roi, not reading.from_image)))


def compare_ready_made(reading: RoiReading, measured: float | None) -> RoiReading:
    """Set a ready-made measure beside the value of the reader's regions, which wins where there is one."""
    if reading.roi not in DERIVED or measured is None:
        return reading
    return _flag_difference(reading.flagged("superseded"), measured)


def _beside(pacs: RoiReading, image: RoiReading | None) -> RoiReading:
    if image is None or image.mean is None:
        return pacs
    return _flag_difference(pacs.flagged("superseded"), image.mean)


def _flag_difference(pacs: RoiReading, measured: float) -> RoiReading:
    if pacs.mean is None:
        return pacs
    difference = abs(pacs.mean - measured)
    tolerance = HU_TOLERANCE if pacs.modality == "CT" else SIGNAL_TOLERANCE * abs(measured)
    return pacs.flagged("differs_from_image") if difference > tolerance else pacs
