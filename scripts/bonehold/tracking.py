"""What Snakemake watches in place of the group's files: small files that change when, and only when, those do.

They are written while the workflow is parsed. A patient's manifest says which DICOM files there are, how large
and how old, and what the ROI files hold; a table's says what it holds. Neither names a file, holds a cell or
tells a time: only hashes. So a file that was copied over with an older date is noticed, a table that was saved
again unchanged is not, and nothing private reaches `.snakemake/`.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import os
import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from bonehold.cohort.patients import PatientFolders, inside
from bonehold.files import canonical_json, is_folder, write_whole
from bonehold.imaging.file_listing import LARGEST_DRAWING_BYTES, list_files, path_token
from bonehold.problems import InputError, Problem

TABLES = (
    "cohort.yaml",
    "patients.csv",
    "visits.csv",
    "readings.csv",
    "reading_sessions.csv",
    "measurements.csv",
    "overrides.csv",
    "ratings.csv",
)


def patient_manifest(cohort: Path, patient: PatientFolders) -> bytes:
    """The state of one patient's files: hashes of relative paths, sizes and times of DICOM files, ROI contents,
    and of the patient's folder cells and overrides.
    """
    dicom = inside(cohort, patient.dicom)
    annotations = inside(cohort, patient.annotations)
    state = {
        "schema": "manifest/1",
        "cells": _digest(canonical_json([*vars(patient).values()]).encode()),
        "dicom": [
            f"{path_token(relative)} {_digest(f'{status.st_size} {status.st_mtime_ns}'.encode())}"
            for relative, status in _files(dicom)
        ],
        "passed_over": [
            path_token(relative) for folder in (dicom, annotations) for relative in _passed_over(folder)
        ],
        "annotations": [
            f"{path_token(relative)} {_digest(_content(annotations / relative, status, cohort))}"
            for relative, status in _files(annotations)
            if annotations is not None
        ],
    }
    return (json.dumps(state, indent=1) + "\n").encode()


def refuse_changed_files(cohort: Path, patient: PatientFolders, manifest: Path) -> None:
    """Make sure that a patient's files are those that a manifest describes, before and after they are read.

    Raises:
        InputError: they are not; what was read in between belongs to neither state.
    """
    if patient_manifest(cohort, patient) != manifest.read_bytes():
        who = f"files of patient {patient.patient_id}"
        raise InputError([Problem(who, "changed while they were measured", "run again")])


def table_state(cohort: Path, names: Iterable[str], patient_ids: Sequence[str]) -> bytes:
    """The contents of tables, as hashes, and who is in the cohort."""
    state = {
        "schema": "tables/1",
        "patients": _digest(canonical_json(list(patient_ids)).encode()),
        "tables": {
            name: _digest((cohort / name).read_bytes()) for name in names if (cohort / name).is_file()
        },
    }
    return (json.dumps(state, indent=1) + "\n").encode()


def track(states: Mapping[Path, bytes]) -> None:
    """Write the states that differ from what is on the disk, and leave equal files alone."""
    changed = {
        path: state for path, state in states.items() if not path.is_file() or path.read_bytes() != state
    }
    write_whole(changed)


def track_cohort(cohort: Path, patients: Sequence[PatientFolders], folder: Path) -> None:
    """Bring all states of a cohort up to date.

    Args:
        cohort: the cohort folder; nothing is done while it does not exist.
        patients: everyone in it.
        folder: where the states are kept.
    """
    if not cohort.is_dir():
        return
    ids = [patient.patient_id for patient in patients]
    states = {
        folder / "patients" / f"{patient.patient_id}.json": patient_manifest(cohort, patient)
        for patient in imaged(patients)
    }
    states[folder / "measured_tables.json"] = table_state(cohort, ("measurements.csv", "overrides.csv"), ids)
    states[folder / "ratings.json"] = table_state(cohort, ("ratings.csv",), ())
    states[folder / "tables.json"] = table_state(cohort, TABLES, ids)
    track(states)


def track_analysis_table(table: Path, columns: Collection[str], folder: Path) -> None:
    """Keep a copy of the finished table to work from: it is new when, and only when, its content is.

    Cells of other columns than those asked for stay empty in the copy, for they may say who a patient is.

    Args:
        table: CSV file.
        columns: names of the columns that the configuration speaks of.
        folder: where the states are kept.

    Raises:
        InputError: the table cannot be read as text.
    """
    try:
        text = table.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError([Problem(table.name, "is not UTF-8", "save it as CSV UTF-8")]) from None
    header = text.split("\n", 1)[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    wanted = [name.strip() in columns for name in lines[0]] if lines else []
    kept = [
        [cell if place < len(wanted) and wanted[place] else "" for place, cell in enumerate(line)]
        for line in lines[1:]
    ]
    copy = io.StringIO(newline="")
    csv.writer(copy, delimiter=delimiter, lineterminator="\n").writerows([*lines[:1], *kept])
    track({folder / "analysis_table.csv": copy.getvalue().encode()})


def imaged(patients: Iterable[PatientFolders]) -> tuple[PatientFolders, ...]:
    """Those who have images or drawings here."""
    return tuple(patient for patient in patients if patient.dicom or patient.annotations)


def set_aside_removed(results: Path, kept: Collection[str]) -> None:
    """Move results of patients who are no longer measured to `removed/`, lest they be read as current.

    Args:
        results: the results folder.
        kept: ids of the patients who are.
    """
    folder = results / "patients"
    for old in sorted(folder.iterdir()) if folder.is_dir() else ():
        if old.name in kept:
            continue
        target = results / "removed" / old.name
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        old.rename(target)
        (results / "manifests" / "patients" / f"{old.name}.json").unlink(missing_ok=True)


def run_in_progress(working_directory: Path) -> bool:
    """Whether a Snakemake run holds its lock here: then nothing that it reads may be rewritten."""
    locks = working_directory / ".snakemake" / "locks"
    return locks.is_dir() and any(locks.iterdir())


def _files(folder: Path | None) -> list[tuple[str, os.stat_result]]:
    return list(list_files(folder).files) if folder is not None and is_folder(folder) else []


def _passed_over(folder: Path | None) -> list[str]:
    return list(list_files(folder).passed_over) if folder is not None and is_folder(folder) else []


def _content(path: Path, status: os.stat_result, cohort: Path) -> bytes:
    """What a file holds; its size and time where it is too large to be a drawing, cannot be read, or is a link out of
    the cohort folder: that is refused later and must not be opened here, for it may lead anywhere.
    """
    with contextlib.suppress(OSError):
        inside_cohort = not path.is_symlink() or path.resolve().is_relative_to(cohort.resolve())
        if status.st_size <= LARGEST_DRAWING_BYTES and inside_cohort:
            return path.read_bytes()
    return f"{status.st_size} {status.st_mtime_ns}".encode()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:24]
