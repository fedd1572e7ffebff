"""What a cohort folder says about itself: `cohort.yaml`."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker

from bonehold.cohort.schemas import SCHEMAS, load_schema, nearest, violation
from bonehold.files import TooLargeFile, plain_bytes
from bonehold.problems import InputError, Problem

NAME = "cohort.yaml"
LARGEST_BYTES = 100_000


@dataclass(frozen=True)
class CohortFile:
    """Title, centre, whether the patients are made up, the day of the data cut, and how they were made up."""

    title: str = ""
    centre: str = ""
    synthetic: bool = False
    data_cut: datetime.date | None = None
    true_coefficients: Mapping[str, float] | None = None


class _WithoutAliases(yaml.SafeLoader):  # type: ignore[misc]  # yaml is untyped
    """YAML without `*name`: a few lines of aliases of aliases stand for more than any memory holds."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.composer.ComposerError(None, None, "an alias", mark)
        return super().compose_node(parent, index)


def read_cohort_file(cohort: Path, schemas: Path = SCHEMAS) -> CohortFile:
    """Read and check `cohort.yaml`; left-out keys and nulls take their defaults.

    Raises:
        InputError: the file is missing, is not YAML, or breaks its schema; every problem at once.
    """
    document = _document(cohort / NAME)
    schema = load_schema("cohort", schemas)
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    unknown = [
        _unknown_key(str(key), schema["properties"]) for key in document if key not in schema["properties"]
    ]
    wrong = [
        _wrong_value(error, schema["properties"])
        for error in sorted(
            validator.iter_errors(document), key=lambda error: [str(key) for key in error.path]
        )
        if error.validator != "additionalProperties"
    ]
    unprintable = [
        Problem(NAME, "holds what cannot be printed", "write it in plain letters", column=str(key))
        for key, value in document.items()
        if isinstance(value, str) and not value.isprintable()
    ]
    if unknown or wrong or unprintable:
        raise InputError([*unknown, *wrong, *unprintable])
    day = document.get("data_cut")
    return CohortFile(
        title=document.get("title") or "",
        centre=document.get("centre") or "",
        synthetic=bool(document.get("synthetic")),
        data_cut=datetime.date.fromisoformat(day) if day else None,
        true_coefficients=document.get("true_coefficients"),
    )


def _document(path: Path) -> dict[str, Any]:
    try:
        text = plain_bytes(path, LARGEST_BYTES).decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(
            [Problem(NAME, "is missing", "put it into the cohort folder; `synthetic: false` is enough")]
        ) from None
    except UnicodeDecodeError:
        raise InputError([Problem(NAME, "is not UTF-8", "save it as UTF-8")]) from None
    except (OSError, TooLargeFile):
        remedy = f"it must be a plain file of at most {LARGEST_BYTES // 1000} kB that you may read"
        raise InputError([Problem(NAME, "cannot be read", remedy)]) from None
    try:
        document = yaml.load(text, Loader=_WithoutAliases) or {}
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise InputError([Problem(NAME, "is not valid YAML", "write `key: value` lines", row=line)]) from None
    except (
        yaml.YAMLError,
        ValueError,
        RecursionError,
    ):  # ValueError: a 30th of February, a number of 5000 digits
        raise InputError([Problem(NAME, "is not valid YAML", "write `key: value` lines")]) from None
    if not isinstance(document, dict):
        raise InputError([Problem(NAME, "is not a list of keys and values", "write `key: value` lines")])
    # YAML reads an unquoted day as a date; the schema speaks of text
    return {
        key: value.isoformat() if isinstance(value, datetime.date) else value
        for key, value in document.items()
    }


def _unknown_key(key: str, known: Mapping[str, Any]) -> Problem:
    meant = nearest(key, known)
    hint = f"did you mean '{meant}'?" if meant else f"the keys are {', '.join(known)}"
    return Problem(NAME, "unknown key", hint, column=key)


def _wrong_value(error: Any, properties: Mapping[str, Mapping[str, Any]]) -> Problem:
    key = str(next(iter(error.path), ""))
    declared = properties.get(key, {})
    types = declared.get("type", [])
    expected = declared.get("x-expected") or f"a {types[0] if isinstance(types, list) else types}"
    if len(error.path) > 1:  # inside true_coefficients
        expected = "numbers"
    return Problem(
        NAME, violation(error.validator, error.validator_value), f"expected {expected}", column=key
    )
