"""Write results, whole or not at all and with the same bytes for the same values, and read them back."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import math
import os
import secrets
import stat
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
STALE_AFTER_S = 24 * 3600
"""A temporary file older than this belongs to no living process and is removed."""


def write_whole(contents: Mapping[Path, bytes] | Mapping[str, bytes]) -> None:
    """Write all files of a result, so that none of them is ever seen half.

    Each goes to a temporary name in its own folder (process id and a random part in it, so that an orphan of
    a killed run cannot meet it), is flushed to the disk, and only when all are written are they renamed.

    Args:
        contents: path -> bytes.
    """
    pending: list[tuple[Path, Path]] = []
    try:
        for name, data in contents.items():
            target = Path(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            _remove_stale(target)
            temporary = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
            pending.append((temporary, target))
            with temporary.open("wb") as handle:
                handle.write(data)
                handle.flush()
                os.fsync(handle.fileno())
        for temporary, target in pending:
            temporary.replace(target)
    finally:
        for temporary, _ in pending:
            temporary.unlink(missing_ok=True)


class TooLargeFile(Exception):
    """A file holds more than it may."""


def plain_bytes(path: Path, most: int) -> bytes:
    """What a plain file holds; a pipe or a device, which might never end, is not opened.

    Raises:
        OSError: it cannot be read, or is no plain file.
        TooLargeFile: it holds more than `most` bytes.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError("no plain file")
    with path.open("rb") as handle:
        data = handle.read(most + 1)
    if len(data) > most:
        raise TooLargeFile
    return data


def is_folder(path: Path | None) -> bool:
    """Whether there is such a folder; no, too, where its name is too long or its parent may not be entered."""
    try:
        return path is not None and path.is_dir()
    except OSError:
        return False


def _remove_stale(target: Path) -> None:
    for leftover in target.parent.glob(f".{target.name}.*.tmp"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - leftover.stat().st_mtime > STALE_AFTER_S:
                leftover.unlink()


def cell(value: Any) -> str:
    """Text of one CSV cell: shortest round-trip numbers, missing as empty, 0/1 for truth values.

    Text that a spreadsheet would run as a formula gets an apostrophe in front; numbers never do, so a
    negative HU stays a number.

    >>> cell(-12.5), cell(None), cell(float("nan")), cell(True), cell("=HYPERLINK(1)"), cell(3.0)
    ('-12.5', '', '', '1', "'=HYPERLINK(1)", '3.0')
    """
    if value is None:
        return ""
    if hasattr(value, "item"):  # a numpy scalar
        value = value.item()
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else ""
    if isinstance(value, int):
        return str(value)
    text = str(value)
    if text[:1] in _FORMULA_STARTS and not _is_number(text):
        return "'" + text
    return text


def text_of_cell(cell: str) -> str:
    """The text that `cell` wrote: without the apostrophe that it put in front of what looks like a formula.

    >>> text_of_cell("'-"), text_of_cell("-3"), text_of_cell("'s")
    ('-', '-3', "'s")
    """
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _FORMULA_STARTS else cell


def read_csv(path: str | Path) -> list[dict[str, str]]:
    """The rows of a CSV file that Bonehold wrote, as text."""
    with Path(path).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def read_json(path: str | Path) -> Any:
    """The content of a JSON file that Bonehold wrote."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def csv_bytes(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """A table as CSV (UTF-8, comma, newline), columns in the given order; absent keys become empty cells."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([cell(column) for column in columns])
    for row in rows:
        writer.writerow([cell(row.get(column)) for column in columns])
    return buffer.getvalue().encode()


def json_bytes(value: Any) -> bytes:
    """JSON with two spaces, keys as ordered by the caller, NaN and infinities as null."""
    return (json.dumps(_finite(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def canonical_json(value: Any) -> str:
    """One line of JSON with sorted keys: the form in which options become a rule's parameter."""
    return json.dumps(
        _finite(value), sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return _finite(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
