"""A run that was killed at any moment: the next `make run` finishes it, and no half-written file is ever a result."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from project import Project, environment
from test_same_bytes import contents


def go_on(project: Project) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "scripts/run_workflow.py", "--cores", "2"],
        cwd=project.folder,
        env={**environment(), "PYTHONPATH": "scripts"},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )


def wait_for_lock(project: Project, process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    deadline = time.time() + 60
    while not list((project.folder / ".snakemake" / "locks").glob("*")):
        assert time.time() < deadline and process.poll() is None
        time.sleep(0.05)


@pytest.mark.parametrize(("moment", "orphans"), [(1.0, True), (3.0, False)])
def test_killed_with_its_jobs_or_without_them(
    finished: Project, tmp_path: Path, moment: float, orphans: bool
) -> None:
    project = finished.copy_to(tmp_path / "project")
    shutil.rmtree(project.results)
    shutil.rmtree(project.folder / ".snakemake")
    process = subprocess.Popen(
        project.command(cores=2),
        cwd=project.folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_for_lock(project, process)
    time.sleep(moment)
    assert process.poll() is None
    if orphans:
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    plain = project.run()
    assert plain.code != 0 and "--unlock" in plain.output
    finish = go_on(project)
    assert finish.returncode == 0, finish.stdout + finish.stderr
    made = contents(project)
    made.pop("report.html")
    assert made == contents(finished)


def test_a_living_run_is_not_disturbed(finished: Project, tmp_path: Path) -> None:
    project = finished.copy_to(tmp_path / "project")
    script = project.folder / "scripts" / "draw_flow.py"
    script.write_text(script.read_text().replace("def main(", "import time\ntime.sleep(6)\n\n\ndef main("))
    running = project.start()
    try:
        wait_for_lock(project, running)
        second = go_on(project)
        assert second.returncode == 1 and "Another Snakemake is running in this folder" in second.stderr
    finally:
        output, _ = running.communicate(timeout=900)
    assert running.returncode == 0, output
