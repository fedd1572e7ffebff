"""From the frame of a node to the patient: the chain of linear transforms that a 3D Slicer scene puts it under.

A scene holds the matrix *to parent* in RAS, with 6 digits (`vtkMRMLLinearTransformNode`). The transform's own file
holds it exactly, but as ITK does: *from parent*, in LPS (`vtkMRMLTransformStorageNode`). Both must agree.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bonehold.imaging.annotation_file import AnnotationFile
from bonehold.imaging.drawings import LARGEST_COORDINATE, UnreadableRoi
from bonehold.imaging.geometry import Vector
from bonehold.imaging.slicer_scene import Scene, SceneNode

LONGEST_CHAIN = 32
LARGEST_TRANSFORM_BYTES = 2_000_000
"""A linear transform is a few kB; warps are larger and are not applied."""

REACH_MM = 500.0
MOST_DISAGREEMENT_MM = 0.05
LEAST_DETERMINANT = 1e-3
LPS_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
LINEAR_NODES = ("LinearTransform", "Transform")
LINEAR_FILE = re.compile(r"(Affine|MatrixOffsetTransformBase)(Transform)?_(double|float)_3_3")
MOST_MEMORY = 2**30
LONGEST_SECONDS = 60

READ_HDF5 = """
import resource, sys
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
import json, SimpleITK
transform = SimpleITK.ReadTransform(sys.argv[1])
linear = transform.GetTransformEnum() == SimpleITK.sitkAffine and transform.GetDimension() == 3
print(json.dumps([transform.GetParameters(), transform.GetFixedParameters()] if linear else None))
"""
"""HDF5 is a format of pointers that may claim anything, so it is opened in a process of its own with little memory."""

NOT_LINEAR = "is under a transform that is not linear; harden it in 3D Slicer and save again"


def to_patient(node: SceneNode, scene: Scene, scene_file: AnnotationFile) -> Vector:
    """The matrix from the node's frame to the patient, LPS mm, (4, 4); the identity without a transform.

    Raises:
        UnreadableRoi: the chain is not complete, not linear, or contradicts itself.
    """
    matrix = np.eye(4)
    passed: set[str] = set()
    parent = node.reference("transform")
    while parent:
        transform = scene.nodes.get(parent)
        if transform is None:
            raise UnreadableRoi("is under a transform that its scene does not hold; harden it and save again")
        if parent in passed or len(passed) >= LONGEST_CHAIN:
            raise UnreadableRoi("is under transforms that go round in a circle; harden it and save again")
        passed.add(parent)
        matrix = _to_parent(transform, scene, scene_file) @ matrix
        parent = transform.reference("transform")
    return np.asarray(matrix, dtype=np.float64)


def _to_parent(transform: SceneNode, scene: Scene, scene_file: AnnotationFile) -> Vector:
    if transform.tag not in LINEAR_NODES:
        raise UnreadableRoi(NOT_LINEAR)
    if "readWriteAsTransformToParent" in transform.attributes:
        raise UnreadableRoi("is in a scene of an old 3D Slicer; open it in a current one and save again")
    written = transform.attributes.get("matrixTransformToParent")
    in_scene = None if written is None else LPS_RAS @ _matrix(written.split()) @ LPS_RAS
    if not transform.reference("storage"):
        if in_scene is None:
            raise UnreadableRoi(NOT_LINEAR)
        return in_scene
    exact = np.linalg.inv(_from_file(scene_file.at(scene.file_of(transform))))
    corners = np.array([[x, y, z, 1.0] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    corners[:, :3] *= REACH_MM
    if in_scene is not None and np.abs(corners @ (exact - in_scene).T).max() > MOST_DISAGREEMENT_MM:
        raise UnreadableRoi("is under a transform whose file differs from its scene; save the scene again")
    return np.asarray(exact, dtype=np.float64)


def _from_file(file: AnnotationFile | None) -> Vector:
    """The matrix in a transform's file: from parent, LPS, (4, 4)."""
    if file is None:
        raise UnreadableRoi("is under a transform whose file is missing; harden it and save again")
    if file.name.endswith((".tfm", ".txt")):
        parameters, fixed = _text_parameters(file.data(LARGEST_TRANSFORM_BYTES))
    elif file.name.endswith(".h5"):
        parameters, fixed = _hdf5_parameters(file.data(LARGEST_TRANSFORM_BYTES))
    else:
        raise UnreadableRoi(NOT_LINEAR)
    rotation, offset, center = np.array(parameters[:9]).reshape(3, 3), parameters[9:], np.array(fixed)
    matrix = np.column_stack([rotation, center + offset - rotation @ center])
    return _matrix([*matrix.ravel(), 0.0, 0.0, 0.0, 1.0])


def _text_parameters(data: bytes) -> tuple[list[float], list[float]]:
    """Parameters and centre of the one linear transform of an ITK text file."""
    lines = [line.strip() for line in data.decode("ascii", "replace").splitlines()]
    fields = [line.partition(":") for line in lines if line and not line.startswith("#")]
    if [key for key, _, _ in fields] != ["Transform", "Parameters", "FixedParameters"]:
        raise UnreadableRoi(
            "is under a transform file that is not one linear transform; harden it and save again"
        )
    kind, parameters, fixed = (value.split() for _, _, value in fields)
    if len(kind) != 1 or not LINEAR_FILE.fullmatch(kind[0]):
        raise UnreadableRoi(NOT_LINEAR)
    return _numbers(parameters, 12), _numbers(fixed, 3)


def _hdf5_parameters(data: bytes) -> tuple[list[float], list[float]]:
    import subprocess  # only here: it takes longer to import than most drawings to read
    import tempfile

    with tempfile.TemporaryDirectory(prefix="bonehold-") as folder:
        path = Path(folder, "transform.h5")
        path.write_bytes(data)
        command = [sys.executable, "-I", "-c", READ_HDF5, str(path), str(MOST_MEMORY)]
        try:
            done = subprocess.run(command, capture_output=True, timeout=LONGEST_SECONDS, check=True)
            read = json.loads(done.stdout)
        except (subprocess.SubprocessError, ValueError):
            raise UnreadableRoi(
                "is under a transform whose file cannot be read; harden it and save again"
            ) from None
    if read is None:
        raise UnreadableRoi(NOT_LINEAR)
    return _numbers(read[0], 12), _numbers(read[1], 3)


def _numbers(values: Sequence[str | float], count: int) -> list[float]:
    try:
        numbers = [float(value) for value in values]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) != count or not all(abs(number) < LARGEST_COORDINATE for number in numbers):
        raise UnreadableRoi("is under a transform that is not finite numbers; harden it and save again")
    return numbers


def _matrix(values: Sequence[str | float]) -> Vector:
    matrix = np.array(_numbers(values, 16)).reshape(4, 4)
    if matrix[3].tolist() != [0, 0, 0, 1] or abs(np.linalg.det(matrix)) < LEAST_DETERMINANT:
        raise UnreadableRoi(
            "is under a transform that flattens it or has perspective; harden it and save again"
        )
    return matrix
