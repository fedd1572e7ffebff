"""Every test that docs/safety.md names is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_each_attack_has_the_test_that_its_line_names() -> None:
    text = (ROOT / "docs" / "safety.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and "attack" not in line[:9]]
    assert len(rows) > 20
    for row in rows:
        named = re.findall(r"`([^`]*)::(\w+)`", row.rsplit("|", 2)[1])
        assert named, row
        file = ""
        for path, test in named:
            file = path or file
            assert f"def {test}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), test
