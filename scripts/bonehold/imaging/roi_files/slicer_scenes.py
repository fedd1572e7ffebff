"""Scenes of 3D Slicer: `.mrb` holds the drawings, `.mrml` says how the files beside it stand in the patient.

The markups and segmentations of both are read by their own modules, which ask the scene for the transform, the kind
of curve and the name. Nothing is drawn in a `.mrml` itself, nor in the file of a transform.
"""

from __future__ import annotations

import zipfile
import zlib

from bonehold.imaging.annotation_file import AnnotationFile
from bonehold.imaging.drawings import Drawing, UnreadableRoi
from bonehold.imaging.packed_scene import SPOILT, Archive, opened_archive
from bonehold.imaging.roi_files import label_map, slicer_legacy, slicer_markups
from bonehold.imaging.slicer_scene import LARGEST_SCENE_BYTES, Scene, read_scene
from bonehold.roi_names import parse_roi_name

PACKED, PLAIN = ".mrb", ".mrml"
TRANSFORMS = (".h5", ".tfm")


def recognises(file: AnnotationFile) -> bool:
    """By the suffixes that 3D Slicer gives."""
    return file.name.endswith((PACKED, PLAIN, *TRANSFORMS))


def read(file: AnnotationFile) -> list[Drawing]:
    """The drawings in a scene, and a line for regions that it names without holding them.

    Raises:
        UnreadableRoi: the scene cannot be read.
    """
    if file.name.endswith(TRANSFORMS):
        return []
    if file.name.endswith(PLAIN):
        return _missing(read_scene(file.data(LARGEST_SCENE_BYTES)), file)
    with opened_archive(file) as archive:
        return _packed(archive)


def _packed(archive: Archive) -> list[Drawing]:
    inner_scenes = [inner for inner in archive.members if inner.lower().endswith(PLAIN)]
    if len(inner_scenes) != 1:
        raise UnreadableRoi("is a scene file that does not hold one scene; save it again as .mrb")
    scene_file = archive.member(inner_scenes[0])
    scene = read_scene(_guarded_data(scene_file))
    drawings: list[Drawing] = []
    for inner in sorted(archive.members):
        member = archive.member(inner)
        if _is_drawing(member, scene):
            drawings += _member_drawings(member)
    return drawings + _missing(scene, scene_file)


def _is_drawing(member: AnnotationFile, scene: Scene) -> bool:
    """Volumes have the suffixes of label maps too; the scene knows which of them are labels."""
    if not label_map.recognises(member):
        return slicer_markups.recognises(member) or slicer_legacy.recognises(member)
    return member.name.endswith(label_map.SEGMENTATIONS) or any(
        node.holds_labels for _, relative in member.scenes() for node in scene.nodes_of(relative)
    )


def _member_drawings(member: AnnotationFile) -> list[Drawing]:
    """The drawings of one member; one that cannot be used is a line and does not spoil the others."""
    reader = next(r for r in (slicer_markups, label_map, slicer_legacy) if r.recognises(member))
    try:
        drawings: list[Drawing] = reader.read(member)
        return drawings
    except UnreadableRoi as reason:
        return [Drawing("", None, f"holds a file that {reason}")]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        return [Drawing("", None, "holds a file that is damaged; save the scene again")]


def _guarded_data(file: AnnotationFile) -> bytes:
    try:
        return file.data(LARGEST_SCENE_BYTES)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise UnreadableRoi(SPOILT) from None


def _missing(scene: Scene, scene_file: AnnotationFile) -> list[Drawing]:
    """One line for the regions that a scene names, but whose points are in no file beside it."""
    absent = [
        node
        for node in scene.nodes.values()
        if node.tag.startswith("Markups")
        and not node.tag.endswith(("Display", "Storage"))
        and parse_roi_name(node.name)
        and scene_file.at(scene.file_of(node)) is None
    ]
    if not absent:
        return []
    wrong = f"is a scene that names {len(absent)} region(s) whose files are not beside it; save them too"
    return [Drawing("", None, wrong)]
