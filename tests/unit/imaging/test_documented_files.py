"""The table of kinds of files in the documentation: each row names a test that there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "imaging.md").read_text(encoding="utf-8")
SECTION = PAGE.split("## What each kind of file does")[1].split("\n## ")[0]
PARTS = re.findall(r"`(test_\w+)\.py`[^\n]*:\n\n(\|.*?)(?:\n\n|\Z)", SECTION, re.DOTALL)


@pytest.mark.parametrize("module", [name for name, _ in PARTS])
def test_each_row_names_a_test_of_its_module(module: str) -> None:
    (table,) = (table for name, table in PARTS if name == module)
    there = set(re.findall(r"^def (test_\w+)", (Path(__file__).parent / f"{module}.py").read_text(), re.M))
    rows = [row.split("|")[-2].strip().strip("`") for row in table.splitlines()[2:]]
    assert rows and set(rows) <= there


def test_the_table_has_all_its_parts() -> None:
    assert [name for name, _ in PARTS] == [
        "test_dicom_syntaxes",
        "test_dicom_values",
        "test_dicom_geometry",
        "test_multi_frame",
        "test_dicom_files",
        "test_dicom_attacks",
    ]
