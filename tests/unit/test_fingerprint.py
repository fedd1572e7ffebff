from pathlib import Path

import pytest
from bonehold.fingerprint import fingerprint, imported_modules


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A script that imports a module of a small library, which imports another, relatively; a third is unrelated."""
    library = tmp_path / "bonehold"
    (library / "inner").mkdir(parents=True)
    (library / "__init__.py").write_text('"""A library."""\n')
    (library / "inner" / "__init__.py").write_text("")
    (library / "a.py").write_text("from bonehold.inner import b\n\n\ndef f(x):\n    return b.g(x) + 1\n")
    (library / "inner" / "b.py").write_text(
        'from . import c\n\n\ndef g(x):\n    """Double."""\n    return c.K * x\n'
    )
    (library / "inner" / "c.py").write_text("K = 2\n")
    (library / "unrelated.py").write_text("K = 1\n")
    (tmp_path / "rule.py").write_text(
        "import json\n\nfrom bonehold.a import f\n\nprint(f(json.loads('1')))\n"
    )
    return tmp_path


def of(code: Path) -> str:
    """A fresh computation, as in a new process."""
    for function in ("_imports", "_tree", "_meaning", "_looks_up_its_modules"):
        getattr(__import__("bonehold.fingerprint", fromlist=[function]), function).cache_clear()
    return fingerprint(code / "rule.py")


def test_imports_are_followed_through_packages_and_relative_ones(code: Path) -> None:
    names = [str(path.relative_to(code / "bonehold")) for path in imported_modules(code / "rule.py")]
    assert names == ["__init__.py", "a.py", "inner/__init__.py", "inner/b.py", "inner/c.py"]


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("bonehold/inner/b.py", '"""Double."""', '"""Twice the value."""'),
        ("bonehold/inner/b.py", "c.K * x", "(c.K   *  x)  # a comment"),
        ("bonehold/inner/b.py", "return", "\n\n    # why\n    return"),
        ("bonehold/unrelated.py", "1", "7"),
        ("rule.py", "'1'", '"1"'),
    ],
)
def test_what_does_not_change_it(code: Path, path: str, old: str, new: str) -> None:
    before = of(code)
    target = code / path
    target.write_text(target.read_text().replace(old, new))
    assert of(code) == before


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("bonehold/inner/c.py", "2", "3"),
        ("bonehold/a.py", "+ 1", "- 1"),
        ("rule.py", "'1'", "'2'"),
        ("bonehold/inner/__init__.py", "", "x = 1\n"),
    ],
)
def test_what_changes_it(code: Path, path: str, old: str, new: str) -> None:
    before = of(code)
    target = code / path
    target.write_text(target.read_text().replace(old, new) if old else new)
    assert of(code) != before


def test_data_files_count(code: Path) -> None:
    schema = code / "s.yaml"
    schema.write_text("a: 1")
    first = fingerprint(code / "rule.py", schema)
    schema.write_text("a: 2")
    assert fingerprint(code / "rule.py", schema) != first


def test_a_package_that_looks_up_its_own_modules_uses_all_of_them(code: Path) -> None:
    (code / "bonehold" / "inner" / "d.py").write_text("K = 3\n")
    before = of(code)
    (code / "bonehold" / "inner" / "__init__.py").write_text("from pkgutil import iter_modules\n")
    after = of(code)
    assert before != after
    (code / "bonehold" / "inner" / "d.py").write_text("K = 4\n")
    assert of(code) != after
