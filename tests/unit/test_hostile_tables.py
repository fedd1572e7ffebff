"""Tables and cohort.yaml as an adversary would write them: one line each, soon, and nothing of them is run."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from bonehold.cohort.cohort_file import read_cohort_file
from bonehold.cohort.cohort_tables import read_cohort_tables
from bonehold.cohort.csv_tables import LARGEST_TABLE_BYTES
from bonehold.cohort.patients import inside, patient_folders, sound_ids
from bonehold.files import csv_bytes
from bonehold.patient_images import patient_images
from bonehold.problems import InputError
from bonehold.tracking import patient_manifest, track_cohort
from cohort_folders import patient, write_cohort

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (f"{LAUGHS}title: *j\n", "is not valid YAML"),
        ("title: &a x\ncentre: *a\n", "is not valid YAML"),
        ("title: " + "[" * 9000, "is not valid YAML"),
        ("title: !!python/object/apply:os.system ['touch hacked']\n", "is not valid YAML"),
        ("data_cut: 2024-02-30\n", "is not valid YAML"),
        (f"title: {'9' * 9000}\n", "is not valid YAML"),
        ('title: "\\ud800"\n', "holds what cannot be printed"),
        ('title: "a\\u001b[2J"\n', "holds what cannot be printed"),
        ("title: x\n" * 50_000, "cannot be read"),
    ],
)
def test_a_hostile_cohort_file_is_one_line(tmp_path: Path, text: str, word: str) -> None:
    (tmp_path / "cohort.yaml").write_text(text)
    with pytest.raises(InputError) as raised:
        read_cohort_file(tmp_path)
    (line,) = str(raised.value).splitlines()
    assert word in line and len(line) < 200


def test_a_further_column_called_reader_may_hold_numbers(tmp_path: Path) -> None:
    """In patients.csv it is a column like any other."""
    folder = write_cohort(tmp_path, {"patients": [patient("P1", reader=1), patient("P2", reader=2)]})
    assert [row.values["reader"] for row in read_cohort_tables(folder).patients.rows] == [1, 2]


def test_a_table_larger_than_any_cohort_is_refused_unread(tmp_path: Path) -> None:
    folder = write_cohort(tmp_path, {"patients": [patient("P1")]})
    with (folder / "visits.csv").open("ab") as handle:
        handle.truncate(LARGEST_TABLE_BYTES + 1)
    with pytest.raises(InputError, match=r"visits.csv: is larger than 50 MB; keep the rows of this cohort"):
        read_cohort_tables(folder)


@pytest.mark.parametrize("name", ["patients.csv", "visits.csv", "cohort.yaml"])
def test_a_pipe_in_place_of_a_table_does_not_hang(tmp_path: Path, name: str) -> None:
    folder = write_cohort(tmp_path, {"patients": [patient("P1")]})
    (folder / name).unlink()
    os.mkfifo(folder / name)
    read = read_cohort_file if name == "cohort.yaml" else read_cohort_tables
    with pytest.raises(InputError, match=f"{name}: cannot be read"):
        read(folder)


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "../x",
            "/etc",
            "dicom/../../x",
            "~",
            "x" * 5000,
            "dicom/" + "x/" * 3000,
            "a\x07b",
            "$(touch hacked)",
        ),
        *("{patient}", "loop", "etcetera", "*", "dicom/P1/../../../x"),
    ],
)
def test_a_folder_cell_leads_nowhere_else(tmp_path: Path, cell: str) -> None:
    folder = write_cohort(tmp_path / "cohort", {"patients": [patient("P1", dicom=cell, annotations=cell)]})
    (folder / "loop").symlink_to("loop")
    (folder / "etcetera").symlink_to("/etc")
    found = inside(folder, cell)
    assert found is None or found.is_relative_to(folder.resolve())
    (one,) = patient_folders(folder)
    assert patient_images(folder, one).dicom is None
    track_cohort(folder, (one,), tmp_path / "manifests")
    problems = [*read_cohort_tables(folder).faults, *read_cohort_tables(folder).notes]
    assert any(problem.column == "dicom" for problem in problems)
    assert not any(cell in problem.line() for problem in problems)


@pytest.mark.parametrize(
    "given", ["../x", "a/b", "$(id)", "{patient}", "a b", "-rf", ".", "P1\n", "Ä1", "P" * 33, ""]
)
def test_an_id_is_never_a_path_a_wildcard_or_an_option(given: str) -> None:
    assert sound_ids([given]) == frozenset()


def test_ids_that_differ_in_case_alone_are_one_too_many() -> None:
    assert sound_ids(["P1", "p1", "P2"]) == {"P2"}


FORMULAS = ("=HYPERLINK(1)", "+1+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "=1\n2", "==", "+", "-")


def test_no_cell_is_a_formula_and_numbers_stay_numbers() -> None:
    written = csv_bytes(("a", "b"), [{"a": text, "b": -12.5} for text in FORMULAS]).decode()
    assert written.count("'") == len(FORMULAS) and written.count("-12.5") == len(FORMULAS)
    assert "=cmd" not in csv_bytes(("=cmd", "b"), []).decode().replace("'=cmd", "")


def test_a_link_out_of_the_cohort_is_not_opened_for_its_manifest(tmp_path: Path) -> None:
    folder = write_cohort(tmp_path / "cohort", {"patients": [patient("P1", annotations="annotations/P1")]})
    (folder / "annotations" / "P1" / "R1").mkdir(parents=True)
    secret = tmp_path / "secret"
    secret.write_text("one")
    os.utime(secret, (1, 1))
    (folder / "annotations" / "P1" / "R1" / "L3_csf.mrk.json").symlink_to(secret)
    (one,) = patient_folders(folder)
    first = patient_manifest(folder, one)
    secret.write_text("two")
    os.utime(secret, (1, 1))
    assert patient_manifest(folder, one) == first


READ_AS_NOBODY = """
import os, sys
from pathlib import Path
sys.path.append(sys.argv[1])
from bonehold.imaging.annotations import read_annotations
from bonehold.imaging.dicom.folder import index_folder
import bonehold.imaging.dicom.pydicom_headers
from bonehold.cohort.patients import patient_folders
from bonehold.tracking import track_cohort
cohort = Path(sys.argv[2])
track_cohort(cohort, patient_folders(cohort), cohort.with_name(cohort.name + "-warm"))  # nobody may import no more
read_annotations(cohort / "annotations" / "P1", cohort, "P1"), index_folder(cohort / "dicom" / "P1", cohort)
if os.geteuid() == 0:
    os.setegid(65534)
    os.seteuid(65534)
