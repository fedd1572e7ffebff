"""A scene of 3D Slicer (`.mrml`): which node keeps its data in which file, and which transform it is under.

Attributes and defaults as 3D Slicer's `vtkMRMLNode`, `vtkMRMLStorageNode` and `vtkMRMLTransformableNode` write them: a
node refers to others by id, in an attribute (`storageNodeRef`, `transformNodeRef`) and again in `references`
("storage:id;transform:id;"); a storage node holds `fileName`, percent-encoded, relative to the scene's folder.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote
from xml.parsers import expat

from bonehold.imaging.drawings import UnreadableRoi

LARGEST_SCENE_BYTES = 20_000_000
MOST_NODES = 20_000
ABSOLUTE = re.compile(r"/|[A-Za-z]:")
SPOILT = "is a 3D Slicer scene that cannot be read; save it again"

Attributes = Mapping[str, str]


@dataclass(frozen=True)
class SceneNode:
    """A node of a scene.

    Attributes:
        tag: its class as the scene spells it (`MarkupsROI`, `LinearTransform`, `Volume`).
        attributes: as written.
    """

    tag: str
    attributes: Attributes = field(repr=False)

    @property
    def name(self) -> str:
        """What the reader called it."""
        return self.attributes.get("name", "")

    @property
    def holds_labels(self) -> bool:
        """Whether it is a segmentation or label map, which early versions marked as a volume with `labelMap`."""
        labels = self.attributes.get("labelMap") in ("1", "true")
        return self.tag in ("Segmentation", "LabelMapVolume") or (self.tag == "Volume" and labels)

    @property
    def is_image(self) -> bool:
        """Whether it is a volume that is no label map."""
        return self.tag.endswith("Volume") and not self.holds_labels

    def reference(self, role: str) -> str:
        """The id of the node that plays a role for this one (`storage`, `transform`); empty for none.

        Raises:
            UnreadableRoi: its two places say different ids.
        """
        listed = [part.partition(":") for part in self.attributes.get("references", "").split(";")]
        ids = {
            *self.attributes.get(f"{role}NodeRef", "").split()[:1],
            *(i for name, _, value in listed if name.strip() == role for i in value.split()[:1]),
        }
        if len(ids) > 1:
            raise UnreadableRoi("is a scene that contradicts itself; save it again")
        return ids.pop() if ids else ""


@dataclass(frozen=True)
class Scene:
    """The nodes of a scene by id."""

    nodes: Mapping[str, SceneNode] = field(repr=False)

    def file_of(self, node: SceneNode) -> str:
        """Path of the file that keeps a node's data, from the scene's folder; empty where it has none.

        A path that leaves the folder is cut to its last part: the scene may have been moved, its files with it.
        """
        storage = self.nodes.get(node.reference("storage"))
        name = storage.attributes.get("fileName", "") if storage else ""
        return _from_scene(unquote(name))

    def nodes_of(self, relative: str) -> list[SceneNode]:
        """The nodes whose data a file keeps, by its path from the scene's folder."""
        wanted = _from_scene(relative)
        return [node for node in self.nodes.values() if self.file_of(node) == wanted]


def read_scene(data: bytes) -> Scene:
    """The nodes of a scene. Nodes within a node (scene views keep old copies) are left out.

    Raises:
        UnreadableRoi: no XML, a document type or entity, too many nodes, an id used twice.
    """
    collector = _Collector()
    parser = expat.ParserCreate()
    parser.StartElementHandler = collector.start
    parser.EndElementHandler = collector.end
    parser.StartDoctypeDeclHandler = _no_doctype
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError):
        raise UnreadableRoi(SPOILT) from None
    return Scene(collector.nodes)


class _Collector:
    """Gathers the children of the outermost element."""

    def __init__(self) -> None:
        self.nodes: dict[str, SceneNode] = {}
        self._depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1 and tag != "MRML":
            raise UnreadableRoi(SPOILT)
        identifier = attributes.get("id", "")
        if self._depth != 2 or not identifier:
            return
        if identifier in self.nodes or len(self.nodes) >= MOST_NODES:
            raise UnreadableRoi("is a scene with too many nodes or one id twice; save it again")
        self.nodes[identifier] = SceneNode(tag, attributes)

    def end(self, _: str) -> None:
        self._depth -= 1


def _no_doctype(*_: object) -> None:
    raise UnreadableRoi("is a scene with a document type, which 3D Slicer does not write; save it again")


def _from_scene(path: str) -> str:
    if not path:
        return ""
    plain = posixpath.normpath(unicodedata.normalize("NFC", path).replace("\\", "/"))
    outside = ABSOLUTE.match(plain) or plain.startswith("..")
    return posixpath.basename(plain) if outside else plain
