"""One finished run of the small cohort, copied for each test that changes something."""

from __future__ import annotations

from pathlib import Path

import pytest
from cohorts import write_cohort
from project import Project, new_project


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project after a first run of everything. Not to be changed: take `project`."""
    made = new_project(tmp_path_factory.mktemp("finished") / "project")
    write_cohort(made.cohort)
    first = made.run()
    assert first.code == 0, first.output
    return made


@pytest.fixture
def project(finished: Project, tmp_path: Path) -> Project:
    """A copy of the finished project, to be changed."""
    return finished.copy_to(tmp_path / "project")
