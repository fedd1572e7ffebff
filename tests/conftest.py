"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with reference values and real images; tests that use it bear the marker `shared`."""
    folder = Path(os.environ.get("BONEHOLD_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip("set BONEHOLD_SHARED to the folder with the reference data")
    return folder
