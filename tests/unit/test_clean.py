"""The code, the workflow and the generated pages are clean and true: what a reviewer's tools would say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import write_conda_file
import write_docs

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


def run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        ("snakefmt", "--check", "Snakefile", "workflow"),
        ("snakemake", "--lint"),
    ],
    ids=" ".join,
)
def test_tools_find_nothing(command: tuple[str, ...]) -> None:
    run(str(BIN / command[0]), *command[1:])


def test_the_generated_pages_are_true() -> None:
    for name, page in (
        ("configuration", write_docs.configuration_page()),
        ("tables", write_docs.tables_page()),
        ("flags", write_docs.flags_page()),
    ):
        written = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
        assert written == page, f"docs/{name}.md is stale: run `make docs`"


def test_the_conda_file_is_that_of_the_lock() -> None:
    lock = (ROOT / "envs" / "requirements.txt").read_text(encoding="utf-8")
    written = (ROOT / "envs" / "bonehold.yaml").read_text(encoding="utf-8")
    assert written == write_conda_file.conda_file(lock), "envs/bonehold.yaml is stale: run `make lock`"


def test_the_lock_names_no_index_and_hashes_everything() -> None:
    lock = (ROOT / "envs" / "requirements.txt").read_text(encoding="utf-8")
    assert "://" not in lock and "--index" not in lock
    pins = [block for block in lock.split("\n") if "==" in block]
    assert pins and lock.count("--hash=sha256:") >= len(pins)


def test_the_measuring_path_imports_neither_pandas_nor_matplotlib() -> None:
    code = (
        "import sys; sys.path.insert(0, 'scripts'); import measure_patient;"
        "heavy = {'pandas', 'matplotlib', 'scipy', 'SimpleITK', 'snakemake'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    run(sys.executable, "-c", code)


def test_the_library_is_that_of_this_checkout_and_knows_no_snakemake() -> None:
    import bonehold

    assert Path(bonehold.__file__).is_relative_to(ROOT)
    for path in (ROOT / "scripts" / "bonehold").rglob("*.py"):
        assert "import snakemake" not in path.read_text(encoding="utf-8"), path


@pytest.mark.parametrize(
    ("package", "strangers"),
    [
        ("imaging", ("cohort", "modelling", "publishing", "sample")),
        ("cohort", ("imaging", "modelling", "publishing", "sample")),
        ("modelling", ("imaging", "cohort", "publishing", "sample")),
        ("publishing", ("sample",)),
    ],
)
def test_dependencies_run_one_way(package: str, strangers: tuple[str, ...]) -> None:
    for path in (ROOT / "scripts" / "bonehold" / package).rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not [name for name in strangers if f"bonehold.{name}" in text], path
