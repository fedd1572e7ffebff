"""A copy of the project in a folder of its own, in which a test runs real Snakemake and may edit anything."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("Snakefile", "config.yaml", "workflow", "scripts", "profiles", "envs")

MODEL = {
    "continuous": ["age", "bmi", "pbq", "hu_ratio"],
    "categorical": [{"column": "sex", "reference": "F"}],
    "a_priori": ["age", "pbq", "hu_ratio"],
    "exclusive": [],
    "final": ["age", "pbq", "hu_ratio"],
}
"""A model that a small cohort can carry."""


@dataclass(frozen=True)
class Run:
    """What a run did: exit code, everything it printed, and how many jobs of each rule were executed."""

    code: int
    output: str
    executed: Counter[str]


class Project:
    """The copy; `folder` is its working directory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def results(self) -> Path:
        """The results folder."""
        return self.folder / "results"

    @property
    def cohort(self) -> Path:
        """The cohort folder."""
        return self.folder / "cohort"

    def configure(self, **changes: Any) -> None:
        """Set top-level keys of config.yaml."""
        path = self.folder / "config.yaml"
        path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **changes}))

    def run(self, *arguments: str, cores: int = 2) -> Run:
        """Run Snakemake to its end. Executed jobs are counted by the logs they wrote, not by what Snakemake says."""
        before = self._logs()
        done = subprocess.run(
            self.command(*arguments, cores=cores),
            cwd=self.folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=1800,
            check=False,
        )
        after = self._logs()
        executed = Counter(rule for (rule, job), time in after.items() if before.get((rule, job)) != time)
        return Run(done.returncode, done.stdout, executed)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start Snakemake and do not wait."""
        return subprocess.Popen(
            self.command(*arguments, cores=2),
            cwd=self.folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def command(self, *arguments: str, cores: int) -> list[str]:
        """The command line of a run."""
        return [sys.executable, "-m", "snakemake", "--cores", str(cores), *arguments]

    def json(self, *parts: str) -> Any:
        """A JSON file of the results."""
        return json.loads(self.results.joinpath(*parts).read_text())

    def copy_to(self, folder: Path) -> Project:
        """The same project elsewhere, with all times of its files."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Project(folder)

    def _logs(self) -> dict[tuple[str, str], int]:
        logs = self.results / "logs"
        return {
            (path.relative_to(logs).parts[0].removesuffix(".log"), path.name): path.stat().st_mtime_ns
            for path in logs.rglob("*.log")
        }


def environment() -> dict[str, str]:
    """The environment of a run: as it is, with one thread per process."""
    return {**os.environ, "OMP_NUM_THREADS": "1"}


def new_project(folder: Path) -> Project:
    """A fresh copy, configured for the small cohort of the tests."""
    folder.mkdir(parents=True)
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, folder / part)
    project = Project(folder)
    project.configure(
        cohort="cohort",
        results="results",
        bootstrap={"repetitions": 30},
        comparison={"repetitions": 2},
        analyses=[{"name": "primary", "where": "ads == 0"}],
        model={**yaml.safe_load((folder / "config.yaml").read_text())["model"], **MODEL},
    )
    return project
