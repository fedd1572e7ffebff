"""What can be read twice: each measure with its unit, what a case of it is, and the grades of its scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bonehold.cohort.goutallier import GRADES


@dataclass(frozen=True)
class Measure:
    """A measure of which agreement is told.

    Attributes:
        label: its name in tables and figures.
        unit: HU, degrees or nothing.
        case: what is read once: `patient`, `region`, `disc_side` or `visit`; only patients are independent.
        grades: all grades of its scale, used or not; empty for a continuous measure.
    """

    label: str
    unit: str = ""
    case: str = "patient"
    grades: tuple[int, ...] = ()


READER_MEASURES: Mapping[str, Measure] = {
    "b_hu": Measure("B-HU", "HU"),
    "st_hu": Measure("ST-HU", "HU"),
    "hu_ratio": Measure("HU ratio"),
    "pbq": Measure("PBQ score"),
    "pedicle_si": Measure("Pedicle signal"),
    "csf_si": Measure("CSF signal"),
}
REGION_MEASURES: Mapping[str, Measure] = {
    "body": Measure("Body regions", "HU", "region"),
    "trajectory": Measure("Trajectory regions", "HU", "region"),
    "pedicle": Measure("Pedicle regions", "", "region"),
}
MEASURES: Mapping[str, Measure] = {
    **READER_MEASURES,
    **REGION_MEASURES,
    "pi": Measure("Pelvic incidence", "°"),
    "pt": Measure("Pelvic tilt", "°"),
    "ss": Measure("Sacral slope", "°"),
    "ll": Measure("Lumbar lordosis", "°"),
    "goutallier": Measure("Goutallier grade of a disc and side", "", "disc_side", GRADES),
    "goutallier_patient": Measure("Goutallier grade of the patient", "", "patient", GRADES),
    "loosening": Measure("Loosening at a visit", "", "visit", (0, 1)),
}
"""In the order of the table."""
