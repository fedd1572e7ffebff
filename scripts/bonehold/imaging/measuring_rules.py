"""How regions are measured: what `config.yaml` says of trajectories and of quality."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bonehold.imaging.quality import QualityLimits, quality_limits


@dataclass(frozen=True)
class ImagingRules:
    """How regions are measured.

    Attributes:
        line_width_mm: full width of the rectangle around a Line.
        radius_mm: radius of the cylinder around a Line that states none.
        limits: beyond what a region is flagged.
    """

    line_width_mm: float = 5.0
    radius_mm: float = 2.5
    limits: QualityLimits = field(default_factory=QualityLimits)


def imaging_rules(options: Mapping[str, Any]) -> ImagingRules:
    """The rules as `config.yaml: trajectory, quality` have them."""
    trajectory = options["trajectory"]
    return ImagingRules(trajectory["width_mm"], trajectory["radius_mm"], quality_limits(options["quality"]))
