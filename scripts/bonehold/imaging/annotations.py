"""All regions that the readers of a patient have drawn: one folder per reader, any supported format."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from bonehold.imaging.annotation_file import AnnotationFile
from bonehold.imaging.drawings import UNBOUND, Binding, UnreadableRoi
from bonehold.imaging.file_listing import list_files, passed_over_problems, path_token
from bonehold.imaging.roi_files import reader_of
from bonehold.imaging.shapes import Shape
from bonehold.problems import Problem
from bonehold.roi_names import EXPECTED, RoiName, parse_roi_name

READER_NAME = re.compile(r"(?!combined$)[A-Za-z0-9][A-Za-z0-9_-]{0,31}", re.IGNORECASE)
"""A code like a patient's; `combined` is the row of readers.csv that holds all of them."""

SESSION_FOLDER = re.compile(r"session[ _-]?([1-9])", re.IGNORECASE)
"""A folder within a reader's folder that holds a further reading by the same reader."""

MOST_FILES = 1000
"""A patient's regions are some dozens; each file looks for scenes and tables beside it, so many cost their square."""

NEVER_READ = ("spinopelvic.mrk.json",)
"""Landmarks of the lateral radiograph are no region; `spinopelvic.py` reads them."""


@dataclass(frozen=True, eq=False)
class Annotation:
    """A region drawn by a reader; `shape` is None and `refused` says why where it cannot be used.

    Attributes:
        session: 1, or the number of the reader's repeated reading.
        bound: the images that the file says the region belongs to.
    """

    reader: str
    name: RoiName
    shape: Shape | None
    refused: str = ""
    session: int = 1
    bound: Binding = UNBOUND


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
    if len(listing) > MOST_FILES:
        problem = f"holds {len(listing)} files, of which the first {MOST_FILES} are read"
        problems.append(Problem("annotations folder", problem, "keep the drawings alone in it"))
    for number, (relative, _) in enumerate(listing[:MOST_FILES], start=1):
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
        elif not below.lower().endswith(NEVER_READ):
            found, wrong = _read_file(AnnotationFile(folder / relative, reader, patient_id, inside), file)
            regions += [replace(region, session=session_of(below)) for region in found]
            problems += wrong
    return Annotations(_without_twins(regions), tuple(problems))


def session_of(below: str) -> int:
    """The reader's session, from the first folder of a path below the reader's folder."""
    found = SESSION_FOLDER.fullmatch(below.split("/")[0])
    return int(found[1]) if found else 1


def _read_file(file: AnnotationFile, called: str) -> tuple[list[Annotation], list[Problem]]:
    source = f"reader {file.reader}, {called}"
    try:
        read = reader_of(file)
        if read is None:
            return [], [
                Problem(
                    source, "is not an annotation format that is read", "docs/imaging.md lists the formats"
                )
            ]
        drawings = read(file)
    except OSError:
        return [], [Problem(source, "cannot be read", "it must be a plain file that you may read")]
    except UnreadableRoi as reason:
        what, _, remedy = str(reason).partition("; ")
        return [], [Problem(source, what, remedy or "save it again")]
    regions, problems = [], []
    for drawing in drawings:
        name = parse_roi_name(drawing.name)
        if name is None:
            wrong = "" if drawing.name else drawing.refused  # a reason that concerns no one region
            what, _, remedy = wrong.partition("; ")
            problems.append(
                Problem(source, what or "its name is not that of a region", remedy or f"give it {EXPECTED}")
            )
            continue
        regions.append(Annotation(file.reader, name, drawing.shape, drawing.refused, bound=drawing.bound))
    return regions, problems


def _without_twins(regions: list[Annotation]) -> tuple[Annotation, ...]:
    """One entry per reader, session and name, sorted; of a region drawn twice nobody knows which counts."""
    times = Counter(_place(region) for region in regions)
    single = {
        _place(region): region
        if times[_place(region)] == 1
        else Annotation(
            region.reader,
            region.name,
            None,
            "is drawn more than once by this reader; keep one",
            region.session,
        )
        for region in regions
    }
    return tuple(single[key] for key in sorted(single))


def _place(region: Annotation) -> tuple[str, int, RoiName]:
    return region.reader, region.session, region.name
