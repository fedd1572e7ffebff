"""Damage files as disks, programs and adversaries do: bytes, numbers in binary and in text, pieces, splices."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

NUMBERS = (0, 1, 2, 7, 8, 16, 127, 128, 255, 256, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
WORDS = (
    *(
        b"",
        b"0",
        b"-1",
        b"1",
        b"1e999",
        b"-1e308",
        b"1e-320",
        b"NaN",
        b"Infinity",
        b"9" * 400,
        b"0x10",
        b"1,5",
    ),
    *(
        b"null",
        b"true",
        b"[]",
        b"{}",
        b"[[[[[[",
        b'""',
        b'"',
        b"'",
        b"\\",
        b"\\ud800",
        b"\\u0000",
        b"\0",
        b"\x1b",
    ),
    *(
        b"\n",
        b"\r",
        b"\t",
        b"\r\n",
        b",",
        b";",
        b":",
        b"..",
        b"../../etc/passwd",
        b"/",
        b"{patient}",
        b"$(id)",
    ),
    *(
        b"=HYPERLINK(1)",
        b"+1",
        b"-x",
        b"@SUM",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\xc3",
        b"\xf0\x9f\xa6\xb4",
        b"%s",
    ),
    *(
        b"!!python/object:os.system",
        b"&a [*a]",
        b"<!DOCTYPE a>",
        b"&lt;",
        b"L3_csf",
        b"L3_body_middle",
        b"P1",
        b"R1",
    ),
)
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_TOKEN = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*|-?\d+(?:\.\d+)?|[^\sA-Za-z0-9_]")

Mutation = Callable[[bytearray, Random, Sequence[bytes]], None]


def mutated(data: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    """A damaged copy of a file.

    Args:
        data: the file.
        random: decides all.
        others: files of the same kind, of which pieces may be taken.
    """
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 3, 5))):
        random.choice(MUTATIONS)(changed, random, others)
    return bytes(changed)


def _place(data: bytearray, random: Random) -> int:
    """Somewhere; headers come first in most formats, so early places are likelier."""
    end = len(data) if random.random() < 0.5 else min(len(data), 1000)
    return random.randrange(end) if end else 0


def _flip(data: bytearray, random: Random, _: Sequence[bytes]) -> None:
    if data:
        data[_place(data, random)] ^= 1 << random.randrange(8)


def _set(data: bytearray, random: Random, _: Sequence[bytes]) -> None:
    if data:
        data[_place(data, random)] = random.choice((0, 1, 0x20, 0x7F, 0x80, 0xFF, random.randrange(256)))


def _binary_number(data: bytearray, random: Random, _: Sequence[bytes]) -> None:
    size = random.choice((2, 2, 4, 8))
    value = random.choice(NUMBERS) & (256**size - 1)
    start = _place(data, random) & ~1
    data[start : start + size] = value.to_bytes(size, random.choice(("little", "little", "big")))


def _cut(data: bytearray, random: Random, _: Sequence[bytes]) -> None:
    del data[_place(data, random) :]


def _remove(data: bytearray, random: Random, _: Sequence[bytes]) -> None:
    start = _place(data, random)
    del data[start : start + random.choice((1, 2, 4, 8, 16, 100))]


def _repeat(data: bytearray, random: Random, _: Sequence[bytes]) -> None:
    start = _place(data, random)
    piece = data[start : start + random.choice((1, 2, 8, 50, 300))]
    data[start:start] = piece * random.choice((1, 1, 2, 30))


def _insert(data: bytearray, random: Random, _: Sequence[bytes]) -> None:
    start = _place(data, random)
    data[start:start] = random.choice(WORDS)


def _splice(data: bytearray, random: Random, others: Sequence[bytes]) -> None:
    other = random.choice(others)
    start, begin = _place(data, random), random.randrange(len(other) + 1)
    length = random.choice((4, 16, 64, 500))
    data[start : start + length] = other[begin : begin + length]


def _text_number(data: bytearray, random: Random, _: Sequence[bytes]) -> None:
    _replace(data, random, _NUMBER)


def _token(data: bytearray, random: Random, _: Sequence[bytes]) -> None:
    _replace(data, random, _TOKEN)


def _replace(data: bytearray, random: Random, pattern: re.Pattern[bytes]) -> None:
    match = pattern.search(data, _place(data, random))
    if match:
        data[match.start() : match.end()] = random.choice(WORDS)


def _exchange(data: bytearray, random: Random, _: Sequence[bytes]) -> None:
    """Two tokens change places: right values where they do not belong."""
    first = _TOKEN.search(data, _place(data, random))
    second = _TOKEN.search(data, first.end()) if first else None
    for _skip in range(random.randrange(12)):
        second = (_TOKEN.search(data, second.end()) if second else None) or second
    if first and second:
        one, two = first[0], second[0]
        data[second.start() : second.end()] = one
        data[first.start() : first.end()] = two


MUTATIONS: tuple[Mutation, ...] = (
    *(_flip, _set, _binary_number, _binary_number, _cut, _remove, _repeat, _insert),
    *(_splice, _text_number, _token, _token, _exchange),
)
