import os
import time
from pathlib import Path

import numpy as np
import pytest
from bonehold.files import canonical_json, cell, csv_bytes, json_bytes, read_csv, write_whole


def test_nothing_is_left_when_one_of_the_files_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "blocked").mkdir()
    with pytest.raises(OSError):
        write_whole(
            {tmp_path / "first": b"1", tmp_path / "blocked" / "x" / "y": b"2", tmp_path / "first" / "z": b"3"}
        )
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []


def test_files_of_one_call_appear_together_and_replace_old_ones(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    write_whole({tmp_path / "a": b"new", tmp_path / "deep" / "b": b"b"})
    assert (tmp_path / "a").read_bytes() == b"new" and (tmp_path / "deep" / "b").read_bytes() == b"b"
    assert not list(tmp_path.rglob("*.tmp"))


def test_leftovers_of_killed_runs_are_removed_by_age(tmp_path: Path) -> None:
    old, young = tmp_path / ".a.1.ffff.tmp", tmp_path / ".a.2.ffff.tmp"
    old.touch()
    young.touch()
    os.utime(old, (time.time() - 2 * 24 * 3600,) * 2)
    write_whole({tmp_path / "a": b""})
    assert not old.exists() and young.exists()


def test_cells() -> None:
    row = {
        "a": 0.1,
        "b": np.float64(2),
        "c": np.int64(3),
        "d": np.nan,
        "e": None,
        "f": "=1+1",
        "g": "-5",
        "h": "-x",
        "i": True,
    }
    assert [cell(value) for value in row.values()] == ["0.1", "2.0", "3", "", "", "'=1+1", "-5", "'-x", "1"]


def test_a_table_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(csv_bytes(("a", "b"), [{"a": 'x "y", z', "b": 1.5}, {"b": 2}]))
    assert read_csv(path) == [{"a": 'x "y", z', "b": "1.5"}, {"a": "", "b": "2"}]


def test_json_has_no_nan() -> None:
    assert (
        json_bytes({"a": [np.float64("nan"), np.array([1.0])]})
        == b'{\n  "a": [\n    null,\n    [\n      1.0\n    ]\n  ]\n}\n'
    )
    assert canonical_json({"b": 1, "a": (2,)}) == '{"a":[2],"b":1}'
