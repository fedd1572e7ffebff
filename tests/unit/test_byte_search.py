"""The search for private words finds what is planted, in every kind of container; else its silence means nothing."""

from __future__ import annotations

import base64
import bz2
import gzip
import hashlib
import io
import json
import sqlite3
import struct
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from byte_search import Searcher
from PIL import Image, PngImagePlugin

WORD = "ZZCANARY17"


def png(zip_text: bool) -> bytes:
    info = PngImagePlugin.PngInfo()
    if zip_text:
        info.add_text("Title", "x" * 50 + WORD, zip=True)
    else:
        info.add_itxt("Title", "x" * 50 + WORD, zip=True)
    buffer = io.BytesIO()
    Image.new("L", (8, 8)).save(buffer, "png", pnginfo=info)
    return buffer.getvalue()


def zipped(data: bytes, name: str = "a.txt") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


def sqlite() -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute("create table t (x)")
    connection.execute("insert into t values (?)", (zlib.compress(WORD.encode() * 3),))
    connection.commit()
    return connection.serialize()


def parquet() -> bytes:
    buffer = io.BytesIO()
    pd.DataFrame({"x": [WORD] * 100}).to_parquet(buffer, compression="gzip")
    return buffer.getvalue()


def pdf() -> bytes:
    stream = zlib.compress(f"BT ({WORD}) Tj ET".encode())
    return b"%PDF-1.4\n1 0 obj <</Filter /FlateDecode>>\nstream\n" + stream + b"\nendstream\nendobj"


CONTAINERS: dict[str, Callable[[], bytes]] = {
    "plain": WORD.encode,
    "lower case": WORD.lower().encode,
    "utf-16": lambda: f"a{WORD}".encode("utf-16-le"),
    "utf-16-be": lambda: f"a{WORD}".encode("utf-16-be"),
    "hex": lambda: WORD.encode().hex().encode(),
    **{f"base64 at {n}": lambda n=n: base64.b64encode(b"ab"[:n] + f"{WORD} z".encode()) for n in range(3)},
    "base64 of a path": lambda: base64.urlsafe_b64encode(f"results/patients/{WORD}/ct.json".encode()),
    "data in a page": lambda: b'<img src="data:image/png;base64,' + base64.b64encode(png(True)) + b'">',
    "percent": lambda: urllib.parse.quote(WORD).replace("C", "%43").encode(),
    "escapes": lambda: f'"{WORD}"'.replace("C", "\\u0043").encode(),
    "gzip": lambda: gzip.compress(WORD.encode()),
    "bz2": lambda: bz2.compress(WORD.encode()),
    "zip": lambda: zipped(WORD.encode()),
    "zip in a zip": lambda: zipped(zipped(WORD.encode())),
    "name in a zip": lambda: zipped(b"x", f"{WORD}.txt"),
    "office file": lambda: zipped(f"<w:t>{WORD}</w:t>".encode(), "word/document.xml"),
    "zTXt": lambda: png(True),
    "iTXt": lambda: png(False),
    "sqlite": sqlite,
    "parquet": parquet,
    "pdf": pdf,
    "gzip in base64 in json": lambda: json.dumps(
        {"a": base64.b64encode(gzip.compress(WORD.encode())).decode()}
    ).encode(),
    "binary": lambda: struct.pack("<I", 7) + WORD.encode() + b"\0",
}


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_word_is_found_in(container: str) -> None:
    found = Searcher(["ZZCANARY"]).data(CONTAINERS[container](), "x")
    assert found, container
    assert all(hit.word == "ZZCANARY" for hit in found)


def test_nothing_is_found_where_nothing_is() -> None:
    for make in CONTAINERS.values():
        assert not Searcher(["QQOTHER"], ["secret"]).data(make(), "x")


def test_names_of_files_count(tmp_path: Path) -> None:
    (tmp_path / f"a{WORD}").mkdir()
    (tmp_path / "b").write_text("nothing")
    (hit,) = Searcher(["ZZCANARY"]).folder(tmp_path)
    assert "the name" in hit.place


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sha512"])
@pytest.mark.parametrize("length", [8, 12, 16, 32])
def test_digests_are_found_but_for_allowed_tokens(algorithm: str, length: int) -> None:
    token = hashlib.new(algorithm, b"2.25.7").hexdigest()[:length]
    text = f"series {token}, 17 of 40".encode()
    assert Searcher([], ["2.25.7"]).data(text, "x")
    assert bool(Searcher([], ["2.25.7"], [token[:8]]).data(text, "x")) == (length > 8)
