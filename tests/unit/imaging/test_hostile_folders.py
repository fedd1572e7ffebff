"""What may lie in a patient's folder beside images and drawings: nothing hangs, leads outside or stops the rest."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from bonehold.cohort.patients import PatientFolders
from bonehold.imaging import annotations
from bonehold.imaging.annotations import read_annotations
from bonehold.imaging.dicom import folder as dicom_folder
from bonehold.imaging.dicom.folder import index_folder
from bonehold.imaging.dicom.pixels import UnreadablePixels, read_slice
from bonehold.imaging.file_listing import DEEPEST_FOLDER, list_files
from bonehold.tracking import patient_manifest
from dicom import box, image, save_markups, write_series
from pydicom.uid import RLELossless

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"
FLAT = np.full((16, 16), 1100)
ONE = PatientFolders("P1", dicom="dicom/P1", annotations="annotations/P1")


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    """A patient with one slice and one drawing."""
    write_series(tmp_path / "dicom" / "P1", lambda _: FLAT, [(0, 0, 0)])
    save_markups(
        tmp_path / "annotations" / "P1" / "R1" / "L3_body_middle.mrk.json", box((8, 8, 0), (8, 8, 2))
    )
    return tmp_path


@contextlib.contextmanager
def plant(kind: str, place: Path) -> Iterator[None]:
    """Something that is no file."""
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "link to a pipe":
        os.mkfifo(place.with_name(".hidden"))
        place.symlink_to(place.with_name(".hidden"))
    elif kind == "device":
        place.symlink_to("/dev/zero")
    elif kind == "folder link":
        place.symlink_to(place.parents[2])
    elif kind == "loop":
        place.symlink_to(place)
    elif kind == "link to nothing":
        place.symlink_to(place.with_name("gone"))
    if kind != "socket":
        yield
        return
    with contextlib.chdir(place.parent), socket.socket(socket.AF_UNIX) as listening:
        listening.bind(place.name)
        yield


KINDS = ["pipe", "link to a pipe", "device", "folder link", "loop", "link to nothing", "socket"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_file_is_passed_over_and_named_by_hash(cohort: Path, kind: str) -> None:
    with (
        plant(kind, cohort / "dicom" / "P1" / "Maria"),
        plant(kind, cohort / "annotations" / "P1" / "R1" / "Maria"),
    ):
        began = time.monotonic()
        patient_manifest(cohort, ONE)
        index = index_folder(cohort / "dicom" / "P1", cohort)
        drawn = read_annotations(cohort / "annotations" / "P1", cohort, "P1")
    assert time.monotonic() - began < 5
    assert len(index.images) == 1 and len(drawn.regions) == 1
    for (problem,) in (index.problems, drawn.problems):
        assert "is a link to a folder or cannot be read" in problem.line() and "Maria" not in problem.line()


def test_folders_within_folders_without_end(cohort: Path) -> None:
    here = cohort / "dicom" / "P1"
    with contextlib.chdir(here):
        for _ in range(1500):
            Path("d").mkdir()
            os.chdir("d")
        Path("x").write_bytes(b"x")
    try:
        patient_manifest(cohort, ONE)
        (problem,) = index_folder(here, cohort).problems
        assert "cannot be read" in problem.line()
        assert all(path.count("/") <= DEEPEST_FOLDER for path in list_files(here).passed_over)
    finally:
        subprocess.run(
            ["rm", "-rf", "--", str(here)], check=True
        )  # shutil, too, goes no deeper than its stack


def test_ten_thousand_tiny_files(cohort: Path) -> None:
    for number in range(10_000):
        (cohort / "dicom" / "P1" / f"x{number}").write_bytes(b"x" * (number % 200))
    began, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    patient_manifest(cohort, ONE)
    index = index_folder(cohort / "dicom" / "P1", cohort)
    assert len(index.images) == 1 and len(index.problems) == 10_000
    assert time.process_time() - began < 60
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


@pytest.mark.parametrize(
    "name",
    [
        "a\nb",
        "$(touch hacked)",
        "{patient}",
        "{input}.dcm",
        "*",
        "-rf",
        "a..dcm",
        "=1+1",
        "a\x1b[2Jb",
        "\udcff\udcfe",
        "x" * 255,
    ],
)
def test_a_name_is_only_a_name(cohort: Path, name: str) -> None:
    (cohort / "dicom" / "P1" / "IM000000").rename(cohort / "dicom" / "P1" / name)
    (cohort / "dicom" / "P1" / f"x{name[:200]}").write_bytes(b"x")
    own = cohort / "annotations" / "P1" / "R1" / name
    own.mkdir()
    (own / "x.mrk.json").write_text("{")
    patient_manifest(cohort, ONE).decode("ascii")
    index = index_folder(cohort / "dicom" / "P1", cohort)
    (header,) = index.images
    assert read_slice(header).values[0, 0] == 76
    for problem in (*index.problems, *read_annotations(cohort / "annotations" / "P1", cohort, "P1").problems):
        assert name not in problem.line() and problem.line().isprintable()


@pytest.mark.parametrize("compressed", [False, True])
def test_a_file_that_vanishes_or_shrinks_after_it_was_listed(cohort: Path, compressed: bool) -> None:
    path = cohort / "dicom" / "P1" / "IM000000"
    if compressed:
        packed = image(FLAT, (0, 0, 0))
        packed.compress(RLELossless)
        packed.save_as(path, enforce_file_format=True)
    (header,) = index_folder(path.parent, cohort).images
    whole = path.read_bytes()
    for left in (b"", whole[:100], whole[:400], whole[:-40]):
        path.write_bytes(left)
        with pytest.raises(UnreadablePixels) as reason:
            read_slice(header)
        assert "IM000000" not in str(reason.value)
    path.unlink()
    with pytest.raises(UnreadablePixels):
        read_slice(header)


def test_files_that_vanish_between_listing_and_reading(cohort: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def list_and_remove(folder: Path) -> object:
        found = list_files(folder)
        for relative, _ in found.files:
            (folder / relative).unlink()
        return found

    monkeypatch.setattr(dicom_folder, "list_files", list_and_remove)
    monkeypatch.setattr(annotations, "list_files", list_and_remove)
    (image_problem,) = index_folder(cohort / "dicom" / "P1", cohort).problems
    (drawing_problem,) = read_annotations(cohort / "annotations" / "P1", cohort, "P1").problems
    assert "cannot be read" in image_problem.line() and "cannot be read" in drawing_problem.line()


MEASURE = """
import sys
from pathlib import Path
sys.path.append(sys.argv[1])
from bonehold.imaging.annotations import read_annotations
found = read_annotations(Path(sys.argv[2]), Path(sys.argv[2]), "P1")
status = Path("/proc/self/status")  # ru_maxrss would begin with that of the process that started this one
peak = status.read_text().split("VmHWM:")[1].split()[0] if status.exists() else 0
print(len(found.problems), peak)
"""


def test_of_thousands_of_drawings_the_first_thousand_are_read(tmp_path: Path) -> None:
    for number in range(3000):
        save_markups(tmp_path / "R1" / f"x{number}.mrk.json", box((8, 8, 0), (8, 8, 2)))
    command = [sys.executable, "-c", MEASURE, str(SCRIPTS), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    problems, kilobytes = map(int, done.stdout.split())
    assert problems == 1001 and kilobytes < 500_000
