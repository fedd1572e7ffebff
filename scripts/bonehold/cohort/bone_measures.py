"""B-HU, ST-HU, pedicle and CSF signal of each reader, and from them the patient's HU ratio and PBQ score.

The HU ratio divides the mean HU along the planned screw by that of the vertebral body; the PBQ score divides
the mean T1 signal of the L1-L4 pedicles by that of the cerebrospinal fluid (the study's Methods).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from bonehold.cohort.readers import deciding, independent
from bonehold.cohort.regions import bodies, csf, pedicles, trajectories

BELOW_GUARD = "below_guard"
"""Flag of an HU ratio that is undefined, as against one that was not measured."""


@dataclass(frozen=True)
class MeasuringRules:
    """How regions and readers become one value.

    Attributes:
        levels: admitted levels, preferred first.
        require: `all` or `any`: what a missing plane, side or level does.
        combine: `mean`, `first` or `adjudicated`: how readers become one value.
        b_hu_minimum: below this many HU the ratio is undefined: its denominator is near zero.
        hu_ratio_range: a ratio outside is flagged.
    """

    levels: tuple[str, ...] = ("L3", "L2", "L4")
    require: str = "all"
    combine: str = "mean"
    b_hu_minimum: float = 20.0
    hu_ratio_range: tuple[float, float] = (0.5, 4.0)


def measuring_rules(options: Mapping[str, Any]) -> MeasuringRules:
    """The rules as config.yaml has them: `levels`, `require`, `combine`, `b_hu_minimum`, `hu_ratio_range`."""
    levels: Sequence[str] = options["levels"]
    low, high = options["hu_ratio_range"]
    return MeasuringRules(
        tuple(levels), options["require"], options["combine"], options["b_hu_minimum"], (low, high)
    )


@dataclass(frozen=True)
class ReaderMeasures:
    """One reader's measures: HU, HU, signal, signal, ratio of signals; None where not measurable."""

    b_hu: float | None = None
    st_hu: float | None = None
    pedicle_si: float | None = None
    csf_si: float | None = None
    pbq: float | None = None


@dataclass(frozen=True)
class Ratio:
    """A ratio, or why there is none, and flags."""

    value: float | None
    reason: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Combined:
    """One value out of several readers', and whose it is."""

    value: float | None
    readers: tuple[str, ...] = ()


def b_hu(means: Mapping[str, float], level: str, require: str) -> float | None:
    """B-HU: unweighted mean of the three body regions of a level, in HU."""
    return _mean(means, bodies(level), require)


def st_hu(means: Mapping[str, float], level: str, require: str) -> float | None:
    """ST-HU: unweighted mean of the left and right trajectory regions of a level, in HU."""
    return _mean(means, trajectories(level), require)


def pedicle_signal(means: Mapping[str, float], require: str) -> float | None:
    """Pedicle SI: mean over L1-L4 of the mean of left and right, in the image's own units."""
    levels = [_mean(means, sides, require) for sides in pedicles()]
    found = [level for level in levels if level is not None]
    return fmean(found) if found and (require == "any" or len(found) == len(levels)) else None


def complete_ct_levels(means: Mapping[str, float], levels: Sequence[str], require: str) -> frozenset[str]:
    """The levels at which both B-HU and ST-HU can be computed."""
    return frozenset(
        level
        for level in levels
        if b_hu(means, level, require) is not None and st_hu(means, level, require) is not None
    )


def complete_csf_levels(means: Mapping[str, float], levels: Sequence[str]) -> frozenset[str]:
    """The levels at which the cerebrospinal fluid is measured."""
    return frozenset(level for level in levels if csf(level) in means)


def combine(values: Mapping[str, float | None], how: str) -> Combined:
    """One value out of the readers'.

    A reserved reader's value is the analysis value; otherwise the mean of the independent readers, or the
    first of them by name. Under `adjudicated` only a reserved reader's value counts.

    Args:
        values: reader -> value, None where the reader has none.
        how: `mean`, `first` or `adjudicated`.
    """
    given = {reader: value for reader, value in values.items() if value is not None}
    decided = deciding(given)
    if decided:
        return Combined(given[decided], (decided,))
    readers = independent(given)
    if not readers or how == "adjudicated":
        return Combined(None)
    if how == "first":
        return Combined(given[readers[0]], (readers[0],))
    return Combined(fmean(given[reader] for reader in readers), tuple(readers))


def hu_ratio(trajectory: float | None, body: float | None, rules: MeasuringRules) -> Ratio:
    """HU ratio = ST-HU / B-HU, undefined where B-HU is below the guard.

    Args:
        trajectory: ST-HU in HU.
        body: B-HU in HU.
        rules: the guard and the range beyond which a ratio is flagged.
    """
    if body is not None and body < rules.b_hu_minimum:
        return Ratio(None, f"B-HU of {body:.1f} HU is below {rules.b_hu_minimum:g} HU", (BELOW_GUARD,))
    if body is None or trajectory is None:
        return Ratio(None)
    ratio = trajectory / body
    low, high = rules.hu_ratio_range
    return Ratio(ratio, flags=() if low <= ratio <= high else ("ratio_out_of_range",))


def signal_ratio(pedicle: float | None, fluid: float | None) -> Ratio:
    """PBQ = pedicle SI / CSF SI; undefined where the fluid has no signal."""
    if pedicle is None or fluid is None:
        return Ratio(None)
    if fluid <= 0:
        return Ratio(None, "the CSF signal is not above zero", ("csf_without_signal",))
    return Ratio(pedicle / fluid)


def combined_pbq(readers: Mapping[str, ReaderMeasures], how: str) -> tuple[Ratio, Combined, Combined]:
    """The patient's PBQ with the pedicle and CSF signals it was computed from.

    Combined pedicle SI / combined CSF SI. Where a reader who counts gave a ready-made PBQ only, there are no
    signals to combine, so the readers' scores are.

    Returns:
        PBQ; combined pedicle SI; combined CSF SI (both empty when ready-made scores were combined).
    """
    scores = combine({name: one.pbq for name, one in readers.items()}, how)
    if any(readers[name].pedicle_si is None or readers[name].csf_si is None for name in scores.readers):
        return Ratio(scores.value, flags=("pbq_ready_made",)), Combined(None, scores.readers), Combined(None)
    pedicle = combine({name: one.pedicle_si for name, one in readers.items()}, how)
    fluid = combine({name: one.csf_si for name, one in readers.items()}, how)
    return signal_ratio(pedicle.value, fluid.value), pedicle, fluid


def single_reader(combined: Iterable[Combined]) -> bool:
    """Whether any of the combined values rests on one independent reader alone."""
    return any(len(one.readers) == 1 and not deciding(one.readers) for one in combined)


def _mean(means: Mapping[str, float], names: Sequence[str], require: str) -> float | None:
    found = [means[name] for name in names if name in means]
    return fmean(found) if found and (require == "any" or len(found) == len(names)) else None
