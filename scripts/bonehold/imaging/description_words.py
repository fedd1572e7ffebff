"""What the description of a series says: free text, so only whole words of a list are looked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

CONTRAST_SIGN = re.compile(r"(?<![A-Z0-9])C\+|\+C(?![A-Z0-9])")


def words_of(text: str) -> list[str]:
    """Runs of letters and digits in upper case, so that `t1_tse_fs` has three; `w/o` is one word."""
    return re.findall(r"[A-Z0-9]+", text.upper().replace("W/O", "WO"))


def says(text: str, words: Iterable[str], unless: Iterable[str] = ()) -> bool:
    """Whether a text holds one of the words, not preceded by one of `unless`.

    Args:
        text: free text.
        words: in upper case; `*` stands for any letters and digits.
        unless: words that turn round the one after them, likewise.
    """
    found = words_of(text)
    return any(
        _is_one_of(word, words) and not (k > 0 and _is_one_of(found[k - 1], unless))
        for k, word in enumerate(found)
    )


def says_contrast(text: str, words: Iterable[str], without: Iterable[str]) -> bool:
    """Whether a text speaks of a contrast agent: by `+C`, `C+` or a word that none of `without` stands before."""
    return bool(CONTRAST_SIGN.search(text.upper())) or says(text, words, unless=without)


def _is_one_of(word: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(word, pattern) for pattern in patterns)
