"""What there is to see in one patient: regions with their readings, pictures and flags, and what to look at first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bonehold.cohort.bone_measures import MeasuringRules
from bonehold.cohort.measured_digest import measured_digest
from bonehold.cohort.overrides import override_reading
from bonehold.cohort.patient_measures import PatientMeasures, measure_patient
from bonehold.cohort.quality_flags import SideLimits, flag_sides
from bonehold.cohort.regions import bodies, csf, pedicles, trajectories
from bonehold.cohort.roi_readings import RoiReading, image_readings, settled
from bonehold.flag_words import SEVERITIES, QualityFlag, Severity, explained, gravest_first
from bonehold.imaging.sections import Section
from bonehold.roi_names import BODY_PLANES

GROUPS = ("body", "trajectory", "pedicle", "csf")
_PLACES = ("", *BODY_PLANES, "right", "left")
"""Right before left: as on the picture."""


@dataclass(frozen=True, eq=False)
class RegionView:
    """One region of one patient.

    Attributes:
        roi: its name.
        used: whether it enters a measure of this patient.
        readings: what each reader measured, or why not.
        pictures: its slice, or slices where the readers drew on several.
        flags: its flags but for those of its whole series, the gravest first.
    """

    roi: str
    used: bool
    readings: tuple[RoiReading, ...]
    pictures: tuple[Section, ...]
    flags: tuple[QualityFlag, ...]

    @property
    def group(self) -> str:
        """`body`, `trajectory`, `pedicle` or `csf`."""
        return self.roi.split("_")[1]

    @property
    def title(self) -> str:
        """Its name for people."""
        level, what, *where = self.roi.split("_")
        return " ".join((level, "CSF" if what == "csf" else what, *where))

    @property
    def to_look_at(self) -> bool:
        """Whether it should be shown first."""
        return any(flag.severity != "info" for flag in self.flags)


@dataclass(frozen=True)
class Finding:
    """A flag and where it was raised: readers and regions, a modality, or nowhere in particular."""

    flag: QualityFlag
    places: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class PatientView:
    """One patient.

    Attributes:
        patient_id: the group's own code.
        measured: code of the measurement.
        measures: B-HU and the others, of each reader and combined, from this patient's images alone.
        regions: all regions, in anatomical order.
        findings: every flag, the gravest first.
    """

    patient_id: str
    measured: str
    measures: PatientMeasures
    regions: tuple[RegionView, ...]
    findings: tuple[Finding, ...]

    @property
    def lost(self) -> tuple[tuple[str, str], ...]:
        """The measures that these images do not give, with the reason."""
        drawn = {one.modality for one in self.measures.readings}
        return tuple(
            (words, self.measures.reasons[name].replace("_", " ") if modality in drawn else _UNDRAWN)
            for name, modality, words in _MEASURES
            if name in self.measures.reasons
        )

    @property
    def severity(self) -> Severity | None:
        """The gravest thing there is to say; None when nothing needs a look."""
        if self.measures.reasons:
            return "warn"
        return next((one.flag.severity for one in self.findings if one.flag.severity != "info"), None)

    @property
    def thumbnail_section(self) -> Section | None:
        """The picture that stands for the patient: of the gravest region, else of the middle of the body."""
        seen = [region for region in self.regions if region.pictures]
        shown = sorted(seen, key=lambda region: (_gravity(region), "_body_middle" not in region.roi))
        return shown[0].pictures[0] if shown else None

    @property
    def headline(self) -> str:
        """What to know at a glance."""
        lost = [name for name, _ in self.lost]
        shown = [region for region in self.regions if region.to_look_at]
        others = [one for one in self.findings if one.flag.scope != "region" and one.flag.severity != "info"]
        words = [f"No {' and no '.join(lost)}"] if lost else []
        if shown:
            words.append(f"{len(shown)} {'region' if len(shown) == 1 else 'regions'} to look at")
        words += [one.flag.words for one in others]
        return " · ".join(words) if words else "Nothing flagged"


_MEASURES = (("hu_ratio", "CT", "HU ratio"), ("pbq", "MR", "PBQ score"))
_UNDRAWN = "no region is drawn on such an image; a value from a PACS would stand on the index"


def first_session(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The regions that give a patient's values; what a reader drew again later serves agreement alone."""
    return [row for row in document["rois"] if row.get("session", 1) == 1]


