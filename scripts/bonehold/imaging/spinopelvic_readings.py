"""The spinopelvic angles that a patient's readers measured, each with its flags or the reason why there are none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bonehold.imaging.annotation_file import AnnotationFile
from bonehold.imaging.annotations import NEVER_READ, READER_NAME, session_of
from bonehold.imaging.drawings import UnreadableRoi
from bonehold.imaging.file_listing import list_files
from bonehold.imaging.radiographs import Film, in_mm
from bonehold.imaging.spinopelvic import (
    LandmarksRefused,
    SpinopelvicAngles,
    in_patient,
    lie_on_a_film,
    on_film,
    spinopelvic_angles,
)
from bonehold.problems import Problem

SPINOPELVIC = "spinopelvic/1"
NO_ANGLES: dict[str, float | None] = {"pi": None, "pt": None, "ss": None, "ll": None}


@dataclass(frozen=True)
class SpinopelvicReading:
    """What one reader's landmarks of one session gave.

    Attributes:
        angles: None where `reason` says why.
        flags: `spacing_assumed`: square pixels were assumed. `from_volume`: set on a CT or MR, whose long axis stood
            for the vertical, so PT and SS are not those of standing.
    """

    reader: str
    session: int
    angles: SpinopelvicAngles | None
    flags: tuple[str, ...] = ()
    reason: str = ""


def spinopelvic_readings(
    annotations: Path, inside: Path, patient_id: str, films: Sequence[Film]
) -> tuple[SpinopelvicReading, ...]:
    """The readings of a patient's annotations folder, by reader and session.

    Args:
        annotations: holds one folder per reader; what is wrong with those folders, `read_annotations` tells.
        inside: files that resolve to a place outside this folder (links) are not read.
        patient_id: whose folder it is.
        films: the patient's radiographs without position.
    """
    root = inside.resolve()
    found: dict[tuple[str, int], SpinopelvicReading] = {}
    for relative, _ in list_files(annotations).files:
        reader, _, below = relative.partition("/")
        path = annotations / relative
        mine = READER_NAME.fullmatch(reader) and below.lower().endswith(NEVER_READ)
        if not mine or not path.resolve().is_relative_to(root):
            continue
        key = reader, session_of(below)
        reading = _reading(AnnotationFile(path, reader, patient_id, inside), key[1], films)
        twice = SpinopelvicReading(*key, None, (), "there are several files of landmarks; keep one")
        found[key] = twice if key in found else reading
    return tuple(found[key] for key in sorted(found))


def spinopelvic_document(patient_id: str, readings: Sequence[SpinopelvicReading]) -> dict[str, Any]:
    """The readings as `spinopelvic.json` lists them."""
    problems = [
        Problem(
            f"reader {one.reader}, spinopelvic.mrk.json",
            one.reason,
            "look at the landmarks in 3D Slicer and save them again",
            patient_id,
        )
        for one in readings
        if one.reason
    ]
    return {
        "schema": SPINOPELVIC,
        "patient_id": patient_id,
        "status": "measured" if readings else "no_landmarks",
        "problems": [asdict(problem) for problem in problems],
        "readings": [
            {
                "reader": one.reader,
                "session": one.session,
                **(asdict(one.angles) if one.angles else NO_ANGLES),
                "flags": list(one.flags),
                "reason": one.reason,
            }
            for one in readings
        ],
    }


def _reading(file: AnnotationFile, session: int, films: Sequence[Film]) -> SpinopelvicReading:
    # Few patients have landmarks, and these imports take longer than choosing the series.
    from bonehold.imaging.landmark_file import read_landmarks

    try:
        points = read_landmarks(file)
        if lie_on_a_film(points):
            flat, assumed = in_mm(points, films)
            sagittal, flags = on_film(flat), ("spacing_assumed",) if assumed else ()
        else:
            sagittal, flags = in_patient(points), ("from_volume",)
        return SpinopelvicReading(file.reader, session, spinopelvic_angles(sagittal), flags)
    except OSError:
        return SpinopelvicReading(file.reader, session, None, (), "the file cannot be read")
    except (LandmarksRefused, UnreadableRoi) as reason:
        return SpinopelvicReading(file.reader, session, None, (), str(reason))
