"""A short code for what was measured in a patient, so that a rating can say which measurement it is about."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from bonehold.files import canonical_json

_LETTERS = "abcdef"
_WHAT = ("reader", "session", "roi", "slice", "mean", "sd", "n", "area_mm2", "mean_cubic")
"""What makes a measurement another one. Flags and reasons are words about it: they may change with the program."""


def measured_digest(documents: Iterable[Mapping[str, Any]]) -> str:
    """Eight hexadecimal digits that change when, and only when, a number of the patient does.

    The first is a letter, for a spreadsheet would take `00451327` or `12345e67` for a number and spoil it.

    Args:
        documents: the patient's `ct.json` and `mr.json` (schema `measured/1`), in any order.

    >>> measured_digest([{"modality": "CT", "rois": []}])
    'bee69d58'
    """
    listed = sorted(
        [
            document["modality"],
            sorted(canonical_json([row.get(key) for key in _WHAT]) for row in document["rois"]),
        ]
        for document in documents
    )
    digest = hashlib.sha256(canonical_json(listed).encode()).hexdigest()
    return _LETTERS[int(digest[:8], 16) % len(_LETTERS)] + digest[8:15]
