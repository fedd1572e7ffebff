"""Formats in which readers save regions: one module each, found by looking into this folder.

A format module has two functions:

* `recognises(file: AnnotationFile) -> bool`: whether the file is of this format, by its name or its first bytes.
  No two modules recognise the same file.
* `read(file: AnnotationFile) -> list[Drawing]`: the regions in it; raises `UnreadableRoi` for a file that cannot
  be used. A region of the file that cannot be used alone is a `Drawing` with `refused`.

Adding a format is adding its module; nothing else names it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from bonehold.imaging.annotation_file import AnnotationFile
from bonehold.imaging.drawings import Drawing

Read = Callable[[AnnotationFile], list[Drawing]]


@cache
def format_modules() -> tuple[str, ...]:
    """Names of the format modules, sorted."""
    return tuple(sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_")))


def reader_of(file: AnnotationFile) -> Read | None:
    """The function that reads a file, or None for a file that is no ROI format of ours."""
    for name in format_modules():
        module = import_module(f"{__name__}.{name}")
        if module.recognises(file):
            read: Read = module.read
            return read
    return None
