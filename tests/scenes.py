"""Scenes of 3D Slicer for tests, spelt as 3D Slicer spells them."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
from bonehold.imaging.annotation_file import AnnotationFile
from dicom import markup, points

TWO = points((1, 2, 3), (4, 5, 6))
PLANE: dict[str, Any] = markup(
    "Plane",
    planeType="PointNormal",
    sizeMode="absolute",
    autoScalingFactor=1.0,
    center=[0, 0, 5],
    normal=[0, 0, 1],
    orientation=[1, 0, 0, 0, 1, 0, 0, 0, 1],
    size=[30, 6, 0],
    planeBounds=[-15, 15, -3, 3],
    objectToBase=[1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    baseToNode=[1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 5, 0, 0, 0, 1],
    controlPoints=points((0, 0, 5)),
)

SCHEMA = (
    "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/"
    "markups-schema-v1.0.3.json#"
)


def markups_json(*markups: Mapping[str, Any]) -> bytes:
    """The content of a `.mrk.json` file."""
    return json.dumps({"@schema": SCHEMA, "markups": list(markups)}).encode()


def mrml(*nodes: str, head: str = "") -> bytes:
    """A scene of these nodes."""
    body = "\n".join(nodes)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}<MRML  version="Slicer5.6.2">\n{body}\n</MRML>\n'.encode()


def element(tag: str, identifier: str, **attributes: str) -> str:
    """A node."""
    written = " ".join(f"{key}={quoteattr(value)}" for key, value in attributes.items())
    return f'<{tag} id="{identifier}" {written} ></{tag}>'


def markup_node(file: str, *, tag: str = "MarkupsROI", transform: str = "", **attributes: str) -> str:
    """A node of a drawing and its storage node; the ids follow from the file's name."""
    number = f"{sum(file.encode()) * 31 + len(file)}"
    storage = f"vtkMRMLMarkupsJsonStorageNode{number}"
    references = f"storage:{storage};" + (f"transform:{transform};" if transform else "")
    given = {"name": "node", "references": references, "storageNodeRef": storage, **attributes}
    if transform:
        given["transformNodeRef"] = transform
    return "\n".join(
        [
            element("MarkupsJsonStorage", storage, fileName=file),
            element(tag, f"vtkMRML{tag}Node{number}", **given),
        ]
    )


def transform_node(
    identifier: str,
    to_parent: np.ndarray | None,
    *,
    parent: str = "",
    file: str = "",
    tag: str = "LinearTransform",
) -> str:
    """A transform node: the matrix in RAS with 6 digits, as 3D Slicer writes it."""
    given: dict[str, str] = {"name": "T"}
    nodes = []
    if parent:
        given |= {"transformNodeRef": parent, "references": f"transform:{parent};"}
    if file:
        given["storageNodeRef"] = f"{identifier}Storage"
        nodes = [element("TransformStorage", f"{identifier}Storage", fileName=file)]
    if to_parent is not None:
        rows = ["  ".join(f"{value:g}" for value in row) for row in np.asarray(to_parent)]
        given["matrixTransformToParent"] = "  ".join(rows)
    return "\n".join([*nodes, element(tag, identifier, **given)])


def mrb(members: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A packed scene."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


def folder_of(files: Mapping[str, bytes]) -> Path:
    """A reader's folder with these files."""
    folder = Path(tempfile.mkdtemp(prefix="bonehold-test-"))
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def file_in(folder: Path, name: str) -> AnnotationFile:
    """One of its files, of reader R1."""
    return AnnotationFile(folder / name, "R1", "P1", folder)


def ras(rotation_degrees: Sequence[float] = (0, 0, 0), shift: Sequence[float] = (0, 0, 0)) -> np.ndarray:
    """A rigid matrix, (4, 4)."""
    from scipy.spatial.transform import Rotation

    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", rotation_degrees, degrees=True).as_matrix()
    matrix[:3, 3] = shift
    return matrix
