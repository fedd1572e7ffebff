"""A hash of the code that a rule uses: its script and, through imports, every module of the library.

Formatting, comments and docstrings do not count; a change in an unrelated module does not either. A rule carries
the hash as a parameter, so that Snakemake runs it again when, and only when, its own code says something else.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = "bonehold"


def fingerprint(script: Path, *data: Path) -> str:
    """Hash of a rule script, the library modules it imports directly or through others, and data files.

    Args:
        script: `scripts/<rule>.py`; the library is the folder `bonehold` beside it.
        data: further files that the rule reads as part of its code (schemas).

    Returns:
        16 hexadecimal digits; the same on every machine.
    """
    digest = hashlib.sha256()
    for path in (script, *sorted(_imported_closure(script))):
        digest.update(path.name.encode() + b"\0" + _meaning(path).encode() + b"\0")
    for path in data:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def imported_modules(script: Path) -> tuple[Path, ...]:
    """The files of the library that a script uses, directly or through imports, sorted."""
    return tuple(sorted(_imported_closure(script)))


def _imported_closure(script: Path) -> set[Path]:
    library = script.parent
    found: set[Path] = set()
    waiting = [script]
    while waiting:
        for path in _imports(waiting.pop(), library):
            if path not in found:
                found.add(path)
                waiting.append(path)
    return found


@cache
def _imports(path: Path, library: Path) -> frozenset[Path]:
    found: set[Path] = set()
    for node in ast.walk(_tree(path)):
        for name in _imported_names(node, path, library):
            found.update(_files_of(name, library))
    return frozenset(found)


def _imported_names(node: ast.AST, path: Path, library: Path) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            package = path.relative_to(library).with_suffix("").parts[: -node.level]
            base = ".".join((*package, *([base] if base else [])))
        yield base
        yield from (f"{base}.{alias.name}" for alias in node.names)


def _files_of(name: str, library: Path) -> Iterator[Path]:
    """The module's file and the `__init__` of every package on the way; nothing for what is not ours."""
    parts = name.split(".")
    if parts[0] != PACKAGE:
        return
    for depth in range(1, len(parts) + 1):
        place = library.joinpath(*parts[:depth])
        for candidate in (place / "__init__.py", place.with_suffix(".py")):
            if candidate.is_file():
                yield candidate
        if _looks_up_its_modules(place / "__init__.py"):
            yield from sorted(place.glob("*.py"))


@cache
def _looks_up_its_modules(package: Path) -> bool:
    """Whether a package imports all of its own modules by looking into its folder (`pkgutil.iter_modules`)."""
    return package.is_file() and any(
        isinstance(node, ast.ImportFrom) and node.module == "pkgutil" for node in ast.walk(_tree(package))
    )


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes())


@cache
def _meaning(path: Path) -> str:
    return _structure(_tree(path))


def _structure(node: object) -> str:
    """A syntax tree as text without positions and docstrings; empty fields are left out.

    `ast.dump` would do, but prints differently from one Python version to the next.
    """
    if isinstance(node, ast.AST):
        fields = []
        for name, value in ast.iter_fields(node):
            if name == "body" and isinstance(value, list) and _is_docstring(node, value):
                value = value[1:]
            if value not in (None, []) and not isinstance(value, ast.expr_context):
                fields.append(f"{name}={_structure(value)}")
        return f"{type(node).__name__}({','.join(fields)})"
    if isinstance(node, list):
        return f"[{','.join(_structure(item) for item in node)}]"
    return repr(node)


def _is_docstring(node: ast.AST, body: list[ast.AST]) -> bool:
    owner = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    first = body[0] if body else None
    return (
        owner
        and isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )
