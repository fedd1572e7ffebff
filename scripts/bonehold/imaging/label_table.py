"""Which number of a label map is which region: the table of a reader, `{"1": "L3_body_superior", ...}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bonehold.imaging.annotation_file import AnnotationFile
from bonehold.imaging.drawings import UnreadableRoi, parse_json

MOST_LABELS = 1024
COMMON_TABLE = "labels.json"


def is_label_table(document: Any) -> bool:
    """Whether a JSON document is a table of labels.

    >>> is_label_table({"1": "L3_body_superior"}), is_label_table({"schema": "roi/1"})
    (True, False)
    """
    return (
        isinstance(document, Mapping)
        and bool(document)
        and all(key.isdecimal() and isinstance(name, str) for key, name in document.items())
    )


def label_table(file: AnnotationFile, stem: str) -> dict[int, str] | None:
    """The table of a label map: the file of its name with `.json`, else `labels.json` in its folder.

    Args:
        file: the label map.
        stem: its name without its suffix.

    Returns:
        Number -> name as spelt, without the background 0; None where there is no table.

    Raises:
        UnreadableRoi: the table is none, or holds too many labels.
    """
    table = file.beside(f"{stem}.json") or file.beside(COMMON_TABLE)
    if table is None:
        return None
    document = parse_json(table.data())
    if not is_label_table(document):
        raise UnreadableRoi('has a label table that is none; write it as {"1": "L3_body_superior", ...}')
    if len(document) > MOST_LABELS or any(len(key) > 9 for key in document):
        raise UnreadableRoi(f"has a label table of more than {MOST_LABELS} labels; keep those of the regions")
    return {int(key): name for key, name in document.items() if int(key) != 0}
