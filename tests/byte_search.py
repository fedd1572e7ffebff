"""Search every byte of files for private words: as they stand, in other encodings, and inside whatever is packed."""

from __future__ import annotations

import base64
import binascii
import bz2
import gzip
import hashlib
import io
import lzma
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet

DEEPEST = 6
SHORTEST_DIGEST = 12
"""So many hexadecimal digits of a digest in a row are no coincidence in any number of files."""

_ZLIB_STREAM = re.compile(rb"x[\x01\x5e\x9c\xda]")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{24,}={0,2}|[A-Za-z0-9_-]{24,}={0,2}")
_PERCENT = re.compile(rb"(?:%[0-9A-Fa-f]{2})")


@dataclass(frozen=True)
class Hit:
    """A private word that was found: in which file, inside which containers, which word, and what stands around."""

    place: str
    word: str
    around: bytes


class Searcher:
    """Looks for words in any encoding and for digests of secrets.

    Args:
        words: found in any case, in UTF-8, UTF-16, Latin-1, hexadecimal and base64.
        hashed: of these, digests are looked for: 12 hexadecimal digits of one anywhere, or 8 that stand alone.
        allowed: eight-digit tokens that may stand.
    """

    def __init__(self, words: Iterable[str], hashed: Iterable[str] = (), allowed: Iterable[str] = ()) -> None:
        self._words = {form: word for word in words for form in _forms(word)}
        self._digests = {digest: secret for secret in hashed for digest in _digests(secret)}
        self._short = {digest[:8]: secret for digest, secret in self._digests.items()}
        self._allowed = {token.encode() for token in allowed}
        self._pattern = re.compile(b"|".join(map(re.escape, sorted(self._words))), re.IGNORECASE)
        self._exact = {form.lower(): word for form, word in self._words.items()}

    def folder(self, folder: Path) -> list[Hit]:
        """Every hit in the names and the bytes of all files below a folder."""
        hits: list[Hit] = []
        for path in sorted(folder.rglob("*")):
            name = str(path.relative_to(folder))
            hits += self.data(name.encode("utf-8", "surrogateescape"), f"the name {name!r}")
            if path.is_file():
                hits += self.data(path.read_bytes(), name)
        return hits

    def data(self, data: bytes, place: str) -> list[Hit]:
        """Every hit in some bytes."""
        hits = {}
        for inner, where in _layers(data, place, DEEPEST, set()):
            for hit in self._plain(inner, where):
                hits.setdefault((hit.place, hit.word), hit)
        return list(hits.values())

    def _plain(self, data: bytes, place: str) -> Iterator[Hit]:
        for match in self._pattern.finditer(data) if self._words else ():
            yield Hit(
                place, self._exact[match[0].lower()], data[max(0, match.start() - 40) : match.end() + 40]
            )
        if not self._digests:
            return
        for run in re.finditer(rb"[0-9a-fA-F]{8,}", data):
            text = run[0].lower()
            if len(text) == 8 and text not in self._allowed:
                known = self._short.get(text)
                if known is not None:
                    yield Hit(place, f"digest of {known}", text)
            for start in range(len(text) - SHORTEST_DIGEST + 1):
                known = self._digests.get(text[start : start + SHORTEST_DIGEST])
                if known is not None:
                    yield Hit(place, f"digest of {known}", text)


def _forms(word: str) -> set[bytes]:
    """A word as bytes in several encodings; of base64 the part that no neighbour changes, at each alignment."""
    plain = word.encode()
    forms = {plain, word.encode("utf-16-le"), word.encode("utf-16-be"), word.encode("latin-1", "replace")}
    forms |= {binascii.hexlify(plain)}
    for shift in range(3):
        packed = base64.b64encode(b"\0" * shift + plain)
        kept = packed[(0, 2, 3)[shift] : len(packed) - (0 if (shift + len(plain)) % 3 == 0 else 4)]
        forms |= {kept, kept.replace(b"+", b"-").replace(b"/", b"_")} if len(kept) >= 8 else set()
    return forms


def _digests(secret: str) -> Iterator[bytes]:
    for algorithm in ("md5", "sha1", "sha256", "sha512", "blake2b", "sha3_256"):
        yield (
            hashlib.new(algorithm, secret.encode("utf-8", "surrogateescape"))
            .hexdigest()[:SHORTEST_DIGEST]
            .encode()
        )


def _layers(data: bytes, place: str, depth: int, seen: set[bytes]) -> Iterator[tuple[bytes, str]]:
    """The bytes themselves, and everything packed inside them."""
    key = hashlib.sha256(data).digest()
    if key in seen:
        return
    seen.add(key)
    yield data, place
    if depth == 0:
        return
    for inner, how in _unpacked(data):
        if inner:
            yield from _layers(inner, f"{place} > {how}", depth - 1, seen)


def _unpacked(data: bytes) -> Iterator[tuple[bytes, str]]:
    if data.startswith(b"PK\x03\x04"):
        yield from _zip_members(data)
    elif data.startswith(b"PAR1"):
        table = pyarrow.parquet.read_table(io.BytesIO(data))
        yield repr((table.to_pydict(), table.schema, table.schema.metadata)).encode(), "parquet"
    elif data.startswith(b"SQLite format 3\0"):
        connection = sqlite3.connect(":memory:")
        connection.deserialize(data)
        yield "\n".join(connection.iterdump()).encode(), "sqlite"
        connection.close()
    for packed, how in ((b"\x1f\x8b\x08", gzip), (b"BZh", bz2), (b"\xfd7zXZ\0", lzma)):
        if data.startswith(packed):
            yield how.decompress(data), how.__name__
    # PDF streams, zTXt and iTXt of PNG, and whatever else zlib packs, wherever it stands
    for match in _ZLIB_STREAM.finditer(data):
        inner = _inflated(data[match.start() :])
        if inner is not None:
            yield inner, f"zlib at {match.start()}"
    for match in _BASE64.finditer(data):
        inner = _from_base64(match[0])
        if inner is not None:
            yield inner, f"base64 at {match.start()}"
    if _PERCENT.search(data) and b"\0" not in data:
        plain = _PERCENT.sub(lambda escape: bytes([int(escape[0][1:], 16)]), data)
        if plain != data:
            yield plain, "percent"
    if b"\\u" in data:
        yield (
            re.sub(rb"\\u([0-9a-fA-F]{4})", lambda e: chr(int(e[1], 16)).encode("utf-8", "replace"), data),
            "escapes",
        )


def _zip_members(data: bytes) -> Iterator[tuple[bytes, str]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        yield archive.comment, "comment"
        for info in archive.infolist():
            yield info.filename.encode() + b"\n" + info.comment + b"\n" + info.extra, "member name"
            yield archive.read(info), info.filename


def _inflated(data: bytes) -> bytes | None:
    unpacker = zlib.decompressobj()
    try:
        inner = unpacker.decompress(data)
    except zlib.error:
        return None
    return inner if unpacker.eof else None


def _from_base64(text: bytes) -> bytes | None:
    stripped = text.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    stripped = stripped[: len(stripped) - (len(stripped) % 4 == 1)]
    try:
        return base64.b64decode(stripped + b"=" * (-len(stripped) % 4), validate=True)
    except binascii.Error:
        return None
