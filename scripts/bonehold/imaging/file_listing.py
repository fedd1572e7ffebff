"""The files below a patient's folder, and how one of them is called without giving away its name.

Light: the workflow lists the folders of thousands of patients each time it is parsed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bonehold.problems import Problem

LARGEST_DRAWING_BYTES = 20_000_000
"""A larger file below an annotations folder is no drawing; it is refused, and not read each time."""

DEEPEST_FOLDER = 60
"""Exports have a handful of folders within each other; what lies deeper is passed over."""


@dataclass(frozen=True)
class Listing:
    """What lies below a folder.

    Attributes:
        files: (path relative to the folder with `/`, status), sorted; hidden files left out.
        passed_over: relative paths of links to folders, which are not followed, of what cannot be read (pipes and
            devices too), and of folders too deep.
        links: relative paths of the files that are links.
    """

    files: tuple[tuple[str, os.stat_result], ...]
    passed_over: tuple[str, ...]
    links: frozenset[str]


def list_files(folder: Path) -> Listing:
    """All files below a folder, at any depth. Links to files are followed, links to folders are not."""
    files: list[tuple[str, os.stat_result]] = []
    passed_over: list[str] = []
    links: set[str] = set()
    _walk(folder, "", files, passed_over, links)
    return Listing(
        tuple(sorted(files, key=lambda item: item[0])), tuple(sorted(passed_over)), frozenset(links)
    )


def _walk(
    folder: Path,
    prefix: str,
    files: list[tuple[str, os.stat_result]],
    passed_over: list[str],
    links: set[str],
) -> None:
    try:
        entries = [entry for entry in os.scandir(folder) if not entry.name.startswith(".")]
    except OSError:
        passed_over.append(prefix.rstrip("/"))
        return
    for entry in entries:
        relative = f"{prefix}{entry.name}"
        try:
            if entry.is_dir(follow_symlinks=False) and prefix.count("/") < DEEPEST_FOLDER:
                _walk(folder / entry.name, f"{relative}/", files, passed_over, links)
            elif entry.is_file():
                files.append((relative, entry.stat()))
                if entry.is_symlink():
                    links.add(relative)
            else:
                passed_over.append(relative)
        except OSError:  # a loop of links, or a file that has just gone
            passed_over.append(relative)


def path_token(relative: str) -> str:
    """Eight hexadecimal digits that stand for a path below a patient's folder."""
    return hashlib.sha256(relative.encode("utf-8", "surrogateescape")).hexdigest()[:8]


def passed_over_problems(kind: str, passed_over: Iterable[str]) -> list[Problem]:
    """A line for each link to a folder and each entry that cannot be read."""
    return [
        Problem(
            f"{kind} entry [{path_token(relative)}]",
            "is a link to a folder or cannot be read",
            "copy what it leads to",
        )
        for relative in passed_over
    ]
