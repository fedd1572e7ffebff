from pathlib import Path

import pytest
from bonehold.problems import InputError, Problem
from bonehold.script import logged


def test_bad_input_ends_with_its_lines_and_no_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "rule.log"
    with pytest.raises(SystemExit), logged(str(log)):
        raise InputError([Problem("t.csv", "is bad", "mend it", row=3), Problem("u.csv", "too", "also")])
    assert capsys.readouterr().err == "t.csv, row 3: is bad; mend it\nu.csv: too; also\n"
    assert log.read_text() == "t.csv, row 3: is bad; mend it\nu.csv: too; also\n"


def test_a_fault_tells_its_kind_and_place_but_not_its_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "rule.log"
    name = "SMITH^JOHN".lower()
    with pytest.raises(SystemExit), logged(str(log)):
        raise FileNotFoundError(name)
    assert "unforeseen fault (FileNotFoundError)" in capsys.readouterr().err
    assert name not in log.read_text()
    assert "test_script.py" in log.read_text()


def test_what_a_script_prints_goes_to_its_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "rule.log"
    with logged(str(log)):
        print("measured")
    assert log.read_text() == "measured\n" and capsys.readouterr().out == ""
