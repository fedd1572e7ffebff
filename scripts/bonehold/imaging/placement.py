"""What the scene beside a file of 3D Slicer adds to it: the node's name, its transform and its kind of curve."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bonehold.imaging.annotation_file import AnnotationFile
from bonehold.imaging.drawings import UnreadableRoi
from bonehold.imaging.geometry import Vector
from bonehold.imaging.shapes import Box, Line, PlacedShape, Polygon, Voxels
from bonehold.imaging.slicer_scene import LARGEST_SCENE_BYTES, Scene, SceneNode, read_scene
from bonehold.imaging.slicer_transforms import to_patient
from bonehold.imaging.spline import SAMPLES_PER_SEGMENT

MOST_SAMPLES = 1000
RIGID_TOLERANCE = 1e-4
CURVE_ATTRIBUTES = ("curveType", "numberOfPointsPerInterpolatingSegment")


@dataclass(frozen=True, eq=False)
class Placement:
    """How a file's drawing stands in the patient.

    Attributes:
        name: of the node in the scene; empty without a scene.
        is_image: whether the scene says that the file is a volume, not a label map.
        to_patient: from the node's frame to the patient, LPS mm, (4, 4).
        curve: how 3D Slicer joins the points of a curve: `spline` (its default), `linear`, ...
        samples: points of each segment of a spline.
    """

    name: str = field(default="", repr=False)
    is_image: bool = False
    to_patient: Vector = field(default_factory=lambda: np.eye(4))
    curve: str = "spline"
    samples: int = SAMPLES_PER_SEGMENT

    @property
    def is_rigid(self) -> bool:
        """Whether lengths and angles stay."""
        turned = self.to_patient[:3, :3]
        return bool(np.abs(turned.T @ turned - np.eye(3)).max() < RIGID_TOLERANCE)


def placement_of(file: AnnotationFile) -> Placement:
    """What the scenes beside a file say of it; as drawn where there is none, or none that knows the file.

    Raises:
        UnreadableRoi: a scene cannot be read or names the file twice, or its transform cannot be applied.
    """
    known = [
        (node, scene, scene_file)
        for scene_file, relative in file.scenes()
        for scene in [_scene(scene_file)]
        for node in scene.nodes_of(relative)
    ]
    if len(known) > 1:
        raise UnreadableRoi("is named more than once in the scenes beside it; keep one scene")
    return _placement(*known[0]) if known else Placement()


def moved(shape: PlacedShape, matrix: Vector) -> PlacedShape:
    """A shape under a linear transform; a Box keeps its size, so the transform must be rigid there.

    Args:
        shape: LPS mm.
        matrix: (4, 4), LPS mm.
    """
    turned, shift = matrix[:3, :3], matrix[:3, 3]
    if np.array_equal(matrix, np.eye(4)):
        return shape
    if isinstance(shape, Polygon):
        return Polygon(shape.points @ turned.T + shift)
    if isinstance(shape, Line):
        return Line(turned @ shape.start + shift, turned @ shape.end + shift, shape.radius_mm)
    if isinstance(shape, Box):
        return Box(turned @ shape.center + shift, turned @ shape.axes, shape.size_mm)
    if isinstance(shape, Voxels):
        return Voxels(shape.centers @ turned.T + shift, shape.steps @ turned.T)
    raise UnreadableRoi("is of a shape that no transform is applied to; harden it and save again")


def _scene(file: AnnotationFile) -> Scene:
    try:
        return read_scene(file.data(LARGEST_SCENE_BYTES))
    except UnreadableRoi:
        raise UnreadableRoi(
            "lies beside a scene that cannot be read; save the scene again, or harden and take the scene away"
        ) from None


def _placement(node: SceneNode, scene: Scene, scene_file: AnnotationFile) -> Placement:
    curve, samples = (node.attributes.get(key, "") for key in CURVE_ATTRIBUTES)
    if samples and not (samples.isdecimal() and len(samples) <= 4 and 1 <= int(samples) <= MOST_SAMPLES):
        raise UnreadableRoi("has a curve with no sensible number of points a segment; save the scene again")
    return Placement(
        node.name,
        node.is_image,
        to_patient(node, scene, scene_file),
        curve or "spline",
        int(samples) if samples else SAMPLES_PER_SEGMENT,
    )
