"""Names, days, UIDs and free text planted in every place that could hold them never leave the cohort folder.

Whole runs, some of which fail: then every byte of what they wrote and said is searched, unpacked wherever it is
packed. Text that is drawn into pictures cannot be found in their bytes, so the copy of the project notes what it
draws.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from byte_search import Searcher
from canaries import DIGITS, SOUGHT, WORD, Planter, allowed_tokens, patient_folder, told, write_canaries
from cohorts import read_table, write_table
from project import Project, environment, new_project

HIDDEN = "{chr(90)}{chr(90)}CANARY"
"""The word within the text of an f-string, but not in the source line that a log may show."""

FAULT = f"""

_really_open = open_patient


def open_patient(patient: PatientImages, rules: ImagingRules) -> OpenedPatient:
    if patient.patient_id == "FALT":
        raise RuntimeError(f"{HIDDEN} Maria: {{patient.dicom}}") from OSError(f"{HIDDEN}")
    if patient.patient_id == "CHNG" and not (new := patient.dicom / f"{HIDDEN} new").exists():
        new.write_text(f"{HIDDEN}")
    return _really_open(patient, rules)
"""

DRAWN = """

_really_bytes = figure_bytes


def figure_bytes(figure: Figure, format: str) -> bytes:
    import matplotlib.text
    words = [text.get_text() for text in figure.findobj(matplotlib.text.Text)]
    with open("drawn.txt", "a", encoding="utf-8") as handle:
        handle.write("\\n".join(words))
    return _really_bytes(figure, format)
"""

OWN = ("results", ".snakemake", "drawn.txt", "said.txt")


@dataclass(frozen=True)
class Leaky:
    """The project after all its runs, and what was planted in its cohort."""

    project: Project
    planter: Planter
    tokens: frozenset[str]
    codes: dict[str, int]

    def searcher(self) -> Searcher:
        return Searcher(SOUGHT, self.planter.secrets, self.tokens)


@pytest.fixture(scope="module")
def leaky(tmp_path_factory: pytest.TempPathFactory) -> Leaky:
    """Every way to run: for nothing, with a failing job, a table that stops, faults, to the end, and for the report."""
    project = new_project(tmp_path_factory.mktemp("leaky") / "project")
    planter = write_canaries(project.cohort)
    library = project.folder / "scripts" / "bonehold"
    for module, more in (("imaging/patient.py", FAULT), ("publishing/figures/style.py", DRAWN)):
        with (library / module).open("a") as handle:
            handle.write(more)
    said = project.folder / "said.txt"
    codes = {}

    def run(name: str, *arguments: str) -> None:
        done = project.run(*arguments)
        codes[name] = done.code
        with said.open("a") as handle:
            handle.write(f"== {name}\n{done.output}")

    run("for nothing", "-n")
    run("files change meanwhile")
    project.configure(on_bad_row="stop")
    run("bad rows stop")
    project.configure(on_bad_row="quarantine")
    for module, place in (("cohort/building.py", "def build_cohort("), ("tracking.py", "def track_cohort(")):
        text = (library / module).read_text()
        start = text.index('    """', text.index(place))
        fault = f'    raise ValueError(f"{HIDDEN} of {{locals()}}")\n'
        (library / module).write_text(text[:start] + fault + text[start:])
        run(f"fault in {module}")
        (library / module).write_text(text)
    run("to the end")
    run("report", "--report", str(project.results / "report.html"))
    return Leaky(project, planter, frozenset(allowed_tokens(project.cohort)), codes)


def test_the_runs_went_as_they_should(leaky: Leaky) -> None:
    """The search below is worth nothing if the runs stopped early or the bad patients were not met."""
    good = ("for nothing", "to the end", "report")
    assert {name for name, code in leaky.codes.items() if code == 0} == set(good), leaky.codes
    rows = read_table(leaky.project.results / "status.csv")
    measuring = {row["patient_id"]: row["status"] for row in rows if row["stage"] == "measuring"}
    assert measuring["FALT"] == "error"
    assert [measuring[p] for p in ("GOOD", "LATN", "KANJ", "LINK", "CHNG")] == ["complete"] * 5, measuring
    assert {measuring[p] for p in ("PART", "REFD", "PIXL")} <= {"partial", "unmeasurable"}
    problems = read_table(leaky.project.results / "cohort" / "problems.csv")
    said = "\n".join(f"{row['patient_id']} {row['problem']}" for row in problems)
    for word in (
        "FALT an unforeseen fault",
        "is a link",
        "is not a DICOM file",
        "leads out of the cohort folder",
    ):
        assert word in said, word
    assert "changed while they were measured" in (leaky.project.folder / "said.txt").read_text()


def test_no_private_word_is_in_any_byte(leaky: Leaky) -> None:
    searcher, hits = leaky.searcher(), []
    for name in OWN:
        path = leaky.project.folder / name
        hits += searcher.folder(path) if path.is_dir() else searcher.data(path.read_bytes(), name)
    assert not hits, told(hits)


def test_nothing_else_was_written(leaky: Leaky) -> None:
    """What is searched is all there is."""
    ours = {"Snakefile", "config.yaml", "workflow", "scripts", "profiles", "envs", "cohort"}
    there = {path.name for path in leaky.project.folder.iterdir()}
    assert there <= ours | set(OWN), there


def test_the_search_would_find_them(leaky: Leaky) -> None:
    """The cohort itself is full of what is sought."""
    searcher = leaky.searcher()
    for patient in ("GOOD", "KANJ"):
        hits = searcher.folder(patient_folder(leaky.project.cohort, "dicom", patient))
        assert {hit.word for hit in hits} >= {WORD, DIGITS, "19310417"}
    assert {hit.word for hit in searcher.data((leaky.project.cohort / "patients.csv").read_bytes(), "")} >= {
        WORD,
        "1931-05-09",
        "17.04.1931",
    }


def test_a_path_is_told_on_the_terminal_only(leaky: Leaky) -> None:
    """`make which` prints the path, and writes nothing."""
    problems = json.loads((leaky.project.results / "patients" / "BRKN" / "series.json").read_text())[
        "problems"
    ]
    token = next(p["source"] for p in problems if "[" in p["source"]).split("[")[1][:8]
    before = {
        p: p.lstat().st_mtime_ns for p in leaky.project.folder.rglob("*") if "__pycache__" not in str(p)
    }
    done = subprocess.run(
        [sys.executable, "scripts/which_file.py", f"BRKN:{token}"],
        cwd=leaky.project.folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert WORD in done.stdout and Path(done.stdout.strip()).is_file()
    after = {p: p.lstat().st_mtime_ns for p in leaky.project.folder.rglob("*") if "__pycache__" not in str(p)}
    assert after == before


def test_a_finished_table_gives_away_no_more(leaky: Leaky, tmp_path: Path) -> None:
    """Columns that the configuration does not speak of are not copied, whatever they hold."""
    project = new_project(tmp_path / "project")
    rows = read_table(leaky.project.results / "cohort" / "cohort.csv")
    for row in rows:
        row |= {"patient_name": WORD, "seen": SOUGHT[2], "note": f"{WORD} {DIGITS}"}
    write_table(project.folder / "table.csv", rows)
    project.configure(analysis_table="table.csv", cohort="nowhere")
    run = project.run()
    assert run.code == 0, run.output
    hits = leaky.searcher().data(run.output.encode(), "said")
    hits += leaky.searcher().folder(project.results)
    hits += leaky.searcher().folder(project.folder / ".snakemake")
    assert not hits, told(hits)
