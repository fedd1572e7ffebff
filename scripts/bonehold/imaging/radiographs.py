"""Where points set in 3D Slicer lie on a radiograph that does not say where it lies in the patient.

3D Slicer (through ITK and GDCM; measured with SimpleITK 2.5) puts column c and row r of such a CR or DX at
(c x s, r x t, 0) LPS, with s and t from ImagerPixelSpacing and 1 mm where that is absent; PixelSpacing alone is
passed over. Angles need no more than the shape of a pixel, which PixelSpacing (calibrated in the patient) or else
ImagerPixelSpacing (at the detector) gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bonehold.imaging.geometry import Vector
from bonehold.imaging.series import Series
from bonehold.imaging.spinopelvic import LandmarksRefused

RADIOGRAPHS = {"CR", "DX"}
SAME_SHAPE = 1e-3
OUTSIDE_PIXELS = 1.0

Spacing = tuple[float, float]
"""Between rows and between columns, mm, as DICOM has it."""


@dataclass(frozen=True)
class Film:
    """A radiograph without position in the patient.

    Attributes:
        spacing_mm: PixelSpacing, else ImagerPixelSpacing: the size of a pixel.
        detector_spacing_mm: ImagerPixelSpacing.
    """

    rows: int
    columns: int
    spacing_mm: Spacing | None
    detector_spacing_mm: Spacing | None

    @property
    def placed_mm(self) -> Spacing:
        """The spacing by which 3D Slicer places its pixels."""
        return self.detector_spacing_mm or (1.0, 1.0)

    @property
    def stretch(self) -> Spacing | None:
        """Factors to the right and down from where points were placed to mm; None where no spacing is known."""
        if self.spacing_mm is None:
            return None
        between_rows, between_columns = self.spacing_mm
        placed_rows, placed_columns = self.placed_mm
        return between_columns / placed_columns, between_rows / placed_rows

    def holds(self, points: Mapping[str, Vector]) -> bool:
        """Whether all points lie on it."""
        between_rows, between_columns = self.placed_mm
        places = np.array([point[:2] for point in points.values()]) / (between_columns, between_rows)
        limits = np.array([self.columns, self.rows]) - 1 + OUTSIDE_PIXELS
        return bool((places >= -OUTSIDE_PIXELS).all() and (places <= limits).all())


def films(series: Iterable[Series]) -> tuple[Film, ...]:
    """The radiographs without position among a patient's series."""
    return tuple(
        Film(header.rows, header.columns, header.pixel_spacing_mm, header.detector_spacing_mm)
        for one in series
        for header in one.unlocated
        if header.modality in RADIOGRAPHS
    )


def in_mm(points: Mapping[str, Vector], taken: Sequence[Film]) -> tuple[dict[str, Vector], bool]:
    """Points of a film at the true proportions of width and height.

    Args:
        points: name -> (3,) LPS mm as 3D Slicer wrote them.
        taken: the patient's radiographs; those that hold all points may be the one.

    Returns:
        name -> (2,), to the right and down, and whether square pixels were assumed, because no radiograph here
        holds the points or none says how large its pixels are.

    Raises:
        LandmarksRefused: radiographs that may be the one have pixels of different shapes.
    """
    stretches = [film.stretch for film in taken if film.holds(points)]
    known = [stretch for stretch in stretches if stretch is not None]
    shapes = [down / right for right, down in known]
    if shapes and max(shapes) > min(shapes) * (1 + SAME_SHAPE):
        raise LandmarksRefused("several radiographs may be meant, and their pixels differ in shape; keep one")
    factors = known[0] if known else (1.0, 1.0)
    scaled = {name: point[:2] * np.array(factors) for name, point in points.items()}
    return scaled, len(known) < len(stretches) or not stretches