track_cohort(cohort, patient_folders(cohort), cohort / "manifests")
found = read_annotations(cohort / "annotations" / "P1", cohort, "P1"), index_folder(cohort / "dicom" / "P1", cohort)
print(*(problem.line() for one in found for problem in one.problems), sep="\\n")
"""


def test_what_may_not_be_read_is_told_without_its_name(tmp_path: Path) -> None:
    """Root may read all, so root reads as nobody; the folder lies where nobody may go."""
    place = Path(os.environ.get("TMPDIR", "/tmp")) / f"bonehold-nobody-{os.getpid()}"
    rows = [
        patient("P1", dicom="dicom/P1", annotations="annotations/P1"),
        patient("P2", dicom="dicom/shut/P2"),
    ]
    folder = write_cohort(place, {"patients": rows})
    try:
        for name in ("dicom/P1/ZZCANARY", "annotations/P1/R1/ZZCANARY.mrk.json", "dicom/P1/shut/ZZCANARY"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(b"x")
            (folder / name).chmod(0)
        (folder / "dicom" / "shut" / "P2").mkdir(parents=True)
        for name in ("dicom/P1/shut", "dicom/shut"):
            (folder / name).chmod(0)
        (folder / "manifests").mkdir()
        (folder / "manifests").chmod(0o777)
        command = [sys.executable, "-c", READ_AS_NOBODY, str(SCRIPTS), str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        assert len(lines) == 3 and "ZZCANARY" not in done.stdout + done.stderr
        assert sum("cannot be read" in line for line in lines) == 3
    finally:
        for path in (folder / "dicom" / "P1" / "shut", folder / "dicom" / "shut"):
            path.chmod(stat.S_IRWXU)
        for folder in (place, place.with_name(f"{place.name}-warm")):
            shutil.rmtree(folder)
