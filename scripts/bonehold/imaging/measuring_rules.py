"""How series are chosen and regions measured: what `config.yaml` says of series, trajectories and quality."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bonehold.imaging.quality import QualityLimits, quality_limits
from bonehold.imaging.series_rules import SeriesRules, series_rules


@dataclass(frozen=True)
class ImagingRules:
    """How series are chosen and regions measured.

    Attributes:
        line_width_mm: full width of the rectangle around a Line.
        radius_mm: radius of the cylinder around a Line that states none.
        limits: beyond what a region is flagged.
        series: by what a series is chosen.
    """

    line_width_mm: float = 5.0
    radius_mm: float = 2.5
    limits: QualityLimits = field(default_factory=QualityLimits)
    series: SeriesRules = field(default_factory=SeriesRules)


def imaging_rules(options: Mapping[str, Any]) -> ImagingRules:
    """The rules as `config.yaml: series, trajectory, quality` have them."""
    trajectory = options["trajectory"]
    return ImagingRules(
        trajectory["width_mm"],
        trajectory["radius_mm"],
        quality_limits(options["quality"]),
        series_rules(options["series"]),
    )
