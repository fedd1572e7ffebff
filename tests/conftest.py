"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let CI refuse what a laptop may skip."""
    parser.addoption("--no-skips", action="store_true", help="a skipped test fails the run")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail the run when a test was skipped and none may be."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if session.config.getoption("--no-skips") and skipped and exitstatus == 0:
        session.exitstatus = 1
        print(f"\n{len(skipped)} skipped test(s), and none may be skipped here")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with reference values and real images; tests that use it bear the marker `shared`."""
    folder = Path(os.environ.get("BONEHOLD_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip("set BONEHOLD_SHARED to the folder with the reference data")
    return folder
