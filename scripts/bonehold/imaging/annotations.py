"""All regions that the readers of a patient have drawn: one folder per reader, any supported format."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bonehold.imaging.drawings import Origin, UnreadableRoi
from bonehold.imaging.file_listing import LARGEST_DRAWING_BYTES, list_files, passed_over_problems, path_token
from bonehold.imaging.roi_files import reader_of
from bonehold.imaging.shapes import Shape
from bonehold.problems import Problem
from bonehold.roi_names import EXPECTED, RoiName, parse_roi_name

READER_NAME = re.compile(r"(?!combined$)[A-Za-z0-9][A-Za-z0-9_-]{0,31}", re.IGNORECASE)
"""A code like a patient's; `combined` is the row of readers.csv that holds all of them."""


@dataclass(frozen=True, eq=False)
class Annotation:
    """A region drawn by a reader; `shape` is None and `refused` says why where it cannot be used."""

    reader: str
    name: RoiName
    shape: Shape | None
    refused: str = ""


@dataclass(frozen=True)
class Annotations:
    """What was drawn, and the files or regions that could not be used."""

    regions: tuple[Annotation, ...]
    problems: tuple[Problem, ...]


def read_annotations(folder: Path, inside: Path, patient_id: str) -> Annotations:
    """Read a patient's annotations folder.

    Args:
        folder: holds one folder per reader.
        inside: files that resolve to a place outside this folder (links) are refused.
        patient_id: whose folder it is; a file that names another patient is refused.
    """
    regions: list[Annotation] = []
    found_files = list_files(folder)
    problems = passed_over_problems("annotation", found_files.passed_over)
    root = inside.resolve()
    listing = found_files.files
    for number, (relative, status) in enumerate(listing, start=1):
        reader, _, below = relative.partition("/")
        file = f"annotation file {number} of {len(listing)} [{path_token(relative)}]"
        if not below:
            problems.append(
                Problem(file, "lies in no reader's folder", "put it into annotations/<patient>/<reader>/")
            )
        elif not READER_NAME.fullmatch(reader):
            problems.append(
                Problem(
                    file,
                    "its reader's folder has a name that is not allowed",
                    "letters, digits, _ and -, at most 32",
                )
            )
        elif not (folder / relative).resolve().is_relative_to(root):
            problems.append(Problem(file, "is a link to a place outside the cohort folder", "copy the file"))
        else:
            origin = Origin(_stem(below), reader, patient_id)
            found, wrong = _read_file(folder / relative, status.st_size, origin, file)
            regions += found
            problems += wrong
    return Annotations(_without_twins(regions), tuple(problems))


def _stem(relative: str) -> str:
    """The name of a file without its folders and the suffix of its format."""
    name = relative.rpartition("/")[2]
    known = reader_of(name)
    return name[: -len(known[0])] if known else name


def _read_file(path: Path, size: int, origin: Origin, file: str) -> tuple[list[Annotation], list[Problem]]:
    source = f"reader {origin.reader}, {file}"
    known = reader_of(path.name)
    if known is None:
        return [], [Problem(source, "is not an annotation format that is read", "save it as .mrk.json")]
    if size > LARGEST_DRAWING_BYTES:
        return [], [
            Problem(source, f"is larger than {LARGEST_DRAWING_BYTES // 10**6} MB", "save the markup alone")
        ]
    try:
        drawings = known[1](path.read_bytes(), origin)
    except OSError:
        return [], [Problem(source, "cannot be read", "it must be a plain file that you may read")]
    except UnreadableRoi as reason:
        what, _, remedy = str(reason).partition("; ")
        return [], [Problem(source, what, remedy or "save it again")]
    regions, problems = [], []
    for drawing in drawings:
        name = parse_roi_name(drawing.name)
        if name is None:
            problems.append(Problem(source, "its name is not that of a region", f"give it {EXPECTED}"))
            continue
        regions.append(Annotation(origin.reader, name, drawing.shape, drawing.refused))
    return regions, problems


def _without_twins(regions: list[Annotation]) -> tuple[Annotation, ...]:
    """One entry per reader and name, sorted; of a region drawn twice nobody knows which counts, so it is refused."""
    times = Counter((region.reader, region.name) for region in regions)
    single = {
        (region.reader, region.name): region
        if times[region.reader, region.name] == 1
        else Annotation(region.reader, region.name, None, "is drawn more than once by this reader; keep one")
        for region in regions
    }
    return tuple(single[key] for key in sorted(single))
