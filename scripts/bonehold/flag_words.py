"""Every flag that a measurement can bear: what it means, what to do, and how much it matters.

The one table from which the quality pages and `docs/quality.md` take their words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Severity = Literal["warn", "attention", "info"]
Scope = Literal["region", "series", "patient"]

SEVERITIES: tuple[Severity, ...] = ("warn", "attention", "info")
"""The gravest first: a value is missing or probably wrong; it may be off; it is worth knowing."""


@dataclass(frozen=True)
class QualityFlag:
    """One flag.

    Attributes:
        name: as it stands in the tables.
        severity: `warn`, `attention` or `info`.
        scope: what it speaks of: one `region`, the whole `series`, or the `patient`.
        words: its name for people.
        meaning: what it says.
        remedy: what to do about it.
    """

    name: str
    severity: Severity
    scope: Scope
    words: str
    meaning: str
    remedy: str


KNOWN: tuple[QualityFlag, ...] = (
    QualityFlag(
        "refused",
        "warn",
        "region",
        "Refused",
        "The region could not be measured.",
        "Look at it in 3D Slicer and draw it again.",
    ),
    QualityFlag(
        "missing",
        "warn",
        "region",
        "Not drawn",
        "The reader drew other regions of this image, but not this one.",
        "Draw it, or leave the measure empty.",
    ),
    QualityFlag(
        "duplicate",
        "warn",
        "region",
        "Drawn twice",
        "One reader has two regions of this name, and nobody knows which is meant; neither counts.",
        "Delete one of the two files.",
    ),
    QualityFlag(
        "metal",
        "warn",
        "region",
        "Metal inside",
        "A pixel lies above 2500 HU: an implant, or its streak, is in the region.",
        "Draw away from it, or measure another level.",
    ),
    QualityFlag(
        "metal_near",
        "attention",
        "region",
        "Metal nearby",
        "There is metal close to the region, so streaks may shift its HU.",
        "Look for streaks; measure another level if there are any.",
    ),
    QualityFlag(
        "cortex",
        "attention",
        "region",
        "Cortex inside",
        "The spread or the highest values are those of cortical bone in a region meant for cancellous bone.",
        "Draw it smaller, inside the cortex.",
    ),
    QualityFlag(
        "outside_bone",
        "warn",
        "region",
        "Leaves the bone",
        "A large part of the trajectory lies outside bone.",
        "Check entry and tip, and the slice it is drawn on.",
    ),
    QualityFlag(
        "csf_near_noise",
        "attention",
        "region",
        "CSF near noise",
        "The CSF signal is hardly above the noise, and the PBQ divides by it.",
        "Look at the region; a PBQ from this image is uncertain.",
    ),
    QualityFlag(
        "small_roi",
        "attention",
        "region",
        "Small region",
        "Fewer than 30 pixels: the mean is uncertain.",
        "Draw it larger where the anatomy allows.",
    ),
    QualityFlag(
        "oblique",
        "attention",
        "region",
        "Oblique",
        "No slice holds the region, so it was sampled between slices.",
        "Draw it again with the view set to the slices.",
    ),
    QualityFlag(
        "several_slices",
        "info",
        "region",
        "Several slices",
        "The region covers more than one slice; all of them were measured.",
        "Nothing, if that was meant.",
    ),
    QualityFlag(
        "cylinder_coarse",
        "info",
        "region",
        "Coarse cylinder",
        "The slices are too far apart to measure the cylinder around the screw well.",
        "Use the rectangle, or a thinner series.",
    ),
    QualityFlag(
        "differs_from_image",
        "attention",
        "region",
        "PACS value differs",
        "The value from the PACS and that from the image differ by more than 2 HU or 1 %; the image counts.",
        "Find out which of the two is another region.",
    ),
    QualityFlag(
        "excluded_by_override",
        "info",
        "region",
        "Left out",
        "A row of overrides.csv leaves this reading out.",
        "Nothing, if that still holds.",
    ),
    QualityFlag(
        "superseded",
        "info",
        "region",
        "PACS value not used",
        "The same region was measured in the image, which counts.",
        "Nothing.",
    ),
    QualityFlag("pacs", "info", "region", "From the PACS", "The value was measured in a PACS.", "Nothing."),
    QualityFlag(
        "no_rescale",
        "warn",
        "series",
        "No HU scale",
        "The CT does not say how its values become HU.",
        "Export the series again from the scanner or PACS.",
    ),
    QualityFlag(
        "contrast",
        "attention",
        "series",
        "Contrast agent",
        "Contrast medium raises HU and signal.",
        "Choose a series without contrast (override `ct_series` or `mr_series`).",
    ),
    QualityFlag(
        "sharp_kernel",
        "attention",
        "series",
        "Sharp kernel",
        "A bone kernel: more noise, and edges overshoot, which shifts HU near cortex.",
        "Choose the soft-kernel series if there is one.",
    ),
    QualityFlag(
        "kvp",
        "attention",
        "series",
        "Tube voltage",
        "Not 120 kVp: HU of bone depend on the tube voltage.",
        "Choose a 120 kVp series, or compare within the same voltage only.",
    ),
    QualityFlag(
        "thick_slices",
        "attention",
        "series",
        "Thick slices",
        "Thick slices mix cancellous bone with endplates and cortex.",
        "Choose a thinner series if there is one.",
    ),
    QualityFlag(
        "missing_slices",
        "attention",
        "series",
        "Slices missing",
        "The stack has gaps.",
        "Export the series again.",
    ),
    QualityFlag(
        "duplicate_slices",
        "attention",
        "series",
        "Slices twice",
        "Some slices stand at the same place twice.",
        "Export the series again.",
    ),
    QualityFlag(
        "uneven_spacing",
        "attention",
        "series",
        "Uneven slices",
        "The slices are not evenly spaced.",
        "Look at the regions; regions within a slice are measured right.",
    ),
    QualityFlag(
        "tilted",
        "info",
        "series",
        "Tilted gantry",
        "The slices are sheared against their normal; regions within a slice are measured right.",
        "Nothing, unless regions are oblique.",
    ),
    QualityFlag(
        "unlocated_slices",
        "attention",
        "series",
        "Slices without place",
        "Some slices do not say where they lie and were left out.",
        "Export the series again.",
    ),
    QualityFlag(
        "lossy_compression",
        "attention",
        "series",
        "Lossy compression",
        "The images were compressed with loss, now or before, which blurs edges and shifts single pixels.",
        "Export the series from the PACS without loss.",
    ),
    QualityFlag(
        "philips_scale",
        "info",
        "series",
        "Philips scale",
        "The slices had scales of their own and were brought to a common one.",
        "Nothing.",
    ),
    QualityFlag(
        "monochrome1",
        "info",
        "series",
        "Inverted display",
        "The image is meant to be shown inverted; its values are taken as they are.",
        "Nothing.",
    ),
    QualityFlag(
        "below_guard",
        "warn",
        "patient",
        "B-HU too low",
        "B-HU is below `b_hu_minimum`, so the HU ratio is undefined.",
        "Look at the body regions: fat, a cyst, or really this little bone?",
    ),
    QualityFlag(
        "ratio_out_of_range",
        "warn",
        "patient",
        "HU ratio unusual",
        "The HU ratio lies outside `hu_ratio_range`.",
        "Look at body and trajectory regions.",
    ),
    QualityFlag(
        "csf_without_signal",
        "warn",
        "patient",
        "CSF without signal",
        "The CSF signal is not above zero, so the PBQ is undefined.",
        "Draw the CSF region again.",
    ),
    QualityFlag(
        "left_right_difference",
        "attention",
        "region",
        "Left and right differ",
        "Left and right differ by more than the limit.",
        "Compare the two pictures: sclerosis, scoliosis, or one drawn elsewhere?",
    ),
    QualityFlag(
        "reader_difference",
        "attention",
        "patient",
        "Readers differ",
        "The readers differ by more than the minimum detectable change.",
        "Compare their outlines and let them agree (reader `consensus`).",
    ),
    QualityFlag(
        "level_discordant",
        "attention",
        "patient",
        "Levels differ",
        "The level is complete for some readers only.",
        "Let every reader draw the same level.",
    ),
    QualityFlag(
        "single_reader",
        "info",
        "patient",
        "One reader",
        "A value rests on one reader alone.",
        "Let a second reader draw, if the study plans two.",
    ),
    QualityFlag(
        "pbq_ready_made",
        "info",
        "patient",
        "PBQ from the PACS",
        "Readers gave finished PBQ scores, not the signals behind them.",
        "Nothing.",
    ),
    QualityFlag(
        "consensus",
        "info",
        "patient",
        "Consensus",
        "A value is the readers' consensus.",
        "Nothing.",
    ),
    QualityFlag(
        "adjudicator",
        "info",
        "patient",
        "Adjudicated",
        "A value is the adjudicator's.",
        "Nothing.",
    ),
)
_BY_NAME = {flag.name: flag for flag in KNOWN}
_KVP = re.compile(r"kvp_(\d+(?:\.\d+)?)")


def explained(name: str) -> QualityFlag:
    """The flag of this name; one that is not known is shown as it is, and asks for attention.

    >>> explained("kvp_100").words, explained("new_flag").words
    ('100 kVp', 'new_flag')
    """
    voltage = _KVP.fullmatch(name)
    if voltage:
        return replace(_BY_NAME["kvp"], name=name, words=f"{voltage[1]} kVp")
    unknown = QualityFlag(name, "attention", "region", name, "No explanation is known.", "Look at it.")
    return _BY_NAME.get(name, unknown)


def gravest_first(names: Iterable[str]) -> tuple[QualityFlag, ...]:
    """Flags, each once, the gravest first and otherwise in the order of the table."""
    order = {name: place for place, name in enumerate(_BY_NAME)}
    flags = {name: explained(name) for name in names}
    return tuple(
        sorted(
            flags.values(),
            key=lambda flag: (SEVERITIES.index(flag.severity), order.get(flag.name, len(order)), flag.name),
        )
    )