def patient_view(
    documents: Mapping[str, Mapping[str, Any]],
    sections: Sequence[Section],
    rules: MeasuringRules,
    limits: SideLimits,
    overrides: Iterable[tuple[str, str]],
) -> PatientView:
    """Gather what one patient's own documents tell; nothing of the cohort enters.

    Args:
        documents: `CT`, `MR` -> the contents of ct.json and mr.json.
        sections: pictures of the measured regions.
        rules: how regions and readers become one value.
        limits: beyond what left and right are flagged.
        overrides: the patient's decisions, as (item, value).
    """
    decisions = tuple(overrides)
    left_out = frozenset(
        reading for item, value in decisions if item == "roi" and (reading := override_reading(value))
    )
    level = next((value for item, value in decisions if item == "level"), None)
    given = ({**each, "rois": first_session(each)} for each in documents.values())
    readings = settled((one for each in given for one in image_readings(each)), left_out)
    found = measure_patient(readings, rules, level)
    measures = replace(found, readings=flag_sides(found.readings, limits))
    return PatientView(
        patient_id=documents["CT"]["patient_id"],
        measured=measured_digest(documents.values()),
        measures=measures,
        regions=_regions(measures, sections),
        findings=_findings(measures),
    )


def _regions(measures: PatientMeasures, sections: Sequence[Section]) -> tuple[RegionView, ...]:
    used = _used(measures)
    readings: dict[str, list[RoiReading]] = defaultdict(list)
    for one in measures.readings:
        readings[one.roi].append(one)
    views = [
        RegionView(
            roi=roi,
            used=roi in used,
            readings=tuple(ours),
            pictures=tuple(section for section in sections if section.roi == roi),
            flags=tuple(
                flag
                for flag in gravest_first(name for one in ours for name in one.flags)
                if flag.scope != "series"
            ),
        )
        for roi, ours in readings.items()
    ]
    return tuple(sorted(views, key=lambda view: _place(view.roi)))


def _place(roi: str) -> tuple[int, str, int]:
    level, what, *where = roi.split("_")
    return GROUPS.index(what), level, _PLACES.index(where[0] if where else "")


def _used(measures: PatientMeasures) -> frozenset[str]:
    level, fluid = measures.level.name, measures.csf_level.name
    return frozenset(
        (
            *(bodies(level) if level else ()),
            *(trajectories(level) if level else ()),
            *(name for sides in pedicles() for name in sides),
            *((csf(fluid),) if fluid else ()),
        )
    )


def _gravity(region: RegionView) -> int:
    """Place among the severities of what is to be said of a region; the last for one without a flag."""
    return SEVERITIES.index(region.flags[0].severity if region.flags else "info")


def _where(one: RoiReading, flag: str) -> str:
    if explained(flag).scope == "series":
        return one.modality
    why = f" ({one.reason})" if flag == "refused" and one.reason else ""
    return f"{one.reader} {one.roi.replace('_', ' ')}{why}"


def _findings(measures: PatientMeasures) -> tuple[Finding, ...]:
    places: dict[str, list[str]] = defaultdict(list)
    for one in measures.readings:
        for name in one.flags:
            places[name].append(_where(one, name))
    own = (*measures.flags, *(flag for ratio in measures.ratios.values() for flag in ratio.flags))
    return tuple(
        Finding(flag, tuple(dict.fromkeys(places.get(flag.name, ()))))
        for flag in gravest_first((*places, *own))
    )
