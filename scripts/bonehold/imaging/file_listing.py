"""The files below a patient's folder, and how one of them is called without giving away its name.

Standard library only: the workflow lists the folders of thousands of patients each time it is parsed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path


def list_files(folder: Path) -> list[tuple[str, os.stat_result]]:
    """All files below a folder as (path relative to it with `/`, status), sorted; hidden files left out.

    Links to files are followed, links to folders are not.
    """
    return sorted(_walk(folder, ""), key=lambda item: item[0])


def _walk(folder: Path, prefix: str) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(folder / entry.name, f"{prefix}{entry.name}/")
            elif entry.is_file():
                yield f"{prefix}{entry.name}", entry.stat()


def path_token(relative: str) -> str:
    """Eight hexadecimal digits that stand for a path below a patient's folder."""
    return hashlib.sha256(relative.encode("utf-8", "surrogateescape")).hexdigest()[:8]
