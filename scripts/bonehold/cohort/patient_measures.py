"""One patient's readings as one result: the level, each reader's measures, the combined ones, the reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from bonehold.cohort.bone_measures import (
    Combined,
    MeasuringRules,
    Ratio,
    ReaderMeasures,
    b_hu,
    combine,
    combined_pbq,
    complete_csf_levels,
    complete_ct_levels,
    hu_ratio,
    pedicle_signal,
    signal_ratio,
    single_reader,
    st_hu,
)
from bonehold.cohort.levels import Level, choose_level
from bonehold.cohort.readers import RESERVED
from bonehold.cohort.regions import DERIVED, bodies, csf, pedicles, trajectories
from bonehold.cohort.roi_readings import RoiReading, compare_ready_made


@dataclass(frozen=True)
class PatientMeasures:
    """All that was measured in one patient.

    Attributes:
        readings: every reading, those that do not count and those that are missing among them.
        readers: each reader's measures.
        ratios: each reader's HU ratio.
        combined: the patient's B-HU, ST-HU, pedicle and CSF signal, PBQ.
        ratio: the patient's HU ratio.
        level, csf_level: where B-HU and ST-HU, and the CSF, were measured.
        flags: flags of the combined row.
        reasons: `hu_ratio`, `pbq` -> why there is none, for those that are missing.
    """

    readings: tuple[RoiReading, ...]
    readers: Mapping[str, ReaderMeasures]
    ratios: Mapping[str, Ratio]
    combined: ReaderMeasures
    ratio: Ratio
    level: Level
    csf_level: Level
    flags: tuple[str, ...]
    reasons: Mapping[str, str]


def measure_patient(
    readings: Sequence[RoiReading], rules: MeasuringRules, level_override: str | None = None
) -> PatientMeasures:
    """Combine one patient's readings into B-HU, ST-HU, HU ratio and PBQ.

    Args:
        readings: the patient's settled readings (at most one usable per reader and region).
        rules: how regions and readers become one value.
        level_override: the group's own choice of the level of B-HU and ST-HU.
    """
    level, csf_level = _levels(readings, _means(readings), rules, level_override)
    shown, readers = reader_measures(readings, level, csf_level, rules)
    body = combine({name: one.b_hu for name, one in readers.items()}, rules.combine)
    trajectory = combine({name: one.st_hu for name, one in readers.items()}, rules.combine)
    pbq, pedicle, fluid = combined_pbq(readers, rules.combine)
    ratio = hu_ratio(trajectory.value, body.value, rules)
    flags = _combined_flags((body, trajectory, pedicle, fluid), level, csf_level, (ratio, pbq))
    reasons = {}
    if ratio.value is None:
        reasons["hu_ratio"] = ratio.reason or _lacking(shown, "CT", rules.combine)
    if pbq.value is None:
        reasons["pbq"] = pbq.reason or _lacking(shown, "MR", rules.combine)
    return PatientMeasures(
        readings=shown,
        readers=readers,
        ratios={name: hu_ratio(one.st_hu, one.b_hu, rules) for name, one in readers.items()},
        combined=ReaderMeasures(body.value, trajectory.value, pedicle.value, fluid.value, pbq.value),
        ratio=ratio,
        level=level,
        csf_level=csf_level,
        flags=flags,
        reasons=reasons,
    )


def drew(readings: Sequence[RoiReading], reader: str, modality: str) -> bool:
    """Whether a reader has a region on the CT or the MR among the readings, as against a ready-made measure."""
    return any(
        one.reader == reader and one.modality == modality and one.roi not in DERIVED for one in readings
    )


def reader_measures(
    readings: Sequence[RoiReading], level: Level, csf_level: Level, rules: MeasuringRules
) -> tuple[tuple[RoiReading, ...], dict[str, ReaderMeasures]]:
    """Each reader's measures in one session at given levels.

    Args:
        readings: the patient's settled readings of the session.
        level: where B-HU and ST-HU are measured.
        csf_level: where the CSF is measured.
        rules: how regions become one value.

    Returns:
        the readings with what is missing and what is superseded, sorted; the measures by reader.
    """
    means = _means(readings)
    computed = {
        name: _from_regions(of_reader, level.name, csf_level.name, rules.require)
        for name, of_reader in means.items()
    }
    shown = tuple(compare_ready_made(one, getattr(computed[one.reader], one.roi, None)) for one in readings)
    shown += _missing(readings, level, csf_level)
    return (
        tuple(sorted(shown, key=lambda one: (one.reader, one.roi, not one.from_image))),
        {name: _with_ready_made(computed[name], means[name]) for name in means},
    )


def _means(readings: Sequence[RoiReading]) -> dict[str, dict[str, float]]:
    """Usable means of each reader, sorted by name: region -> mean."""
    return {
        name: {
            one.roi: one.mean
            for one in readings
            if one.reader == name and one.usable and one.mean is not None
        }
        for name in sorted({reading.reader for reading in readings})
    }


def _levels(
    readings: Sequence[RoiReading],
    means: Mapping[str, Mapping[str, float]],
    rules: MeasuringRules,
    override: str | None,
) -> tuple[Level, Level]:
    on_ct = [one for one in readings if one.modality == "CT" and one.roi not in DERIVED]
    on_mr = [one for one in readings if one.modality == "MR" and one.roi not in DERIVED]
    ct_complete = {
        one.reader: complete_ct_levels(means[one.reader], rules.levels, rules.require) for one in on_ct
    }
    csf_complete = {one.reader: complete_csf_levels(means[one.reader], rules.levels) for one in on_mr}
    fluid = {one.level for one in on_mr if one.roi == csf(one.level)}
    return (
        choose_level(ct_complete, {one.level for one in on_ct}, rules.levels, override if on_ct else None),
        choose_level(csf_complete, fluid, rules.levels),
    )


def _from_regions(means: Mapping[str, float], level: str, csf_level: str, require: str) -> ReaderMeasures:
    pedicle = pedicle_signal(means, require)
    fluid = means.get(csf(csf_level))
    return ReaderMeasures(
        b_hu=b_hu(means, level, require),
        st_hu=st_hu(means, level, require),
        pedicle_si=pedicle,
        csf_si=fluid,
        pbq=signal_ratio(pedicle, fluid).value,
    )


def _with_ready_made(computed: ReaderMeasures, means: Mapping[str, float]) -> ReaderMeasures:
    """Fill what the reader's regions do not give with the reader's ready-made values."""
    absent = {name: means[name] for name in DERIVED if name in means and getattr(computed, name) is None}
    return replace(computed, **absent)


def _missing(readings: Sequence[RoiReading], level: Level, csf_level: Level) -> tuple[RoiReading, ...]:
    """Rows for the regions that a reader who drew on an image left out; a decision need not be complete."""
    there = {(one.reader, one.roi) for one in readings}
    rows = []
    for reader in sorted({one.reader for one in readings} - set(RESERVED)):
        drew = {one.modality for one in readings if one.reader == reader and one.roi not in DERIVED}
        expected: list[str] = []
        if "CT" in drew and level.name:
            expected += [*bodies(level.name), *trajectories(level.name)]
        if "MR" in drew:
            expected += [name for sides in pedicles() for name in sides]
            expected += [csf(csf_level.name)] if csf_level.name else []
        rows += [
            RoiReading(reader, roi, None, flags=("missing",), reason="missing", session=readings[0].session)
            for roi in expected
            if (reader, roi) not in there
        ]
    return tuple(rows)


def _combined_flags(
    combined: Sequence[Combined], level: Level, csf_level: Level, ratios: Sequence[Ratio]
) -> tuple[str, ...]:
    flags = sorted({name for one in combined for name in one.readers if name in RESERVED})
    if single_reader(combined):
        flags.append("single_reader")
    if level.discordant or csf_level.discordant:
        flags.append("level_discordant")
    return (*flags, *(flag for ratio in ratios for flag in ratio.flags))


def _lacking(readings: Sequence[RoiReading], modality: str, how: str) -> str:
    """Why there is no value of a modality: each reader with the regions that cannot be used."""
    lacking: dict[str, list[str]] = defaultdict(list)
    ours = [one for one in readings if one.modality == modality]
    served = {(one.reader, one.roi) for one in ours if one.usable}
    for one in ours:
        if (one.reader, one.roi) not in served and "superseded" not in one.flags:
            why = one.reason if "missing" not in one.flags else ""
            why = "left out by an override" if "excluded_by_override" in one.flags else why
            lacking[one.reader].append(f"{one.roi} ({why})" if why else one.roi)
    if lacking:
        return "; ".join(
            f"{reader} lacks {', '.join(sorted(rois))}" for reader, rois in sorted(lacking.items())
        )
    if not ours:
        return "no regions and no PACS values"
    return "no adjudicated reading" if how == "adjudicated" else "no reader gave all that is needed"


def cylinder_st_hu(readings: Sequence[RoiReading], reader: str, level: str) -> float | None:
    """A reader's ST-HU in three dimensions: mean of the left and right cylinders, HU; None unless there are both."""
    means = {one.roi: one.cylinder.mean for one in readings if one.reader == reader and one.usable}
    sides = [means.get(name) for name in trajectories(level)] if level else []
    found = [mean for mean in sides if mean is not None]
    return fmean(found) if found and len(found) == len(sides) else None
