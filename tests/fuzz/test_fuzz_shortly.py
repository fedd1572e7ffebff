"""A short run of the fuzzer, and the proof that it would notice."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bonehold.imaging.roi_files import format_modules
from corpus import cohort_seeds, roi_seeds, table_names

FUZZ = Path(__file__).resolve().parent / "fuzz.py"


def fuzz(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(FUZZ), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)


def test_some_hundred_damaged_files_for_every_reader() -> None:
    done = fuzz("--inputs", "300")
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    others = ("dicom walker", "dicom headers", "dicom pixels", "landmarks", "cohort.yaml", "config.yaml")
    readers = len(others) + len(format_modules()) + len(table_names())
    assert "no findings" in done.stdout and done.stdout.count(" 300 inputs ") == readers


def test_no_reader_goes_without() -> None:
    """A new format, or a new table, has a sound file to start from."""
    assert set(roi_seeds()) == set(format_modules())
    assert {f"{name}.csv" for name in table_names()} <= set(cohort_seeds())


SPOILT = """
import os, sys, time
sys.path[:0] = [{here!r}, {tests!r}, {scripts!r}]
from bonehold.imaging.dicom import tag_walker
import targets
def walk(path, size):
    {body}
targets.walk = walk
import runpy
sys.argv[1:] = {arguments!r}
runpy.run_path({fuzz!r}, run_name="__main__")
"""


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("raise KeyError('x')", "KeyError"),
        ("exec('while True: pass')", "more than 10 s"),
        ("walk.kept = bytearray(b'x') * 1_100_000_000", "more than 1 GB"),
        ("os.abort()", ""),
    ],
)
def test_a_reader_that_fails_hangs_swells_or_dies_is_a_finding(tmp_path: Path, body: str, word: str) -> None:
    (tmp_path / "counter").write_bytes(bytes(8))
    root = FUZZ.parents[2]
    code = SPOILT.format(
        here=str(FUZZ.parent),
        tests=str(FUZZ.parents[1]),
        scripts=str(root / "scripts"),
        body=body,
        fuzz=str(FUZZ),
        arguments=["--child", str(tmp_path / "counter"), "--reader", "dicom walker", "--inputs", "1"],
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode != 0 and word in done.stdout, done.stdout + done.stderr


def test_an_input_follows_from_seed_reader_and_number_alone(tmp_path: Path) -> None:
    made = []
    for _ in range(2):
        counter = tmp_path / "counter"
        counter.write_bytes(bytes(8))
        done = fuzz("--child", str(counter), "--reader", "dicom headers", "--only", "7")
        folder = Path(done.stdout.split("files: ")[1].splitlines()[0])
        made.append((folder / "f").read_bytes())
        shutil.rmtree(folder)
    assert made[0] == made[1]
