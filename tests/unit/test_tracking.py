import os
from pathlib import Path

from bonehold.cohort.patients import PatientFolders, patient_folders
from bonehold.imaging.file_listing import list_files
from bonehold.tracking import (
    patient_manifest,
    run_in_progress,
    set_aside_removed,
    track,
    track_analysis_table,
    track_cohort,
)


def cohort(tmp_path: Path) -> tuple[Path, PatientFolders]:
    folder = tmp_path / "cohort"
    (folder / "dicom" / "Maria" / "deep").mkdir(parents=True)
    (folder / "dicom" / "Maria" / "deep" / "SMITH.dcm").write_bytes(b"1")
    (folder / "annotations" / "P1" / "R1").mkdir(parents=True)
    (folder / "annotations" / "P1" / "R1" / "L3_csf.mrk.json").write_text("{}")
    (folder / "patients.csv").write_text(
        "patient_id,dicom,annotations\nP1,dicom/Maria,annotations/P1\nP2,,\n"
    )
    return folder, patient_folders(folder)[0]


def test_a_manifest_names_nothing(tmp_path: Path) -> None:
    folder, patient = cohort(tmp_path)
    text = patient_manifest(folder, patient).decode()
    assert not any(word in text for word in ("SMITH", "Maria", "dcm", "mrk", "deep", str(tmp_path)))


def test_a_manifest_changes_with_files_and_not_with_touched_drawings(tmp_path: Path) -> None:
    folder, patient = cohort(tmp_path)
    first = patient_manifest(folder, patient)
    os.utime(folder / "annotations" / "P1" / "R1" / "L3_csf.mrk.json", (1, 1))
    assert patient_manifest(folder, patient) == first
    image = folder / "dicom" / "Maria" / "deep" / "SMITH.dcm"
    os.utime(image, (1, 1))
    second = patient_manifest(folder, patient)
    assert second != first
    image.rename(image.with_name("OTHER.dcm"))
    assert patient_manifest(folder, patient) not in (first, second)


def test_equal_states_are_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    track({path: b"a"})
    os.utime(path, (1, 1))
    track({path: b"a"})
    assert path.stat().st_mtime == 1
    track({path: b"b"})
    assert path.stat().st_mtime > 1


def test_only_patients_with_folders_have_a_manifest(tmp_path: Path) -> None:
    folder, _ = cohort(tmp_path)
    track_cohort(folder, patient_folders(folder), tmp_path / "manifests")
    assert [path.name for path in (tmp_path / "manifests" / "patients").iterdir()] == ["P1.json"]
    assert (tmp_path / "manifests" / "tables.json").is_file()


def test_results_of_removed_patients_are_set_aside(tmp_path: Path) -> None:
    for name in ("P1", "GONE"):
        (tmp_path / "patients" / name).mkdir(parents=True)
    set_aside_removed(tmp_path, ["P1"])
    assert (tmp_path / "patients" / "P1").is_dir()
    assert (tmp_path / "removed" / "GONE").is_dir() and not (tmp_path / "patients" / "GONE").exists()


def test_links_to_folders_and_loops_are_passed_over_and_counted(tmp_path: Path) -> None:
    folder, patient = cohort(tmp_path)
    before = patient_manifest(folder, patient)
    (folder / "dicom" / "Maria" / "loop").symlink_to(folder / "dicom" / "Maria" / "loop")
    (folder / "dicom" / "Maria" / "folder").symlink_to(folder / "annotations")
    assert list_files(folder / "dicom" / "Maria").passed_over == ("folder", "loop")
    after = patient_manifest(folder, patient)
    assert after != before and b"loop" not in after


def test_the_copy_of_a_finished_table_holds_what_was_asked_for_and_nothing_else(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_bytes('\ufeffname;age;low\r\nMaria;6,5;1\r\n\r\n"A; B";7;0;surplus\r\n'.encode())
    track_analysis_table(table, {"age", "low"}, tmp_path)
    copy = (tmp_path / "analysis_table.csv").read_text()
    assert copy == "name;age;low\n;6,5;1\n\n;7;0;\n"


def test_a_lock_means_a_run_in_progress(tmp_path: Path) -> None:
    assert not run_in_progress(tmp_path)
    (tmp_path / ".snakemake" / "locks").mkdir(parents=True)
    assert not run_in_progress(tmp_path)
    (tmp_path / ".snakemake" / "locks" / "0.output.lock").touch()
    assert run_in_progress(tmp_path)


def test_a_drawing_that_cannot_be_read_or_is_far_too_large_stops_nothing(tmp_path: Path) -> None:
    folder, patient = cohort(tmp_path)
    reader = folder / "annotations" / "P1" / "R1"
    unreadable = folder / "unreadable"
    unreadable.symlink_to("/proc/self/mem")  # a file that is there, and that reading refuses even to root
    (reader / "unreadable.mrk.json").symlink_to(unreadable)
    with (reader / "film.mrk.json").open("wb") as film:
        film.truncate(30_000_000)
    first = patient_manifest(folder, patient)
    os.utime(reader / "film.mrk.json", (1, 1))
    assert patient_manifest(folder, patient) != first
