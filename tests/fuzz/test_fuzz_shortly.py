"""A short run of the fuzzer, so that it and every reader stay sound between long ones (`make fuzz`)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_every_reader_meets_some_damaged_files() -> None:
    command = [sys.executable, str(Path(__file__).with_name("fuzz.py")), "--inputs", "100"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
